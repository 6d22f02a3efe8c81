#!/bin/sh
# SPDX-License-Identifier: ISC
#
# divcat -R: what passes goes on to another queue, or through the rules again.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
[ -z "${LAB_DIVERT:-}" ] || lab_skip "divert sockets hand no packet on"
lab_divert FORWARD --queue-bypass
answer 5001 &
wait_for lab_listens server udp 5001
answers()
{
	is "$(ask udp 10.0.2.2 5001 "$2" 30)" "$3" "$1: IPv4"
	is "$(ask udp fd00:2::2 5001 "$2" 30)" "$3" "$1: IPv6"
}

first="divcat -w -R 8001 -p $port"
name="nobody reads the second"
lab_pipe "divcat -p $port" "divsed s/one/two/" "$first"
answers "$name" one two

name="a second pipeline"
behind=$pipe
port=8001
lab_pipe "divcat -p $port" "divsed s/two/three/" "divdrop -e bad" \
    "divcat -v -w -p $port"
answers "$name" one three
answers "$name, not edited by the first" two three
! ask udp 10.0.2.2 5001 bad 1 >/dev/null 2>&1
ok $? "$name: drops"
lab_stop "$name"
port=8000
pipe=$behind
answers "$name: has ended" one two
lab_stop "the first"

name="-b"
cat >$tmp/edit <<'END'
binmode STDIN;
$| = 1;
while (<STDIN>) {
	s/\tone\t/\ttwo\t/;
	print;
}
END
mkfifo $tmp/there $tmp/back
lab_pipe "divcat -b -R 8001 -o text -p $port <$tmp/back >$tmp/there" \
    "(trap '' INT; exec perl $tmp/edit >$tmp/back <$tmp/there)"
behind=$pipe
port=8001
lab_pipe "divcat -p $port" "divsed s/two/three/" "divcat -w -p $port"
answers "$name" one three
lab_stop "$name, the second"
port=8000
pipe=$behind
lab_stop "$name"

# the rules see what the filters marked, and divert nothing again
name="-R repeat"
lab_rule router -I FORWARD -p udp -m mark --mark 0x20/0x20 -j DROP
ours="-m 0x1/0xf"
lab_pipe "divcat -v $ours -p $port" "divsed s/one/two/" \
    "divmark -m 0x20/0x20 -e bad" "divcat -w -R repeat $ours -p $port"
answers "$name" one two
! ask udp 10.0.2.2 5001 bad 1 >/dev/null 2>&1
ok $? "$name: a rule acts on the filters' mark"
is "$(lab_queue 3)" 0 "$name: nothing is pending"
lab_stop "$name"
# two questions and their answers; what a rule dropped comes once
[ "$(sed -n 's/.* \([0-9]*\) own.*/\1/p' $tmp/err)" -ge 4 ]
ok $? "$name: the reader passes what the rules divert again"
lab_rule router -F FORWARD
lab_rule router -A FORWARD -p udp -m mark ! --mark 0x1/0xf -j NFQUEUE \
    --queue-num $port
lab_pipe "divcat -v $ours -p $port" "divcat -w -R repeat $ours -p $port"
answers "$name, a rule that excludes the mark" one one
lab_stop "$name, a rule that excludes the mark"
is "$(grep -o '[0-9]* received.*passed' $tmp/err)" "" \
    "$name: the reader gives no verdict then"
grep -q ": [0-9]* received$" $tmp/err
ok $? "$name: nothing comes twice"

name="the same port"
lab_pipe "divcat -p $port" "divcat -w -R $port"
ask udp 10.0.2.2 5001 one 1 >/dev/null 2>&1
wait_for lab_gone
ok $? "$name: ends"
grep -q "packets of port $port cannot go on to the same port" $tmp/err
ok $? "$name: is said"
lab_kill
done_testing
