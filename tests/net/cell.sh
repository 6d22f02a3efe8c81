#!/bin/sh
# SPDX-License-Identifier: ISC
#
# cell.sh SCENARIO HOOK 4|6: the core of a test, in the network that the variables
# of lab.sh describe; without a pipeline first, to compare.  Prints one line,
# separated by tabs:
#
#   outcome, seconds, seconds without, stall, stall without, reason
#
# ok: all arrived as edited.  refused: it did not, ended at once, and a reason was
# counted.  FAIL: neither.  HANG: no end within the limit.  void: it does not work
# without a pipeline either.  skip: the kernel has no such network.
#
# shellcheck disable=SC2086,SC2317

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh

limit=${LAB_LIMIT:-25}		# seconds, for one connection
slack=2				# seconds that a stall may be longer
good="same same"
edits=
filter=

# verdict OUTCOME REASON
verdict()
{
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "${seconds:-0}" \
	    "${plain_seconds:-0}" "${stall:-0}" "${plain_stall:-0}" "$2"
	exit 0
}

lab_skip()
{
	verdict skip "$1"
}

now()
{
	date +%s.%N
}

# spent: sets seconds and stall to the time since $begun
spent()
{
	seconds=$(awk -v a="$begun" -v b="$(now)" \
	    'BEGIN { printf "%.2f\n", b - a }')
	stall=$seconds
}

# longer A B: is A more than the slack longer than B?
longer()
{
	awk -v a="$1" -v b="$2" -v s=$slack 'BEGIN { exit a <= b + s }'
}

# on HOST COMMAND: within the limit
on()
{
	cell_host=$1
	shift
	ip netns exec "$cell_host" timeout -k 1 "$limit" python3 "$@"
}

# serve COMMAND: a server with port 5001, in the background
serve()
{
	server python3 -u "$@" >>$tmp/served 2>>$tmp/said &
	wait_for lab_listens server tcp 5001
}

# streams_begin EDITS [again]
streams_begin()
{
	rm -f $tmp/got.client $tmp/got.server
	on server tests/net/traffic.py both - 5000 "$megabytes" "$@" \
	    >$tmp/got.server 2>>$tmp/said &
	cell_server=$!
	wait_for lab_listens server tcp 5000
	on client tests/net/traffic.py both "$host" 5000 "$megabytes" "$@" \
	    >$tmp/got.client 2>>$tmp/said &
	cell_client=$!
}

# Sets state, seconds and stall.
streams_end()
{
	wait $cell_client
	wait $cell_server
	state=$(cut -f 1 $tmp/got.client $tmp/got.server | paste -s -d ' ' -)
	seconds=$(cut -f 2 $tmp/got.client $tmp/got.server | sort -n | tail -n 1)
	stall=$(cut -f 3 $tmp/got.client $tmp/got.server | sort -n | tail -n 1)
}

# expect WANTED: compares it with the lines of $tmp/got.
expect()
{
	state=$(paste -s -d , $tmp/got)
	[ "$state" != "$1" ] || state=$good
}

run_resize()
{
	streams_begin "$edits"
	streams_end
}

# A datagram is repeated until its answer comes.
run_edit()
{
	streams_begin "$edits"
	streams_end
	[ "$state" = "$good" ] || return
	on client tests/net/traffic.py ask udp "$host" 5001 "one aaa" "$limit" \
	    >$tmp/got 2>>$tmp/said
	expect "one ${edits:+zzz}$([ "$edits" ] || echo aaa)"
}

run_sessions()
{
	on client tests/net/session.py talk "$host" 5001 20 >$tmp/got \
	    2>>$tmp/said
	spent
	cell_line="heard line"
	[ -z "$edits" ] || cell_line="h a longer line"
	expect "$(seq -s , -f "$cell_line %g" 0 19)"
}

run_reject()
{
	: >$tmp/served
	on client tests/net/reject.py talk "$host" 5001 "foo bar" "a secret" \
	    >$tmp/got 2>>$tmp/said
	on client tests/net/reject.py talk "$host" 81 "a one" >>$tmp/got \
	    2>>$tmp/said
	spent
	wait_for test -s $tmp/served
	cat $tmp/served >>$tmp/got
	if [ "$edits" ]; then
		expect "LONGER ECONNRESET,ECONNREFUSED,ECONNRESET"
	else
		expect "BAR SECRET,ECONNREFUSED,end"
	fi
}

