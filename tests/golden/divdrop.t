#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

cat >text <<'END'
tcp4 id=1 -- GET /foo
udp4 id=2 -- foo
icmp4 id=3 -- ping
tcp6 id=4 -- bar
udp6 id=5 options=8 -- foo\x00bar
icmp6 id=6
tcp4 id=7
gre4 id=8 -- foo
none id=9
tcp4 id=10 frag=later -- foo
none id=11 type=2
END
frames make <text >in

# drops NAME IDS arguments ...: exactly these packets are dropped
drops() {
	name=$1
	ids=$2
	shift 2
	run divdrop "$@" <in
	is "$name: status" "$status" 0
	is "$name: quiet" "$(cat err)" ''
	frames dump <in | awk -v ids=" $ids " '{
		if ($1 == "packet" && index(ids, " " $2 " "))
			print "drop " $2 " none "
		else
			print
	}' >wanted
	frames dump <out >got
	is_file "$name" got wanted
}

drops 'expression' '1 7 10' ip proto 6
drops 'expression of several words' '1 4 7' 'tcp' 'port' 80
drops 'expression in one word' '1 4 7' 'tcp port 80'
drops 'expression on IPv6' '4 5 6' ip6
drops 'expression on the length' '1 2 3 4 5 6 7 8 9 10' 'less 1500'
drops 'expression on contents' '2' 'udp[8:2] = 0x666f'
drops '-e' '1 2 5 8 10' -e foo
drops '-e with a NUL' '5' -e 'o\x00b'
drops '-e with flags in it' '1 2 5 8 10' -e '(?i)FOO'
drops '-e on nothing' '6 7' -e '^$'
drops 'the last -e' '4 5' -e foo -e bar
drops '-e and expression' '1' -e foo tcp port 80
drops '-i' '2 3 5 6 8 9 10' -i tcp port 80
drops '-i -e' '3 4 6 7 9' -i -e foo
drops '-i of both' '2 3 4 5 6 7 8 9 10' -i -e foo tcp port 80
drops '-n' '3 6 9' -n 3
drops '-n 1' '1 2 3 4 5 6 7 8 9 10' -n 1
drops '-n of those that match' '4' -n 2 tcp port 80
drops '-n of those that do not' '3 6 9' -n 2 -i tcp port 80
drops '-p 1' '1 2 3 4 5 6 7 8 9 10' -p 1
drops '-p 100%' '1 4 7' -p 100% tcp port 80
drops '-p 0' '' -p 0
drops '-p 0%' '' -p 0%
drops '-p and -n' '' -p 0 -n 1

drops '-c' '1 2' -c 2 -n 1
drops '-c of those that match' '1 4' -c 2 tcp port 80

# -c of a time begins with the first packet that is dropped
printf '%s time=%d00000000 id=%d\n' tcp4 10 1 udp4 20 2 udp4 23 3 udp4 0 4 \
    tcp4 24 5 udp4 25 6 udp4 24 7 udp4 99 8 | frames make >in
drops '-c of a time' '2 3 4' -c 500ms udp

# marks
printf '%s\n' 'udp4 id=1 mark=1' 'tcp4 id=2 mark=2' 'tcp4 id=3 mark=1' \
    'none id=4' >text
frames make <text >in
drops '-m' '1 3' -m 1
drops '-m 0' '4' -m 0
drops '-m in hexadecimal' '2' -m 0x2
drops '-m and expression' '3' -m 1 tcp
drops '-m and -i' '1 2 4' -i -m 1 tcp
drops 'the last -m' '2' -m 1 -m 2
printf 'udp4 id=%d mark=%d -- foo\n' 1 16 2 17 3 33 4 1 | frames make >in
drops '-m with a mask' '1 2' -m 0x10/0xf0
drops '-m 0 with a mask' '4' -m 0/0xf0
drops '-m with a mask and -i' '3 4' -i -m 0x10/0xf0

# drop records keep what the frame's header says
echo 'tcp4 id=5 dir=3 port=8 mark=7 opaque=0102030405060708 -- foo' |
    frames make >in
run divdrop tcp <in
is 'a drop record has no packet' "$(wc -c <out)" 88
frames heads <in | sed 's/ .*//; s/^444956460101/444956460102/' >heads.in
frames heads <out | sed 's/ .*//' >heads.out
is_file 'and the rest of the header' heads.out heads.in

# probability
perl -e 'printf "udp4 id=$_\n" for 1 .. 20000' | frames make >in
run divdrop -v -s 1 -p 5% <in
like '-v' err '^divdrop: 20000 packets, [0-9]+ dropped$'
n=$(sed 's/.*packets, \([0-9]*\).*/\1/' err)
# 1000 expected, sigma is 30.8
ok "5% of 20000 within four sigma: $n" test "$n" -gt 877 -a "$n" -lt 1123
cp out out1
run divdrop -s 1 -p 0.05 <in
is_file '-s drops the same again' out out1
run divdrop -s 2 -p .05 <in
ok 'another seed drops others' test "$(cmp out out1 2>&1 | wc -l)" -gt 0
run divdrop -p .5 <in
cp out out1
run divdrop -p .5 <in
ok 'no seed: never the same' test "$(cmp out out1 2>&1 | wc -l)" -gt 0

# a regular expression with catastrophic backtracking
echo 'tcp4 -- aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab c' |
    frames make >in
cat in in >in2
run divdrop -v -e '(a|aa)+c' <in2
is_file 'takes too long: passes' out in2
is 'takes too long: one warning' "$(grep -c 'takes too long' err)" 1
like 'takes too long: counted' err '0 dropped, 2 took too long'
run divdrop -q -e '(a|aa)+c' <in2
is '-q' "$(cat err)" ''

# usage
usage_error 'nothing selected' '^divdrop: nothing given' divdrop
usage_error '-s alone' '^divdrop: nothing given' divdrop -s 1
usage_error '-i alone' '^divdrop: -i: no expression' divdrop -i
usage_error '-i with nothing to invert' '^divdrop: -i: ' divdrop -i -p 1%
usage_error 'bad expression' '^divdrop: tcp prt 80: .*error' divdrop tcp prt 80
usage_error 'bad -e' '^divdrop: -e a\(b: character 4: missing' divdrop -e 'a(b'
for p in 5 1.01 100; do
	usage_error "-p $p" "^divdrop: -p $p: .*write $p% for percent" \
	    divdrop -p $p
done
usage_error '-p 101%' '^divdrop: -p 101%: more than 100%' divdrop -p 101%
for p in '' % . x -0.1 -5% nan inf 0x1 1e-1x 5%% '5 %' ' 5%'; do
	usage_error "-p '$p'" "^divdrop: -p $p: expected" divdrop -p "$p"
done
for n in 0 -1 x 1.5 '' 4294967296; do
	usage_error "-n '$n'" "^divdrop: -n $n: " divdrop -n "$n"
done
for n in 0 -1 x; do
	usage_error "-c $n" "^divdrop: -c $n: " divdrop -c "$n" tcp
done
usage_error '-m x' '^divdrop: -m x: a mark is a number' divdrop -m x
usage_error '-m outside of its mask' \
    '^divdrop: -m 3/2: the mask has no bits, or the mark has others' \
    divdrop -m 3/2
usage_error '-m with an empty mask' '^divdrop: -m 0/0: the mask has no bits' \
    divdrop -m 0/0
usage_error '-c alone' '^divdrop: nothing given' divdrop -c 1
usage_error '-R alone' '^divdrop: nothing given' divdrop -R
usage_error '-s x' '^divdrop: -s x: ' divdrop -s x -p 1%

done_testing
