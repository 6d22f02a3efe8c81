#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# divdelay in the time of captures: standard input is a file.
. "$(dirname "$0")/lib.sh"

# leaving: times of the output, as id:ms, in the order of the stream
leaving() {
	perl -e 'local $/; my $in = <STDIN>;
	    while (length $in) {
		my ($type, $hl, $n, $time, $id) = unpack "x5 C n N x4 Q> Q>", $in;
		push @out, join ":", $id, $type == 2 ? "drop" :
		    $time % 1000000 ? sprintf "%.3f", $time / 1e6 :
		    $time / 1000000 unless $type == 5;
		substr $in, 0, $hl + $n, "";
	    }
	    print "@out\n"' <out
}

# leaves NAME WANTED ARGUMENTS: the packets of text
leaves() {
	name=$1
	wanted=$2
	shift 2
	frames make <text >in
	run divdelay "$@" <in
	is "$name" "$(leaving)$(cat err)" "$wanted"
}

# at MS...: a packet of 100 bytes for each time in text
at() {
	id=0
	for ms; do
		id=$((id + 1))
		echo "udp4 id=$id time=${ms}000000 rep=72 -- x"
	done >text
}

at 1000 1010 1020 1020
leaves 'a delay moves times' '1:1020 2:1030 3:1040 4:1040' -d 20ms
leaves 'in us' '1:1000.500 2:1010.500 3:1020.500 4:1020.500' -d 500us
leaves 'in s, in upper case' '1:1500 2:1510 3:1520 4:1520' -d .5S
leaves 'none' '1:1000 2:1010 3:1020 4:1020' -d 0

# selection
cat >text <<'END'
udp4 id=1 time=1000000000 mark=5 -- foo
tcp4 id=2 time=1000000000 -- foo
udp4 id=3 time=1010000000 -- bar
none id=4 time=1015000000 type=2
udp4 id=5 time=1030000000 -- x
END
leaves 'an expression' '2:1000 4:drop 1:1020 3:1030 5:1050' -d 20ms udp
leaves '-e' '3:1010 4:drop 1:1020 2:1020 5:1030' -d 20ms -e foo
leaves '-m' '2:1000 3:1010 4:drop 1:1020 5:1030' -d 20ms -m 5
leaves '-i' '1:1000 4:drop 2:1020 3:1030 5:1050' -d 20ms -i -m 5

# An interval between packets that is less than the jitter.
at 1000 1001 1002 1003 1004 1005 1006 1007 1008 1009
frames make <text >in
run divdelay -s 1 -d 20ms,20ms <in
ok 'the order of a flow is kept' \
    test "$(leaving | tr ' ' '\n' | cut -d : -f 1 | paste -s -d ' ')" = \
    '1 2 3 4 5 6 7 8 9 10'
run divdelay -s 1 -x -d 20ms,20ms <in
ok '-x: it is not' \
    test "$(leaving | tr ' ' '\n' | cut -d : -f 1 | paste -s -d ' ')" != \
    '1 2 3 4 5 6 7 8 9 10'
sed 's/id=\([0-9]*\)/& src=\1/' text | frames make >in
run divdelay -s 1 -d 20ms,20ms <in
ok 'flows overtake each other' \
    test "$(leaving | tr ' ' '\n' | cut -d : -f 1 | paste -s -d ' ')" != \
    '1 2 3 4 5 6 7 8 9 10'

# overtaking, copies
at 1000 1001 1002 1003 1004 1005
leaves '-o' '1:1000 2:1001 3:1002 4:1003 5:1004 6:1005' -o 1 -d 20ms
leaves '-o with a gap' '3:1002 6:1005 1:1020 2:1021 4:1023 5:1024' \
    -o 100%,0,3 -d 20ms
at 1000 1010
leaves '-u' '1:1020 1:1020 2:1030 2:1030' -u 100% -d 20ms
run divdelay -v -u 100% -d 20ms <in
like '-v: counts' err \
    '^divdelay: 2 packets, 2 selected, 4 delayed, 2 duplicated$'
like '-v: delays' err \
    '^divdelay: delay p50 19.9[0-9]* ms, p99 19.9[0-9]* ms, late p50 0.000 ms, p99 0.000 ms$'

# Damage: one bit of the payload, in each packet that can be edited.
for i in 1 2 3 4 5 6 7 8; do
	echo "udp4 type=3 id=$i time=1000000000 -- foofoofoo"
done >text
frames make <text >in
run divdelay -s 1 -c 1 <in
perl -e 'local $/; $_ = <STDIN>; my ($one, %at);
    for my $i (0 .. 7) {
	my $p = substr $_, $i * 117 + 108, 9;
	my $x = $p ^ "foofoofoo";
	$one += unpack("%32b*", $x) == 1;
	$at{$x}++;
    }
    print "$one ", keys %at > 4 ? "many" : "few", "\n"' <out >got
