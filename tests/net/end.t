#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The end of a pipeline: a drain loses no packet; after a kill, traffic follows
# the rule.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

main_line()
{
	lab_pipe "divcat -p $port" "divsed s/foo/bar/" "divcat -w -p $port"
}

# drain SIGINT|SIGTERM: sent to the process group, or to each process, during
# 20000 datagrams.
drain()
{
	main_line
	recv udp 5000 20000 >$tmp/got &
	receiver=$!
	wait_for lab_listens server udp 5000
	send udp 10.0.2.2 5000 20000 5000 &
	wait_for lab_past 8 6000
	case $1 in
	SIGINT)	 kill -INT -"$pipe" ;;
	SIGTERM) kill -TERM $(pgrep -g "$pipe" -f ^div) ;;
	esac
	wait_for lab_gone
	ok $? "$1: all processes end"
	wait $receiver
	read -r count _ foo _ bar _ bad _ <$tmp/got
	is "$count $bad" "20000 0" "$1: no datagram lost"
	[ "$bar" -ge 6000 ] && [ "$foo" -gt 0 ]
	ok $? "$1: some went through it ($bar), some came later ($foo)"
	is "$(lab_status)" "0 0 0" "$1: exit status"
	lab_unbound
	ok $? "$1: no queue is left"
	lab_kill
}

# policy SECONDS: what the rule does with a packet now
policy()
{
	if ask udp 10.0.2.2 5001 hello "$1" >/dev/null 2>&1
	then
		echo bypass
	else
		echo hold
	fi
}

# murder NAME PATTERN POLICY
murder()
{
	main_line
	is "$(ask udp 10.0.2.2 5001 foo 30)" bar "$1: works"
	send udp 10.0.2.2 5002 2000 2000 &
	sender=$!
	wait_for lab_past 8 500
	kill -KILL "$(lab_stage "$2")"
	is "$(policy 1)" "$3" "$1 killed: traffic goes on as the rule says"
	wait_for lab_gone
	ok $? "$1 killed: the others end"
	grep -Eq '^divcat: .* (went away|ended before)' $tmp/err
	ok $? "$1 killed: it is said"
	wait_for lab_unbound
	ok $? "$1 killed: no queue is left"
	wait $sender
	lab_kill
}

answer 5001 &
wait_for lab_listens server udp 5001

# Packets that come behind the last one of -c are the reader's own: the writer,
# which lives on, does not miss them.
limit()
{
	lab_pipe "divcat -v -c 3 -p $port" "cat; sleep 1" \
	    "divcat -w -v -H 0.2 -p $port"
	reader=$(lab_stage "divcat -v")
	kill -STOP "$reader"
	recv udp 5000 20 >$tmp/got &
	receiver=$!
	wait_for lab_listens server udp 5000
	send udp 10.0.2.2 5000 20 1000
	wait_for lab_past 8 20
	kill -CONT "$reader"
	wait_for lab_gone
	ok $? "-c 3: all processes end"
	wait $receiver
	is "$(cut -d ' ' -f 1 $tmp/got)" 20 "-c 3: all datagrams pass"
	is "$(grep -E '^divcat: [0-9]' $tmp/err)" "divcat: 20 received, 17 passed
divcat: 3 passed" "-c 3: each is counted once"
	lab_kill
}

# unseen NAME: it is killed before the first packet
unseen()
{
	main_line
	pkill -KILL -g "$pipe" -x "$1"
	wait_for lab_gone
	grep -q "^divcat: .* went away" $tmp/err
	ok $? "$1 killed, without traffic: it is said"
	lab_kill
}

# foreign NAME PROGRAM ANSWER: a filter that Ctrl-C kills
foreign()
{
	name=$1
	lab_pipe "divcat -o text -p $port" "exec $2" "divcat -w -H 0 -p $port"
	is "$(ask udp 10.0.2.2 5001 foo 30)" "$3" "$name: works"
}

interrupt()
{
	kill -INT -"$pipe"
	wait_for lab_gone
	ok $? "$name: all processes end"
	is "$(cat $tmp/err)" "$1" "$name: message"
	wait_for lab_unbound
	ok $? "$name: no queue is left"
	lab_kill
}

# The time of -c is this machine's, and runs while nothing comes.
lab_divert FORWARD --queue-bypass
began=$(date +%s%N)
lab_pipe "divcat -c 600ms -p $port" cat "divcat -w -p $port"
wait_for lab_gone
ok $? "-c 600ms: all processes end"
[ $(($(date +%s%N) - began)) -ge 600000000 ]
ok $? "-c 600ms: and not before"
is "$(lab_status)" "0 0 0" "-c 600ms: exit status"
foreign sed "sed -u s/foo/bar/" bar
interrupt ""
is "$(cat $tmp/status.3)" 0 "sed: exit status"
# it keeps all packets but the request and its answer
foreign "packets are kept" \
    "perl -pe 'BEGIN { \$| = 1 } sleep if \$. > 2'" foo
client python3 tests/net/datagram.py say 10.0.2.2 5002 kept 3
wait_for lab_pending 3
ok $? "$name: three"
interrupt "divcat: packets lost that filters had at the signal: 3; (trap '' \
INT; exec filter) keeps one from it"
limit
drain SIGINT
drain SIGTERM
for policy in bypass hold; do
	unseen "divsed"
	murder "reader, $policy" "divcat -p" $policy
	murder "filter, $policy" "divsed" $policy
	murder "writer, $policy" "divcat -w" $policy
	lab_clear
	lab_divert FORWARD
done
done_testing
