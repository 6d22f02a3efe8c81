#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2317
#
# divcat -B: a connection whose host's name was read goes on past the pipeline,
# unless a filter of it wants the rest, or knows nothing of -B.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
[ -z "${LAB_DIVERT:-}" ] || lab_skip "divert sockets have no tables"
port=61440
megabytes=20
some=200	# packets of a connection that is let go, at most

load()
{
	client python3 tests/net/letgo.py load "$@" | cut -d ' ' -f 1,3-
}

# few NAME: have few packets been diverted?
few()
{
	[ "$(lab_queue 8)" -le $some ]
	ok $? "$1: is let go"
}

# all NAME: have all been diverted?
all()
{
	[ "$(lab_queue 8)" -gt $some ]
	ok $? "$1: is not let go"
}

server python3 tests/net/letgo.py serve 5443 $megabytes &
wait_for lab_listens server tcp 5443
echo bad.example >$tmp/names
mark="divmark -u $tmp/names"
drop="divdrop -R -m 1"
whole="${megabytes}000000 closed"

lab_ruled "divcat -B -v -f 'tcp port 5443'" "$mark" "$drop" "divcat -w -v"
is "$(load 10.0.2.2 5443 good.example)" "$whole" "IPv4: arrives"
few "IPv4"
is "$(load fd00:2::2 5443 good.example)" "$whole" "IPv6: arrives"
few "IPv6"
is "$(load 10.0.2.2 5443 bad.example)" "0 Connection reset by peer" \
    "listed: is reset"
lab_stop "let go"
is "$(grep -o '2 let go' $tmp/err)" "2 let go" "the writer says so"
is "$(sed -n 's/.*let go: [0-9]* packets, \(.*\).. bytes/\1/p' $tmp/err |
    awk -v least=$((2 * megabytes * 10000)) '{ print ($1 >= least) }')" 1 \
    "the kernel has counted the bytes"
wait_for sh -c "! ip netns exec router nft list tables | grep -q divert"
ok $? "no table is left"

# the rules that -v prints
lab_links
sed -n '/^iptables/p; s/^iptables/ip6tables/p' $tmp/err >$tmp/script
PATH=$tmp/bin:$PATH router sh -e $tmp/script
ok $? "iptables takes the rules"
for table in filter mangle security; do
	lab_rule router -t $table -F
done

lab_ruled "divcat -B -f 'tcp port 5443'" "divcat -w"
is "$(load 10.0.2.2 5443 good.example)" "$whole" "no filter: arrives"
few "no filter"
lab_stop "no filter"
for filter in "cat" "divsed s/foo/bar/" "divdrop -e secret" "divdrop -p 0"; do
	lab_ruled "divcat -B -f 'tcp port 5443'" "$mark" "$filter" "divcat -w"
	is "$(load 10.0.2.2 5443 good.example)" "$whole" "$filter: arrives"
	all "$filter"
	lab_stop "$filter"
done
lab_ruled "divcat -B all -f 'tcp port 5443'" "$mark" cat "divcat -w"
is "$(load 10.0.2.2 5443 good.example)" "$whole" "-B all: arrives"
few "-B all, a filter that copies frames"
lab_stop "-B all"
lab_ruled "divcat -B all -f 'tcp port 5443'" "divsed s/foo/bar/" cat \
    "divcat -w"
is "$(load 10.0.2.2 5443 good.example)" "$whole" "-B all, divsed: arrives"
all "-B all, divsed"
lab_stop "-B all, divsed"
lab_ruled "divcat -f 'tcp port 5443'" "$mark" "divcat -w"
is "$(load 10.0.2.2 5443 good.example)" "$whole" "without -B: arrives"
all "without -B"
lab_stop "without -B"

# another bit for it, where -m says which bits are ours
lab_ruled "divcat -B -m 0x1/0xf -f 'tcp port 5443'" "$mark" \
    "divcat -w -m 0x1/0xf"
router nft list table inet divert-$port 2>/dev/null | grep -q "ct mark & 0x00000004"
ok $? "-m: names the bit"
is "$(load 10.0.2.2 5443 good.example)" "$whole" "-m: arrives"
few "-m"
lab_stop "-m"
router timeout 5 divcat -B -m 0x1/0x1 -f tcp 2>$tmp/err | cat
grep -q "leaves no bit" $tmp/err
ok $? "-m: without a bit to spare"
done_testing
