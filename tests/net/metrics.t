#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2317
#
# divcat -O: metrics of reader and writer, which agree with what was sent, with
# the counters that a signal asks for, and with the format of Prometheus.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# sum FILE METRIC [LABEL]: of its values
sum()
{
	awk -v metric="divio_divcat_$2" -v label="${3:-}" '
	{ split($1, part, "{") }
	part[1] == metric && index($1, label) { n += $2; found = 1 }
	END { print found ? n : "none" }' $tmp/"$1".prom
}

# reaches FILE METRIC NUMBER
reaches()
{
	[ -e "$tmp/$1.prom" ] && [ "$(sum "$1" "$2")" = "$3" ]
}

# A metric has HELP and TYPE before all of its rows, which differ in labels.
is_valid()
{
	awk '
	function bad(why) { print why ": " $0; failed = 1 }
	/^# HELP / { if (seen[$3]++) bad("again"); name = $3; next }
	/^# TYPE / {
		if ($3 != name)
			bad("not after HELP")
		if (($4 == "counter") != ($3 ~ /_total$/))
			bad("type")
		next
	}
	!/^divio_divcat_[a-z_]+\{mode="[a-z]+"(,[a-z]+="[a-z0-9_]+")*\} [0-9]+$/ {
		bad("syntax")
	}
	{ split($1, part, "{") }
	part[1] != name { bad("not of its metric") }
	rows[$1]++ { bad("twice") }
	END { exit failed || name == "" }' $tmp/"$1".prom
	ok $? "$1: format"
	if command -v promtool >/dev/null; then
		promtool check metrics <$tmp/"$1".prom
		ok $? "$1: promtool"
	fi
}

replaced()
{
	[ "$(stat -c %i "$tmp/$1.prom")" != "$inode" ]
}

lab_divert FORWARD
umask 022
lab_pipe "divcat -p $port -I 0.1 -O $tmp/read.prom" "divsed s/foo/bar/" \
    "divdrop -n 10 udp" "divcat -w -p $port -I 0.1 -O $tmp/write.prom"
wait_for reaches read received_packets_total 0
ok $? "there before the first packet"
recv udp 5000 450 >$tmp/got &
wait_for lab_listens server udp 5000
send udp 10.0.2.2 5000 500 2000
wait $!
wait_for reaches read received_packets_total 500
wait_for reaches write verdicts_total 500
ok $? "each packet has one verdict"
is "$(sum write verdicts_total 'verdict="edit"')" 450 "edited"
is "$(sum write verdicts_total 'verdict="drop"')" 50 "dropped"
is "$(sum write refused_total)" 0 "refused"
is "$(sum read pending_packets) $(sum read overflowed_packets_total)" "0 0" \
    "the queue"
is "$(sum write pending_packets) $(sum read connections)" "none none" \
    "what the other one has"
is "$(sum write connections_memory_limit_bytes)" $((64 << 20)) "-M"
is "$(grep -vc "port=\"$port\"" $tmp/read.prom)" \
    "$(grep -c '^#' $tmp/read.prom)" "label: port"
inode=$(stat -c %i $tmp/write.prom)
wait_for replaced write
ok $? "replaced when nothing comes"
kill -USR1 "$(lab_stage "divcat -w" | head -n 1)"
wait_for grep -qx 'divcat: 450 edited, 50 dropped' $tmp/err
ok $? "SIGUSR1 has the same"
is "$(stat -c %a $tmp/read.prom)" 644 "mode"
is_valid read
is_valid write

is_edited()
{
	[ "$(sum write verdicts_total 'verdict="edit"')" -gt 450 ]
}

# a connection whose numbers stay, and one that is translated
answer 5001 &
wait_for lab_listens server tcp 5001
is "$(ask tcp 10.0.2.2 5001 a-foo 30)" a-bar "an edit of the same length"
wait_for is_edited
ok $? "is counted as one"
lab_kill
lab_pipe "divcat -p $port" "divsed s/hello/hi/" \
    "divcat -w -I 3600 -O $tmp/write.prom"
is "$(ask tcp 10.0.2.2 5001 hello 30)" hi "an edit to another length"
lab_stop "translated"
is "$(sum write translated_connections_total)" 1 \
    "connections; written at the end"
[ "$(sum write verdicts_total 'verdict="translate"')" -gt 1 ]
ok $? "segments"
is_valid write

# one process, and the frame of another one
echo 'udp4 id=1 -- a' | perl tests/golden/frames.pl make >$tmp/stale
mkfifo $tmp/back
lab_start "divcat -b -p $port -I 0.1 -O $tmp/both.prom <$tmp/back" \
    "(cat $tmp/stale; exec divdrop -n 2 udp) >$tmp/back"
wait_for lab_bound
send udp 10.0.2.2 5000 200 2000
wait_for reaches both received_packets_total 200
wait_for reaches both verdicts_total 200
is "$(sum both verdicts_total 'verdict="pass"')" 100 "-b: passed"
is "$(sum both refused_total) $(sum both refused_total stale)" "1 1" \
    "-b: refused"
is "$(sum both pending_packets) $(sum both connections)" "0 0" \
    "-b: queue and connections"
is_valid both
lab_stop "-b"
is "$(echo $tmp/*.prom*)" "$(echo $tmp/*.prom)" "nothing else is left"

router divcat -p $port -O $tmp/none/read.prom >$tmp/out 2>$tmp/err
is "$? $(cat $tmp/err)" \
    "1 divcat: $tmp/none/read.prom: No such file or directory" \
    "no such directory"
mkfifo $tmp/fifo
router divcat -p $port -O $tmp/fifo >$tmp/out 2>$tmp/err
is "$? $(cat $tmp/err)" \
    "1 divcat: -O $tmp/fifo: a pipe could hold up the traffic, name a file" \
    "a FIFO"

# The disk is full: it is said once, why, and the traffic goes on.
mkdir $tmp/full
mount -t tmpfs -o size=4k none $tmp/full
touch $tmp/full/read.prom
echo >$tmp/full/filled
lab_pipe "divcat -p $port -I 0.1 -O $tmp/full/read.prom" "divsed s/foo/bar/" \
    "divcat -w"
wait_for grep -q "No space" $tmp/err
recv udp 5000 20 >$tmp/got &
wait_for lab_listens server udp 5000
send udp 10.0.2.2 5000 20 20
wait $!
ok $? "a full disk: the traffic goes on"
lab_stop "a full disk"
is "$(cat $tmp/err)" "divcat: $tmp/full/read.prom: No space left on device" \
    "a full disk: is said once"
is "$(cat $tmp/status.1)" 1 "a full disk: status"
done_testing
