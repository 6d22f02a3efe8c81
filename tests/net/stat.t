#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The counts of divstat on live traffic are those of the interfaces, to the
# packet, and those of the two ends.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# No other traffic: no IPv6, no ARP requests.
for ns in client router server; do
	ip netns exec $ns sh -c \
	    'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
done
# neighbour NS DEVICE ADDRESS NS DEVICE: a permanent entry for the address
neighbour()
{
	mac=$(ip -n "$4" -o link show "$5" | sed 's/.*ether \([^ ]*\).*/\1/')
	ip -n "$1" neigh replace "$3" dev "$2" lladdr "$mac" nud permanent
}

for ns in client server; do
	net=$([ $ns = client ] && echo 1 || echo 2)
	neighbour $ns eth0 10.0."$net".1 router $ns
	neighbour router $ns 10.0."$net".2 $ns eth0
done

# received DEVICE: packets that came into the router, and their bytes from the
# IP header on
received()
{
	router cat "/sys/class/net/$1/statistics/rx_packets" \
	    "/sys/class/net/$1/statistics/rx_bytes" | paste -s -d ' ' - |
	    awk '{ print $1, $2 - 14 * $1 }'
}

# row BY NAME: packets and bytes of a line of the report
row()
{
	awk -F '\t' -v by="$1" -v name="$2" '
	    $2 == "total" && $4 == by && $5 == name { print $6, $7 }' \
	    $tmp/report
}

# since BEFORE AFTER: the difference of two pairs of counters
since()
{
	echo "$1 $2" | awk '{ print $3 - $1, $4 - $2 }'
}

# An interface, too, counts a super-packet as one packet.
lab_divert FORWARD
received client >$tmp/before.client
received server >$tmp/before.server
lab_pipe "divcat -G -p $port" \
    "divstat -i 0.1 -k if -k proto -o tsv -f $tmp/report" \
    "divcat -w -p $port"
recv tcp 5000 >$tmp/got &
send tcp 10.0.2.2 5000 20
wait $!
recv udp 5000 2000 >$tmp/got &
wait_for lab_listens server udp 5000
send udp 10.0.2.2 5000 2000 4000
wait $!
lab_stop "counting"
is "$(lab_status)" "0 0 0" "counting: exit status"
for interface in client server; do
	is "$(row if $interface)" "$(since "$(cat $tmp/before.$interface)" \
	    "$(received $interface)")" "all that came in by $interface"
done
is "$(row total total)" "$(awk -F '\t' '
    $2 == "interval" && $4 == "total" { n += $6; m += $7 }
    END { print n, m }' $tmp/report)" "the intervals add up"
is "$(row protocol udp | cut -d ' ' -f 1)" 2000 "datagrams"
grep interval $tmp/report | awk -F '\t' '$4 == "latency" && $18 != "-" {
    n++; if ($18 > $20 || $19 > $20 * 1.07 || $20 > 5) exit 1 }
    END { exit n == 0 }'
ok $? "the time from the kernel to here"

# The effect of filters before divstat.
lab_pipe "divcat -p $port" "divsed s/foo/bar/" "divdrop -n 10 udp" \
    "divstat -v -o tsv -f $tmp/report" "divcat -w -p $port"
recv udp 5000 900 >$tmp/got &
wait_for lab_listens server udp 5000
send udp 10.0.2.2 5000 1000 2000
wait $!
lab_stop "filters before it"
is "$(cat $tmp/got)" "900 foo 0 bar 900 bad 0 last 998" "900 of 1000 arrive"
is "$(row pipeline edited | cut -d ' ' -f 1)" 900 "edited"
is "$(row pipeline dropped | cut -d ' ' -f 1)" 100 "dropped"

# -c, in the middle of a pipeline: all packets pass.
lab_pipe "divcat -p $port" "divstat -c 10 -o tsv -f $tmp/report" \
    "divcat -w -p $port"
recv udp 5000 100 >$tmp/got &
wait_for lab_listens server udp 5000
send udp 10.0.2.2 5000 100 2000
wait $!
is "$(row total total | cut -d ' ' -f 1)" 10 "-c: ten are counted"
lab_stop "-c"
is "$(cut -d ' ' -f 1 $tmp/got)" 100 "-c: all arrive"

# A copy of the traffic: it ends after the time, although nothing comes.
began=$(date +%s%N)
router timeout 20 sh -c "divcat -qt -p $port; echo \$? >$tmp/status" 2>$tmp/err |
    timeout 20 divstat -N -c 300ms -o tsv -f $tmp/report
is "$? $(cat $tmp/status)" "0 0" "-c, a time: both end"
[ $(($(date +%s%N) - began)) -ge 300000000 ]
ok $? "-c, a time: and not before"
is "$(row total total)" "0 0" "-c, a time: nothing came"
done_testing
