#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Faults under traffic.  Each datagram is accounted for: it arrives, or the sink
# or the kernel's queue has counted it.  Afterwards traffic continues, and no
# process is left behind.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

stopped=${FAULT_SECONDS:-3} # more than twice the time to hold
count=3000
preload=${BUILD:-build}/test/inject.so

works()
{
	is "$(ask udp 10.0.2.2 5001 hello 30)" hello "$1: traffic goes on"
}

# The pipeline may also have ended.
# shellcheck disable=SC2317
flowing()
{
	lab_past 8 200 || lab_unbound
}

# begin: sends datagrams for three seconds, logs the numbers that arrive
begin()
{
	rm -f $tmp/got
	recv udp 5000 $count >$tmp/got &
	receiver=$!
	wait_for lab_listens server udp 5000
	send udp 10.0.2.2 5000 $count 1000 &
	wait_for flowing
}

# The counter WORD in the last line of counters of a divcat.
counted()
{
	sed -n "s/^divcat: .*[ :]\([0-9][0-9]*\) $1.*/\1/p" $tmp/err | tail -n 1
}

# finish NAME: all was sent; ends the pipeline and adds up the counters.
finish()
{
	wait "$receiver"
	lost=$(($(lab_queue 6) + $(lab_queue 7)))
	works "$1"
	lab_stop "$1"
	read -r arrived _ <$tmp/got
	expired=$(counted expired)
	sum=$((arrived + lost + ${expired:-0}))
	is $sum $count \
	    "$1: $arrived arrived, $lost had no room, ${expired:-0} expired"
	is "$(lab_status)" "0 0 0" "$1: exit status"
	lab_none divcat
	ok $? "$1: no process is left"
}

# line [OPTIONS OF THE READER]
line()
{
	lab_pipe "divcat -p $port $1" "divsed s/foo/foo/" \
	    "divcat -w -v -H 1 -p $port"
}

answer 5001 &
wait_for lab_listens server udp 5001
lab_divert FORWARD --queue-bypass

# A stopped process.
for stage in "divcat -p" divsed "divcat -w"; do
	name="SIGSTOP, $stage"
	line ""
	begin
	pid=$(lab_stage "$stage")
	kill -STOP "$pid"
	sleep "$stopped"
	kill -CONT "$pid"
	finish "$name"
done

# A queue that is too short: packets are dropped and counted, or pass with -F.
name="overfull"
line "-Q 64"
begin
pid=$(lab_stage divsed)
kill -STOP "$pid"
wait_for lab_past 6 100
ok $? "$name: the kernel counts"
kill -CONT "$pid"
finish "$name"

name="overfull, -F"
line "-Q 64 -F"
begin
pid=$(lab_stage divsed)
kill -STOP "$pid"
works "$name"
kill -CONT "$pid"
wait "$receiver"
read -r arrived _ <$tmp/got
expired=$(lab_stop "$name" >/dev/null; counted expired)
is $((arrived + ${expired:-0})) $count \
    "$name: all passes, but ${expired:-0} that expired"

# The rule is removed and set again: packets that it does not match pass.
name="rule flushed"
line ""
begin
lab_clear
works "$name"
lab_divert FORWARD --queue-bypass
finish "$name"

# The kernel drops pending packets when an interface goes down.
name="link down"
line ""
works "$name: before"
ip -n router link set client down
ip -n router link set client up
ip -n router addr add fd00:1::1/64 dev client nodad 2>/dev/null
ip -n client route replace default via 10.0.1.1
wait_for ask udp 10.0.2.2 5001 again 1 >/dev/null 2>&1
works "$name: after"
lab_stop "$name"
is "$(lab_status)" "0 0 0" "$name: exit status"

clock_set_back()
{
	name="clock set back"
	lab_pipe "INJECT='clock 20' LD_PRELOAD=$preload divcat -p $port" \
	    "INJECT='clock 20' LD_PRELOAD=$preload divsed s/foo/foo/" \
	    "INJECT='clock 20' LD_PRELOAD=$preload divcat -w -v -H 1 -p $port"
	begin
	finish "$name"
}

# Out of memory: an error, and the rule decides.
no_memory()
{
	name="no memory"
	lab_start "divcat -p $port" "divsed s/foo/foo/" \
	    "ulimit -v 12000; divcat -w -p $port"
	wait_for test -s $tmp/status.3
	works "$name"
	wait_for lab_gone
	ok $? "$name: all end"
	grep -Eq "^divcat: |shared libraries" $tmp/err
	ok $? "$name: is said"
	is "$(grep -c "Segm\|Bad sys" $tmp/err)" 0 "$name: nothing crashes"
	lab_kill
}

# Sanitisers must be loaded first, and take terabytes of address space.
if [ -z "${SANITISED:-}" ]; then
	clock_set_back
	no_memory
fi

name="disk full"
mount -t tmpfs -o size=64k full /mnt
lab_pipe "divcat -o pcap -p $port >/mnt/capture"
begin
wait "$receiver"
wait_for lab_gone
ok $? "$name: ends"
is "$(cat $tmp/status.1)" 1 "$name: exit status"
grep -q "No space left" $tmp/err
ok $? "$name: is said"
read -r arrived _ <$tmp/got
is "$arrived" $count "$name: all arrive"
works "$name"
umount /mnt
lab_kill
done_testing
