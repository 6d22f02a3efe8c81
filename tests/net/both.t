#!/bin/sh
# SPDX-License-Identifier: ISC
#
# divcat -b: one process is reader and writer, with an expect script on a
# terminal or filters between two pipes.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# say TEXT [COUNT]: see datagram.py.
say()
{
	client python3 tests/net/datagram.py say 10.0.2.2 5000 "$@"
}

# heard REGEX: did a matching datagram arrive?
heard()
{
	grep -Eq "^[0-9]+ $1\$" $tmp/log
}

arrives()
{
	wait_for heard "$1"
	ok $? "$2"
}

# judge NAME [OPTIONS]: starts divcat -b under the expect script
judge()
{
	rm -f $tmp/err.divcat
	lab_pipe "expect tests/net/judge.exp sh -c 'exec divcat -b -v \
	    -o text -p $port ${2:-} 2>$tmp/err.divcat'"
	is "$(pgrep -c -x divcat)" 1 "$1: runs"
}

# gone NAME: divcat and the script end.
gone()
{
	wait_for lab_none divcat && wait_for lab_gone
	ok $? "$1: all ends"
	cat $tmp/err.divcat >>$tmp/err
	lab_kill
}

# said REGEX NAME: divcat has printed a matching line
said()
{
	grep -Eq "^divcat: .*$1" $tmp/err
	ok $? "$2"
}

# stop NAME STATUS: ends it with SIGINT, with nothing pending
stop()
{
	kill -INT "$(pgrep -x divcat)"
	gone "$1"
	is "$(lab_status)" "$2" "$1: exit status"
}

mtu()
{
	ip -n "$1" link set "$2" mtu 9000
}

server python3 tests/net/datagram.py log 5000 >$tmp/log &
wait_for lab_listens server udp 5000
mtu client eth0
mtu router client
mtu router server
mtu server eth0
lab_divert FORWARD --queue-bypass

judge verdicts
say "pass one"
arrives "pass one" "pass ID"
say "drop two"
say "edit foo three"
arrives "edit bar three" "an edited line"
say "bad four"
arrives "bad four" "a bad line: the packet is not lost"
wait_for grep -q 'line 4: proto tcp disagrees' $tmp/err.divcat
ok $? "a bad line: is reported"
say "new five"
arrives "extra five" "a new packet"
arrives "new five" "a new packet: the old one, too"
say "edit foo*5000"
arrives "edit bar" "a line of more than 4095 characters"
say "grow foo"
arrives "grow " "a payload that has grown to 5005 bytes"
is "$(grep -c '^5008 edit bar$' $tmp/log) $(grep -c '^5005 grow $' $tmp/log)" \
    "1 1" "long lines are whole"
stop "a bad line" 1

# "all" is the verdict on pending packets, not on later ones.
judge "all"
say "hold six"
say "all pass"
arrives "all pass" "pass all"
arrives "hold six" "pass all: what was held, too"
say "hold seven"
say "all drop"
wait_for lab_pending 0
ok $? "drop all"
say "pass eight"
arrives "pass eight" "drop all: not what comes later"
stop "all" 0
said "5 received, 3 passed, 2 dropped$" "all: is counted"

# The script pauses for two seconds: terminal and queue fill up, and no packet
# expires.
judge "late"
say "late"
say "pass" 800
arrives "pass 799" "a late answer"
arrives "late" "a late answer: to the first, too"
is "$(grep -c '^[0-9]* pass [0-9]*$' $tmp/log)" 800 "hundreds at once: all"
stop "late" 0
said "801 received, 801 passed$" "late: nothing expires"

# On SIGINT divcat drains: it waits for pending packets, and new ones pass.
judge "drain"
say "hold nine"
wait_for lab_pending 1
kill -INT "$(pgrep -x divcat)"
wait_for lab_past 5 0 || :
say "drop ten"
arrives "drop ten" "drain: new packets pass by"
is "$(pgrep -c -x divcat)" 1 "drain: waits for a verdict"
kill -USR1 "$(lab_stage expect)"
arrives "hold nine" "drain: the verdict comes"
gone "drain"
is "$(lab_status)" 0 "drain: exit status"

