#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Routes that depend on more than the destination: packets that the writer adds
# take those of the diverted packets.  10.0.9.9 and fd00:9::9 are addresses of the
# server that only table 50 of the router leads to.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

edits='s/a/12345/g;s/b//g;s/c/c1/g'

server ip addr add 10.0.9.9 dev lo
server ip addr add fd00:9::9 dev lo nodad
router ip route add 10.0.9.9 via 10.0.2.2 table 50
router ip route add fd00:9::9 via fd00:2::2 table 50

# streams: one each way at once; prints "same same" if all arrived as edited
streams()
{
	server timeout 60 python3 tests/net/traffic.py both - 5000 0.3 \
	    "$edits" >$tmp/got.server 2>/dev/null &
	wait_for lab_listens server tcp 5000
	client timeout 60 python3 tests/net/traffic.py both "$1" 5000 0.3 \
	    "$edits" >$tmp/got.client 2>/dev/null
	wait $!
	cut -f 1 $tmp/got.client $tmp/got.server | paste -s -d ' ' -
}

# goes NAME DIVCAT-OPTIONS [HOST...]
goes()
{
	name=$1 options=${2:-}
	shift 2
	[ $# -gt 0 ] || set -- 10.0.9.9 fd00:9::9
	lab_divert FORWARD
	lab_pipe "divcat $options -p $port" "divsed '$edits'" \
	    "divcat $options -w -v -p $port"
	for host; do
		is "$(streams "$host")" "same same" "$name, $host"
	done
	lab_stop "$name"
	grep -q '[1-9][0-9]* injected' $tmp/err &&
	    ! grep 'new packet' $tmp/err
	ok $? "$name: new packets, without an error"
	lab_clear
}

# policy SELECTOR...: the router's rule for table 50
policy()
{
	router ip rule "$@" table 50
	router ip -6 rule "$@" table 50
}

# The RST for the server takes the flow's way, too.
# rejected NAME HOST
rejected()
{
	lab_divert FORWARD
	lab_pipe "divcat -p $port" "divdrop -R -e foo" "divcat -w -v -p $port"
	ip netns exec server python3 -u tests/net/reject.py serve 5100 \
	    >$tmp/ends &
	wait_for lab_listens server tcp 5100
	is "$(client timeout 60 python3 tests/net/reject.py talk "$2" 5100 \
	    "a one" "a foo")" "ONE ECONNRESET" "$1: the client is reset"
	wait_for test -s $tmp/ends
	is "$(cat $tmp/ends)" ECONNRESET "$1: the server is reset"
	kill $!
	wait $! 2>/dev/null
	lab_stop "$1"
	lab_clear
}

lab_rule router -t mangle -A PREROUTING -i client -j MARK --set-mark 5
policy add fwmark 5
goes "fwmark" ""
rejected "fwmark" 10.0.9.9
policy del fwmark 5

policy add fwmark 5/0xf
goes "fwmark with a mask" "-m 0x10000/0x10000"
policy del fwmark 5/0xf
lab_rule router -t mangle -F

policy add iif client
goes "iif" ""
policy del iif client

router ip rule add from 10.0.1.0/24 table 50
router ip -6 rule add from fd00:1::/64 table 50
goes "from" ""
if lab_rule router -t nat -A POSTROUTING -o server -j MASQUERADE; then
	goes "from, masquerade" ""
	lab_rule router -t nat -F
fi

# A datagram to a broadcast address.
server timeout 60 python3 tests/net/datagram.py log 4000 >$tmp/got &
wait_for lab_listens server udp 4000
printf -- '-\t-\t-\tudp\t10.0.1.2:1\t10.0.2.255:4000\thello\t-\t-\n' |
    router divcat -v -w 2>$tmp/err
wait_for test -s $tmp/got
is "$(cat $tmp/got)" "5 hello" "broadcast"

# A bridge without an address between both, with the server in the client's
# network: no route at all.
router ip addr flush dev client
router ip addr flush dev server
router ip link add br0 type bridge
for host in client server; do
	router ip link set $host master br0
done
router ip link set br0 up
router ip link set br0 addrgenmode none
server ip addr add 10.0.1.3/24 dev eth0
server ip addr add fd00:1::3/64 dev eth0 nodad
if router sh -c "cd /proc/sys/net/bridge && echo 1 >bridge-nf-call-iptables &&
    echo 1 >bridge-nf-call-ip6tables" 2>/dev/null; then
	goes "bridge" "" 10.0.1.3 fd00:1::3
	rejected "bridge" 10.0.1.3
fi
done_testing
