#!/bin/sh
# SPDX-License-Identifier: ISC
#
# s/foo/bar/ on live traffic: foo arrives as bar, all else unchanged, with valid
# checksums.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# stream HOST WORD: 50 MB from client to server.  A word that spans two segments
# may arrive unedited: both ends replace the word before they hash, and most
# words must have been edited in the router.
stream()
{
	name="$hook: 50 MB to $1 ${2:+with $2}"
	recv tcp 5000 "$2" >$tmp/got &
	send tcp "$1" 5000 50 "$2"
	wait $!
	read -r size digest left <$tmp/got
	read -r sent_size sent_digest words <"$tmp/sum.$2"
	is "$size $digest" "$sent_size $sent_digest" "$name arrive"
	[ "$2" ] || return
	[ "$words" -gt 10000 ] && [ "$left" -lt $((words / 100)) ]
	ok $? "$name are edited ($left of $words left)"
}

datagrams()
{
	recv udp 5000 2000 >$tmp/got &
	wait_for lab_listens server udp 5000
	send udp "$1" 5000 2000 4000
	wait $!
	is "$(cat $tmp/got)" "2000 foo 0 bar 2000 bad 0 last 1999" \
	    "$hook: datagrams to $1 are edited"
}

# all_at HOOK [-G]
all_at()
{
	hook=$*
	lab_divert "$1"
	lab_pipe "divcat -p 8000 ${2:-}" "divsed 's/foo/bar/g'" \
	    'divcat -w -p 8000'
	for host in 10.0.2.2 fd00:2::2; do
		stream $host foo
		stream $host ""
		datagrams $host
	done
	is "$(lab_queue 6)" 0 "$hook: the queue never overflows"
	lab_stop "$hook"
	is "$(lab_status)" "0 0 0" "$hook: exit status"
	lab_clear
}

sent 50 foo >$tmp/sum.foo
sent 50 >$tmp/sum.
all_at FORWARD
all_at INPUT
all_at OUTPUT
all_at FORWARD -G
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