is '-c: one bit, at different places' "$(cat got)" '8 many'
divcat -o pcap out >out.pcap
is '-c: the checksum is made right' "$(tcpdump -nvr out.pcap 2>/dev/null |
    grep -c 'bad udp')" 0
is '-c: frames have no flag' "$(divcat -o text out | grep -c flags=)" 0
run divdelay -s 1 -C -c 1 <in
is '-C: frames have flags' "$(divcat -o text out | grep -c flags=48)" 8
perl -e 'local $/; $_ = <STDIN>;
    print unpack("%32n*", substr($_, 92, 8) . pack("nn", 17, 17) .
	substr($_, 100, 17) . "\0") % 65535 ? "wrong" : "right", "\n"' <out >got
is '-C: the checksum is wrong' "$(cat got)" wrong
cat >text <<'END'
udp4 id=1 frag=first -- foofoofoo
udp4 id=2 -- 
gre4 id=3 -- foofoofoo
udp4 id=4 flags=16 -- foofoofoo
udp4 id=5 flags=4 -- foofoofoo
END
frames make <text >in
run divdelay -v -c 1 <in
is_file '-c: what cannot be edited stays' out in
run divdelay -C -c 1 <in
is '-C: too' "$(frames dump <out)" "$(frames dump <in)"

# links
at 1000 1000 1000 1000 1000 1000
leaves '-r: bits' '1:1100 2:1200 3:1300 4:1400 5:1500 6:1600' -r 8kbit
leaves '-r: a rate in upper case' '1:1100 2:1200 3:1300 4:1400 5:1500 6:1600' \
    -r 0.008Mbit
leaves '-r: packets' '1:1010 2:1020 3:1030 4:1040 5:1050 6:1060' -r 100pps
leaves '-r and a delay' '1:1060 2:1070 3:1080 4:1090 5:1100 6:1110' \
    -r 100pps -d 50ms
leaves '-r: a limit of packets' '4:drop 5:drop 6:drop 1:1100 2:1200 3:1300' \
    -r 8kbit,3p
leaves '-r: a limit of bytes' '3:drop 4:drop 5:drop 6:drop 1:1100 2:1200' \
    -r 8kbit,0.2k
leaves '-r: in KiB' '1:1100 2:1200 3:1300 4:1400 5:1500 6:1600' \
    -r 8kbit,0.6KiB
leaves '-r: a limit of time' '3:drop 4:drop 5:drop 6:drop 1:1100 2:1200' \
    -r 8kbit,150ms
leaves '-r: a packet longer than the limit passes an idle link' \
    '2:drop 3:drop 4:drop 5:drop 6:drop 1:1100' -r 8kbit,50
leaves '-O' '1:1110 2:1220 3:1330 4:1440 5:1550 6:1660' -r 8kbit -O 10
leaves '-O below 0' '1:1090 2:1180 3:1270 4:1360 5:1450 6:1540' -r 8kbit -O -10
cat >text <<'END'
udp4 id=1 src=1 dst=2 time=1000000000 rep=72 -- x
udp4 id=2 src=1 dst=3 time=1000000000 rep=72 -- x
udp4 id=3 src=2 dst=3 time=1000000000 rep=72 -- x
udp4 id=4 src=2 dst=3 dport=54 time=1000000000 rep=72 -- x
END
leaves '-k src' '1:1100 3:1100 2:1200 4:1200' -r 8kbit -k src
leaves '-k dst' '1:1100 2:1100 3:1200 4:1300' -r 8kbit -k dst
leaves '-k flow' '1:1100 2:1100 3:1100 4:1100' -r 8kbit -k flow
leaves '-k port' '1:1100 4:1100 2:1200 3:1300' -r 8kbit -k port

# Memory for links is bounded: the one idle for longest is forgotten.
frames flows 5000 >in
run divdelay -v -r 1pps,1p -k flow <in
like '5000 links' err '5000 selected, 5000 delayed$'

# CoDel: packets of 10 ms come every 5 ms.  From the third one on, which leaves the
# queue at 1020 ms, the sojourn time is that of a packet and more.  The first one
# after another 100 ms is dropped, then one each after 100, 100 / sqrt(2) and
# 100 / sqrt(3) ms.
# shellcheck disable=SC2046
at $(seq 1000 5 2000)
frames make <text >in
run divdelay -a -r 100pps,10s <in
perl -ne '
    for (split) { /(\d+):(.*)/; push @drops, $1 if $2 eq "drop" }
    print "@drops[0 .. 3]\n"' >got <<END
