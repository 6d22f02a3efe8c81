#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Streams in both directions at once, resized in both, over a path that loses,
# duplicates and reorders packets before the sink and loses some, or many,
# behind it: all data arrives edited, and takes little longer than without
# edits.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# Single bytes: they cannot span two segments.
edits='s/a/12345/g;s/b//g;s/c/c1/g'
never='s/no such word in any random stream/x/'

# both NAME HOST MB EDITS: prints the seconds of the slower end
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
	    "python3 tests/net/line.py duplicate=1 reorder=1 seed=2" \
	    "divsed '$1'" "divcat -w -v -p $port"
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

# slower [SECONDS]: timeouts matter little in a long stream
slower()
{
	awk -v a="$seconds" -v b="$plain" -v c="${1:-0}" \
	    'BEGIN { exit a > 4 * b + c }'
	ok $? "$name: $seconds s in at most four times $plain s, and ${1:-0} s"
}

# behind PROBABILITY: loses packets behind the sink
behind()
{
	for host in client server; do
		lab_rule $host -t security -F INPUT &&
		    lab_rule $host -t security -A INPUT -p tcp -m statistic \
		    --mode random --probability "$1" -j DROP ||
		    echo "# no loss behind the sink"
	done
}

# liberal 0|1: sets nf_conntrack_tcp_be_liberal in the router
liberal()
{
	router sh -c "echo $1 >/proc/sys/net/netfilter/$be_liberal"
}

# The number of packets that the router found INVALID, IPv4 and IPv6.
invalid()
{
	lab_rule router -nvxL FORWARD 1 | awk '{ print $1 }' |
	    paste -s -d ' ' -
}

# tracked NAME: streams through a stateful firewall
tracked()
{
	lab_rule router -I FORWARD -m conntrack --ctstate INVALID -j DROP
	lab_pipe "divcat -p $port" "divsed '$edits'" \
	    "divcat -w -p $port"
	for host in 10.0.2.2 fd00:2::2; do
		both "$1, $host" $host "$small" "$edits"
	done
	is "$(invalid)" "0 0" "$1: no packet is invalid"
	lab_stop "$1"
	! grep be_liberal $tmp/err
	ok $? "$1: no warning"
}

conntrack()
{
	for strict in 0 1; do
		liberal $((1 - strict))
		lab_divert FORWARD
		tracked "strict $strict"
		lab_clear
	done

	# conntrack sees one direction before the writer, and the other behind
	lab_rule router -t raw -A PREROUTING -i client -p tcp -j NFQUEUE \
	    --queue-num $port
	lab_rule router -A FORWARD -i server -p tcp -j NFQUEUE \
	    --queue-num $port
	tracked "raw PREROUTING and FORWARD"
	lab_rule router -t raw -F
	lab_clear

	# entries of a zone cannot be changed
	lab_rule router -t raw -A PREROUTING -p tcp -j CT --zone 5
	lab_divert FORWARD
	lab_pipe "divcat -p $port" "divsed '$edits'" "divcat -w -p $port"
	both "zone, 10.0.2.2" 10.0.2.2 "$small" "$edits"
	lab_stop "zone"
	is "$(grep -c be_liberal $tmp/err)" 1 "zone: a warning"
	lab_rule router -t raw -F
	lab_clear
}

large=100
small=5
[ -z "${SANITISED:-}${LAB_DIVERT:-}" ] || large=10 small=1
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
lossy FORWARD 10.0.2.2 $small
slower 3
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
