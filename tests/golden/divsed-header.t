#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# The command f of divsed, checked with tcpdump.

. "$(dirname "$0")/divsed.sh"
PATH=$PATH:/usr/sbin:/sbin

mss=0x020405b401010101
cat >text <<END
tcp4 id=1 tcpflags=2 tcpoptions=$mss
tcp4 id=2 options=8 tcpoptions=12 -- foo
udp4 id=3 -- foo
icmp4 id=4 -- foo
tcp6 id=5 tcpflags=2 tcpoptions=$mss
udp6 id=6 options=16 -- foo
END
frames make <text >in

# shows PACKETS: one line for each packet, its headers in numbers
shows() {
	divcat -o pcap "$1" | tcpdump -nnvr - 2>/dev/null | paste -s -d ' ' - |
	    sed 's/ [0-9:.]* IP/\
IP/g'
}

# sets FIELD PATTERN...: a pattern for each packet; - for an unchanged one
sets() {
	field=$1
	shift
	run divsed "f $field" <in
	is "$field: status" "$status$(cat err)" 0
	shows in >before
	shows out >after
	n=0
	for pattern; do
		n=$((n + 1))
		sed -n "${n}p" before >was
		sed -n "${n}p" after >is
		if [ "$pattern" = - ]; then
			is_file "$field: packet $n stays" is was
		else
			like "$field: packet $n" is "$pattern"
			ok "$field: packet $n was other" \
			    sh -c "! grep -Eq '$pattern' was"
		fi
	done
	is "$field: payloads stay" "$(frames dump <out)" "$(frames dump <in)"
}

sets ttl=9 'ttl 9,' 'ttl 9,' 'ttl 9,' 'ttl 9,' 'hlim 9,' 'hlim 9,'
sets dscp=46 'tos 0xb8,' 'tos 0xb8,' 'tos 0xb8,' 'tos 0xb8,' 'class 0xb8,' \
    'class 0xb8,'
sets ecn=3 'tos 0x3,CE,' 'tos 0x3,CE,' 'tos 0x3,CE,' 'tos 0x3,CE,' \
    'class 0x03,' 'class 0x03,'
sets df=1 'flags \[DF\]' 'flags \[DF\]' 'flags \[DF\]' 'flags \[DF\]' - -
sets id=1000 'id 1000,' 'id 1000,' 'id 1000,' 'id 1000,' - -
sets src=1.2.3.4 ' 1.2.3.4.4242 >' ' 1.2.3.4.4242 >' ' 1.2.3.4.4242 >' \
    ' 1.2.3.4 >' - -
sets dst=fd00::9 - - - - '> fd00::9.80:' '> fd00::9: .* > 53:'
sets sport=99 '1.99 >' '1.99 >' '1.99 >' - '1.99 >' ' 99 > 53:'
sets dport=99 '2.99:' '2.99:' '2.99:' - '2.99:' '4242 > 99:'
sets flags=FA 'Flags \[F.\]' 'Flags \[F.\]' - - 'Flags \[F.\]' -
sets window=7 'win 7,' 'win 7,' - - 'win 7,' -
sets mss=1300 'mss 1300' - - - 'mss 1300' -
sets ttl=9,dscp=46 'tos 0xb8, ttl 9,' 'tos 0xb8, ttl 9,'

run divsed 'f mark=7;f mark=0x17,mark=9' <in
is 'mark' "$(divcat -o text out | grep -c mark=0x00000009)" 6
run divsed 'f mark=0x1234;f mark=0xa0/0xf0' <in
is 'mark with a mask' "$(divcat -o text out | grep -c mark=0x000012a4)" 6
run divsed 'f ttl=64' <in
is_file 'the same value is no edit' out in

# in packets that are edited already, and setting the old value again
run divsed 's/foo/a longer one/;f ttl=9;s/longer/l/' <in
is 'between edits' "$(frames dump <out | sed -n 3p)" 'packet 3 udp4 a l one'
like 'between edits: ttl' out "$(printf '\011')"
shows out >after
like 'between edits: tcpdump' after '^IP .*ttl 9,.* UDP'

printf '%s\n' 'tcp4 id=1 frag=first -- foo' 'udp6 id=2 frag=later -- foo' \
    'gre4 id=3 -- foo' 'tcp4 id=4 flags=4 -- foo' 'none id=5' |
    frames make >in
run divsed -v 'f ttl=1,src=1.2.3.4,dst=::1' <in
is_file 'what the sink would refuse' out in
is 'it is counted' "$(grep -c 'passed untouched' err)" 4
run divsed -v 'f mark=1' <in
is 'it has a mark' "$(divcat -o text out | grep -c mark=0x00000001) $(grep -c \
    untouched err)" '5 0'

done_testing
