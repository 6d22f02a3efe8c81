#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Packets that were damaged on their way to the reader: no edit repairs them,
# they pass as they are, and streams arrive right.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# damager: damages 2% of the packets that the client sends
damager()
{
	for proto in tcp udp; do
		lab_rule client -A OUTPUT -p $proto -j NFQUEUE \
		    --queue-num 7000 --queue-bypass
	done
	ip netns exec client env --default-signal=INT setsid sh -c "trap : INT
	    divcat -p 7000 | python3 tests/net/damage.py \
	    flip 2 1 | divcat -w -C -p 7000" 2>$tmp/damager &
	damager=$!
	at=client port=7000 wait_for lab_bound
}

# stream NAME HOST EDITS: a stream each way
stream()
{
	lab_pipe "divcat -v -p $port" "divsed '$3'" "divcat -w -v -p $port"
	server python3 tests/net/traffic.py both - 5000 1 "$3" >$tmp/got &
	client python3 tests/net/traffic.py both "$2" 5000 1 "$3" |
	    cut -f 1 >$tmp/got.client
	wait $!
	is "$(cut -f 1 $tmp/got $tmp/got.client | paste -s -d ' ' -)" \
	    "same same" "$1: the streams arrive right"
	lab_stop "$1"
	grep -q "[0-9] damaged" $tmp/err
	ok $? "$1: damaged packets are counted"
}

say()
{
	client python3 tests/net/damage.py say "$@"
}

# shellcheck disable=SC2317
errors()
{
	[ "$(lab_sumerrors)" -ge "$1" ]
}

damager
lab_divert FORWARD
for host in 10.0.2.2 fd00:2::2; do
	stream "same length, $host" $host 's/a/b/g;s/c/d/g'
	stream "another length, $host" $host 's/a/12345/g;s/b//g;s/c/c1/g'
done
kill -INT -$damager
wait $damager
lab_rule client -F

# Single packets, with -G, too.
server python3 tests/net/datagram.py log 5000 >>$tmp/log &
wait_for lab_listens server udp 5000
for mode in "" -G; do
	name="single packets${mode:+, $mode}"
	before=$(lab_sumerrors)
	lab_pipe "divcat $mode -v -p $port" "divsed 's/foo/barbar/'" \
	    "divcat -w -v -p $port"
	say udp 10.0.2.2 5000 "damaged foo" bad
	say tcp 10.0.2.2 5000 "damaged foo" bad
	wait_for errors $((before + 2))
	ok $? "$name: they reach the receiver, who discards them"
	say udp 10.0.2.2 5000 "good foo"
	wait_for grep -q "good barbar" $tmp/log
	ok $? "$name: good ones are edited"
	lab_stop "$name"
	grep -q " 2 damaged" $tmp/err
	ok $? "$name: counted"
	: >$tmp/log
done

# -e shows them: their flag is 16, and no edit reaches them.
name=-e
lab_pipe "divcat -e -p $port" "divsed 's/foo/bar/'" "tee $tmp/frames" \
    "divcat -w -v -p $port"
say udp 10.0.2.2 5000 "damaged foo" bad
say udp 10.0.2.2 5000 "last"
wait_for grep -q last $tmp/log
ok $? "$name: traffic goes on"
lab_stop "$name"
divcat -o text $tmp/frames >$tmp/text
grep damaged $tmp/text | grep -q "flags=16"
ok $? "$name: they are shown"
grep -q "2 passed" $tmp/err
ok $? "$name: divsed does not edit them"
is "$(grep -c damaged $tmp/log)" 0 "none was repaired"
done_testing
