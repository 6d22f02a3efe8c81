#!/bin/sh
# SPDX-License-Identifier: ISC
#
# divcat -f makes its own rules: both directions, at each hook once, new packets
# excepted; they go with their process, and leave those of others alone.

# shellcheck disable=SC2317
# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
[ -z "${LAB_DIVERT:-}" ] || lab_skip "divert sockets have no tables"
port=61440
edit="divsed 's/foo/a much longer bar/'"

nft()
{
	ip netns exec "$at" nft "$@" 2>/dev/null
}

tables()
{
	nft list tables | grep -c divert
}

no_table()
{
	[ "$(tables)" = 0 ]
}

# counted TABLE: the packets that its rules have matched
counted()
{
	nft list table inet "divert-$1" | awk '/counter/ { print $3 }'
}

# edits HOST...: is what the client asks these edited?
edits()
{
	for host; do
		for proto in tcp udp; do
			is "$(ask $proto "$host" 5001 "a foo" 5)" \
			    "a a much longer bar" "$name: $proto to $host"
		done
	done
}

answer 5001 &
answer 5002 &
wait_for lab_listens server udp 5001
wait_for lab_listens server udp 5002

for at in router server client; do
	name=$at
	lab_ruled "divcat -f 'port 5001'" "$edit" "divcat -w -v"
	edits 10.0.2.2 fd00:2::2
	is "$(ask udp 10.0.2.2 5002 "a foo" 30)" "a foo" "$at: others pass"
	is "$(tables)" 1 "$at: one table"
	lab_stop $at
	is "$(lab_status)" "0 0 0" "$at: exit status"
	wait_for no_table
	ok $? "$at: no table is left"
done

# A reply of several segments, of which some are new packets.
at=router
lab_ruled "divcat -f 'tcp port 5000' -v" "divsed -S 100 s/foo/a_much_longer_word/g" \
    "divcat -w -v"
recv tcp 5000 >$tmp/got &
receiver=$!
wait_for lab_listens server tcp 5000
send tcp 10.0.2.2 5000 1 foo
wait $receiver
is "$(cut -d ' ' -f 1 $tmp/got)" \
    "$(python3 tests/net/traffic.py sent 1 foo |
	awk '{ print $1 + $3 * 15 }')" "stream: all words are longer"
lab_stop "stream"
grep -q " injected" $tmp/err
ok $? "stream: there were new packets"
! grep -q " own" $tmp/err
ok $? "stream: the rules accept them"

# On the loopback interface.
at=server
lab_ruled "divcat -f 'udp port 5001' -v" "divcat -w -q"
is "$(server python3 tests/net/traffic.py ask udp 127.0.0.1 5001 foo 30)" foo \
    "loopback: answers"
is "$(counted $port)" 2 "loopback: each packet comes once"
lab_stop "loopback"
lab_ruled "divcat -k input -f 'udp port 5001' -v" "divcat -w -q"
is "$(server python3 tests/net/traffic.py ask udp 127.0.0.1 5001 foo 30)" foo \
    "loopback, INPUT only: answers"
is "$(counted $port)" 2 "loopback, INPUT only: each packet comes once"
is "$(ask udp 10.0.2.2 5001 foo 30)" foo "INPUT only: from the client"
is "$(counted $port)" 3 "INPUT only: one direction"
lab_stop "INPUT only"
at=router
lab_ruled "divcat -k input,output -f 'udp port 5001'" "$edit" "divcat -w"
is "$(ask udp 10.0.2.2 5001 foo 30)" foo "not FORWARD: passes"
lab_stop "not FORWARD"

# killed NAME PATTERN: no rule is left, and traffic goes on
killed()
{
	lab_ruled "divcat -f 'port 5001'" "$edit" "divcat -w"
	is "$(ask udp 10.0.2.2 5001 "a foo" 30)" "a a much longer bar" \
	    "$1: edited before"
	# shellcheck disable=SC2046
	kill -KILL $(lab_stage "$2")
	wait_for lab_gone
	ok $? "$1: all end"
	wait_for no_table
	ok $? "$1: no table is left"
	is "$(ask udp 10.0.2.2 5001 "a foo" 30)" "a foo" "$1: traffic goes on"
	lab_kill
}
killed "reader killed" "divcat -f"
killed "filter killed" divsed
killed "writer killed" "divcat -w"
killed "all killed" div

# Beside rules of others.
port=8000
lab_divert FORWARD --queue-bypass
lab_rule router -A FORWARD -p udp --dport 5002 -j DROP
router nft add table inet users
before=$(nft list ruleset)
lab_pipe "divcat -p 8000" "divsed s/foo/bar/" "divcat -w"
first=$pipe
port=61440
lab_ruled "divcat -f 'udp port 5001'" "divsed s/bar/baz/" "divcat -w"
is "$(ask udp 10.0.2.2 5001 foo 30)" baz "other rules: come first"
lab_stop "other rules"
pipe=$first
lab_stop "of other rules"
is "$(nft list ruleset | sed 's/ packets [0-9]* bytes [0-9]*//')" \
    "$(echo "$before" | sed 's/ packets [0-9]* bytes [0-9]*//')" \
    "other rules: are as before"
nft delete table inet users
lab_rule router -F

