#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# What lines of EVE say of flows: divmark -j, and divstat -E -o eve.
. "$(dirname "$0")/lib.sh"
TZ=UTC
export TZ

# community NAME: the ids of the capture are tshark's
community() {
	rm -f eve.json
	divcat capture | divmark -j eve.json ip or ip6 >/dev/null
	tshark -r capture --enable-protocol communityid -T fields \
	    -e communityid 2>/dev/null | sed '/^$/d' >wanted
	jq -r '.community_id // empty' eve.json >got
	is_file "Community ID: $1" got wanted
	ok "Community ID: $1: there are some" test -s got
}

python3 "$here/capture.py" 1 50 >capture
community 'connections and datagrams'
perl -e 'for my $type (8, 0, 9, 10, 13 .. 18, 128 .. 136, 139, 140, 144, 145) {
	for my $code (0, 1) {
		my @ends = map { pack "H*", $_ } "c0000201", "c0000202";
		@ends = reverse @ends if $code;
		my $icmp = pack "CCnnnx32", $type, $code, 0, 1, 2;
		print unpack("H*", pack("CCnnnCCna4a4", 0x45, 0, 60, 1, 0, 64,
		    1, 0, @ends) . $icmp), "\n";
		print unpack("H*", pack("NnCC", 6 << 28, 40, 58, 64) .
		    join("", map { $_ x 4 } @ends) . $icmp), "\n";
	}
}' | sed 's/../& /g' | divcat -i hex -o pcap >capture
community 'types of ICMP'
like 'EVE: types of ICMP' eve.json '"icmp_type":136,"icmp_code":1'
echo 45000028000040004006000080e86e784223facc\
8827005000000000000000005010000000000000 | sed 's/../& /g' |
    divcat -i hex -o pcap >capture
community 'the example of the standard'
is 'Community ID: it is that one' "$(cat got)" 1:LQU9qZlK+B5F3KDmev6m5PMibrg=

cat >text <<'END'
tcp4 time=1000000000 ifname=eth0 tcpflags=2 seq=100 ack=0
tcp4 time=1020000000 ifname=eth1 swap=1 tcpflags=18 seq=500 ack=101
tcp4 time=1021000000 ifname=eth0 tcpflags=16 seq=101 ack=501
tcp4 time=1100000000 ifname=eth0 seq=101 ack=501 -- GET / HTTP/1.1\r\nHost: a.test\r\n\r\n
tcp4 time=2130000000 ifname=eth1 swap=1 tcpflags=17 seq=501 ack=137
tcp4 time=2140000000 ifname=eth0 tcpflags=17 seq=137 ack=502
udp4 time=3000000000 ifname="\ -- 0
icmp4 time=4000000000 ifname=
END
frames make <text >in

rm -f eve.json
echo a.test >names
divmark -j eve.json -u names <in >/dev/null
is 'divmark: fields' "$(jq -c '[.in_iface, .direction, .app_proto,
    .http.hostname]' eve.json)" '["eth0","to_server","http","a.test"]'
rm eve.json
divmark -j eve.json ip <in >/dev/null
is 'divmark: interfaces' "$(jq -r '.in_iface // "-"' eve.json | tail -n 2)" \
    '"\
-'
is 'divmark: directions' "$(jq -r '.direction // "-"' eve.json |
    paste -s -d ' ' -)" 'to_server to_client to_server to_server to_client to_server to_server -'
run divstat -E -o eve -f flows.json <in
is 'divstat: status' "$status$(cat err)" 0
is_file 'divstat: frames pass' out in
is 'one flow_id for a connection, in both tools' \
    "$(jq -c 'select(.proto == "TCP") | [.flow_id, .community_id]' \
	eve.json flows.json | sort -u | wc -l)" 1
is 'and others for others' "$(jq .flow_id eve.json flows.json | sort -u |
    wc -l)" 3
is 'flow_id: a double holds it' "$(jq -r .flow_id flows.json |
    awk '$1 >= 2 ^ 53 || $1 < 1')" ''

