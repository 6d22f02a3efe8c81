#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What divcat -f diverts is what tcpdump sees: 200 random expressions, on the same
# packets.  SEED=N repeats a run.

# shellcheck disable=SC2317
# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
[ -z "${LAB_DIVERT:-}" ] || lab_skip "divert sockets have no tables"
mount -t tmpfs lab /run || lab_skip "no tmpfs"
mkdir $tmp
count=200
wave=25
seed=${SEED:-$(date +%s)}
echo "# SEED=$seed"

# Packets of all addresses go to a link that swallows them.  Without an address of
# its own it carries no others.
ip link set lo up
ip addr add 2001:db8:9::9/128 dev lo
ip netns add away
ip link add sink type veth peer name eth0 netns away
ip -n away link set eth0 up
ip link set sink arp off addrgenmode none
ip link set sink up
ip route add default dev sink
ip -6 route add default dev sink

# arrived NUMBER: have so many packets passed all queues?
arrived()
{
	[ "$(ip netns exec away cat /proc/net/dev |
	    awk '$1 == "eth0:" { print $3 }')" -ge "$1" ]
}

expressions()
{
	python3 tests/net/expressions.py "$@"
}

tables()
{
	[ "$(nft list tables | grep -c divert)" = "$1" ]
}

# Lengths are of the IP packet here, and of the frame in tcpdump.
for_ethernet()
{
	sed -E 's/(less|greater) ([0-9]+)/len - 14 \1 \2/g
	    s/len - 14 less/len - 14 <=/g; s/len - 14 greater/len - 14 >=/g
	    s/len %/(len - 14) %/g'
}

expressions packets $tmp/ethernet
divcat -o pcap $tmp/ethernet >$tmp/raw
expressions expressions $((2 * count)) "$seed" >$tmp/random

# Those that match nothing by themselves, and those that are too long, are errors.
while read -r line; do
	tcpdump -y EN10MB -d "$line" >/dev/null 2>&1 || continue
	[ "$(tcpdump -y RAW -ddd "$line" 2>/dev/null | head -n 1)" -le 64 ] ||
	    continue
	echo "$line"
done <$tmp/random 2>/dev/null | head -n $count >$tmp/list
is "$(grep -c . $tmp/list)" $count "there are expressions"

# run FROM TO: divcat with each of these, beside each other
run()
{
	n=$1
	pids=
	while [ "$n" -le "$2" ]; do
		divcat -t -f "$(sed -n "${n}p" $tmp/list)" -o pcap \
		    >"$tmp/got.$n" 2>"$tmp/err.$n" &
		pids="$pids $!"
		n=$((n + 1))
	done
	wait_for tables $wave || return
	divcat -w -C -m 0 $tmp/raw 2>$tmp/err
	wait_for arrived $(($2 * 150 / wave)) || return
	# shellcheck disable=SC2086
	kill -TERM $pids
	# shellcheck disable=SC2086
	wait $pids
	wait_for tables 0
}

from=1
while [ $from -le $count ]; do
	run $from $((from + wave - 1))
	ok $? "expressions from $from"
	from=$((from + wave))
done

n=0
for_ethernet <$tmp/list >$tmp/other
while read -r line; do
	n=$((n + 1))
	tcpdump -r $tmp/ethernet -w "$tmp/want.$n" "$line" 2>$tmp/tcpdump ||
	    cat $tmp/tcpdump
done <$tmp/other
expressions numbers $count $tmp/got $tmp/list >$tmp/diverted
expressions numbers $count $tmp/want $tmp/list >$tmp/seen
is "$(diff $tmp/diverted $tmp/seen)" "" "all see the same"
is "$(cat $tmp/err.*)" "" "no messages"
[ "$(cat $tmp/want.* | wc -c)" -gt 100000 ]
ok $? "there was something to see"
done_testing
