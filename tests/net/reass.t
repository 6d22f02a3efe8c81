#!/bin/sh
# SPDX-License-Identifier: ISC
#
# divsed -S edits matches that span segments: in short messages, cut at every
# byte, and in long streams.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

wait=500 # ms: the machine may be slow

pipeline()
{
	lab_pipe "divcat -p $port ${2:-}" "divsed -v -S $wait '$1'" \
	    "divcat -w -p $port"
}

stop()
{
	lab_stop "$1"
	is "$(lab_status)" "0 0 0" "$1: exit status"
	grep -E '^divsed: [1-9][0-9]* segments held' $tmp/err
	ok $? "$1: segments are held"
}

# cuts NAME SCRIPT TEXT WANTED: edits the requests only, not the replies
cuts()
{
	lab_divert FORWARD
	pipeline "\"dst port 5000\"$2"
	for host in 10.0.2.2 fd00:2::2; do
		is "$(client python3 tests/net/traffic.py pieces $host 5000 \
		    "$3")" "${#3} $4" "$1, $host"
	done
	stop "$1"
	lab_clear
}

# streams HOOK [-G]: 20 MB, all words are edited
streams()
{
	lab_divert "$1"
	pipeline s/foo/bar/g "${2:-}"
	for host in 10.0.2.2 fd00:2::2; do
		recv tcp 5001 foo >$tmp/got &
		send tcp $host 5001 20 foo
		wait $!
		read -r size digest left <$tmp/got
		is "$size $digest $left" "$sum 0" "$1 ${2:-}: 20 MB to $host"
	done
	stop "$1 ${2:-}"
	lab_clear
}

answer 5000 &
wait_for lab_listens server tcp 5000
client sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_autocorking'
cuts "a word that gets shorter" "s/secret/x/g" \
    "a secret and another secret" "a x and another x"
cuts "a word that grows" "s/word/longer word/g" \
    "one word and another word." "one longer word and another longer word."
cuts "card numbers" 'm/\b(?:\d[ -]?){12,15}\d\b/X/gL' \
    "pay 4111 1111 1111 1111, not 4111-1111-1111-1112, ok" \
    "pay XXXXXXXXXXXXXXXXXXX, not 4111-1111-1111-1112, ok"
cuts "social security numbers" 'm/\b\d{3}-\d{2}-\d{4}\b/*/gt4' \
    "ssn 078-05-1120, phone 555-0199." "ssn *******1120, phone 555-0199."

read -r size digest words <<END
$(sent 20 foo)
END
sum="$size $digest"
[ "$words" -gt 10000 ]
ok $? "there are many words"
streams FORWARD
streams INPUT
streams OUTPUT
streams FORWARD -G

# Segments lost behind the sink are retransmitted, and come alone.
if lab_rule server -t security -A INPUT -p tcp -m statistic \
    --mode random --probability 0.01 -j DROP; then
	wait=50
	streams FORWARD
fi
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
