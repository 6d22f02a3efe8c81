#!/bin/sh
# SPDX-License-Identifier: ISC
#
# -T: a capture is sent with its own timing.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# packet SECONDS TEXT: a packet of a capture
packet()
{
	echo "udp4 type=3 time=$1 -- $2" |
	    perl tests/golden/frames.pl make
}

# shellcheck disable=SC2317
has_arrived()
{
	[ "$(lab_arrived client 53)" -ge "$1" ]
}

ip -n client addr add 10.0.0.2/32 dev lo
client iptables"$lab_kind" -w -A INPUT -p udp --dport 53
{
	packet 1000000000 first
	packet 1300000000 second
	packet 9000000000000 'in hours'
} >$tmp/capture

began=$(date +%s%N)
ip netns exec client divcat -w -T -v $tmp/capture 2>$tmp/err &
replay=$!
wait_for has_arrived 2
ok $? "two packets arrive"
[ $(($(date +%s%N) - began)) -ge 300000000 ]
ok $? "the second is as late as it was captured"

kill -USR1 $replay
wait_for grep -qx 'divcat: 2 injected' $tmp/err
ok $? "SIGUSR1 is answered while a packet waits for its time"

kill -TERM $replay
wait $replay
is $? 0 "SIGTERM ends it: exit status"
is "$(lab_arrived client 53)" 2 "and the rest is not sent"
grep -Eqx 'divcat: 2 packets, [0-9]+\.[0-9] s' $tmp/err
ok $? "-v says how many, and in which time"

# The reader ends while the writer waits for the time of a packet, and sleeps.
# shellcheck disable=SC2317
ticks()
{
	awk '{ print $14 + $15 }' "/proc/$(lab_stage "divcat -w")/stat"
}

# shellcheck disable=SC2317
reports()
{
	kill -USR1 "$(lab_stage "divcat -w")"
	grep -q "$1" "$tmp/err"
}

{
	packet 1000000000 first
	packet 9000000000000 'in hours'
} >$tmp/capture
ip -n router addr add 10.0.0.2/32 dev lo
lab_divert FORWARD
lab_pipe "divcat -c 2 -p $port" \
    "dd bs=64k count=1 2>/dev/null; cat $tmp/capture; cat >/dev/null" \
    "divcat -w -T -v"
send udp 10.0.2.2 5000 1 1
wait_for reports '1 passed, 1 injected'
ok $? "frames of a reader, and then a capture"
send udp 10.0.2.2 5000 1 1
wait_for lab_none cat
before=$(ticks)
sleep 1
[ $(($(ticks) - before)) -lt 30 ]
ok $? "a reader that has ended costs no time"
lab_stop "after a reader"
done_testing
