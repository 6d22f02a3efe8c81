#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Rules that divcat prints keep translated connections from bypassing the port:
# when all processes are killed, or the rules that divert are flushed, no wrong
# byte arrives.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
[ -z "${LAB_DIVERT:-}" ] || lab_skip "divert sockets have no marks"

lines=400000
mark=

# start ADDRESS: a stream through the pipeline, of which some thousand packets
# have passed
start()
{
	rm -f $tmp/got
	server python3 tests/net/stream.py recv 5000 $tmp/got &
	receiver=$!
	wait_for lab_listens server tcp 5000
	pipeline
	client python3 tests/net/stream.py send "$1" 5000 $lines >$tmp/client &
	sender=$!
	wait_for lab_past 8 2000
}

pipeline()
{
	lab_pipe "divcat $mark -p $port" "divsed s/@/12345/" \
	    "divcat -w -v $mark -p $port"
}

# rules FILE: types the rules that a process printed
rules()
{
	sed -n 's/^iptables //p' "$1" >$tmp/rules
	# shellcheck disable=SC2046,SC2086
	while read -r rule; do
		lab_rule "$at" $rule || return
	done <$tmp/rules
}

unrule()
{
	lab_rule "$at" -t mangle -F
	lab_rule "$at" -t security -F
}

# dropped: packets that the rules have dropped, IPv4 and IPv6
dropped()
{
	for chain in "mangle POSTROUTING" "security INPUT"; do
		for tables in iptables ip6tables; do
			ip netns exec "$at" $tables"$lab_kind" -w \
			    -t "${chain% *}" -nvxL "${chain#* }"
		done
	done | awk '$3 == "DROP" { n += $1 } END { print n + 0 }'
}

# shellcheck disable=SC2317
has_dropped()
{
	[ "$(dropped)" -gt "$1" ]
}

# both NAME SERVER CLIENT: how the stream has ended
both()
{
	wait $sender $receiver
	is "$(python3 tests/net/stream.py check $tmp/got $lines)" "$2" \
	    "$1: what the server got"
	is "$(cat $tmp/client)" "$3" "$1: client"
}

# killed NAME ADDRESS: the processes are killed at once.  A new pipeline knows
# nothing of the stream.
killed()
{
	start "$2"
	before=$(dropped)
	lab_kill
	wait_for has_dropped "$before"
	ok $? "$1: packets of the stream are dropped"
	is "$(ask tcp "$2" 5001 hello 30)" hello "$1: others go on"
	pipeline
	both "$1" "a part, Connection reset by peer" "Connection reset by peer"
	is "$(ask tcp "$2" 5001 @ 30)" 12345 "$1: a new connection is edited"
	lab_stop "$1"
	is "$(grep -c "no rule" $tmp/err)" 0 "$1: no warning"
	grep -Eq "[ ,]1 reset" $tmp/err
	ok $? "$1: the stream is known"
}

# The reader's resets pass the rules.
writer_killed()
{
	start "$1"
	kill -KILL "$(lab_stage "divcat -w")"
	both "SIGKILL of the writer" "a part, Connection reset by peer" \
	    "Connection reset by peer"
	lab_kill
}

# Without the rules that divert, the stream waits for them.
flushed()
{
	lines=100000
	start "$1"
	before=$(dropped)
	lab_clear
	wait_for has_dropped "$before"
	ok $? "flush: packets of the stream are dropped"
	lab_divert FORWARD --queue-bypass
	both "flush" "all, closed" "closed"
	lab_stop "flush"
	lines=400000
}

answer 5001 &
wait_for lab_listens server tcp 5001

lab_divert FORWARD --queue-bypass
pipeline
is "$(ask tcp 10.0.2.2 5001 @ 30)" 12345 "without rules: edited"
lab_stop "without rules"
is "$(grep -c "no rule" $tmp/err)" 1 "without rules: a warning"
rules $tmp/err || lab_skip "no rules for connection marks"
is "$(sort $tmp/rules | uniq | wc -l)" 4 "without rules: it has them"
is "$(lab_listing man/divio.7 "^iptables -t mangle" |
    sed -e :a -e '/\\$/N; s/\\\n *//; ta')" \
    "$(grep mangle $tmp/err)" "divio(7) has them"

killed "FORWARD" 10.0.2.2
writer_killed fd00:2::2
flushed fd00:2::2
unrule

# bits of the user's own
mark="-m 0x10000/0x30000"
lab_pipe "divcat $mark -v -p $port" "divcat -w $mark"
lab_stop "bits"
rules $tmp/err
is "$(grep -c 0x20000/0x20000 $tmp/rules)" 4 "bits: -v has the rules"
killed "bits" 10.0.2.2
unrule
mark="-m 0x10000/0x10000"
pipeline
is "$(ask tcp 10.0.2.2 5001 @ 30)" 12345 "no bit: edited"
lab_stop "no bit"
is "$(grep -c "leaves no bit" $tmp/err)" 1 "no bit: a warning"
mark=
lab_clear

lab_divert LOCAL --queue-bypass
pipeline
is "$(ask tcp 10.0.2.2 5001 @ 30)" 12345 "INPUT and OUTPUT: edited"
lab_stop "INPUT and OUTPUT"
rules $tmp/err
killed "INPUT and OUTPUT" fd00:2::2

done_testing
