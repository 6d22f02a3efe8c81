#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Frames by reference: packets stay in memory that the processes of a pipeline
# share.  Every packet has its own bytes, whatever becomes of the others.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
lab_divert FORWARD

reader="divcat -p $port"
writer="divcat -w -p $port"

# stamps NAME COUNT [AGAIN [DAMAGED [LEAST]]]: datagrams of which every byte is
# known
stamps()
{
	server python3 tests/net/stamp.py recv 5000 1 >$tmp/got &
	recv_pid=$!
	wait_for lab_listens server udp 5000
	client python3 tests/net/stamp.py send 10.0.2.2 5000 "$2" "${5:-0}"
	wait $recv_pid
	is "$(cat $tmp/got)" "$2 ${4:-0} ${3:-0}" "$1"
}

# written PATTERN: bytes that a process has written
written()
{
	pid=$(lab_stage "$1" | head -n 1)
	awk '/^wchar/ { print $2 }' "/proc/$pid/io"
}

# Whether the process wrote less than the packets that it passed on.
refers()
{
	[ "$(written "$1")" -lt "$2" ]
	ok $? "$1: writes references"
}

carries()
{
	[ "$(written "$1")" -gt "$2" ]
	ok $? "$1: writes packets"
}

# stream NAME: 10 MB
stream()
{
	recv tcp 5000 "" >$tmp/got &
	send tcp fd00:2::2 5000 10 ""
	wait $!
	is "$(cut -d ' ' -f 1,2 $tmp/got)" "$stream" "$1"
}

# edits MEGABYTES NAME: a stream of which words are edited
edits()
{
	recv tcp 5000 foo >$tmp/got &
	send tcp 10.0.2.2 5000 "$1" foo
	wait $!
	is "$(cut -d ' ' -f 1,2 $tmp/got)" \
	    "$(sent "$1" foo | cut -d ' ' -f 1,2)" "$2"
}

# warm: the processes have their first packet, which names the reader
warm()
{
	server python3 tests/net/stamp.py recv 5000 0.2 >/dev/null &
	recv_pid=$!
	wait_for lab_listens server udp 5000
	client python3 tests/net/stamp.py send 10.0.2.2 5000 1
	wait $recv_pid
}

# page faults of the writer
faults()
{
	awk '{ print $10 }' "/proc/$(lab_stage "divcat -w" | head -n 1)/stat"
}

stream=$(sent 10 "" | cut -d ' ' -f 1,2)

for flags in "" -G; do
	lab_pipe "$reader $flags" "divsed s/foo/bar/" "divdrop udp port 9" \
	    "divmark -m 1 udp port 9" "$writer"
	warm
	stream "stream $flags"
	for stage in "divcat -p" divsed divdrop divmark; do
		refers "$stage" 9000000
	done
	stamps "datagrams $flags" 1000
	lab_stop "references $flags"
	is "$(lab_status)" "0 0 0 0 0" "references $flags: exit status"
done

# Other programs get packets.
lab_pipe "$reader" "divsed s/foo/bar/" "(trap '' INT; exec cat)" \
    "divdrop udp port 9" "(trap '' INT; exec tee $tmp/copy)" \
    "divsed s/foo/bar/" "$writer"
warm
stamps "cat and tee between" 1000
refers "divcat -p" 600000
carries divdrop 700000
refers "divsed s/foo/bar/$" 2000000
lab_stop "cat and tee between"
is "$(divcat -o hex $tmp/copy | awk 'length > 60' | wc -l)" 1001 \
    "tee has all packets"
divcat -i frame -o text $tmp/copy | awk -F '\t' '$9 !~ /digest=[0-9a-fx]*[1-9a-f]/' >$tmp/bad
is "$(wc -l <$tmp/bad)" 0 "and their digests"

# A filter that edits, one that copies, one that holds.
lab_pipe "$reader" "divsed 'p;s/^....\$/edit/'" "divsed -S 50 s/foo/bar/" \
    "divsed -n 'p;p'" "$writer"
warm
stamps "copies" 500 1500
lab_stop "copies"

# One that delays, doubles and damages them: what waits stays where it is.
for copies in 0 1; do
	lab_pipe "$reader" "divsed s/foo/bar/" \
	    "divdelay -x -d 30ms,30ms -u $copies" "divdrop udp port 9" "$writer"
	warm
	stamps "delayed, copies: $copies" 200 $((200 * copies))
	refers "divsed s/foo/bar/" 80000
	lab_stop "delayed, copies: $copies"
