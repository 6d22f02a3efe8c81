#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Datagrams that were joined to a super-packet: with -G, a filter sees datagrams,
# and edits of each arrive.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# shellcheck disable=SC2317
arrived()
{
	[ "$(grep -c . "$tmp/log")" -ge "$1" ]
}

# joined HOOK HOST OPTION
joined()
{
	name="$1, $2${3:+, $3}"
	lab_divert "$1"
	lab_pipe "divcat $3 -v -p $port" "divsed 's/foo/barbar/'" \
	    "divcat -w -v -p $port"
	: >$tmp/log
	for size in 500 500 500; do
		client python3 tests/net/datagram.py join "$2" 5000 \
		    "foo one foo two foo end*488" $size
		client python3 tests/net/datagram.py join "$2" 5000 \
		    "$(printf 'foo %96d' 1 2 3 4 5 6 7 8 9)" 100
	done
	wait_for arrived 33
	is "$(cut -d ' ' -f 1,2 $tmp/log | sort | uniq -c |
	    sed 's/^ *//;s/ $//' | LC_ALL=C sort | paste -s -d ';')" "27 103 barbar;3 11;3 503 barbar" \
	    "$name: each datagram is edited"
	lab_stop "$name"
	lab_clear
}

server python3 tests/net/datagram.py log 5000 >>$tmp/log &
wait_for lab_listens server udp 5000
for hook in FORWARD OUTPUT INPUT; do
	for host in 10.0.2.2 fd00:2::2; do
		joined $hook $host -G
		grep -q " 6 split" $tmp/err
		ok $? "$name: super-packets are split"
	done
done
joined FORWARD 10.0.2.2 ""
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
