#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Answers of a real server, rewritten in the router and checked with dig.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

piece=$(printf '%0255d' 0)
cat >$tmp/script <<END
A/www.lab/A/192.0.2.1/77
A/www.lab/AAAA/2001:db8::1/
A/chain.lab/A/192.0.2.1/
A/chain.lab/AAAA/::2/
A/alias.lab/CNAME/a.longer.name.example.net/
A/2.2.0.10.*/PTR/pointed.example.net/
A/lab/MX/10 mail.example.net/
A/text.lab/TXT/rewritten text/
A/long.lab/TXT/$piece$piece/
A/gone.lab/NX/
A/absent.lab/A+/192.0.2.7 192.0.2.8/
A/svc.lab/HTTPS/-ech/
A,<$tmp/zone,LIST,
"dst net 10.0.1.0/24 or dst net fd00:1::/64" A/mine.lab/A/192.0.2.5/
"dst net 203.0.113.0/24" A/other.lab/A/192.0.2.6/
END
cat >$tmp/zone <<END
\$TTL 60
@ SOA localhost. root.localhost. 1 2 3 4 5
*.nx.lab CNAME .
nodata.lab CNAME *.
pass.nx.lab CNAME rpz-passthru.
drop.lab CNAME rpz-drop.
192.0.2.3 local.lab
END

hint=0a090909
server dnsmasq --no-daemon --conf-file=/dev/null --user=root --pid-file= \
    --port=53 --listen-address=10.0.2.2,fd00:2::2 --bind-interfaces \
    --no-resolv --no-hosts --local=/lab/ --edns-packet-max=1232 \
    --host-record=www.lab,10.9.9.9,fd00:9::9,60 \
    --host-record=other.lab,10.9.9.8 --host-record=mine.lab,10.9.9.6 \
    --host-record=a.nx.lab,10.9.9.5 --host-record=pass.nx.lab,10.9.9.4 \
    --host-record=nodata.lab,10.9.9.3 --host-record=drop.lab,10.9.9.2 \
    --host-record=gone.lab,10.9.9.7 \
    --cname=alias.lab,other.lab --cname=chain.lab,www.lab \
    --ptr-record=2.2.0.10.in-addr.arpa,www.lab \
    --mx-host=lab,other.lab,5 \
    --dns-rr=www.lab,65,0001000001000302683300040004${hint}0006001000${hint}0000000000000000000000 \
    --dns-rr=svc.lab,65,00010000010003026833000500020102 \
    --txt-record=text.lab,"old text" --txt-record=long.lab,short \
    >$tmp/dnsmasq 2>&1 &

# asked NAME TYPE: the answer as dig prints it, with the options $how
asked()
{
	# shellcheck disable=SC2086
	client timeout 60 dig $how +tries=2 +time=5 "$1" "$2" >$tmp/dig 2>&1
	sed -n 's/.*status: \([A-Z]*\).*/\1/p; t
	    s/^; EDNS: version: 0.*/EDNS/p; t
	    s/.*\(Truncated\).*/\1/p; t
	    s/.*[Mm]alformed.*/&/p; s/.*WARNING.*/&/p; t
	    /^[^;]/p' $tmp/dig | tr -s '\t\n' '  ' | sed 's/ $//'
}

# answers NAME TYPE ANSWER
answers()
{
	is "$(asked "$1" "$2")" "NOERROR${edns:+ $edns} $3" "$how: $1 $2"
}

# all HOW [EDNS]
all()
{
	how=$1
	edns=${2:-}
	answers www.lab A 'www.lab. 77 IN A 192.0.2.1'
	answers www.lab AAAA 'www.lab. 60 IN AAAA 2001:db8::1'
	answers chain.lab A 'chain.lab. 0 IN CNAME www.lab. www.lab. 77 IN A 192.0.2.1'
	answers chain.lab AAAA 'chain.lab. 0 IN CNAME www.lab. www.lab. 60 IN AAAA ::2'
	answers alias.lab CNAME 'alias.lab. 0 IN CNAME a.longer.name.example.net.'
	answers 2.2.0.10.in-addr.arpa PTR \
	    '2.2.0.10.in-addr.arpa. 0 IN PTR pointed.example.net.'
	answers lab MX 'lab. 0 IN MX 10 mail.example.net. other.lab. 0 IN A 10.9.9.8'
	answers text.lab TXT 'text.lab. 0 IN TXT "rewritten text"'
	answers other.lab A 'other.lab. 0 IN A 10.9.9.8'
	answers www.lab HTTPS 'www.lab. 0 IN HTTPS 1 . alpn="h3"'
	answers svc.lab HTTPS 'svc.lab. 0 IN HTTPS 1 . alpn="h3"'
	answers mine.lab A 'mine.lab. 0 IN A 192.0.2.5'
	answers pass.nx.lab A 'pass.nx.lab. 0 IN A 10.9.9.4'
	answers local.lab A 'local.lab. 60 IN A 192.0.2.3'
	is "$(asked local.lab AAAA)" "NOERROR${edns:+ $edns}" "$how: no AAAA"
	is "$(asked nodata.lab A)" "NOERROR${edns:+ $edns}" "$how: nodata.lab"
	is "$(asked a.nx.lab A)" "NXDOMAIN${edns:+ $edns}" "$how: a.nx.lab A"
	answers absent.lab A \
	    'absent.lab. 60 IN A 192.0.2.7 absent.lab. 60 IN A 192.0.2.8'
	is "$(asked gone.lab A)" "NXDOMAIN${edns:+ $edns}" "$how: gone.lab A"
	is "$(asked gone.lab TXT)" "NXDOMAIN${edns:+ $edns}" "$how: gone.lab TXT"
}

wait_for lab_listens server tcp 53 || sed 's/^/# /' $tmp/dnsmasq
lab_divert FORWARD
lab_pipe "divcat -p $port" "divsed -v -f $tmp/script" "divcat -w -p $port"
for host in 10.0.2.2 fd00:2::2; do
	all "@$host" EDNS
	all "@$host +noedns"
	all "@$host +tcp" EDNS
	all "@$host +tcp +noedns"
	how="@$host +ignore"
	is "$(asked long.lab TXT)" "NOERROR EDNS" "$how: long.lab TXT"
	grep -q '^;; flags: qr aa tc' $tmp/dig
	ok $? "$how: what grew too long is truncated"
	how="@$host"
	is "$(asked long.lab TXT)" \
	    "Truncated NOERROR EDNS long.lab. 0 IN TXT \"$piece\" \"$piece\"" \
	    "$how: and comes by TCP"
done
client timeout 60 dig @10.0.2.2 +tries=1 +time=1 drop.lab >$tmp/dig 2>&1
is "$?" 9 "rpz-drop: no answer"
lab_stop "dns"
is "$(lab_status)" "0 0 0" "exit status"
! grep -v '203.0.113' $tmp/err | grep -E 'malformed|never matched|refused'
ok $? "all commands matched, nothing was malformed"
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
