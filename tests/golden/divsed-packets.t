#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1003,SC1091,SC2016,SC2154
#
# Commands of divsed on packets as a whole.

. "$(dirname "$0")/divsed.sh"

# gives NAME WANTED ARGUMENTS: the output for the frames of the file "in"
gives() {
	gives_name=$1
	gives_wanted=$2
	shift 2
	run divsed "$@" <in
	is "$gives_name" "$(frames dump <out)$(cat err)" "$gives_wanted"
}

# kept NAME WANTED ARGUMENTS: the ids of the packets that pass
kept() {
	kept_name=$1
	kept_wanted=$2
	shift 2
	run divsed "$@" <in
	is "$kept_name" "$(frames dump <out | awk '!/^drop/ { print $2 }' |
	    paste -s -d ' ' -)$(cat err)" "$kept_wanted"
}

# -n and p
printf 'tcp4 id=1 -- foo\nudp6 id=2 -- bar\nudp4 id=0 type=3 -- foo\n' |
    frames make >in
gives 'p' 'inject 0 tcp4 foo
packet 1 tcp4 foo
packet 2 udp6 bar
inject 0 udp4 foo
inject 0 udp4 foo' /foo/p
gives 'p, twice, of two states' 'inject 0 tcp4 foo
inject 0 tcp4 f0o
packet 1 tcp4 f00
packet 2 udp6 bar
inject 0 udp4 foo
inject 0 udp4 f0o
inject 0 udp4 f00' '/foo/{p;s/o/0/;p;s/o/0/}'
gives '-n' 'drop 1 none 
drop 2 none ' -n 's/foo/bar/'
gives '-n, p' 'packet 1 tcp4 foo
drop 2 none 
inject 0 udp4 foo' -n /foo/p
gives '-n, p: what it was then' 'packet 1 tcp4 foo
packet 2 udp6 bar
inject 0 udp4 foo' -n 'p;s/foo/x/'
gives '-n, p: edited' 'packet 1 tcp4 x
packet 2 udp6 bar
inject 0 udp4 x' -n 's/foo/x/;p'
gives '-n, p, twice' 'packet 1 tcp4 foo
inject 0 tcp4 foo
packet 2 udp6 bar
inject 0 udp6 bar
inject 0 udp4 foo
inject 0 udp4 foo' -n 'p;p'
gives 'p, d' 'inject 0 tcp4 foo
drop 1 none 
inject 0 udp6 bar
drop 2 none 
inject 0 udp4 foo' 'p;d'
gives '-n, p, d' 'packet 1 tcp4 foo
packet 2 udp6 bar
inject 0 udp4 foo' -n 'p;d'
gives 's, flag p' 'inject 0 tcp4 x
packet 1 tcp4 x
packet 2 udp6 bar
inject 0 udp4 x
inject 0 udp4 x' 's/foo/x/p'
gives '#n' 'packet 1 tcp4 foo
drop 2 none 
inject 0 udp4 foo' '#n
/foo/p'
gives '-E' 'packet 1 tcp4 x
packet 2 udp6 bar
inject 0 udp4 x' -E 's/(f)oo/x/'
run divsed p <in
divcat -o frame <out >/dev/null
is 'copies can be read' $? 0
frames heads <out | cut -c 33- >heads.out
frames heads <in | sed p | cut -c 33- >heads.in
is "a copy has all of the packet's header but type and id" \
    "$(cut -c 33-80 heads.out)" "$(cut -c 33-80 heads.in)"

# types
printf 'none id=1 type=%d\n' 2 4 9 | frames make >in
run divsed d <in
is_file 'verdicts and unknown types pass' out in

# -m
printf 'udp4 id=%d mark=%d -- foo\n' 1 1 2 2 3 1 4 0 | frames make >in
gives '-m' 'packet 1 udp4 bar
packet 2 udp4 foo
packet 3 udp4 bar
packet 4 udp4 foo' -m 1 s/foo/bar/
gives '-m, -n: the others pass' 'drop 1 none 
packet 2 udp4 foo
drop 3 none 
packet 4 udp4 foo' -m 1 -n s/foo/bar/
kept '-m 0' '1 2 3' -m 0 d
kept '-m: only these are counted' '1 2 4' -m 1 2d
kept '-m with a mask' '2 4' -m 1/1 d

