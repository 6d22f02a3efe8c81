#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Connections that change their length where windows, paths, routes and checksums
# are not those of a laboratory: all bytes arrive as edited, and nothing stalls.
#
# shellcheck disable=SC2086,SC2317

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh

edits='s/a/12345/g;s/b//g;s/c/c1/g'

# network CASE [VARIABLE=VALUE ...]: runs a function in a network of its own
network()
{
	case=$1
	shift
	echo "network $case $*"
	env LAB_PATH=1 "$@" sh tests/net/networks.t "$case"
}

# edited FILTER [WRITER'S OPTIONS]
edited()
{
	lab_pipe "divcat -v -p $port" "$1" "divcat -w -v ${2:-} -p $port"
}

# both NAME HOST MB EDITS: a stream each way.  Sets stall, the longest time that
# an end waited for data.
both()
{
	server timeout 60 python3 tests/net/traffic.py both - 5000 "$3" "$4" \
	    >$tmp/got.server &
	wait_for lab_listens server tcp 5000
	client timeout 60 python3 tests/net/traffic.py both "$2" 5000 "$3" \
	    "$4" >$tmp/got.client
	wait $!
	is "$(cut -f 1 $tmp/got.client $tmp/got.server | paste -s -d ' ' -)" \
	    "same same" "$1"
	stall=$(cut -f 3 $tmp/got.* | sort -n | tail -n 1)
}

# soon NAME: nothing stopped for more than two seconds.
soon()
{
	awk -v a="${stall:-99}" 'BEGIN { exit a > 2 }'
	ok $? "$1: no stall (${stall:-none} s)"
}

# streams NAME [MB [EDITS]]: over IPv4 and IPv6, through a pipeline
streams()
{
	for host in 10.0.2.2 fd00:2::2; do
		both "$1, $host" $host "${2:-0.5}" "${3:-$edits}"
		soon "$1, $host"
	done
}

# counted REGEX NAME: a line of the pipeline's counters, or of its warnings
counted()
{
	grep -Eq "$1" $tmp/err
	ok $? "$2"
}

# The reader pauses: its window closes, and what grew has to wait.  In the end
# data comes as fast as before, not with the retransmissions' patience.
window()
{
	lab_divert FORWARD --queue-bypass
	edited "divsed '$edits'"
	streams "a window of $LAB_WINDOW bytes" "$1"
	lab_stop window
}

# Behind the writer the MTU is small, and the sender has never seen the numbers
# that the router quotes.
mtu()
{
	answer 5001 &
	wait_for lab_listens server tcp 5001
	lab_divert FORWARD --queue-bypass
	edited "divsed 's/grow/$(head -c 1400 /dev/zero | tr '\0' x)/g'"
	for host in 10.0.2.2 fd00:2::2; do
		is "$(client timeout 60 python3 tests/net/network.py grow \
		    $host 5001 2>&1)" "28000 100000 True" \
		    "MTU $1, $host: all arrives, without a stall"
	done
	lab_stop "MTU $1"
}

# A sender without DF, and a router that fragments before the writer.
fragments()
{
	for host in client server; do
		ip netns exec $host sysctl -qw net.ipv4.ip_no_pmtu_disc=1
	done
	lab_divert FORWARD --queue-bypass
	edited "divsed '$edits'"
	streams "$1"
	lab_stop "$1"
}

routes()
{
	lab_divert FORWARD --queue-bypass
	edited "divsed '$edits'"
	streams "$1"
	lab_stop "$1"
	! grep "unreachable" $tmp/err
	ok $? "$1: packets that are added find their way"
	routes_reject "$1"
}

routes_reject()
{
	server python3 -u tests/net/reject.py serve 5001 >$tmp/ends &
	wait_for lab_listens server tcp 5001
	edited "divdrop -R -e secret | divdrop -R tcp port 81"
	for host in 10.0.2.2 fd00:2::2; do
		is "$(client timeout 60 python3 tests/net/reject.py talk \
		    $host 5001 "a one" "a secret")" "ONE ECONNRESET" \
		    "$1, $host: a connection is reset"
		wait_for test -s $tmp/ends
		is "$(cat $tmp/ends)" ECONNRESET "$1, $host: the server's end"
		: >$tmp/ends
		is "$(client timeout 60 python3 tests/net/reject.py talk \
		    $host 81)" ECONNREFUSED "$1, $host: one is refused"
	done
	lab_stop "$1, -R"
}

# Damaged packets before the writer stay damaged, or are dropped.
damage()
{
	datagrams_log 5002
	lab_divert FORWARD --queue-bypass
	edited "divsed '$edits;s/foo/barbar/'"
	streams damage
	for host in 10.0.2.2 fd00:2::2; do
		client python3 tests/net/datagram.py say $host 5002 \
		    "foo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" 100
	done
	last_words
	is "$(grep -Evc '^[0-9]+ barbar x+ [0-9]+$|^3 end$' $tmp/log)" 0 \
	    "damage: what arrives of datagrams is good"
	lab_stop damage
	counted "[1-9][0-9]* damaged" "damage: is counted"
}