# orphan NAME COUNT [OPTIONS]: the script is killed under traffic.
orphan()
{
	judge "$1" "${3:-}"
	say "hold $1"
	recv udp 5001 "$2" >$tmp/got &
	receiver=$!
	wait_for lab_listens server udp 5001
	send udp 10.0.2.2 5001 4000 2000 &
	wait_for lab_past 8 1000
	ok $? "$1: there is traffic"
	kill -KILL "$(lab_stage expect)"
	gone "$1"
	say "after $1"
	arrives "after $1" "$1: traffic goes on"
	wait $! $receiver
	is "$(cut -d ' ' -f 1 $tmp/got)" "$2" "$1: datagrams"
}

orphan "the script dies" 2000
heard "hold the script dies"
is $? 1 "the script dies: what is pending is dropped"
orphan "the script dies, -P" 4000 -P
heard "hold the script dies, -P"
is $? 0 "the script dies, -P: what is pending passes"
# Without a terminal: filters between two pipes.  When a filter ends, divcat
# ends.
mkfifo $tmp/answers
cat >$tmp/filter.pl <<'END'
$| = 1;
while (<>) {
	print s/foo/bar/r;
	last if /hold the last/;
}
END
lab_pipe "divcat -b -v -o text -p $port <$tmp/answers" \
    "perl $tmp/filter.pl >$tmp/answers"
recv udp 5001 1000 >$tmp/got &
wait_for lab_listens server udp 5001
send udp 10.0.2.2 5001 1000 4000
wait $!
is "$(cat $tmp/got)" "1000 foo 0 bar 1000 bad 0 last 999" "lines in pipes"
say "hold the last"
wait_for lab_gone
ok $? "lines in pipes: all ends with the filter"
is "$(lab_status)" "1 0" "lines in pipes: exit status"
arrives "hold the last" "lines in pipes: what came before"
lab_kill

# A person's typing errors.
lab_start "divcat -b -v -o text -p $port <$tmp/answers >$tmp/lines"
exec 4>$tmp/answers
wait_for lab_bound
say "typed"
wait_for grep -q "typed" $tmp/lines
id=$(cut -f 1 $tmp/lines)
printf 'pass 9\n' >&4
printf 'pass 0\n' >&4
wait_for grep -q "packet 9: no packet with this id has been diverted$" $tmp/err
ok $? "an id of none: is reported"
printf 'pass %s\n' "$id" >&4
arrives "typed" "an id of none: the next line is good"
exec 4>&-
wait_for lab_gone
ok $? "an id of none: ends with the input"
said "2 refused: no packet with this id" "an id of none: is counted"
lab_kill

lab_start "divcat -b -p $port </dev/null >$tmp/log.divcat"
wait_for test -e $tmp/status.1
is "$(cat $tmp/status.1) $(cat $tmp/err)" \
    "1 divcat: the input has ended before port $port" "no input"
lab_kill

lab_pipe "divcat -b -v -p $port <$tmp/answers" \
    "divsed s/foo/bar/ >$tmp/answers"
recv udp 5001 4000 >$tmp/got &
receiver=$!
wait_for lab_listens server udp 5001
send udp 10.0.2.2 5001 4000 4000 &
wait_for lab_past 8 2000
lab_stop "frames in pipes"
wait $receiver
read -r count _ foo _ bar _ bad _ <$tmp/got
is "$count $bad" "4000 0" "frames in pipes: no datagram lost"
[ "$bar" -ge 2000 ] && [ "$foo" -gt 0 ]
ok $? "frames in pipes: some went through it ($bar), some came later ($foo)"
is "$(lab_status)" "0 0" "frames in pipes: exit status"
done_testing
