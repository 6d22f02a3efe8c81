#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Loss and policing of live traffic.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
lab_divert FORWARD

# start ARGUMENTS: a pipeline with divdrop
start()
{
	lab_pipe "divcat -p $port" "divdrop -v $*" "divcat -w -p $port"
}

# stop NAME
stop()
{
	lab_stop "$1"
	is "$(lab_status)" "0 0 0" "$1: exit status"
}

# between NAME FROM NUMBER TO
between()
{
	awk -v from="$2" -v n="$3" -v to="$4" \
	    'BEGIN { exit !(from <= n && n <= to) }'
	ok $? "$1: $3 in $2 to $4"
}

# 4000 datagrams: 200 losses expected, sigma is 13.8.
for host in 10.0.2.2 fd00:2::2; do
	name="-p 5%, $host"
	recv udp 5000 4000 >$tmp/got &
	receiver=$!
	wait_for lab_listens server udp 5000
	start -s 1 -p 5%
	send udp $host 5000 4000 8000
	wait $receiver
	read -r count _ <$tmp/got
	between "$name: datagrams lost, within three sigma" 159 \
	    $((4000 - count)) 241
	stop "$name"
	is "$(sed -n 's/.* packets, \(.*\) dropped$/\1/p' $tmp/err)" \
	    $((4000 - count)) "$name: divdrop says the same"
done

sent 2 >$tmp/sum
for host in 10.0.2.2 fd00:2::2; do
	name="-g 1%,30%, $host"
	start -g 1%,30%
	recv tcp 5000 >$tmp/got &
	receiver=$!
	send tcp $host 5000 2
	wait $receiver
	is "$(cat $tmp/got)" "$(cat $tmp/sum)" "$name: TCP completes"
	stop "$name"
done

server iperf3 -s >/dev/null &
wait_for lab_listens server tcp 5201

# The Mbit/s that arrived.
measure()
{
	client timeout 60 iperf3 -J -t 4 -c "$@" >$tmp/json
	python3 -c 'import json, sys
end = json.load(sys.stdin)["end"]
if "sum_received" in end:
    rate = end["sum_received"]["bits_per_second"]
else:
    rate = end["sum"]["bits_per_second"]
print(round(rate / 1e6, 2))' <$tmp/json
}

# rate NAME FROM TO IPERF3...
rate()
{
	rate_name=$1 rate_from=$2 rate_to=$3
	shift 3
	between "$rate_name" "$rate_from" "$(measure "$@")" "$rate_to"
}

# No machine is too slow for the upper bounds; TCP needs one that answers in time.
for host in 10.0.2.2 fd00:2::2; do
	name="-r 10mbit, $host"
	start -r 10mbit
	rate "$name: TCP" 5 11 $host
	rate "$name: TCP, the other way" 5 11 $host -R
	rate "$name: UDP" 9 11 $host -u -b 30M
	stop "$name"
done
name="-r 10mbit -k flow"
start -r 10mbit -k flow
rate "$name: two connections" 10 22 10.0.2.2 -P 2
stop "$name"

done_testing