# The next segment of a connection, with a wrong checksum.
decoys()
{
	server python3 -u tests/net/session.py lines 5001 >/dev/null &
	wait_for lab_listens server tcp 5001
	datagrams_log 5001
	lab_divert FORWARD --queue-bypass
	edited "divsed 's/foo/barbar/g'"
	for host in 10.0.2.2 fd00:2::2; do
		is "$(client timeout 60 python3 tests/net/network.py decoy \
		    $host 5001 3 2>&1 | paste -s -d , -)" \
		    "heard one barbar,heard GOOD 123" "decoys, $host"
	done
	last_words 5001
	is "$(sort -u $tmp/log)" "3 end" "decoys: nor do datagrams arrive"
	lab_stop decoys
	counted "[1-9][0-9]* damaged" "decoys: are counted"
}

# datagrams_log PORT
datagrams_log()
{
	server python3 tests/net/datagram.py log "$1" >$tmp/log &
	wait_for lab_listens server udp "$1"
}

# last_words [PORT]: a datagram that is behind all others
last_words()
{
	wait_for last_word "${1:-5002}"
	ok $? "the last datagram"
}

last_word()
{
	client python3 tests/net/datagram.py say 10.0.2.2 "$1" end
	grep -q "^3 end" $tmp/log
}

# Multipath TCP: the offer is removed from the handshake.
multipath()
{
	lab_divert FORWARD --queue-bypass
	edited "divsed '$edits'"
	streams "$1"
	lab_stop "$1"
	[ -z "${LAB_SUBFLOWS:-}" ] || return
	late "$1, begun before"
}

# A connection from before the pipeline: its edits are refused, it does not hang.
late()
{
	server python3 -u tests/net/session.py lines 5001 >/dev/null &
	wait_for lab_listens server tcp 5001
	mkfifo $tmp/go
	: >$tmp/got
	client timeout 60 python3 tests/net/session.py say 10.0.2.2 5001 \
	    <$tmp/go >$tmp/got 2>&1 &
	late=$!
	exec 3>$tmp/go
	echo "a line" >&3
	wait_for grep -q "heard a line" $tmp/got
	ok $? "$1: the line before"
	edited "divsed 's/foo/longer/'"
	echo "a foo" >&3
	wait_for late_end
	ok $? "$1: goes on or ends at once"
	exec 3>&-
	kill $late 2>/dev/null
	lab_stop "$1"
	grep -q "heard a longer" $tmp/got ||
	    counted "[1-9][0-9]* refused: " "$1: a reason is counted"
}

late_end()
{
	[ "$(grep -c . $tmp/got)" -ge 2 ] || ! kill -0 "$late" 2>/dev/null
}

# A new packet to the broadcast address of a network.
broadcast()
{
	datagrams_log 5002
	printf -- '-\t-\t-\tudp\t10.0.2.1:1\t10.0.2.255:5002\thello\t-\t-\n' |
	    ip netns exec far divcat -v -w >$tmp/err 2>&1
	is $? 0 "broadcast: exit status"
	wait_for grep -q "hello" $tmp/log
	ok $? "broadcast: arrives"
	counted "1 injected" "broadcast: counted"
}

run()
{
	lab_up
	case $1 in
	tiny)	window 0.1 ;;
	closed)	window 1 ;;
	behind|before|blind) mtu "$1" ;;
	bridge|policy) routes "$1" ;;
	subflow|subflows|checksum|checksums) multipath "$1" ;;
	cut*)	fragments "$1" ;;
	*)	"$1" ;;
	esac
	done_testing
}

all()
{
	network tiny LAB_WINDOW=4096
	network closed LAB_WINDOW=60000 LAB_PAUSE=6
	network behind LAB_MTU_BEHIND=1300,1500 LAB_ICMP=1
	network before LAB_MTU_BEFORE=1300,1500 LAB_ICMP=1
	network blind LAB_MTU_BEHIND=1300,1500
	network bridge LAB_ROUTE=bridge
	network policy LAB_ROUTE=policy
	network damage LAB_BEFORE=damage=5
	network decoys
	network cut-behind LAB_MTU_BEHIND=1500,1300
	network cut-before LAB_MTU_BEFORE=1300,1500
	network cut LAB_BEFORE=fragment=20 LAB_BEHIND=fragment=20
	network subflow LAB_TCP=mptcp
	network subflows LAB_TCP=mptcp LAB_SUBFLOWS=2
	network checksum LAB_TCP=mptcp-checksum
	network checksums LAB_TCP=mptcp-checksum LAB_SUBFLOWS=2
	network broadcast
}

if [ $# -eq 0 ]; then
	all | lab_networks
	exit
fi
lab_enter "$@"
run "$1"