# One pipeline ends and another one begins.
swap()
{
	[ "$edits" ] || return
	kill -INT -"$pipe"
	wait_for lab_gone || verdict HANG "the pipeline does not end"
	lab_kill
	cell_pipe
}

# answers NUMBER: are so many there?
answers()
{
	[ "$(wc -l <$tmp/got)" -ge "$1" ]
}

# Pipelines follow each other in the middle of a stream, and between the lines
# of another connection.
run_handover()
{
	rm -f $tmp/go
	mkfifo $tmp/go
	on client tests/net/session.py say "$host" 5001 <$tmp/go >$tmp/got \
	    2>>$tmp/said &
	cell_talk=$!
	exec 3>$tmp/go
	streams_begin "s/B/Z/g" again
	for cell_turn in 1 2 3; do
		echo "turn $cell_turn" >&3
		wait_for answers $cell_turn || break
		swap
	done
	exec 3>&-
	wait $cell_talk
	streams_end
	[ "$state" = "$good" ] || return
	cell_line="heard turn"
	[ -z "$edits" ] || cell_line="heard Turn"
	expect "$(seq -s , -f "$cell_line %g" 1 3)"
}

cell_pipe()
{
	set -- "divcat -v -p $port" "divsed -q '$edits'"
	[ -z "$filter" ] || set -- "$@" "$filter"
	lab_pipe "$@" "divcat -v -w -p $port" >$tmp/queue
	[ ! -s $tmp/queue ] || verdict FAIL "$(cat $tmp/queue)"
}

cell_serve()
{
	case $scenario in
	sessions|handover) serve tests/net/session.py lines 5001 ;;
	edit)	serve tests/net/traffic.py answer 5001 ;;
	reject)	serve tests/net/reject.py serve 5001 ;;
	esac
}

cell_edits()
{
	case $scenario in
	resize)	edits="s/a/12345/g;s/b//g;s/c/c1/g" ;;
	edit)	edits="s/a/z/g" ;;
	sessions) edits="s/(?m)^line/a longer line/;s/heard/h/" ;;
	reject)	edits="s/bar/longer/"
		filter="divdrop -R -e secret | divdrop -R tcp port 81" ;;
	handover) edits="s/B/Z/g;s/turn/Turn/" ;;
	*)	verdict skip "no scenario $scenario" ;;
	esac
}

# judge: the outcome of the run with a pipeline
judge()
{
	refused=$(grep -o '[1-9][0-9]* refused: .*' $tmp/err | paste -s -d , -)
	if [ "$state" = "$good" ]; then
		! longer "$stall" "$plain_stall" || verdict FAIL "stall"
		verdict ok "$refused"
	fi
	! longer "$seconds" "$((limit - slack))" || verdict HANG "$state"
	[ -n "$refused" ] && ! longer "$seconds" "$plain_seconds" &&
	    verdict refused "$refused"
	case $state in
	""|same|*" "|" "*) verdict HANG "$state" ;;
	esac
	verdict FAIL "$state${refused:+ ($refused)}"
}

lab_enter "$@"
scenario=$1
hook=$2
host=10.0.2.2
[ "$3" = 4 ] || host=fd00:2::2
megabytes=0.5
[ "${LAB_WINDOW:-65536}" -ge 65536 ] || megabytes=0.05
lab_up
: >$tmp/said
cell_serve
begun=$(now)
"run_$scenario"
plain_seconds=$seconds
plain_stall=$stall
[ "$state" = "$good" ] || verdict void "$state $(tail -n 1 $tmp/said)"
cell_edits
lab_divert "$hook" --queue-bypass
cell_pipe
begun=$(now)
"run_$scenario"
kill -INT -"$pipe"
wait_for lab_gone || verdict HANG "the pipeline does not end"
lab_kill
[ -z "${LAB_VERBOSE:-}" ] || cat $tmp/err $tmp/said $tmp/got* >&2
judge
