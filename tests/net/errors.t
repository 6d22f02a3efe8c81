#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Errors with a divert port: one line of message, exit status 1.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# fails NAME REGEX COMMAND: runs it in the router, under traffic.
fails()
{
	router timeout 10 sh -c "$3" 2>$tmp/err
	is $? 1 "$1: exit status"
	is "$(grep -c . $tmp/err)" 1 "$1: one line"
	grep -Eiq "^divcat: .*$2" $tmp/err
	ok $? "$1: says what is wrong"
	sed 's/^/# /' $tmp/err
}

answer 5001 &
wait_for lab_listens server udp 5001
lab_divert FORWARD --queue-bypass

# Frames of a reader that has ended.
lab_pipe "divcat -t -c 2 -p $port >$tmp/frames"
ask udp 10.0.2.2 5001 hello 30 >$tmp/answer
is "$(cat $tmp/answer)" hello "tee lets packets pass"
wait_for lab_gone
ok $? "-c ends"
fails "no reader" "$port" "divcat -w -p $port $tmp/frames"

fails "no privilege" "privilege|permi|CAP_NET_ADMIN" \
    "setpriv --bounding-set -net_admin --inh-caps -net_admin divcat -p $port"
fails "no privilege to write" "privilege|permi|CAP_NET_" \
    "setpriv --bounding-set -all --inh-caps -all divcat -w -p $port \
    $tmp/frames"

lab_pipe "divcat -p $port" "divcat -w -p $port"
fails "port in use" "$port.*$(lab_stage "divcat -p")" "divcat -p $port"
[ "${SANITISED:-}" ] || # which look into /proc
	fails "port in use, by somebody unknown" "$port.*nobody else" \
	    "unshare -m sh -c 'mount -t tmpfs none /proc &&
	    exec divcat -p $port'"
is "$(ask udp 10.0.2.2 5001 hello 30)" hello "port in use: the first works on"
lab_stop "port in use"

lab_start "divcat -p $port >/dev/full"
wait_for lab_bound
is "$(ask udp 10.0.2.2 5001 hello 30)" hello "full disk: traffic goes on"
wait_for lab_gone
ok $? "full disk: the reader ends"
is "$(lab_status)" 1 "full disk: exit status"
grep -q "No space left" $tmp/err
ok $? "full disk: says what is wrong"
done_testing
