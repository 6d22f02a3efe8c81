#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A client that verifies DNSSEC: what it says of answers that pass, and of those
# that divsed has rewritten.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

cat >$tmp/lab <<'END'
$TTL 60
@ SOA ns.lab. root.lab. 1 2 3 4 60
@ NS ns.lab.
ns A 10.0.2.2
www A 10.9.9.9
other A 10.9.9.8
END
cat >$tmp/conf <<END
server:
  ip-address: 10.0.2.2
  username: ""
  chroot: ""
  zonesdir: "$tmp"
  database: ""
  pidfile: ""
  xfrdfile: ""
  zonelistfile: "$tmp/zones"
remote-control:
  control-enable: no
zone:
  name: lab
  zonefile: lab.signed
END
(
	cd $tmp || exit 1
	dnssec-keygen -q -a ECDSAP256SHA256 -f KSK lab >ksk
	dnssec-keygen -q -a ECDSAP256SHA256 lab >zsk
	dnssec-signzone -S -z -o lab lab
	awk '/DNSKEY 257/ {
		printf "trust-anchors { lab static-key 257 %s %s \"", $5, $6
		for (i = 7; i <= NF; i++)
			printf "%s", $i
		print "\"; };"
	}' "$(cat ksk).key" >anchor
) >$tmp/signing 2>&1 ||
    sed 's/^/# /' $tmp/signing
server nsd -d -c $tmp/conf >$tmp/nsd 2>&1 &
wait_for lab_listens server udp 53

# verified NAME: what a verifying client says of its address
verified()
{
	client timeout 60 delv -a $tmp/anchor +root=lab @10.0.2.2 "$1" A 2>&1 |
	    sed 's/^;*//; s/^ //; /RRSIG/d' | tr -s '\t\n' '  ' | sed 's/ $//'
}

lab_divert FORWARD
lab_pipe "divcat -p $port" "divsed -v A/www.lab/A/192.0.2.1/" \
    "divcat -w -p $port"
is "$(verified other.lab)" 'fully validated other.lab. 60 IN A 10.9.9.8' \
    "an answer that passes is verified"
verified www.lab >$tmp/said
grep -q 'resolution failed: insecurity proof failed' $tmp/said
ok $? "one that was rewritten is not"
! grep -q 192.0.2.1 $tmp/said
ok $? "and is not used"
client dig +dnssec @10.0.2.2 www.lab >$tmp/dig
grep -q '^www.lab.*192.0.2.1$' $tmp/dig
ok $? "a client that does not verify uses it"
! grep -q 'flags:.* ad' $tmp/dig && ! grep -q '^www.lab.*RRSIG' $tmp/dig
ok $? "without the AD flag and the signature"
lab_stop "dnssec"
is "$(lab_status)" "0 0 0" "exit status"
done_testing
