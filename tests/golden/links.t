#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# Captures of all link types: the packets in them are those of a capture without
# link headers, and tshark, if it is here, finds the same.
. "$(dirname "$0")/lib.sh"

cat >lines <<'END'
tcp4 id=1 time=1700000000123456789 -- GET /foo\r\n
udp6 id=2 time=1700000001000000000 -- a question
icmp4 id=3 time=1700000002000000000 -- x
udp4 id=4 time=1700000003000000000 -- y
tcp6 id=5 time=1700000004000000000
END
frames make <lines | divcat -o pcap >raw
divcat -o hex raw >packets
is "there are packets" "$(wc -l <packets | tr -d ' ')" 5

# fields FILE: what tshark finds in it
fields() {
	tshark -nr "$1" -T fields -e frame.time_epoch -e ip.src -e ipv6.dst \
	    -e ip.len -e ipv6.plen -e tcp.dstport -e udp.dstport \
	    -e icmp.type 2>/dev/null
}

command -v tshark >/dev/null && fields raw >wanted
for link in $(perl "$here/links.pl"); do
	perl "$here/links.pl" "$link" <raw >"$link.pcap"
	run divcat -o hex "$link.pcap"
	is "$link: status" "$status$(cat err)" 0
	is_file "$link: the packets" out packets
	divcat -o pcap "$link.pcap" >again
	is_file "$link: as a capture" again raw
	command -v tshark >/dev/null || continue
	fields "$link.pcap" >got
	is_file "$link: what tshark finds" got wanted
done

# attrs FILE: direction, interface and more of the first packet
attrs() {
	divcat -o text -c 1 "$1.pcap" | tr '\t' ' ' | tr ' ' '\n' |
	    grep -E '^(in|vtnet0|mark=.*|ifindex=.*)$' | paste -s -d ' ' -
}

for link in nflog nflog-big; do
	is "$link: direction, mark, interface" "$(attrs $link)" \
	    "in mark=0x00000007 ifindex=3"
done
for link in pflog pflog-openbsd; do
	is "$link: direction, interface" "$(attrs $link)" "in vtnet0"
done
done_testing
