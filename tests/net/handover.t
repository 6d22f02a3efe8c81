#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The hand-over: which process gets the queue, the errors of reader and writer,
# and that traffic continues.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# works NAME: packets pass.
works()
{
	is "$(ask udp 10.0.2.2 5001 hello 30)" hello "$1: traffic goes on"
}

# says COUNT REGEX NAME: lines of divcat that match
says()
{
	is "$(grep -Ec "^divcat: .*$2" $tmp/err)" "$1" "$3"
}

lines()
{
	is "$(grep -c . $tmp/err)" "$1" "$2: $1 line"
}

answer 5001 &
wait_for lab_listens server udp 5001
lab_divert FORWARD --queue-bypass

name="second writer"
lab_pipe "divcat -p $port" "tee -i $tmp/frames" "divcat -w -p $port"
works "first writer"
router divcat -w -p $port $tmp/frames 2>$tmp/second
is $? 1 "$name: exit status"
is "$(cat $tmp/second)" "divcat: port $port has a writer already" \
    "$name: is told"
works "$name"
lab_stop "$name"
is "$(lab_status)" "0 0 0" "$name: the first ends well"

name="another user's writer"
if setpriv --reuid 65534 true 2>/dev/null; then
	lab_pipe "divcat -p $port" \
	    "setpriv --reuid 65534 --inh-caps +net_admin,+net_raw \
	    --ambient-caps +net_admin,+net_raw divcat -w -p $port"
	works "$name"
	wait_for lab_gone
	ok $? "$name: all ends"
	says 1 "the reader of port $port is another user's" "$name: is told"
	lines 1 "$name"
fi

name="no writer"
lab_pipe "divcat -v -p $port >/dev/null"
ask udp 10.0.2.2 5001 lost 0.1 >$tmp/got 2>&1
wait_for grep -q "port $port are dropped: no frame has" $tmp/err
ok $? "$name: is said"
lab_stop "$name"
says 1 "[0-9]+ received, [0-9]+ expired" "$name: is counted"

name="no writer, -H 0.2,pass"
lab_pipe "divcat -H 0.2,pass -v -p $port >/dev/null"
is "$(ask udp 10.0.2.2 5001 late 30)" late "$name: passes late"
lab_stop "$name"
says 1 "pass late: no frame has reached a writer" "$name: is said"

# What it has written leaves its buffer at the end only.
name="a filter that buffers"
lab_pipe "divcat -o text -p $port" "trap '' INT; exec sed s/foo/bar/" \
    "divcat -w -q -p $port"
ask udp 10.0.2.2 5001 foo 0.1 >$tmp/got 2>&1
wait_for grep -q "does a filter buffer its output (sed -u)" $tmp/err
ok $? "$name: is said"
lab_stop "$name"

name="another port"
lab_pipe "divcat -p $port" "divcat -w -p 8001"
works "$name"
wait_for lab_gone
ok $? "$name: all ends"
is "$(lab_status)" "1 1" "$name: exit status"
says 1 "port $port, not 8001" "$name: the writer says so"
lines 1 "$name"

name="no CAP_NET_ADMIN"
lab_pipe "divcat -p $port" "setpriv --bounding-set -all,+net_raw \
    --inh-caps -all,+net_raw divcat -w -p $port"
works "$name"
wait_for lab_gone
ok $? "$name: all ends"
is "$(cat $tmp/status.1)" 1 "$name: exit status of the reader"
says 1 "verdicts are refused: the writer lacks CAP_NET_ADMIN" \
    "$name: the reader says so"

# Verdicts on ids that no reader has emitted must not affect later packets.
name="wrong id"
cat >$tmp/filter.pl <<'END'
$| = 1;
while (<>) {
	print;
	/(epoch=\w+)/ and print "drop 99999999999 $1 port=8000\n";
}
END
lab_pipe "divcat -H 0.2 -o text -p $port" "perl $tmp/filter.pl" \
    "divcat -H 0.2 -w -v -p $port"
recv udp 5000 1500 >$tmp/got &
wait_for lab_listens server udp 5000
send udp 10.0.2.2 5000 1500 1000
wait $!
is "$(cat $tmp/got)" "1500 foo 1500 bar 0 bad 0 last 1499" \
    "$name: datagrams, for many times the hold time"
