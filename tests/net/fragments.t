#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Fragments: the kernel reassembles datagrams before they are diverted, or the
# sink does it with the TCP segments of translated connections.  No byte lands at
# a wrong place.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

say()
{
	client python3 tests/net/datagram.py say "$1" 5000 "$2"
}

arrives()
{
	wait_for grep -q "$1" $tmp/log
	ok $? "$2"
}

# datagrams NAME [divcat's OPTION]: edits of fragmented datagrams
datagrams()
{
	lab_pipe "divcat ${2:-} -v -p $port" \
	    "divsed 's/foo/barbar/;s/abc/xyz/'" "divcat -v -w -p $port"
	for host in 10.0.2.2 fd00:2::2; do
		: >$tmp/log
		say $host "one foo*8000"
		arrives "8010 one barbar" "$1: $host, a longer datagram"
		say $host "two abc*8000"
		arrives "8007 two xyz" "$1: $host, the same length"
	done
	lab_stop "$1"
}

# splitter: the server's long segments leave in fragments, the last one first
splitter()
{
	lab_rule server -A OUTPUT -p tcp -j NFQUEUE --queue-num 7000 \
	    --queue-bypass
	ip netns exec server env --default-signal=INT setsid sh -c "trap : INT
	    divcat -D -p 7000 | python3 tests/net/fragment.py split |
	    divcat -w -p 7000" 2>$tmp/splitter &
	splitter=$!
	at=server port=7000 wait_for lab_bound
}

# stream NAME HOST WANT [divcat's OPTION]
stream()
{
	lab_pipe "divcat ${4:-} -v -p $port" \
	    "divsed 's/foo/barbar/;s/go/gone/'" "divcat -v -w -p $port"
	server python3 tests/net/fragment.py serve 5001 2>/dev/null &
	served=$!
	got=$(client python3 tests/net/fragment.py ask "$2" 5001)
	kill $served 2>/dev/null
	wait $served
	is "${got#"${got%%"$3"*}"}" "$3" "$1, $2: the stream"
	lab_stop "$1, $2"
	grep -q " 2 resized" $tmp/err
	ok $? "$1, $2: both directions are translated"
}

server python3 tests/net/datagram.py log 5000 >>$tmp/log &
wait_for lab_listens server udp 5000
lab_divert FORWARD
splitter

# Rules of all packets: the sink sees all fragments.
for host in 10.0.2.2 fd00:2::2; do
	stream "reassembly in the sink" $host "100008 right GONE" -D
	! grep "refused" $tmp/err
	ok $? "$host: nothing is refused"
done

# Rules by port divert the first fragment only: the others have no port.
lab_clear
at=router
for way in sport dport; do
	lab_rule router -A FORWARD -p tcp --$way 5001 -j NFQUEUE \
	    --queue-num $port
done
stream "first fragments only" 10.0.2.2 "0 right " -D
grep -q "refused: fragments of a TCP segment overlap, or some are missing" \
    $tmp/err
ok $? "first fragments only: they are dropped and counted"
lab_clear

# A rule that looks at connections makes the kernel reassemble; so does one that
# looks for sockets, without tracking connections.
lab_rule router -A FORWARD -m conntrack --ctstate NEW
lab_divert FORWARD
datagrams "a conntrack rule" -D
lab_clear
lab_rule router -t mangle -A PREROUTING -p tcp -m socket
lab_divert FORWARD
datagrams "a socket rule" -D
lab_rule router -t mangle -F

# divcat asks the kernel for it, as root in the first user namespace.
lab_pipe "divcat -v -p $port" "divcat -w -p $port"
lab_stop "start"
if ! grep -q "fragments are diverted as they come" $tmp/err; then
	datagrams "the reader's reassembly"
	lab_clear
	at=router
	for way in sport dport; do
		lab_rule router -A FORWARD -p tcp --$way 5001 -j NFQUEUE \
		    --queue-num $port
	done
	for host in 10.0.2.2 fd00:2::2; do
		stream "the reader's reassembly" $host "100008 right GONE"
	done
fi
kill -INT -$splitter
wait $splitter
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