jq -c 'del(.flow_id)' flows.json >got
cat >wanted <<'END'
{"timestamp":"1970-01-01T00:00:03.000000+0000","in_iface":"\"\\","event_type":"flow","src_ip":"10.0.0.1","src_port":4242,"dest_ip":"10.0.0.2","dest_port":53,"proto":"UDP","community_id":"ID","flow":{"pkts_toserver":1,"pkts_toclient":0,"bytes_toserver":29,"bytes_toclient":0,"start":"1970-01-01T00:00:03.000000+0000","end":"1970-01-01T00:00:03.000000+0000","age":0,"state":"new"}}
{"timestamp":"1970-01-01T00:00:04.000000+0000","event_type":"flow","src_ip":"10.0.0.1","dest_ip":"10.0.0.2","proto":"ICMP","flow":{"pkts_toserver":1,"pkts_toclient":0,"bytes_toserver":28,"bytes_toclient":0,"start":"1970-01-01T00:00:04.000000+0000","end":"1970-01-01T00:00:04.000000+0000","age":0,"state":"new"}}
{"timestamp":"1970-01-01T00:00:02.140000+0000","in_iface":"eth0","event_type":"flow","src_ip":"10.0.0.1","src_port":4242,"dest_ip":"10.0.0.2","dest_port":80,"proto":"TCP","community_id":"ID","flow":{"pkts_toserver":4,"pkts_toclient":2,"bytes_toserver":192,"bytes_toclient":80,"start":"1970-01-01T00:00:01.000000+0000","end":"1970-01-01T00:00:02.140000+0000","age":1,"state":"closed"},"tcp":{"syn":true,"fin":true,"ack":true}}
END
sed 's/"1:[^"]*"/"ID"/' got | sort >got.sorted
sort wanted >wanted.sorted
is_file 'divstat: flow' got.sorted wanted.sorted

# DNS: a query, its answer, one without addresses, another type
cat >messages <<'END'
0100 WWW.a.test A | | |
8180 WWW.a.test A | www.a.test 60 CNAME b.test, b.test 60 A 192.0.2.1, b.test 60 A 192.0.2.2 | |
8583 none.test AAAA | | |
8180 six.test AAAA | six.test 60 AAAA 2001:db8::1 | |
0100 any.test OPT | | |
END
perl "$here/dns.pl" make udp <messages >payloads
sed '1s/^/udp4 -- /; 5s/^/udp4 -- /; 2,4s/^/udp4 swap=1 -- /' payloads |
    frames make | divstat -N -E -o eve -f dns.json
jq -c 'select(.event_type == "dns") | .dns | del(.id)' dns.json >got
cat >wanted <<'END'
{"type":"query","opcode":0,"rrname":"www.a.test","rrtype":"A"}
{"type":"answer","opcode":0,"rrname":"www.a.test","rrtype":"A","flags":"8180","qr":true,"rd":true,"ra":true,"rcode":"NOERROR","grouped":{"A":["192.0.2.1","192.0.2.2"]}}
{"type":"answer","opcode":0,"rrname":"none.test","rrtype":"AAAA","flags":"8583","qr":true,"aa":true,"rd":true,"ra":true,"rcode":"NXDOMAIN"}
{"type":"answer","opcode":0,"rrname":"six.test","rrtype":"AAAA","flags":"8180","qr":true,"rd":true,"ra":true,"rcode":"NOERROR","grouped":{"AAAA":["2001:db8::1"]}}
{"type":"query","opcode":0,"rrname":"any.test","rrtype":"TYPE41"}
END
is_file 'divstat: dns' got wanted
{
	echo 'udp4 time=86400000000000'
	sed -n '1s|^|udp4 type=3 -- |p' payloads
} | frames make | divstat -N -E -o eve 2>&1 | jq -r .timestamp |
    sort -u >got
is 'divstat: an injected packet has the time of the one before' "$(cat got)" \
    1970-01-02T00:00:00.000000+0000
is 'divstat: dns: the client is the source' \
    "$(jq -r 'select(.event_type == "dns") | .dest_port' dns.json | sort -u)" 53
is 'divstat: dns and its flow have one id' \
    "$(jq .flow_id dns.json | sort -u | wc -l)" 1

# Only members that EVE has, some of which divmark or divstat may leave out.
sed 's/ /\
/g' >wanted <<'END'
alert app_proto community_id dest_ip dest_port direction dns event_type flow flow_id http icmp_code icmp_type in_iface proto src_ip src_port tcp timestamp
END
rm eve.json
divmark -j eve.json -u names <in >/dev/null
divmark -j eve.json icmp <in >/dev/null
jq -r keys[] eve.json flows.json dns.json | sort -u >got
is_file 'members' got wanted
done_testing
