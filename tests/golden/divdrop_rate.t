#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# passes NAME WANTED ARGUMENTS: WANTED are the ids of the packets that pass
passes() {
	name=$1
	wanted=$2
	shift 2
	frames make <text | divdrop "$@" >out 2>err
	is "$name" "$(frames dump <out | awk '$1 == "packet" { print $2 }' |
	    paste -s -d ' ')$(cat err)" "$wanted"
}

# at MILLISECONDS...: writes a packet of 100 bytes for each time to text
at() {
	id=0
	for ms; do
		id=$((id + 1))
		echo "udp4 id=$id time=${ms}000000 rep=72 -- x"
	done >text
}

at 1000 1050 1100 1150 1200 1250
passes 'packets, one at once' '1 3 5' -r 10pps,1
passes 'packets, two at once' '1 2 3 5' -r 10pps,2
passes 'packets, a default burst' '1 2 3 4 5 6' -r 10pps
passes 'thousands of packets' '1 2 3 4 5 6' -r 1kpps,1
passes 'bits' '1 3 5' -r 8kbit,100
passes 'bits, in upper case' '1 3 5' -r 8KBit,100
passes 'bits, with a fraction' '1 3 5' -r 0.008mbit,100
passes 'bits, more at once' '1 2 3 5' -r 8000bit,0.2k
passes 'bits, a default burst' '1 2 3 4 5 6' -r 8kbit
passes 'what never fits passes when the bucket is full' '1 3 5' -r 8kbit,50
passes 'only those that match count' '1 2 3 4 5 6' -r 10pps,1 tcp
passes 'inverted' '1 3 5' -r 10pps,1 -i tcp
passes 'until so many were dropped' '1 3 5 6' -c 2 -r 10pps,1

at 0 0 0 1000000000 1000000000 1000000000
passes 'what is not used is not saved' '1 2 4 5' -r 1pps,2

# Truncated packets count with their original length.
printf 'udp4 id=%d time=%d000000 rep=72 flags=4 cut=70 -- x\n' \
    1 1000 2 1050 3 1100 >text
passes 'truncated packets' '1 3' -r 8kbit,100

# Time goes back: a little is reordering, more is a clock that was set.
at 10000 9500 10000 9500 10000 9100 10900 11000
passes 'disorder gives nothing' '1 8' -r 1pps,1
at 10000 5000 5900 6000 6999 7000
passes 'a clock that is set back goes on' '1 4 6' -r 1pps,1

# Keys.
cat >text <<'END'
udp4 id=1 src=1 dst=2
udp4 id=2 src=1 dst=2
udp4 id=3 src=1 dst=3
udp4 id=4 src=2 dst=2
tcp4 id=5 src=2 dst=2 dport=53
udp4 id=6 src=2 dst=2 sport=1
udp6 id=7 src=1 dst=2
udp6 id=8 src=1 dst=3 dport=54
udp4 id=9 src=1 dst=2 frag=later
none id=10
none id=11
END
passes 'one for all' '1' -r 1pps,1
passes '-k src' '1 4 7 10' -r 1pps,1 -k src
passes '-k dst' '1 3 7 8 10' -r 1pps,1 -k dst
passes '-k flow' '1 3 4 5 6 7 8 9 10' -r 1pps,1 -k flow
passes '-k port' '1 5 8 9 10' -r 1pps,1 -k port
passes 'the last -k' '1 4 7 10' -r 1pps,1 -k port -k src

# Many keys: memory is bounded, and an evicted key starts with a full bucket.
echo 'udp4 id=1 time=1000000000' | frames make >one
perl -e 'local $/; $_ = <STDIN>;
    for $i (1 .. 100000, 1 .. 1000) { substr($_, 92, 4) = pack "N", $i; print }
    substr($_, 16, 8) = pack "Q>", 3000000000;
    for $i (1 .. 1000) { substr($_, 92, 4) = pack "N", $i; print }' <one >many
run divdrop -v -s 1 -r 1pps,1 -k src <many
like '100000 keys: some are forgotten' err \
    '^divdrop: 102000 packets, [1-9][0-9]* dropped, [3-9][0-9]{4} keys forg'
n=$(sed 's/.* \([0-9]*\) dropped.*/\1/' err)
ok "most who came last are remembered ($n of 1000)" \
    test "$n" -gt 100 -a "$n" -lt 1000
cp out out1
run divdrop -s 1 -r 1pps,1 -k src <many
is_file '-s: the same again' out out1
head -c 1080000 many >few
run divdrop -v -s 1 -r 1pps,1 -k src <few
like '10000 keys: none is forgotten' err \
    '^divdrop: 10000 packets, 0 dropped$'

# Errors: position and reason.
while read -r arg why; do
	usage_error "-r $arg" "^divdrop: -r $arg: $why" divdrop -r "$arg"
done <<'END'
10 rate: expected one such as 10mbit
mbit rate: expected
-1mbit rate: expected
1mbps rate: expected
1e3mbit rate: expected
0x1mbit rate: expected
1.2.3mbit rate: expected
0pps rate: expected 1pps to
0.5bit rate: expected 1bit to 1000gbit
1001gbit rate: expected 1bit to
1mbit, burst: expected bytes such as 20k
1mbit,x burst: expected bytes
1mbit,1kb burst: expected bytes
1mbit,0 burst: expected 1 to 1000m bytes
1mbit,1001m burst: expected 1 to 1000m bytes
10pps,x burst: expected packets
10pps,1,2 burst: expected packets
END
usage_error "-r ''" '^divdrop: -r : rate: expected' divdrop -r ''
usage_error '-k x' '^divdrop: -k x: expected src, dst, flow or port$' \
    divdrop -r 1pps -k x
usage_error '-k alone' '^divdrop: -k needs a rate: -r$' divdrop -k src
for arg in '-p 1%' '-g 1%' '-n 2'; do
	# shellcheck disable=SC2086
	usage_error "-r and $arg" '^divdrop: -r does not go with' \
	    divdrop -r 1pps $arg
done

done_testing
