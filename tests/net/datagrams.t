#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Datagrams that a filter makes longer, up to and over the maximum packet and
# the MTU; and new packets to link-local addresses.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# say HOST [client|server] TEXT: see datagram.py.
say()
{
	"$1" python3 tests/net/datagram.py say "$2" 5000 "$3"
}

heard()
{
	grep -qx "$1" $tmp/log
}

arrives()
{
	wait_for heard "$1"
	ok $? "$2"
}

# grown WORD LENGTH: the divsed command that makes WORD so long
grown()
{
	printf 's/%s/%0*d/;s/0/~/g\n' "$1" "$2" 0
}

# refused COUNT REASON: ends the pipeline, checks its counter
refused()
{
	lab_stop "$name"
	is "$(lab_status)" "0 0 0" "$name: exit status"
	grep -qx "divcat: $1 refused: $2" $tmp/err
	ok $? "$name: $1 refused, and counted"
}

echo_of()
{
	client python3 tests/net/datagram.py echo "$@"
}

server python3 tests/net/datagram.py log 5000 >$tmp/log &
wait_for lab_listens server udp 5000

# A verdict carries at most 65531 bytes: on lo, whose MTU allows it.
name="longest packet"
for size in 65531 65532 65535; do
	grown "four-$size" $((size - 28))
	grown "six-$size" $((size - 48))
done >$tmp/script
grown "six-65575" 65527 >>$tmp/script
lab_divert INPUT
lab_pipe "divcat -p $port" "divsed -f $tmp/script" "divcat -w -v -p $port"
for size in 65532 65535 65531; do
	say server 127.0.0.1 "four-$size"
	say server ::1 "six-$size"
done
say server ::1 "six-65575"
say server ::1 "end"
arrives "3 end" "$name: traffic goes on"
is "$(paste -s -d , $tmp/log)" "65503 ,65483 ,3 end" \
    "$name: 65531 bytes pass, over IPv4 and IPv6, and no others"
refused 5 "longer than an IP packet can be"
lab_clear

# Over the MTU: senders set DF, and IPv6 routers do not fragment.
name="over the MTU"
grown foo 4000 >$tmp/script
lab_divert FORWARD
lab_pipe "divcat -p $port" "divsed -f $tmp/script" "divcat -w -v -p $port"
say client 10.0.2.2 "a foo*1000"
arrives "5002 a " "$name: IPv4, DF set by the sender, arrives in fragments"
say client fd00:2::2 "b foo"
say client fd00:2::2 "end over"
arrives "8 end over" "$name: traffic goes on"
is "$(grep -c "b" $tmp/log)" 0 "$name: IPv6 does not arrive"
refused 1 "IPv6 datagram has grown over the MTU"
lab_clear

# ICMP: the request is edited, then the reply.
name=ICMP
lab_rule router -A FORWARD -p 1 -j NFQUEUE --queue-num $port
lab_rule router -A FORWARD -p 58 -j NFQUEUE --queue-num $port
lab_pipe "divcat -p $port" \
    "divsed 's/request/now the answer/;s/ask/request/'" "divcat -w -v -p $port"
for host in 10.0.2.2 fd00:2::2; do
	for pad in 0 1 500 1001; do
		is "$(echo_of $host "ask*$pad" 5)" \
		    "$((14 + pad)) now the answer" "$name: $host, $pad more"
	done
done
lab_stop "$name"
lab_clear

# Link-local addresses: the packet does not name the link.
ip -n server addr add fe80::2/64 dev eth0 nodad
ip -n router addr add fe80::1/64 dev server nodad
index=$(ip -n router -o link show server | cut -d : -f 1)

# line DST TEXT COLUMN VALUE: a new packet, with VALUE in that column
line()
{
	python3 tests/net/datagram.py hex fe80::1 "$1" 5000 "$2" |
	    divcat -o text |
	    awk -F '\t' -v OFS='\t' -v n="$3" -v value="$4" \
	    '{ $n = value; print }' >$tmp/line
}

inject()
{
	router divcat -w $tmp/line 2>$tmp/err
}

for dst in fe80::2 ff02::1; do
	name="new packet to $dst"
	line $dst "if $dst" 3 server
	inject
	is $? 0 "$name: exit status"
	arrives "$((3 + ${#dst})) if $dst" "$name: the if column is enough"
	line $dst "ifindex $dst" 9 "ifindex=$index"
	inject
	arrives "$((8 + ${#dst})) ifindex $dst" "$name: ifindex is enough"
	python3 tests/net/datagram.py hex fe80::1 $dst 5000 hex >$tmp/line
	inject
	is "$(cat $tmp/err)" \
	    "divcat: new packet: No such device or address" \
	    "$name: without an interface, it is refused"
done
heard "3 hex"
is $? 1 "without an interface, none arrives"
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
