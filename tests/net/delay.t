#!/bin/sh
# SPDX-License-Identifier: ISC
#
# divdelay on live traffic: delays, rates, copies and damage arrive as they were
# asked for, and no packet is lost by the way.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
lab_divert FORWARD
server iptables"$lab_kind" -w -A INPUT -p udp --dport 5009
answer 5001 &
wait_for lab_listens server udp 5001

# start ARGUMENTS: a pipeline with divdelay
start()
{
	lab_pipe "divcat ${source:-} -p $port" "divdelay -v $*" \
	    "divcat -wv -p $port"
}

# stop NAME
stop()
{
	lab_stop "$1"
	is "$(lab_status)" "0 0 0" "$1: exit status"
}

# said NAME REGEX: a line of the pipeline's messages
said()
{
	grep -Eq "$2" $tmp/err
	ok $? "$1: $2"
}

# between NAME FROM NUMBER TO
between()
{
	awk -v from="$2" -v n="$3" -v to="$4" \
	    'BEGIN { exit !(from <= n && n <= to) }'
	ok $? "$1: $3 in $2 to $4"
}

# The round trip rises by the delay: the least one is that of a machine which has
# nothing else to do.
least()
{
	client python3 tests/net/rtt.py "$1" 5001 50 | cut -d ' ' -f 1
}

for host in 10.0.2.2 fd00:2::2; do
	start -d 1ms udp port 9
	before=$(least $host)
	lab_stop "$host: before"
	start -d 10ms -s 1 dst host $host
	after=$(least $host)
	stop "-d 10ms, $host"
	between "-d 10ms, $host: ms more" 9.7 \
	    "$(echo "$after - $before" | bc -l)" 13
done

# A delay beyond -H, and beyond the time that a reader waits for its writer.
name="-d 2.5s"
start -d 2500ms
is "$(ask udp 10.0.2.2 5001 hello 30)" hello "$name: arrives"
kill -INT -"$pipe"
sleep 0.2
kill -INT -"$pipe"
wait_for test -e $tmp/status.3 # a third signal kills
stop "$name"
is "$(grep -c -e expired -e refused $tmp/err)" 0 "$name: nothing expires"

# A foreign filter that keeps a packet.
name="a slow filter"
lab_pipe "divcat -p $port" "(trap '' INT; exec python3 tests/net/slow.py 1)" \
    "divcat -w -H 0.3 -p $port"
ask udp 10.0.2.2 5001 hello 30 >/dev/null
wait_for grep -q raise $tmp/err
said "$name" '^divcat: packet 1 came back after [0-9.]+ s and had been dropped: raise -H$'
lab_stop "$name"

# Copies and damage: 200 datagrams.
# shellcheck disable=SC2317
counted()
{
	[ "$(lab_arrived server 5009)" -ge "$1" ]
}

# shellcheck disable=SC2317
bad_checksums()
{
	[ "$(lab_sumerrors)" -ge $((errors + $1)) ]
}

burst()
{
	server iptables"$lab_kind" -w -Z INPUT
	send udp 10.0.2.2 5009 200 4000
}

name="-u 100%"
start -d 1ms -u 100%
burst
wait_for counted 400
ok $? "$name: all come twice"
stop "$name"
is "$(lab_arrived server 5009)" 400 "$name: and not more often"

name="-c 100%"
errors=$(lab_sumerrors)
start -d 1ms -c 100%
burst
wait_for counted 200
ok $? "$name: all arrive"
stop "$name"
bad_checksums 1
is $? 1 "$name: with a valid checksum"
name="-c 100% -C"
start -d 1ms -c 100% -C
burst
wait_for bad_checksums 200
ok $? "$name: the receiver finds the checksums wrong"
stop "$name"

# Ctrl-C: what waits goes on within two seconds, or at once.
# waiting NAME SIGNALS LEAST MOST: in ms from the last signal
waiting()
{
	start -d 30s
	send udp 10.0.2.2 5000 200 4000
	wait_for lab_pending 200
	recv udp 5000 200 >$tmp/got &
	receiver=$!
	wait_for lab_listens server udp 5000
	kill -INT -"$pipe"
	[ "$2" = 1 ] || { sleep 0.3 && kill -INT -"$pipe"; }
	waiting_since=$(date +%s%N)
	wait $receiver
	waiting_ms=$((($(date +%s%N) - waiting_since) / 1000000))
	is "$(cat $tmp/got)" "200 foo 200 bar 0 bad 0 last 199" \
	    "$1: nothing is lost, and the order is kept"
	between "$1: ms" "$3" $waiting_ms "$4"
	wait_for lab_gone
	ok $? "$1: ends"
	is "$(lab_status)" "0 0 0" "$1: exit status"
	lab_kill
}

waiting "Ctrl-C" 1 1500 15000
waiting "Ctrl-C twice" 2 0 1500

# TCP behind a link.  The rate is that of IP packets, 1448 of 1500 bytes are data.
server iperf3 -s >/dev/null &
wait_for lab_listens server tcp 5201
goodput()
{
	client timeout 60 iperf3 -J -O 1 -t 3 -c "$@" >$tmp/json
	python3 -c 'import json, sys
rate = json.load(sys.stdin)["end"]["sum_received"]["bits_per_second"]
print(round(rate / 1e6 * 1500 / 1448, 2))' <$tmp/json
}

name="-r 10mbit"
start -r 10mbit,50ms dst port 5201
# no machine is too slow for the upper bound; TCP needs one that answers in time
between "$name: Mbit/s" 8 "$(goodput 10.0.2.2)" 10.3
stop "$name"

# All together: TCP survives it.
name="everything"
start -s 1 -x -d 3ms,2ms,30% -D paretonormal -o 2% -u 2% -c 1% -C \
    -r 40mbit,200ms -a -k flow -l 0,1ms
server python3 tests/net/traffic.py both - 5002 1 "" >$tmp/server &
receiver=$!
client python3 tests/net/traffic.py both 10.0.2.2 5002 1 "" >$tmp/client
wait $receiver
is "$(cut -f 1 $tmp/client $tmp/server | paste -s -d ' ' -)" "same same" \
    "$name: the streams are the same"
stop "$name"
said "$name" 'overtook, [1-9][0-9]* duplicated, [1-9][0-9]* damaged'
sed -n 's/^divdelay/# &/p' $tmp/err

done_testing
