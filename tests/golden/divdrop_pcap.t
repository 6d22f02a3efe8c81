#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# divdrop EXPR keeps the packets that tcpdump finds with "not (EXPR)", in the
# capture of the unit tests.
perl -e '
    my $i = 0;
    local $/;
    my $h = <STDIN>;
    print pack "VvvVVVV", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101;
    while ($h =~ /^#define [A-Z0-9_]+ +\\\n((?:\s+"[0-9a-f]+"\s*\\?\n)+)/gm) {
	my ($hex) = $1 =~ s/[^0-9a-f]//gr;
	my $p = pack "H*", $hex;
	print pack("VVVV", 1700000000 + $i, 1000 * $i, (length $p) x 2), $p;
	$i++;
    }' <"$here/../unit/corpus.h" >raw.pcap
is 'packets' "$(tcpdump -nr raw.pcap 2>/dev/null | wc -l | tr -d ' ')" 19

# packets FILE: each with its time and bytes
packets() {
	tcpdump -nn -tt --nano -x -r "$1" 2>/dev/null
}

while read -r expression; do
	divcat raw.pcap | divdrop "$expression" | divcat -o pcap >got.pcap
	tcpdump -r raw.pcap -w wanted.pcap "not ($expression)" 2>err ||
	    diag <err
	packets got.pcap >got
	packets wanted.pcap >wanted
	is_file "$expression" got wanted
done <<'END'
tcp
udp port 53
ip
ip6
icmp or icmp6
host 192.0.2.1 and not tcp
src host 2001:db8::1
dst net 2001:db8::/32 and udp
tcp[tcpflags] & tcp-syn != 0
ip[6:2] & 0x1fff != 0
less 40
greater 60
len = 42
ip proto 17 or ip6 proto 17
ip6 protochain 17
udp[4:2] >= 12 and udp[8:4] = 0x68656c6c
not ip
END

# For tcpdump a packet too short for an expression matches neither the
# expression nor its negation; divdrop passes the datagram of two bytes.
divcat raw.pcap | divdrop 'udp[8:4] = 0x68656c6c' | divcat -o pcap >got.pcap
tcpdump -r raw.pcap -w wanted.pcap 'not (udp[8:4] = 0x68656c6c)' 2>/dev/null
is 'a short packet passes' "$(packets got.pcap | grep -c ^1) $(packets \
    wanted.pcap | grep -c ^1)" '18 17'
done_testing
