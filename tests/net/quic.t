#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Lists of host names against a real client and server of QUIC.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj /CN=lab -days 2 -keyout $tmp/key -out $tmp/cert 2>/dev/null
mkdir $tmp/www $tmp/get
openssl rand 2000000 >$tmp/www/file
echo blocked.lab >$tmp/list
server gtlsserver -q -d $tmp/www '*' 4433 $tmp/key $tmp/cert \
    >$tmp/server 2>&1 &
wait_for lab_listens server udp 4433

# fetch NAME: the client sends the name that it resolves
fetch()
{
	rm -f $tmp/get/file
	client timeout 60 gtlsclient -q --exit-on-all-streams-close \
	    --handshake-timeout=3s --timeout=3s --download=$tmp/get "$1" 4433 \
	    "https://$1:4433/file" >$tmp/client 2>&1
	cmp -s $tmp/www/file $tmp/get/file
}

fetched()
{
	fetch "$1"
	ok $? "$name: $1"
}

refused()
{
	! fetch "$1"
	ok $? "$name: not $1"
}

cat >$tmp/hosts <<END
10.0.2.2 ok.lab blocked.lab www.blocked.lab
fd00:2::2 ok6.lab a.blocked.lab
END
mount --bind $tmp/hosts /etc/hosts

lab_divert FORWARD --queue-bypass
name="blocked"
lab_pipe "divcat -p $port" \
    "divmark -v -u $tmp/list -j $tmp/eve.json udp port 4433" \
    "divstat -k name -o json -f $tmp/stat.json" \
    "divdrop -R -m 1" "divcat -w -p $port"
for host in ok.lab ok6.lab; do
	fetched $host
done
for host in blocked.lab www.blocked.lab a.blocked.lab; do
	refused $host
done
lab_stop "$name"
is "$(lab_status)" "0 0 0 0 0" "$name: exit status"
is "$(jq -r '.rows[] | select(.by == "name") | .name' $tmp/stat.json | sort -u |
    paste -s -d , -)" \
    "-,a.blocked.lab,blocked.lab,ok.lab,ok6.lab,www.blocked.lab" \
    "$name: statistics"
is "$(jq -r '.quic.sni + " " + .proto' $tmp/eve.json | sort -u |
    paste -s -d , -)" "a.blocked.lab UDP,blocked.lab UDP,www.blocked.lab UDP" "$name: alerts"

name="allowed"
lab_pipe "divcat -p $port" "divmark -i -u $tmp/list udp dst port 4433" \
    "divdrop -m 1" "divcat -w -p $port"
fetched blocked.lab
refused ok.lab
lab_stop "$name"

# divcat -B: a name that is not listed lets the connection go
lab_rule router -F FORWARD
port=61440
name="let go"
lab_ruled "divcat -B -f 'udp port 4433'" "divmark -u $tmp/list" \
    "divdrop -R -m 1" "divcat -w"
refused blocked.lab
before=$(lab_queue 8)
fetched ok.lab
packets=$(($(lab_queue 8) - before))
[ $packets -lt 400 ] || echo "# $packets packets"
[ $packets -lt 400 ]
ok $? "$name: few packets are diverted"
lab_stop "$name"
umount /etc/hosts
done_testing