# Two of our own: a packet goes to the first, and to one that looks.
lab_ruled "divcat -f 'udp port 5001'" "divsed s/foo/one/" "divcat -w"
first=$pipe
port=61441
lab_ruled "divcat -v -f udp 2>$tmp/second" "divsed 's/foo/two/;s/one/both/'" "divcat -w"
second=$pipe
port=61442
lab_ruled "divcat -t -v -f 'udp dst port 5001' -o text >$tmp/seen"
is "$(ask udp 10.0.2.2 5001 foo 30)" one "two: the first has it"
is "$(ask udp 10.0.2.2 5002 foo 30)" two "two: the second has the rest"
lab_stop "two, tee"
is "$(grep -c . $tmp/seen)" 1 "two: who looks sees all"
pipe=$first
lab_stop "two, first"
is "$(ask udp 10.0.2.2 5002 foo 30)" two "two: the second goes on"
port=61441
pipe=$second
lab_stop "two, second"
grep -q "what divert-61440 matches goes there first" $tmp/second
ok $? "two: the second says so"

# The rules that -v prints do the same.
port=61440
lab_ruled "divcat -v -f 'udp port 5001' 2>$tmp/rules" "divcat -w"
lab_stop "rules"
lab_links
sed -n '/^iptables/p; s/^iptables/ip6tables/p' $tmp/rules >$tmp/script
PATH=$tmp/bin:$PATH router sh -e $tmp/script
ok $? "rules: iptables takes them"
lab_pipe "divcat -p $port" "$edit" "divcat -w"
is "$(ask udp 10.0.2.2 5001 foo 30)" "a much longer bar" "rules: divert"
is "$(ask udp fd00:2::2 5001 foo 30)" "a much longer bar" "rules: divert IPv6"
is "$(ask udp 10.0.2.2 5002 foo 30)" foo "rules: no more than that"
lab_stop "rules"
lab_rule router -F

# So do those for HTTP, without -f, as they stand there.  Not all kernels have
# the queues of nftables.
lab_pipe "divcat -v -p $port >/dev/null 2>$tmp/rules"
lab_stop "http"
grep ^iptables $tmp/rules >$tmp/script
PATH=$tmp/bin:$PATH router sh -e $tmp/script
ok $? "http: iptables takes the rules"
is "$(router iptables"$lab_kind" -nL FORWARD | grep -c "NFQUEUE.*:80 ")" 2 \
    "http: both directions"
for table in filter mangle security; do
	router iptables"$lab_kind" -t $table -F
done
grep ^nft $tmp/rules >$tmp/script
nft add table inet try
nft add chain inet try try
nft add rule inet try try queue num 1 || sed -i 's/queue .*/accept/' $tmp/script
nft delete table inet try
router sh -e $tmp/script
ok $? "http: nft takes the rules"
is "$(nft list chain inet filter forward | grep -Ec "hook forward|port 80 ")" 3 \
    "http: both directions, nft"
nft delete table inet filter

# says NAME STATUS REGEX COMMAND: its message, one line
says()
{
	router timeout 10 sh -c "$4" >/dev/null 2>$tmp/err
	is $? "$2" "$1: exit status"
	grep -Eq "^divcat: .*$3" $tmp/err
	ok $? "$1: says so"
	is "$(grep -c ^divcat: $tmp/err)" 1 "$1: one line"
}
says "syntax" 2 "tcp prt 80: syntax error at character 5: prt 80" \
    "divcat -f 'tcp prt 80'"
says "no packet" 2 "rejects all packets" "divcat -f 'ip and ip6'"
says "long" 2 "[0-9]+ instructions, and the kernel takes 64" \
    "divcat -f '$(seq -s ' or ' -f 'host fd00::%g' 1 9)'"
says "loop" 2 "no protochain" "divcat -f 'ip6 protochain 17'"
says "no privilege" 1 "CAP_NET_ADMIN" \
    "setpriv --bounding-set -net_admin --inh-caps -net_admin divcat -f ip"
says "chain" 2 "chains are input, forward, output" "divcat -k in -f ip"
says "-k alone" 2 "needs -f" "divcat -k input -p $port"
is "$(tables)" 0 "errors: no table is left"

# session ANSWER SERVER CLIENT PORT ARGUMENTS: in an ssh session from that port
session()
{
	name="session $2 $5"
	lab_ruled "SSH_CONNECTION='$3 $4 $2 5001' divcat $5" "$edit" "divcat -w"
	is "$(ask tcp "$2" 5001 foo 30)" "a much longer bar" "$name: others"
	case $2 in
	*:*)	socket="TCP6:[$2]" ;;
	*)	socket="TCP4:$2" ;;
	esac
	is "$(echo a foo | client socat -T 5 -t 5 - \
	    "$socket:5001,sourceport=$4")" "$1" "$name: the session"
	lab_stop "$name"
	grep -c "this ssh session is left out" $tmp/err >$tmp/said
}
session "a foo" 10.0.2.2 10.0.1.2 4000 "-f tcp"
is "$(cat $tmp/said)" 1 "session: says so"
session "a foo" fd00:2::2 fd00:1::2 4001 "-q -f tcp"
is "$(cat $tmp/said)" 0 "session: not with -q"
session "a a much longer bar" 10.0.2.2 10.0.1.2 4002 "-A -f tcp"
is "$(cat $tmp/said)" 0 "session: not with -A"

done_testing
