#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2094,SC2154
#
# Behaviour common to all filters, with arguments that change no packet.
. "$(dirname "$0")/lib.sh"

cat >text <<'END'
tcp4 id=1 time=1700000000000000000 digest=0123456789abcdef -- GET /\r\n
udp6 id=2 opaque=00112233445566778899aabbccddeeff0011223344556677 -- \x00
none id=3 type=2 origlen=1500
tcp6 id=18446744073709551615 dir=3 flags=3 mark=4294967295 ifindex=7 -- x
icmp4 id=0 type=3 dir=0 ifname=a_long_ifname_16 tag=100 -- ping
none id=5 type=4
none id=6 type=255 opaque=0102030405060708
bytes 444956460107005800000004000000000000000000000000
bytes 0000000000000000000000000000000000000000000000000000000000000000
bytes 000000000000000000000000000000000000000000000000
bytes 0102030405060708
bytes abcdefab
tcp4 id=7 frag=later -- foo
gre4 id=8 rep=70000 -- foo
none id=9
END
frames make <text >in

# other NAME WHAT FORMAT command ...: the input has another format
other() {
	other_name="$1: $2 as input"
	other_message="this is $2, no frames: \"divcat file \|\" makes frames of it$"
	divcat -q -o "$3" in >other
	shift 3
	run "$@" <other
	is "$other_name: status" "$status" 1
	like "$other_name: message" err \
	    "^$1: stdin: byte 0: $other_message"
}

# through NAME command ...: passes a stream unchanged
through() {
	name=$1
	shift

	run "$@" <in
	is "$name: status" "$status" 0
	is_file "$name: frames pass as they are" out in
	perl -e '$/ = \7; syswrite STDOUT, $_ while <STDIN>' <in | "$@" >out 2>err
	is_file "$name: frames in small pieces" out in
	run "$@" </dev/null
	is "$name: no frames" "$status $(wc -c <out)" '0 0'

	run "$@" -h </dev/null
	is "$name: -h" "$status" 0
	like "$name: -h prints the usage" out "^usage: $1 \[-[A-Za-z]*h"
	run "$@" -V </dev/null
	is "$name: -V" "$status" 0
	like "$name: -V prints the version" out "^$1 [0-9]+\.[0-9]+"
	usage_error "$name: unknown option" '^usage: ' "$@" -+

	bad "$name" 'cut in its packet' 'truncated frame' 3 "$@"
	bad "$name" 'cut in its header' 'truncated frame' 60 "$@"
	bad "$name" 'bad magic' 'bad magic' 444956472 "$@"
	other "$name" 'a capture' pcap "$@"
	other "$name" text text "$@"
	other "$name" json json "$@"
	other "$name" hex hex "$@"
	bad "$name" 'future version' 'version 2' 4449564602 "$@"
	bad "$name" 'short header' 'length' 44495646010100480000000000 "$@"
	bad "$name" 'odd header' 'length' 44495646010100540000000000 "$@"
	bad "$name" 'long header' 'length' 44495646010101080000000000 "$@"
	bad "$name" 'long packet' 'length' 44495646010100500010000100 "$@"

	perl "$here/parts.pl" "$@" <badin >parts
	like "$name: errors are written in whole lines" parts "^0 of [1-9]"

	quits "$name" "$@"
	info "$name" "$@"
	stops "$name" "$@"
}

# bad NAME WHAT MESSAGE HEX|CUT command ...: a bad frame after a good one
bad() {
	bad_name="$1: $2"
	bad_message=$3
	bad_bytes=$4
	shift 4
	echo 'tcp4 -- foo' | frames make >good
	if [ "$bad_bytes" -lt 100 ] 2>/dev/null; then
		head -c $((123 - bad_bytes)) good | cat good - >badin
	else
		echo "bytes $bad_bytes" | frames make | cat good - >badin
	fi
	run "$@" <badin
	is "$bad_name: status" "$status" 1
	is_file "$bad_name: what came before is delivered" out good
	like "$bad_name: message" err "^$1: stdin: byte 123: .*$bad_message"
}

# The reader of the output closes it: no message.
quits() {
	quits_name=$1
	shift
	perl -e 'local $/; my $in = <STDIN>; print $in for 1 .. 100' <in |
	    { "$@" 2>err; echo $? >code; } | head -c 1 >/dev/null
	is "$quits_name: the reader went away" "$(cat code)" 0
	is "$quits_name: and nothing is said" "$(grep "^$1:" err |
	    grep -v '^divstat: total')" ''
	[ -c /dev/full ] || return
	"$@" <in >/dev/full 2>err
	is "$quits_name: full disk" $? 1
	like "$quits_name: full disk: message" err "^$1: stdout: "
}

# begin command ...: the filter has passed some frames, and waits for more
begin() {
	"$@" <fifo >out 2>err &
	pid=$!
	exec 3>fifo
	cat in >&3
	wait_for cmp -s in out
}

# SIGUSR1 prints counters, without input and under load, where the signal comes
# while the filter writes and input is always ready.
info() {
	info_name=$1
	shift
	begin "$@"
	kill -USR1 $pid
	wait_for grep -Eq 'packets|total' err
	pass "$info_name: SIGUSR1 while waiting"
	exec 3>&-
	wait $pid
	is "$info_name: and it goes on" $? 0

	perl -e 'local $/; my $in = <STDIN>; print $in for 1 .. 50' <in >much
	"$@" <much >fifo 2>err &
	pid=$!
	exec 3<fifo
	head -c 1 <&3 >/dev/null
	kill -USR1 $pid
	cat <&3 >/dev/null
	exec 3<&-
	wait $pid
	want=1
	[ "$1" = divstat ] && want=2
	is "$info_name: SIGUSR1 under load" \
	    "$(grep -Ec "^$1: ([0-9]+ packets|total)" err)" $want
}

terminated() {
	! kill -TERM $pid 2>/dev/null
}

# On the first SIGTERM the filter goes on to the end of input; the second kills.
stops() {
	stops_name=$1
	shift
	begin "$@"
	kill -TERM $pid
	cat in >&3
	cat in in >twice
	wait_for cmp -s twice out
	kill -INT $pid # ignored: the shell started it so
	exec 3>&-
	wait $pid
	is "$stops_name: SIGTERM waits for the end" $? 0

	begin "$@"
	wait_for terminated
	wait $pid
	is "$stops_name: SIGTERM twice" $? 143
	exec 3>&-
}

mkfifo fifo
through divsed divsed -e s/nothing/x/
through divdrop divdrop -p 0
through divdelay divdelay -d 0
through divmark divmark -m 5 -e nothing
through divstat divstat

done_testing