# q
printf 'udp4 id=%d -- foo\n' 1 2 3 4 | frames make >in
gives q 'packet 1 udp4 bar
packet 2 udp4 bar
packet 3 udp4 foo
packet 4 udp4 foo' 's/foo/bar/;2q'
gives '-n, q' 'drop 1 none 
drop 2 none 
packet 3 udp4 foo
packet 4 udp4 foo' -n 2q
kept 'q, d' '1 3 4' '/foo/{2!b
d
}
2q'
kept 'q before d' '1 2 3 4' '1q;d'

# filters
cat >text <<'END'
tcp4 id=1 -- foo
udp4 id=2 -- foo
tcp6 id=3 options=8 -- foo
udp6 id=4 -- a foo
gre4 id=5 -- foo
none id=6
tcp4 id=7 frag=first -- foo
tcp4 id=8 frag=later -- foo
tcp4 id=9
END
frames make <text >in
kept 'expression' '2 3 4 5 6' '"ip and tcp"d'
kept 'negated' '1 7 8 9' '"ip and tcp"!d'
kept 'range to an expression' '1 2 5 6 7 8 9' '/foo/,"udp port 53 and ip6"{"ip6"d
}'
kept 'quotes and a backslash' '1 3 6 7 8 9' '" ip proto \udp or ip6 proto 17 or ip proto 47 "d'
kept 'an expression sees what was edited' '2 3 4 5 6 7 8 9' \
    's/foo/a longer one/;"tcp port 80 and len == 52"d'
kept 'what is not edited can match' '6 9' '/foo/d'
kept 'no payload, no match' '1 2 3 4 5 6 7 8 9' '/^$/d'

# flows
# flow PROTOCOL KEYS: a packet, with its number as the payload
flow() {
	id=$((id + 1))
	echo "$* id=$id -- $id"
}
id=0
{
	flow tcp4 sport=1 tcpflags=2
	flow tcp4 sport=1 swap=1
	flow udp4 sport=1
	flow tcp4 sport=2
	flow tcp6 sport=1
	flow tcp4 sport=1
	flow udp4 sport=1 swap=1
	flow tcp4 sport=2
	flow tcp6 sport=1 swap=1
	flow tcp4 sport=1
	flow icmp4
	flow icmp4
	flow none
	flow none
	flow tcp4 sport=1 tcpflags=2
	flow tcp4 sport=1 tcpflags=2
	flow tcp4 sport=1 tcpflags=16
} | frames make >in
kept '-s: number' '1 3 4 5 11 13 15' -n -s 1p
kept '-s: second' '2 7 8 9 12 14 16' -s -n 2p
kept '-s: step' '2 7 8 9 10 12 14 16' -s -n '0~2p'
kept '-s: range' '1 2 3 4 5 6 7 8 9 11 12 13 14 15 16 17' -s -n '1,3p'
kept '-s: range from 0' '1 2 3 4 5 11 12 13 14 15 16' -s -n \
    '0,/^([2-9]|16|12)$/p'
kept 'k' '3 4 5 7 8 9 11 12 13 14 15 16 17' '/^1$/k;/^10$/d'
kept 'k: both directions' '1 3 4 5 7 8 9 11 12 13 14 15 16 17' '/^2$/k'
kept 'k: each' '1 3 4 5 11 12 13 14 15 16 17' '2k
/^7$/k;/^8$/k;/^9$/k'
kept 'k: every first' '' k
kept '-s, k' '1 3 4 5 11 13 15' -s 2k
kept 'k: and not others' '1 2 3 5 6 7 9 10 11 12 13 14 15 16 17' '/^4$/k'
printf 'udp4 id=1 mark=5 -- a\nudp4 id=2 mark=6 -- b\n' | frames make >in
kept 'k: in spite of -m' '' -m 5 k
run divsed -v k <in
like 'k: counts' err '^divsed: 2 packets, 0 edited, 2 dropped'
like 'k: is counted' err ': k: 1 matched'

# more connections than the table holds: the oldest is evicted
perl -e 'for (0 .. 65535, 0, 65536, 1, 0) {
	printf "udp4 id=%d sport=%d dport=%d -- x\n", $_ + 1, $_ & 65535,
	    1000 + ($_ >> 16) }' | frames make >in
run divsed -s -n 2p <in
is '-s: the table is bounded' \
    "$(divcat -o text out | grep -v '^drop' | cut -f 1)" 1

