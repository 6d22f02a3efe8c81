#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Third-party filters: some edit text, some know only where a frame ends, some
# are slow to start.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# stream NAME [EDITED]: sends 2 MB of text with foo, and a datagram.
stream()
{
	recv tcp 5000 foo >$tmp/got &
	send tcp fd00:2::2 5000 2 foo text
	wait $!
	read -r size digest left <$tmp/got
	is "$size $digest" "$sent" "$1: stream"
	if [ "${2:-}" ]; then
		[ "$left" -lt 40 ]
	else
		[ "$left" -eq "$words" ]
	fi
	ok $? "$1: $left of $words words unedited"
	is "$(ask udp 10.0.2.2 5001 'a foo.' 30)" \
	    "a ${2:-foo}." "$1: datagram"
}

# through FILTER [EDITED]: runs it between reader and writer
through()
{
	lab_pipe "divcat -p $port ${3:-}" "$1" "divcat -w -p $port"
	stream "$1" "${2:-}"
	lab_stop "$1"
}

sent 2 foo text >$tmp/sum
read -r size digest words <$tmp/sum
sent="$size $digest"
answer 5001 &
wait_for lab_listens server udp 5001

lab_divert FORWARD
lab_pipe "divcat -p $port" "divcat -w -p $port"
stream "two processes"
lab_stop "two processes"
is "$(lab_status)" "0 0" "two processes: exit status"

through cat
through "perl -pe 'BEGIN { \$| = 1 } s/foo/bar/g'" bar "-o text"
through "sed -u s/foo/bar/g" bar "-o text"
lab_listing man/divio.5 python >$tmp/filter.py
through "python3 $tmp/filter.py" bar
lab_listing man/divio.5 perl >$tmp/filter.pl
through "perl $tmp/filter.pl" bar

# A reader with -o pcap does not delay traffic, and shows packets at once.
# unshare -U: run as root, tcpdump would try to change its user.
lab_pipe "divcat -o pcap -p $port" "unshare -U tcpdump -lnr - >$tmp/dump"
is "$(ask udp 10.0.2.2 5001 hello 30)" hello "tcpdump: traffic goes on"
wait_for grep -q "10.0.2.2.5001: UDP, length 5" $tmp/dump
ok $? "tcpdump: shows it at once"
lab_stop "tcpdump"

# A writer that starts late, after the pipe is full.
lab_start "divcat -p $port" "until [ -e $tmp/go ]; do sleep 0.02; done
    divcat -w -p $port"
wait_for lab_bound
recv udp 5002 3000 >$tmp/late &
receiver=$!
wait_for lab_listens server udp 5002
send udp 10.0.2.2 5002 3000 3000 &
wait_for lab_past 3 2200
ok $? "late writer: packets wait"
touch $tmp/go
stream "late writer"
wait $receiver
is "$(cat $tmp/late)" "3000 foo 3000 bar 0 bad 0 last 2999" \
    "late writer: datagrams"
lab_stop "late writer"
lab_clear

# Omitted frames: twenty times as many datagrams as the queue is long.
for hook in FORWARD INPUT OUTPUT; do
	lab_divert $hook
	lab_pipe "divcat -H 0.1 -Q 64 -p $port" \
	    "python3 tests/net/omit.py third" "divcat -H 0.1 -w -p $port"
	recv udp 5000 854 >$tmp/got &
	wait_for lab_listens server udp 5000
	send udp 10.0.2.2 5000 1281 600
	wait $!
	is "$(cat $tmp/got)" "854 foo 854 bar 0 bad 0 last 1279" \
	    "$hook: omitted frames"
	is "$(lab_queue 6)" 0 "$hook: the queue never overflows"
	lab_stop "$hook: omitted frames"
	lab_clear
done

# A local sender retransmits only after the verdict.
lab_divert OUTPUT
lab_pipe "divcat -p $port" "python3 tests/net/omit.py first" \
    "divcat -w -p $port"
is "$(ask tcp 10.0.2.2 5001 hello 30)" hello \
    "OUTPUT: a connection survives omitted frames"
lab_stop "OUTPUT: omitted first frames"

# Injected packets match the rule, too, and do not count as omitted.
lab_pipe "divcat -v -p $port" "divsed p" "divcat -w -v -H 0.1 -p $port"
recv udp 5000 100 >$tmp/got &
wait_for lab_listens server udp 5000
send udp 10.0.2.2 5000 50 600
wait $!
sleep 0.5
lab_stop "OUTPUT: copies"
grep -q " 50 own" $tmp/err
ok $? "OUTPUT: copies are let pass"
! grep -q expired $tmp/err
ok $? "OUTPUT: copies are not missed"
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
