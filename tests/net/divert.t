#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Programs written for divert(4) run over libdivert: they pass, edit, drop and
# inject packets of live traffic.

# shellcheck disable=SC2317
# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
[ -z "${SANITISED:-}" ] || lab_skip "programs of others are not sanitised"
lab_enter "$@"
lab_up

lib=${BUILD:-build}/libdivert.so
case $lib in
/*)	;;
*)	lib=$PWD/$lib ;;
esac

# run COMMAND: runs it over libdivert
run()
{
	lab_pipe "LD_PRELOAD=$lib ${flavor:+DIVERT_FLAVOR=$flavor} exec $1"
}

# ends NAME: the program ends, and its queue at once.
ends()
{
	kill -KILL -"$pipe"
	wait "$pipe" 2>/dev/null
	wait_for lab_unbound
	ok $? "$1: the port is free"
	is "$(cat $tmp/err)" "" "$1: says nothing"
}

# asks HOST TEXT ANSWER NAME: an echo; ANSWER is "" if none comes in 1 s.
asks()
{
	is "$(ask udp "$1" 5002 "$2" "${5:-30}" 2>/dev/null)" "$3" "$4, $1"
}

all_hooks()
{
	for hook in FORWARD INPUT OUTPUT; do
		lab_divert $hook
		"$@" $hook
		lab_clear
	done
}

textbook()
{
	name="textbook, ${flavor:-freebsd}, $1"
	run "textbook $port foo bar"
	for host in 10.0.2.2 fd00:2::2; do
		asks "$host" hello hello "$name: pass"
		asks "$host" "a foo" "a bar" "$name: edit"
		asks "$host" "drop it" "" "$name: drop" 1
		asks "$host" hello hello "$name: goes on"
	done
	recv tcp 5000 foo halves >"$tmp/got" &
	send tcp 10.0.2.2 5000 5 foo
	wait $!
	read -r size digest left <"$tmp/got"
	is "$size $digest" "$stream" "$name: 5 MB with foo"
	[ "$left" -lt 100 ]
	ok $? "$name: edited ($left left)"
	ends "$name"
}

families()
{
	name="families, $1"
	run "families $port >$tmp/said"
	asks 10.0.2.2 hello hello "$name"
	asks fd00:2::2 hello hello "$name"
	is "$(sort -u $tmp/said | paste -s -d ,)" "$2" "$name: addresses"
	ends "$name"
}

perl_select()
{
	name="perl, $1"
	run "perl tests/divert/select.pl $port"
	for host in 10.0.2.2 fd00:2::2; do
		asks "$host" hello hello "$name: pass"
		asks "$host" "edit it" "ited it" "$name: edit"
		asks "$host" "drop it" "" "$name: drop" 1
	done
	ends "$name"
}

read -r size digest _ <<-END
	$(sent 5 foo halves)
END
stream="$size $digest"
answer 5002 &
wait_for lab_listens server udp 5002

flavor=
all_hooks textbook
all_hooks perl_select
flavor=openbsd
lab_divert FORWARD
families FORWARD "4 16 10.0.1.1,4 16 10.0.2.1,6 28 fd00:1::1,6 28 fd00:2::1"
lab_clear
lab_divert OUTPUT
families OUTPUT "4 16 0.0.0.0,6 28 ::"
lab_clear

# Each datagram is a new one: the program does not return the original.
lab_divert FORWARD
lab_pipe "LD_PRELOAD=$lib calls $port 8"
for host in 10.0.2.2 fd00:2::2 10.0.2.2 fd00:2::2; do
	asks "$host" hello hello "calls"
done
wait_for lab_gone
ok $? "calls: ends"
is "$(lab_status)" 0 "calls: each does as it should"
lab_clear

# no host has these addresses: the program answers in their place
flavor=
at=router
lab_rule router -A FORWARD -p icmp -j NFQUEUE --queue-num $port
lab_rule router -A FORWARD -p icmpv6 -j NFQUEUE --queue-num $port
run "perl tests/divert/ping.pl $port"
for host in 10.0.2.77 fd00:2::77; do
	is "$(client timeout 60 python3 tests/net/datagram.py echo $host foo 5)" \
	    "3 foo" "ICMP echo from user space, $host"
done
ends "ping"

# The program of the manual page.
lab_divert FORWARD
lab_listing man/divert.7 "^#include" >$tmp/manual.c
cc -D_GNU_SOURCE -Wall -o $tmp/manual $tmp/manual.c
is $? 0 "divert.7: the program compiles"
run $tmp/manual
asks 10.0.2.2 hello hello "divert.7"
ends "divert.7"
lab_clear

# A second program on the port gets an error, and so does an unprivileged one.
run "textbook $port"
router env LD_PRELOAD="$lib" textbook $port 2>$tmp/second
is "$(cat $tmp/second)" "textbook: bind: Address already in use" \
    "a second program on the port"
ends "textbook"
router setpriv --bounding-set -all --inh-caps -all --reuid 1 --clear-groups \
    env LD_PRELOAD="$lib" textbook $port 2>$tmp/second
is "$(grep -v ^profiling: $tmp/second)" \
    "textbook: socket: Operation not permitted" \
    "without privilege"
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
