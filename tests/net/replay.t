#!/bin/sh
# SPDX-License-Identifier: ISC
#
# -T: a capture goes out with its own timing.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# packet SECONDS TEXT: an entry of a capture
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
wait_for 5 has_arrived 2
ok $? "two packets arrive"
[ $(($(date +%s%N) - began)) -ge 300000000 ]
ok $? "the second is as late as it was captured"

kill -USR1 $replay
wait_for 5 grep -qx 'divcat: 2 injected' $tmp/err
ok $? "SIGUSR1 is answered while a packet waits for its time"

kill -TERM $replay
wait $replay
is $? 0 "SIGTERM ends it: exit status"
is "$(lab_arrived client 53)" 2 "and the rest is not sent"
done_testing
