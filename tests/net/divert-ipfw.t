#!/bin/sh
# SPDX-License-Identifier: ISC
#
# FreeBSD as it was measured, over libdivert: rule numbers, addresses of
# interfaces, IPv6 whose scope is lost, reassembly; and divcat there.

LAB_DIVERT=freebsd
export LAB_DIVERT
# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

lib=$BUILD/libdivert.so

# asks HOST NAME: an echo
asks()
{
	is "$(ask udp "$1" 5002 hello 30 2>/dev/null)" hello "$2"
}

# sees HOOK LINES NAME: the addresses of an echo over IPv4 and over IPv6
sees()
{
	lab_divert "$1"
	lab_pipe "LD_PRELOAD=$lib exec ipfw $port >$tmp/said"
	asks 10.0.2.2 "$3"
	asks fd00:2::2 "$3, IPv6"
	lab_kill
	is "$(sort -u $tmp/said | paste -s -d ,)" "$2" "$3: addresses"
	lab_clear
}

answer 5002 &
wait_for lab_listens server udp 5002
sees FORWARD "4 100 10.0.1.1 client,4 100 10.0.2.1 server,\
6 100 10.0.1.1 client,6 100 10.0.2.1 server" "in"
sees OUTPUT "4 110 0.0.0.0 ,6 110 0.0.0.0 " "out"

# from here on, the router has no IPv4 address towards the client
ip -n router addr flush dev client scope global
ip -n router -6 addr add fd00:1::1/64 dev client nodad
router python3 tests/net/traffic.py answer 5003 &
wait_for lab_listens router udp 5003
local=$(ip -n router -6 -o addr show dev client scope link |
    sed 's/.*inet6 //; s/[/].*//')
lab_rule router -A INPUT -p udp -j NFQUEUE --queue-num $port
at=router

name="an interface without an IPv4 address"
lab_pipe "LD_PRELOAD=$lib exec ipfw $port >$tmp/said"
is "$(ask udp fd00:1::1 5003 hello 30)" hello "$name"
is "$(ask udp "$local%eth0" 5003 hello 1 2>&1)" "no answer" \
    "$name: scope is lost"
lab_kill
is "$(sort -u $tmp/said | paste -s -d ,)" \
    "6 100 0.0.0.0 client,6 100 0.0.0.0 clientNo route to host" \
    "$name: addresses"

name="divcat, $name"
lab_pipe "divcat -t -p $port -o text >$tmp/said"
is "$(ask udp fd00:1::1 5003 hello 30)" hello "$name"
is "$(ask udp "$local%eth0" 5003 hello 30)" hello "$name: link-local"
lab_kill
is "$(cut -f 2,3 $tmp/said | sort -u)" "$(printf 'in\tclient')" \
    "$name: direction"
lab_rule router -F INPUT

# ipfw reassembles a packet before it is diverted, and it is cut again behind
ip -n router addr add 10.0.1.1/24 dev client
ip -n client route replace default via 10.0.1.1
server python3 tests/net/datagram.py log 5000 >>$tmp/log &
wait_for lab_listens server udp 5000
name="8000 bytes"
lab_rule router -A FORWARD -p udp --dport 5000 -j NFQUEUE --queue-num $port
lab_pipe "LD_PRELOAD=$lib exec textbook $port foo bar"
for host in 10.0.2.2 fd00:2::2; do
	: >$tmp/log
	client python3 tests/net/datagram.py say $host 5000 "foo*8000"
	wait_for grep -q "^8003 bar" $tmp/log
	ok $? "$name, $host"
done
lab_kill
lab_pipe "divcat -t -p $port -o text >$tmp/said"
client python3 tests/net/datagram.py say 10.0.2.2 5000 "foo*8000"
wait_for grep -q "origlen=8031" $tmp/said
ok $? "$name, divcat"

# IPv6 has no id field: these differ in nothing, as packets in pf's loop do
repeats()
{
	client python3 -c 'import socket
sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
sock.connect(("fd00:2::2", 5000))
for _ in range(300):
    sock.send(b"again")'
	grep -q "comes to port 8000 again and again" $tmp/err
}
wait_for repeats
ok $? "a loop is noticed"
repeats
is "$(grep -c again $tmp/err)" 1 "a loop: said once"
lab_kill
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