done

lab_pipe "$reader" "divsed s/foo/bar/" "divdelay -d 5ms -c 1 -s 1" "$writer"
warm
stamps "delayed and damaged" 200 0 200
refers "divsed s/foo/bar/" 80000
lab_stop "damaged"

lab_pipe "$reader -G" "divsed s/foo/bar/g" "divdrop udp port 9" "$writer"
edits 10 "a filter that edits some"
lab_stop "edits"

# All packets are edited, by the filter before the sink, and by one before that.
lab_pipe "$reader -G" "divsed s/foo/bar/g" "divsed s/bar/foo/g" "$writer"
warm
edits 20 "filters that edit all"
carries "divsed s/foo/bar/g" 15000000
refers "divsed s/bar/foo/g" 10000000
lab_stop "all edited"

# Eight filters have memory for that, the ninth has none.
set -- "$reader -G"
for _ in 1 2 3 4 5 6 7 8; do
	set -- "$@" "divdrop udp port 9"
done
lab_pipe "$@" "divsed s/foo/bar/g" "$writer"
warm
edits 20 "the ninth filter edits"
carries "divsed s/foo/bar/g" 15000000
lab_stop "ninth"

# More packets than slots wait for a sink that is stopped, or a filter.
for stage in divdrop "divcat -w"; do
	lab_pipe "$reader -H 0" "divsed s/foo/bar/" "divdrop udp port 9" \
	    "$writer -H 0"
	warm
	pid=$(lab_stage "$stage" | head -n 1)
	kill -STOP "$pid"
	(sleep 0.7; kill -CONT "$pid") &
	stamps "stopped: $stage" 8000
	stamps "and after that: $stage" 500
	refers "divcat -p" 8000000
	lab_stop "stopped: $stage"
done

# What is longer than a slot comes as a packet, beside references.
for end in "client eth0" "router client" "router server" "server eth0"; do
	# shellcheck disable=SC2086 # a namespace and an interface
	set -- $end
	ip -n "$1" link set "$2" mtu 9000
done
lab_pipe "$reader" "divsed s/foo/bar/" "divdrop udp port 9" "$writer"
warm
stream "jumbo frames"
carries divsed 10000000
# lengths around that of a slot
stamps "short and long packets" 3000 0 0 1400
before=$(written divsed)
stamps "references after jumbo frames" 500
[ $(($(written divsed) - before)) -lt 100000 ]
ok $? "are written"
lab_stop "jumbo frames"
is "$(lab_status)" "0 0 0 0" "jumbo frames: exit status"

# With -S the writer copies all data, 10000 pages.  Memory that was acknowledged
# takes the next data; sanitisers take another.
lab_pipe "$reader -G" "divsed s/foo/bar/" "$writer -S"
warm
for _ in first again; do
	before=$(faults)
	recv tcp 5000 "" >$tmp/got &
	send tcp 10.0.2.2 5000 40 ""
	wait $!
	after=$(faults)
done
[ $((after - before)) -lt 2000 ] || [ "${SANITISED:-}" ]
ok $? "memory is used again: $((after - before)) page faults"
lab_stop "memory"

# What expires is not in another packet's place when the filter goes on.
lab_pipe "$reader -G" "divsed s/foo/bar/" "divdrop udp port 9" "$writer -H 0.1"
warm
pid=$(lab_stage divdrop)
kill -STOP "$pid"
client python3 tests/net/stamp.py send 10.0.2.2 5000 1200
sleep 0.3
kill -CONT "$pid"
stamps "expired" 500
lab_stop "expired"

# Without the frames that a filter omits, their slots are not free, of which there
# are 1024.
lab_pipe "$reader -G" "divdrop udp port 9" \
    "(trap '' INT; exec python3 tests/net/omit.py third)" "$writer -H 0.1"
server python3 tests/net/stamp.py recv 5000 1 >$tmp/got &
recv_pid=$!
wait_for lab_listens server udp 5000
client python3 tests/net/stamp.py send 10.0.2.2 5000 4500
wait $recv_pid
is "$(cat $tmp/got)" "3000 0 0" "omitted frames"
lab_stop "omitted frames"

# A killed filter ends the pipeline.
lab_pipe "$reader" "divsed s/foo/bar/" "divdrop udp port 9" "$writer"
warm
kill -KILL "$(lab_stage divsed)"
wait_for lab_gone
ok $? "a killed filter ends the pipeline"
lab_kill
done_testing
