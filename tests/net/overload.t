#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A filter that omits more packets in the hold time than the queue is long: the
# others arrive.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
lab_divert FORWARD
# omit HOLD COUNT NAME: a third of the packets is omitted; so many arrive.
omit()
{
	lab_pipe "divcat -Q 800 -H $1 -p $port" \
	    "trap '' INT; python3 tests/net/omit.py third" \
	    "divcat -v -w -H $1 -p $port"
	recv udp 5000 "$2" >$tmp/got &
	receiver=$!
	wait_for lab_listens server udp 5000
	send udp 10.0.2.2 5000 3000 500
	wait $receiver
	is "$(cut -d ' ' -f 1,2 $tmp/got)" "$2 foo" "$3"
	is "$(lab_queue 6)" 0 "-H $1: the queue does not overflow"
	wait_for lab_pending 0
	ok $? "-H $1: the others expire"
	lab_stop "-H $1"
	grep -q " 1000 expired" $tmp/err
	ok $? "-H $1: 1000 expired"
}

omit 10 2000 "packets that are not omitted"
# the same in a shorter time, and nothing is lost
omit 1,pass 3000 "-H 1,pass: all arrive"
done_testing
