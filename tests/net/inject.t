#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A system call of divcat fails, or transfers less than was asked, under
# traffic.  Either the pipeline continues and each datagram arrives; or it ends
# with a message, its pending packets are lost, and the rule passes all others.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
[ -z "${SANITISED:-}" ] || lab_skip "no sanitiser before what injects"
lab_up

count=300
preload=${BUILD:-build}/test/inject.so

# shellcheck disable=SC2317
all_arrived()
{
	[ "$(lab_arrived server 5000)" -eq "$count" ]
}

# The counter WORD in the last line of counters of any divcat.
counted()
{
	sed -n "s/^divcat:.*[ :]\([0-9][0-9]*\) $1.*/\1/p" $tmp/err |
	    tail -n 1 | grep . || echo 0
}

# line STAGE FAULT EDIT
line()
{
	reader="divcat -v -p $port"
	writer="divcat -w -v -H 1 -p $port"
	fault="INJECT='$2' LD_PRELOAD=$preload"
	case $1 in
	reader)	reader="$fault $reader" ;;
	writer)	writer="$fault $writer" ;;
	esac
	lab_start "$reader" "divsed $3" "$writer"
	wait_for lab_bound
}

goes()
{
	wait_for all_arrived
	ok $? "$name: all arrive"
	lab_stop "$name"
	is "$(lab_status)" "0 0 0" "$name: exit status"
}

# On a busy machine up to a hundred may arrive, in 50 ms, between the last line
# of counters and the end.
ends()
{
	wait_for lab_gone
	ok $? "$name: ends"
	lab_kill
	grep -Eq "^divcat: $1" $tmp/err
	ok $? "$name: is said: $1"
	missing=$((count - $(lab_arrived server 5000)))
	pending=$(counted pending)
	[ $missing -ge 0 ] && [ $missing -le $((pending + 100)) ]
	ok $? "$name: $missing missing, $pending were pending"
	is "$(ask udp 10.0.2.2 5001 hello 30)" hello "$name: traffic goes on"
}

answer 5001 &
server iptables"$lab_kind" -w -A INPUT -p udp --dport 5000 -j DROP
lab_divert FORWARD --queue-bypass
wait_for lab_listens server udp 5001
while read -r stage call number what outcome; do
	name="$stage: $call $number: $what"
	server iptables"$lab_kind" -w -Z
	line "$stage" "$call $number $what" s/foo/foo/
	send udp 10.0.2.2 5000 $count 2000 </dev/null
	case $outcome in
	goes)	goes ;;
	*)	ends "$outcome" ;;
	esac
done <<'END'
reader recvmmsg 5 EINTR goes
reader recvmmsg 5 ENOBUFS goes
reader recvmmsg 5 short goes
reader recvmmsg 5 EIO port 8000: receive: Input/output
reader ppoll 5 EINTR goes
reader ppoll 5 ENOMEM poll: Cannot allocate
reader writev 5 EIO stdout: Input/output
reader poll 1 ENOMEM goes
reader sendmsg 1 EIO goes
reader sendmsg 2 EIO the reader of port 8000 does not answer
writer read 5 EIO stdin: byte [0-9]+: read: Input/output
writer ppoll 5 EINTR goes
writer ppoll 5 ENOMEM stdin: byte [0-9]+: Cannot allocate
writer send 5 EINTR goes
writer send 5 ENOBUFS goes
writer send 5 EIO port 8000: verdict: Input/output
writer poll 1 ENOMEM the reader of port 8000 does not answer
END

# whole NAME FAULT: a fault of the writer under a resized stream, which is whole.
whole()
{
	name=$1
	recv tcp 5000 baaar >$tmp/got &
	receiver=$!
	wait_for lab_listens server tcp 5000
	line writer "$2" "-S 100 s/foo/baaar/g"
	send tcp 10.0.2.2 5000 1 foo
	wait $receiver
	is "$(cut -d ' ' -f 1-2 $tmp/got)" "$(cut -d ' ' -f 1-2 $tmp/sum)" \
	    "$name: the stream is whole"
	lab_stop "$name"
	is "$(lab_status)" "0 0 0" "$name: exit status"
}

# A segment of a resized stream is not sent: it is retransmitted.
lab_clear
lab_divert FORWARD
sent 1 foo >$tmp/sum
for what in ENOBUFS EPERM; do
	whole "writer: sendmsg 3: $what" "sendmsg 3 $what"
	is "$(counted 'refused: packet not taken by the kernel')" 1 \
	    "$name: is counted"
	is "$(grep -c 'new packet: .*: ' $tmp/err)" 1 \
	    "$name: what to do about it is said"
done

# An allocation fails: the first of those for packets, and one of many for data.
lab_start "divcat -p $port" "INJECT='malloc 0' INJECT_COUNT=$tmp/count \
    LD_PRELOAD=$preload divcat -w -p $port"
wait_for lab_bound
lab_stop "writer: malloc"
for n in 1 2 3 4 100; do
	nth=$(($(cat $tmp/count) + n))
	whole "writer: malloc +$n" "malloc $nth ENOMEM"
done
is "$(counted 'refused: no memory for a TCP connection: see -M')" 1 \
    "$name: is counted"
done_testing
