#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# Which packet gets which reply.
cat >text <<'END'
tcp4 id=1 seq=1000 ack=2000 -- foo
tcp4 id=2 tcpflags=2
tcp6 id=3 tcpflags=18 dport=22
tcp4 id=4 tcpflags=4
udp4 id=5 dport=123 -- foo
udp6 id=6 dport=123 -- foo
udp4 id=7 -- \x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01
udp6 id=8 -- \x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01
icmp4 id=9 -- foo
icmp6 id=10 -- foo
udp4 id=11 frag=first dport=123 -- foo
udp4 id=12 frag=later -- foo
none id=13
END
frames make <text >in
run divdrop -v -R '' <in
is 'status' "$status" 0
is '-v' "$(cat err)" 'divdrop: 13 packets, 13 dropped, 12 answers'
frames dump <out | awk '$1 == "drop" { print $2 }' | paste -s -d ' ' >got
is 'each has its record' "$(cat got)" '1 2 3 4 5 6 7 8 9 10 11 12 13'
is 'answers have the id of their packet, and come before its record' \
    "$(frames dump <out | awk '{ print $1, $2 }' | sed -n 1,8p |
	paste -s -d ,)" \
    'inject 1,inject 1,drop 1,inject 2,drop 2,inject 3,inject 3,drop 3'
divcat -o pcap out | tcpdump -nSr - 2>/dev/null | tr -s ' ' |
    cut -d ' ' -f 2- >got
cat >wanted <<'END'
IP 10.0.0.2.80 > 10.0.0.1.4242: Flags [R], seq 2000, win 0, length 0
IP 10.0.0.1.4242 > 10.0.0.2.80: Flags [R.], seq 1000, ack 2000, win 0, length 0
IP 10.0.0.2.80 > 10.0.0.1.4242: Flags [R.], seq 0, ack 1001, win 0, length 0
IP6 2001:db8::2.22 > 2001:db8::1.4242: Flags [R], seq 2000, win 0, length 0
IP6 2001:db8::1.4242 > 2001:db8::2.22: Flags [R.], seq 1000, ack 2000, win 0, length 0
IP 10.0.0.2 > 10.0.0.1: ICMP 10.0.0.2 udp port 123 unreachable, length 39
IP6 2001:db8::2 > 2001:db8::1: ICMP6, destination unreachable, unreachable prohibited 2001:db8::2, length 59
IP 10.0.0.2.53 > 10.0.0.1.4242: 4660 Refused- 0/0/0 (19)
IP6 2001:db8::2.53 > 2001:db8::1.4242: 4660 Refused- 0/0/0 (19)
IP 10.0.0.2 > 10.0.0.1: ICMP 10.0.0.2 protocol 1 port 0 unreachable, length 39
IP6 2001:db8::2 > 2001:db8::1: ICMP6, destination unreachable, unreachable prohibited 2001:db8::2, length 59
IP 10.0.0.2 > 10.0.0.1: ICMP 10.0.0.2 udp port 123 unreachable, length 39
END
is_file 'answers' got wanted

# Packets that pass get no reply; those of a capture do, as those of a port.
run divdrop -R tcp port 81 <in
is_file 'no match: nothing' out in
divcat -o pcap in >in.pcap
divcat in.pcap | divdrop -R udp port 123 | divcat -o pcap >out.pcap
is 'a capture: answers stand where the packets did' \
    "$(tcpdump -nr out.pcap 2>/dev/null | grep -c 'udp port\|prohibited')" 3

# ICMP errors are limited in rate.
for i in 0 1 2 3 4 5 6 7 8 9; do
	sed -n "5s/id=5/id=5 time=${i}000000/p" text
done | frames make >few
cat few few few few few few few few few few >many
run divdrop -v -R '' <many
is 'errors: fifty, and one a millisecond' "$(cat err)" \
    'divdrop: 100 packets, 100 dropped, 59 answers'
sed -n 1p text | frames make >one
perl -e 'local $/; $_ = <STDIN>; print $_ x 1000' <one >many
run divdrop -v -R '' <many
is 'resets: no limit' "$(cat err)" \
    'divdrop: 1000 packets, 1000 dropped, 2000 answers'

# -l: a line for each packet that is dropped
cat >text <<'END'
udp4 id=1 time=1700000000123456789 dir=3 mark=7 -- foo
udp6 id=2 -- bar
tcp4 id=0 type=3 time=5 -- foo
gre4 id=3 -- foo
tcp4 id=4 flags=4 cut=1000 rep=1000 -- f
END
frames make <text >in
run divdrop -l -e f <in
tr '\t' '|' <err >got
cat >wanted <<'END'
1700000000.123456789|1|fwd|eth0|udp|10.0.0.1:4242|10.0.0.2:53|31|7|0
0.000000005|-|in|eth0|tcp|10.0.0.1:4242|10.0.0.2:80|43|0|0
0.000000000|3|in|eth0|47|10.0.0.1|10.0.0.2|23|0|0
END
is_file '-l' got wanted
run divdrop -l -R tcp <in
is '-l with -R: the answers' "$(cut -f 8,10 err | tr '\t' ' ' |
    paste -s -d ,)" '43 2,1040 2'

done_testing