$(leaving)
END
is '-a: drops' "$(cat got)" '13 24 33 39'
run divdelay -v -r 100pps,10s <in
like 'without -a: none' err ' 201 delayed$'

# A trace: 1500 bytes at each time, and again after the last one.
printf '%s\n' 10 20 20 100 >trace
at 1000 1000 1000 1050 1060
sed 's/rep=72/rep=1472/' text >text1
mv text1 text
leaves '-r trace: a packet for each line' \
    '1:1010 2:1020 3:1020 4:1100 5:1110' -r "trace:$dir/trace"
leaves '-r trace: with a limit' '3:drop 1:1010 2:1020 5:drop 4:1100' \
    -r "trace:$dir/trace,15ms"
at 1000 1000 1015
leaves '-r trace: small ones share a line' '1:1010 2:1010 3:1020' \
    -r "trace:$dir/trace"

# slots
at 1001 1002 1003 1011 1012
leaves '-l: what waits leaves together' '1:1011 2:1011 3:1011 4:1011 5:1022' \
    -l 10ms
leaves '-l: so many packets at most' \
    '1:1011 2:1011 3:1021 4:1021 5:1031' -l 10ms,10ms,2
leaves '-l: so many bytes at most' \
    '1:1011 2:1021 3:1031 4:1041 5:1051' -l 10ms,0,0,100
run divdelay -s 1 -l 10ms,20ms <in
ok '-l: at random' test "$(leaving | cut -d : -f 2 | cut -d . -f 1)" -ge 1011

# Order of output: unselected packets do not overtake what is due.
cat >text <<'END'
udp4 id=1 time=1000000000 -- x
tcp4 id=2 time=1019000000 -- x
tcp4 id=3 time=1021000000 -- x
END
leaves 'packets leave in the order of their time' '2:1019 1:1020 3:1021' \
    -d 20ms udp

# Time that goes back.
at 1000 999 500 1001
leaves 'packets that are late, and times of their own' \
    '1:1005 2:1004 3:505 4:1006' -d 5ms

# Captures.
at 1000 1010
frames make <text | divcat -o pcap >in.pcap
divcat in.pcap | divdelay -d 20ms 2>err | divcat -o pcap >out.pcap
is 'captures: times are moved' "$(tcpdump -tt --nano -nr out.pcap 2>/dev/null |
    cut -d ' ' -f 1 | paste -s -d ' ')" '1.020000000 1.030000000'

usage_error '-l: max below min' '^divdelay: -l 5ms,1ms: max is less than min' \
    divdelay -l 5ms,1ms

# The hold record says how long packets may wait.
hold() {
	frames holds <out
}
echo 'udp4 id=1 epoch=9 -- x' | frames make >one
# held NAME NS ARGUMENTS
held() {
	name="hold: $1"
	wanted=$2
	shift 2
	run divdelay "$@" udp port 9 <one
	is "$name" "$(hold)" "$wanted"
}
held 'a delay' 100000000 -d 100ms
held 'jitter' 150000000 -d 100ms,50ms
held 'a table' 299993896 -d 100ms,50ms -D pareto
held 'a link' 302428000 -r 10mbit,250ms -d 0
held 'a delay of 60 s' 60000000000 -d 60s
held 'no more than 60 s' 60000000000 -d 60s,30s
held 'slots' 20000000 -l 10ms,20ms
held 'slots that are limited' 60000000000 -l 10ms,20ms,5
held 'nothing that takes time' '' -u 5%
run divdelay -o 5% -d 1ms <one
is 'hold: the order changes' "$(divcat -o text out | head -n 1)" \
    "$(printf 'hold 0.001000000\tepoch=0000000000000009 flags=64')"

# No more than 65536 packets wait, and no packet for more than 60 s.
perl -e 'local $/; $_ = <STDIN>; print $_ x 70000' <one >many
run divdelay -v -d 1s <many
like 'too many wait: said' err \
    '^divdelay: more packets wait than 65536, or 128 MiB: some are dropped$'
like 'too many wait: counted' err \
    '^divdelay: 70000 packets, 70000 selected, 65536 delayed, 4464 dropped: too'
is 'too many wait: drop records' "$(divcat -o text out | grep -c ^drop)" 4464
run divdelay -q -d 1s <many
is 'too many wait: -q' "$(cat err)" ''
run divdelay -v -r 1bit,10000p -d 1s <one
like 'too long' err '1 selected, 1 dropped: wait over 60s$'

# A table of netem's format.
printf '# a comment\n-8192 -8192\n 8192\t8192 # another\n' >table
# shellcheck disable=SC2046
at $(seq 1000 100 1900)
frames make <text >in
run divdelay -s 1 -d 50ms,10ms -D "$dir/table" <in
is '-D file: two values' "$(leaving | tr ' ' '\n' | sed 's/.*\(..\)$/\1/' |
    sort -u | paste -s -d ' ')" '40 60'

