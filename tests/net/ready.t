#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2317
#
# A reader says when it is ready, and when nothing comes.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
[ -z "${SANITISED:-}" ] || lab_skip "no sanitiser before what injects"
lab_up
[ -z "${LAB_DIVERT:-}" ] || lab_skip "the clock is held by LD_PRELOAD"
preload=${BUILD:-build}/test/inject.so
lab_divert FORWARD --queue-bypass
answer 5001 &
wait_for lab_listens server udp 5001

says()
{
	wait_for grep -Eq "$1" $tmp/err
	ok $? "$2"
}

# notifies SOCKET NAME
notifies()
{
	router python3 tests/net/notify.py "$1" >$tmp/got 2>&1 &
	manager=$!
	wait_for grep -q bound $tmp/got
	lab_pipe "NOTIFY_SOCKET=$1 divcat -p $port" "divcat -w -p $port"
	wait $manager
	is "$(paste -s -d , $tmp/got)" "bound,READY=1" "$2"
	lab_stop "$2"
	is "$(cat $tmp/err)" "" "$2: nothing is printed"
}

notifies $tmp/notify "a socket with a path"
notifies @divert-test "an abstract socket"
lab_pipe "NOTIFY_SOCKET=$tmp/none divcat -v -p $port" "divcat -w -p $port"
says "^divcat: NOTIFY_SOCKET: $tmp/none: No such file" "no socket: is said"
is "$(ask udp 10.0.2.2 5001 foo 30)" foo "no socket: works"
says "^divcat: reading port $port$" "-v: says so"
lab_stop "no socket"

# idle NAME PATTERN STAGE...: an hour passes without a packet
idle()
{
	name=$1
	pattern=$2
	first=$3
	shift 3
	lab_pipe "INJECT='later 20' LD_PRELOAD=$preload $first" "$@"
	says "$pattern" "$name: is said"
	lab_stop "$name"
	is "$(grep -c "nothing has come" $tmp/err)" 1 "$name: once"
}

idle "nothing" "^divcat: nothing has come to port $port for 10 seconds: do" \
    "divcat -v -p $port" "divcat -w -p $port"
lab_pipe "INJECT='later 20' LD_PRELOAD=$preload divcat -p $port" \
    "divcat -w -p $port"
is "$(ask udp 10.0.2.2 5001 foo 30)" foo "without -v: works"
lab_stop "without -v"
is "$(cat $tmp/err)" "" "without -v: is not said"
lab_rule router -F FORWARD
port=61440
idle "-f" "^divcat: nothing has come for 10 seconds: does -f match, in a" \
    "divcat -v -f 'udp port 9'" "divcat -w"
done_testing
