#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A translation that ends before the connection: the bytes that arrived are a
# beginning of the edited stream, and both ends learn that it was reset.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

lines=400000

# through STAGE...: a stream through the pipeline, of which some thousand packets
# have passed
through()
{
	rm -f $tmp/got
	server python3 tests/net/stream.py recv 5000 $tmp/got &
	receiver=$!
	wait_for lab_listens server tcp 5000
	lab_pipe "$@"
	client python3 tests/net/stream.py send 10.0.2.2 5000 $lines \
	    >$tmp/client &
	sender=$!
	wait_for lab_past 8 2000
}

# start OPTIONS FILTER: reader and writer
start()
{
	through "divcat $1 -p $port" "divsed s/@/12345/" "$2" \
	    "divcat -w -v -p $port"
}

# loop OPTIONS FILTER: one process is both
loop()
{
	through "divcat -b -v $1 -p $port <$tmp/back" "divsed s/@/12345/" \
	    "($2) >$tmp/back"
}

# both NAME: wrong bytes never; and no end in good order for a part
both()
{
	wait $sender $receiver
	is "$(python3 tests/net/stream.py check $tmp/got $lines)" \
	    "a part, Connection reset by peer" "$1: what the server got"
	is "$(cat $tmp/client)" "Connection reset by peer" "$1: client"
	wait_for lab_gone
	ok $? "$1: all processes end"
	lab_kill
}

lab_divert FORWARD --queue-bypass
writer="divcat -w"
reader="divcat *-p"

# the filter by others ignores the signal, as divcat(1) has it
slow="trap '' INT; exec python3 -c '
import sys, time
while data := sys.stdin.buffer.read1(65536):
    time.sleep(0.02)
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()'"
# so many segments wait that their resets fill the socket's buffer
many=$(echo "$slow" | sed 's/0.02/0.2/; s/65536/2000000/')
quick="trap '' INT; exec cat"

start "" "$quick"
kill -INT -"$pipe"
both "SIGINT"

# Other traffic, which the drain cannot wait out.
start "" "$quick"
ip netns exec client python3 tests/net/traffic.py send udp 10.0.2.2 5002 \
    1000000 5000 &
other=$!
wait_for lab_past 8 8000
kill -INT -"$pipe"
wait_for lab_gone
ok $? "SIGINT under traffic: all processes end"
kill $other
ok $? "SIGINT under traffic: before the traffic"
wait $other 2>/dev/null
both "SIGINT under traffic"

start "" "$slow"
kill -INT -"$pipe"
both "SIGINT, and a slow filter"

start "" "$slow"
kill -INT -"$pipe"
sleep 0.1
kill -INT -"$pipe"
both "SIGINT twice"

start "" "$quick"
kill -KILL "$(lab_stage "$writer")"
both "SIGKILL of the writer"

start "" "$slow"
kill -INT -"$pipe"
kill -KILL "$(lab_stage "$writer")"
both "SIGINT, and SIGKILL of the writer"

start "" "$quick"
kill -KILL "$(lab_stage "$reader")"
both "SIGKILL of the reader"

# A queue that is full does not fail open once there is a translation.
start "-F -Q 64" "$slow"
wait_for lab_past 6 20
ok $? "-F: the queue overflows"
kill -INT -"$pipe"
both "-F"

# The same with one process.
mkfifo $tmp/back
loop "" "$quick"
kill -INT -"$pipe"
both "-b: SIGINT"

loop "" "$slow"
kill -INT -"$pipe"
both "-b: SIGINT, and a slow filter"

loop "" "$slow"
kill -INT -"$pipe"
sleep 0.1
kill -INT -"$pipe"
both "-b: SIGINT twice"

loop "" "$quick"
kill -KILL "$(lab_stage divsed)"
both "-b: the filter dies"

loop "-F -Q 64" "$slow"
wait_for lab_past 6 20
ok $? "-b: -F: the queue overflows"
kill -INT -"$pipe"
both "-b: -F"

# The rules of the receiver's own host divert the resets, too.
lab_clear
lab_divert LOCAL --queue-bypass
start "" "$quick"
kill -INT -"$pipe"
both "LOCAL: SIGINT"

start "" "$quick"
kill -KILL "$(lab_stage "$writer")"
both "LOCAL: SIGKILL of the writer"

start "" "$slow"
kill -INT -"$pipe"
kill -KILL "$(lab_stage "$writer")"
both "LOCAL: SIGINT, and SIGKILL of the writer"

start "" "$quick"
kill -KILL "$(lab_stage "$reader")"
both "LOCAL: SIGKILL of the reader"

loop "" "$slow"
kill -INT -"$pipe"
both "LOCAL, -b: SIGINT"

loop "" "$many"
sleep 1
kill -INT -"$pipe"
both "LOCAL, -b: SIGINT, and many segments"

loop "" "$quick"
kill -KILL "$(lab_stage divsed)"
both "LOCAL, -b: the filter dies"

done_testing