works "$name"
kill -INT "$(lab_stage "divcat -H 0.2 -o")"
wait_for lab_gone
says 1 "packet 99999999999: no packet with this id" "$name: is said once"
says 1 "15[0-9]* refused: no packet with this id" "$name: is counted"
lab_kill

# The reader has drained and ended, but the filter has not finished.  The CPU
# time of the writer is measured for a second.
name="late filter"
mkfifo $tmp/go
lab_pipe "divcat -c 3 -p $port" "cat; cat $tmp/go" "divcat -w -p $port"
works "$name"
works "$name"
wait_for test -s $tmp/status.1
ok $? "$name: the reader ends"

ticks()
{
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

writer=$(lab_stage "divcat -w")
before=$(ticks "$writer")
sleep 1
used=$(($(ticks "$writer") - before))
[ $used -lt 10 ]
ok $? "$name: the writer sleeps while it waits ($used ticks)"
: >$tmp/go
wait_for lab_gone
ok $? "$name: all ends"
is "$(lab_status)" "0 0 0" "$name: exit status"
lab_kill

cat >$tmp/hang.py <<END
import os
import time

while not os.path.exists("$tmp/hang"):
    os.write(1, os.read(0, 65536))
time.sleep(1000)
END
cat >$tmp/fill.py <<'END'
import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(3000):
    s.sendto(b"x" * 1400, ("10.0.2.2", 9))
END

# shellcheck disable=SC2317
all_arrived()
{
	[ "$(lab_arrived server 9)" -eq 3000 ]
}

# hangs [-P]: the writer is killed, while a filter hangs and blocks the reader
hangs()
{
	name="hanging filter${1:+, $1}"
	rm -f $tmp/hang
	lab_pipe "divcat ${1:-} -p $port" "python3 $tmp/hang.py" \
	    "divcat -w -p $port"
	works "$name"
	: >$tmp/hang
	server iptables"$lab_kind" -w -Z
	client python3 $tmp/fill.py
	wait_for lab_past 3 1500
	ok $? "$name: the pipe is full"
	kill -KILL "$(lab_stage "divcat -w")"
	works "$name"
	lab_kill
}

server iptables"$lab_kind" -w -A INPUT -p udp --dport 9 -j DROP
hangs
! all_arrived
ok $? "$name: what is pending is dropped"
hangs -P
wait_for all_arrived
ok $? "$name: what is pending passes"

# poll(2) reports a closed pipe and a closed socket differently.
name="stdout is a socket"
cat >$tmp/peer.py <<'END'
import socket
import subprocess
import sys

ours, theirs = socket.socketpair()
reader = subprocess.Popen(sys.argv[1:], stdout=theirs)
theirs.close()
ours.recv(65536)
ours.close()
sys.exit(reader.wait())
END
lab_pipe "python3 $tmp/peer.py divcat -p $port"
client python3 tests/net/datagram.py say 10.0.2.2 5001 "the only one"
wait_for lab_gone
ok $? "$name: the reader ends with its peer"
works "$name"
is "$(lab_status)" 1 "$name: exit status"
lab_kill

name="SIGUSR1"
lab_pipe "divcat -p $port" "divcat -w -p $port"
recv udp 5000 8000 >$tmp/got &
receiver=$!
wait_for lab_listens server udp 5000
send udp 10.0.2.2 5000 8000 8000 &
wait_for lab_past 8 1000
kill -USR1 "$(lab_stage "divcat -p")"
wait_for grep -q "kernel: .* pending" $tmp/err
ok $? "$name: the reader prints the kernel's counters"
count=$(sed -n 's/^divcat: \([0-9]*\) received$/\1/p' $tmp/err)
[ "${count:-0}" -ge 900 ] && [ "$count" -lt 8000 ]
ok $? "$name: and its own, under load ($count)"
wait $receiver
is "$(cat $tmp/got)" "8000 foo 8000 bar 0 bad 0 last 7999" "$name: datagrams"
lab_stop "$name"
done_testing