# Profiles: each can be used, both ways; what is given is not taken from them.
divdelay -P x 2>&1 | sed 's/.*one of //; s/, with.*//; s/, /\n/g' >profiles
while read -r profile; do
	run divdelay -P "$profile" <one
	is "-P $profile" "$status$(cat err)" 0
	run divdelay -P "$profile-up" <one
	is "-P $profile-up" "$status$(cat err)" 0
done <profiles
ok '-P: there are some' test "$(wc -l <profiles)" -gt 10
at 1000
leaves '-P: a rate and a delay' '1:1150.500' -P 3g
leaves '-P: the other way' '1:1151.042' -P 3g-up
leaves '-P with -d' '1:1010.500' -P 3g -d 10ms
leaves '-P with -r' '1:1250' -P 3g -r 8kbit

# Errors: position, and what is allowed.
printf '10\nx\n' >trace2
printf '10\n5\n' >trace3
printf '0\n0\n' >trace4
: >empty
while IFS='|' read -r args why; do
	# shellcheck disable=SC2086
	usage_error "$args" "^divdelay: $why" divdelay $args
done <<END
-d 20|-d 20: character 1: delay: expected a time such as 20ms, in us, ms or s, at most 60s$
-d 20ms,x|-d 20ms,x: character 6: jitter: expected a time
-d 20ms,1ms,5|-d 20ms,1ms,5: character 10: correlation: expected a part such as 0.05 or 5%, at most 1$
-d 20ms,1ms,5%,1|-d 20ms,1ms,5%,1: character 13: more than delay,jitter,correlation$
-d -1ms|-d -1ms: character 1: delay: expected
-d 61s|-d 61s: character 1: delay: expected
-d 1e1ms|-d 1e1ms: character 1: delay: expected
-d 0x1ms|-d 0x1ms: character 1: delay: expected
-d 1.2.3ms|-d 1.2.3ms: character 1: delay: expected
-d 1ms -D x|-D x: expected uniform, normal, pareto, paretonormal or a file with a table of netem: No such file or directory$
-d 1ms -D trace2|-D trace2: line 2: "x": expected whole numbers from -32768 to 32767$
-d 1ms -D empty|-D empty: no numbers in it$
-D normal -r 1mbit|-D needs a delay with jitter: -d$
-r 10|-r 10: character 1: rate: expected a rate such as 10mbit, 500kbit or 100pps, at most 1000gbit$
-r 0.5bit|-r 0.5bit: character 1: rate: expected
-r 10mbit,5x|-r 10mbit,5x: character 8: limit: expected bytes such as 64KiB
-r 10mbit,10001p|-r 10mbit,10001p: limit: expected at most 10000 packets$
-r 10mbit,1001m|-r 10mbit,1001m: limit: expected at most 1000m bytes$
-r 10pps,20k|-r 10pps,20k: limit: the rate is in packets, so expected packets such as 100p or a time$
-r 10mbit,1,2|-r 10mbit,1,2: character 10: more than rate,limit$
-r trace:none|-r trace:none: No such file or directory$
-r trace:trace2|-r trace:trace2: line 2: expected a number of milliseconds$
-r trace:trace3|-r trace:trace3: line 2: 5 is less than 10 before it$
-r trace:trace4|-r trace:trace4: the last line must be a time above 0$
-r trace:trace,x|-r x: character 1: limit: expected
-o 5|-o 5: character 1: probability: expected a part such as 0.05 or 5%, at most 1$
-o 5%,0,x|-o 5%,0,x: character 6: gap: expected a number of packets$
-u 101%|-u 101%: character 1: probability: expected
-c x|-c x: character 1: probability: expected
-l 1|-l 1: character 1: min: expected a time
-l 1ms,2ms,x|-l 1ms,2ms,x: character 9: packets: expected a number of packets$
-l 1ms,2ms,1,x|-l 1ms,2ms,1,x: character 11: bytes: expected bytes such as 20k$
-O x -r 1mbit|-O x: expected bytes, from -1500 to 1500$
-P foo|-P foo: expected one of 2g, 3g,
-P 3gx|-P 3gx: expected one of
-P 3g-|-P 3g-: expected one of
-k foo -r 1mbit|-k foo: expected src, dst, flow or port$
-k src -d 1ms|-k needs a rate: -r$
-a -d 1ms|-a needs a rate: -r$
-O 4 -d 1ms|-O needs a rate: -r$
-C -d 1ms|-C needs packets to damage: -c$
-i -d 1ms|-i: no expression, -e or -m to invert$
-m 1|nothing given of what to do: -c, -d, -l, -o, -P, -r or -u$
END

done_testing
