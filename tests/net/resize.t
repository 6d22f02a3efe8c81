#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Streams both ways at once, edited to other lengths in both directions, over a
# path that loses, doubles and reorders packets before the sink and loses some, or
# many, behind it: all arrives, edited, and not much later than without edits.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# Single bytes: no border between segments can cut them.
edits='s/a/12345/g;s/b//g;s/c/c1/g'
never='s/no such word in any random stream/x/'

# both NAME HOST MB EDITS: prints the slower side's seconds
both()
{
	server python3 tests/net/traffic.py both - 5000 "$3" "$4" \
	    >$tmp/got.server &
	client python3 tests/net/traffic.py both "$2" 5000 "$3" "$4" \
	    >$tmp/got.client
	wait $!
	is "$(cut -f 1 $tmp/got.client $tmp/got.server | paste -s -d ' ' -)" \
	    "same same" "$1"
	seconds=$(cut -f 2 $tmp/got.client $tmp/got.server | sort -n | tail -n 1)
}

# pipeline SCRIPT [-G]
pipeline()
{
	lab_pipe "divcat -p $port ${2:-}" "divdrop -p 1% -s 1" \
	    "python3 tests/net/jumble.py 1 2" "divsed '$1'" \
	    "divcat -w -v -p $port"
}

# lossy HOOK HOST MB [-G]: the same path without edits, and with them.
lossy()
{
	name="$1${4:+ $4}, $2, $3 MB"
	lab_divert "$1"
	pipeline "$never" "${4:-}"
	both "$name: no edits" "$2" "$3" ""
	lab_stop "$name: no edits"
	plain=$seconds
	pipeline "$edits" "${4:-}"
	both "$name: edits" "$2" "$3" "$edits"
	lab_stop "$name: edits"
	is "$(lab_status)" "0 0 0 0 0" "$name: exit status"
	! grep "[0-9] reset" $tmp/err
	ok $? "$name: nothing is reset"
	echo "# $name: $seconds s, without edits $plain s"
	sed 's/^/# /' $tmp/err
	lab_clear
}

# slower [SECONDS]: timers weigh little in a long stream
slower()
{
	awk -v a="$seconds" -v b="$plain" -v c="${1:-0}" \
	    'BEGIN { exit a > 4 * b + c }'
	ok $? "$name: $seconds s in at most four times $plain s, and ${1:-0} s"
}

# behind PROBABILITY: packets that are lost behind the sink
behind()
{
	for host in client server; do
		lab_rule $host -t security -F INPUT &&
		    lab_rule $host -t security -A INPUT -p tcp -m statistic \
		    --mode random --probability "$1" -j DROP ||
		    echo "# no loss behind the sink"
	done
}

# liberal 0|1: how strictly the router tracks connections
liberal()
{
	router sh -c "echo $1 >/proc/sys/net/netfilter/$be_liberal"
}

# How many packets the router found invalid, with IPv4 and IPv6.
invalid()
{
	lab_rule router -nvxL FORWARD 1 | awk '{ print $1 }' |
	    paste -s -d ' ' -
}

# tracked NAME [OPTION]: streams through a stateful firewall
tracked()
{
	lab_rule router -I FORWARD -m conntrack --ctstate INVALID -j DROP
	lab_pipe "divcat -p $port" "divsed '$edits'" \
	    "divcat -w ${2:-} -p $port"
	for host in 10.0.2.2 fd00:2::2; do
		both "$1, $host" $host "$small" "$edits"
	done
	is "$(invalid)" "0 0" "$1: no packet is invalid"
	lab_stop "$1"
}

# warnings NAME NUMBER
warnings()
{
	is "$(grep -c be_liberal $tmp/err)" "$2" "$1: warnings"
}

conntrack()
{
	liberal 1
	lab_divert FORWARD
	tracked "liberal"
	warnings "liberal" 0
	lab_clear

	# connections are tracked as the server sees them: what the writer tells
	# the client in its name is none of that
	liberal 0
	lab_rule router -t raw -A OUTPUT -o client -m mark --mark 0x44495646 \
	    -j CT --notrack
	lab_rule router -t raw -A PREROUTING -i client -p tcp -j NFQUEUE \
	    --queue-num $port
	lab_rule router -A FORWARD -i server -p tcp -j NFQUEUE \
	    --queue-num $port
	tracked "strict, raw PREROUTING and FORWARD"
	warnings "strict" 1
	lab_rule router -t raw -F
	lab_clear

	lab_divert FORWARD
	lab_pipe "divcat -p $port" "divsed '$edits'" "divcat -w -q -p $port"
	both "strict, -q" 10.0.2.2 "$small" "$edits"
	lab_stop "strict, -q"
	warnings "strict, -q" 0
	lab_clear
}

large=100
medium=20
small=5
[ -z "${SANITISED:-}${LAB_DIVERT:-}" ] || large=10 medium=2 small=1
be_liberal=nf_conntrack_tcp_be_liberal
at=router
if [ "${LAB_DIVERT:-}" ]; then
	echo "# what is sent again is tracked as one more connection"
elif lab_rule router -I FORWARD -m conntrack --ctstate INVALID -j DROP; then
	lab_rule router -F
	conntrack
else
	echo "# no connection tracking"
fi
lossy FORWARD 10.0.2.2 $large
slower
lossy FORWARD fd00:2::2 $large
slower
lossy FORWARD 10.0.2.2 $large -G
slower
lossy FORWARD fd00:2::2 $large -G
slower
lossy LOCAL 10.0.2.2 $small
lossy LOCAL fd00:2::2 $small
lossy LOCAL 10.0.2.2 $small -G
lossy LOCAL fd00:2::2 $small -G
behind 0.01
lossy FORWARD 10.0.2.2 $large
slower
lossy FORWARD fd00:2::2 $small -G
lossy LOCAL 10.0.2.2 $small
behind 0.15
lossy FORWARD 10.0.2.2 $medium
slower 3
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