# l and =
printf 'udp4 id=7 -- foo\\n\ntcp6 id=8 -- bar\n' | frames make >in
divcat -o text <in >lines
run divsed 's/bar/foo/;1l' <in
is 'l' "$(cat err)" "$(head -n 1 lines)"
run divsed '1l some  text ;p' <in
is 'l with a label' "$(cat err)" "some  text	$(head -n 1 lines)"
run divsed '{2l x}' <in
is 'l in a block' "$(cat err)" "x	$(tail -n 1 lines)"
run divsed 's/bar/x/;2l' <in
is 'l: what was edited' "$(cut -f 7 err)" x
run divsed '=;2{=}' <in
is '=' "$(paste -s -d ' ' err)" '1 2 2'
is_file '= and l leave the packets alone' out in

# w
run divsed '/foo/w one.pcap' <in
is_file 'w: packets go on' out in
is 'w' "$(divcat -o text one.pcap | cut -f 7)" 'foo\n'
run divsed -e 's/foo/x/w two.pcap' -e 'w all.pcap' -e 's/bar/y/w two.pcap' \
    -e '/never/w none.pcap' -e 'w all.pcap' <in
is 's, flag w' "$(divcat -o text two.pcap | cut -f 7 | paste -s -d ' ' -)" \
    'x\n y'
is 'w: two into one' \
    "$(divcat -o text all.pcap | cut -f 7 | paste -s -d ' ' -)" 'x\n x\n bar y'
is 'w: none' "$(divcat -o text none.pcap)$?" 0
run divsed 'w /dev/full' <in
is 'w: no space: status' "$status" 1
is_file 'w: no space: packets go on' out in
is 'w: no space: is said once' "$(cat err)" \
    'divsed: /dev/full: No space left on device'
cp in there
usage_error 'w: standard output' 'standard output is for frames' \
    sh -c 'divsed "w there" >>there'
is_file 'w: standard output is not touched' there in

# counts
printf 'tcp4 -- %s\n' foo bar foo | frames make >in
run divsed -v '/foo/{s/o/0/;f ttl=64;f ttl=9
};:a;/foo/!y/a/b/;/nix/ba;T;p' <in
is '-v' "$(cat err)" 'divsed: 3 packets, 3 edited, 0 dropped
divsed: -e 1: line 1, column 1: /foo/{: 2 matched
divsed: -e 1: line 1, column 7: s/o/0/: 2 matched, 2 edited
divsed: -e 1: line 1, column 14: f ttl=64: 2 matched
divsed: -e 1: line 1, column 23: f ttl=9: 2 matched, 2 edited
divsed: -e 1: line 2, column 6: /foo/!y/a/b/: 1 matched, 1 edited
divsed: -e 1: line 2, column 19: /nix/ba: never matched
divsed: -e 1: line 2, column 27: T: 1 matched
divsed: -e 1: line 2, column 29: p: 2 matched'

# limits
printf 'tcp4 -- foo\n' | frames make >in
run divsed -v 'f mark=3,ttl=3;s/foo/x/;:a;ba' <in
is_file 'a loop without end: the packet passes' out in
is 'a loop without end: is said' "$(head -n 1 err)" \
    'divsed: -e 1: line 1, column 28: ba: takes too long, packet passed untouched'
like 'a loop without end: is counted' err 'ba: 10001 matched, 1 took too long$'
run divsed -q ':a;s/$/xxxxxxxxxxxxxxxxx/;ta' <in
is_file 'a loop that grows' out in
echo 'tcp4 rep=16000 -- aaaa' | frames make >in
for re in '(a+)+b' 'a[^x]*x' 'a.*a.*a.*b' '(a|aa)+c' 'a(?=.*x)|b'; do
	run timeout "${LIMIT:-20}" divsed -q "s/(*NO_START_OPT)$re/x/g" <in
	is "64 KiB, $re: status" "$status" 0
	is_file "64 KiB, $re: the packet passes" out in
done
echo 'tcp4 rep=3000 -- aaaaaaaaaaaaaaaaaaac' | frames make >in
run timeout "${LIMIT:-20}" divsed 's/(*NO_START_OPT)(?:(a|aa)+b|c)/x/g' <in
is 'many matches: status' "$status" 0
is_file 'many matches: the packet passes' out in
like 'many matches: is said' err 'takes too long, packet passed untouched'
run timeout "${LIMIT:-20}" divsed '/(*NO_START_OPT)(a+)+b/d' <in
like 'an address: is said' err '/d: takes too long, packet passed untouched'

done_testing
