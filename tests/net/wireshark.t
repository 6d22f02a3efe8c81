#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2317
#
# tshark captures from a divert port by divdump, while the traffic flows, is edited,
# and goes on when tshark is killed.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
command -v tshark >/dev/null || lab_skip "no tshark"
[ -z "${SANITISED:-}" ] || lab_skip "the programs are those of other tests"
lab_enter "$@"
lab_up
[ -z "${LAB_DIVERT:-}" ] || lab_skip "divert sockets have no rules of their own"
at=router
TMPDIR=$tmp
export TMPDIR

# tshark of root reads no other folder than its own.
mkdir $tmp/extcap
ln -s "$PWD/bin/wireshark/divdump" $tmp/extcap
for folder in /usr/lib*/wireshark/extcap /usr/lib/*/wireshark/extcap; do
	[ ! -d "$folder" ] || mount --bind $tmp/extcap "$folder"
done
is "$(tshark -D 2>/dev/null | sed -n 's/^[0-9]*\. \(divert.*\)/\1/p')" \
    "divert (Divert port)" "tshark lists the interface"

answer 5001 &
wait_for lab_listens server udp 5001

# asked QUESTION ANSWER NAME
asked()
{
	is "$(ask udp 10.0.2.2 5001 "$1" 30)" "$2" "$name: $3"
}

# capture OPTIONS: starts tshark
capture()
{
	lab_start "env --default-signal=PIPE tshark -l -n -i divert $* -T fields -E separator=, \
	    -e frame.interface_name -e frame.packet_id -e frame.len \
	    -e frame.comment -e ip.dst >$tmp/out 2>$tmp/said"
}

# quiet: has all ended, and left nothing behind?
quiet()
{
	lab_none divdump && lab_none divcat && lab_none tee && lab_unbound &&
	    ! ls -d "$tmp"/tmp.* >/dev/null 2>&1
}

# captured LINE: a packet but for its id; a question may be sent again
captured()
{
	cut -d , -f 1,3- "$tmp/out" | grep -Fqx "$1"
}

# shows LINE NAME
shows()
{
	wait_for captured "$1"
	ok $? "$name: tshark shows $2"
}

name="look"
port=61440
capture -f "'udp port 5001'" -c 2
wait_for lab_table
asked one one "packets go on"
wait_for lab_gone
is "$(wc -l <$tmp/out)" 2 "$name: tshark ends after so many packets"
shows "client,31,,10.0.2.2" "one that the capture filter matches"
wait_for quiet
ok $? "$name: nothing is left"

name="filters"
port=8000
lab_divert FORWARD --queue-bypass
filters=$(lab_listing man/divrecipes.7 '^\$ tshark -i divert -f .tcp' |
    sed -n 's/.*\("extcap.divert.filters:.*"\)/\1/p')
capture -o extcap.divert.port:8000 -o "$filters"
wait_for lab_bound
asked foo bar "edited"
! ask udp 10.0.2.2 5001 secret 1 >/dev/null 2>&1
ok $? "$name: dropped"
shows "client,31,edited, was 31 bytes,10.0.2.2" "an edited packet"
shows "server,31,,10.0.1.2" "another"
shows "client,0,drop," "a dropped one"
lab_stop "$name"
wait_for quiet
ok $? "$name: nothing is left"

name="a wrong filter"
mkfifo $tmp/fifo
cat $tmp/fifo >/dev/null &
router "$PWD/bin/wireshark/divdump" --extcap-interface divert --capture --fifo $tmp/fifo \
    --port 8000 --filters "divsed s/foo/bar" 2>$tmp/err
is "$?" 2 "$name: status"
grep -q '^divsed: ' $tmp/err
ok $? "$name: message"

# The commands of divio(5).
name="before and after"
lab_listing man/divio.5 "^# divcat .* tee before" >$tmp/commands
sed -n '/^# /,/divcat -w/p' $tmp/commands |
    sed "s/^# //; s/-f 'tcp port 80'/-p $port/" >$tmp/record
lab_start "cd $tmp && . ./record"
wait_for lab_bound
asked foo bar "edited"
lab_stop "$name"
sed -n '/^\$ /,$s/^\$* *//p' $tmp/commands >$tmp/join
(cd $tmp && sh -e ./join 2>said)
is "$?$(cat $tmp/said)" 0 "$name: are joined"
is "$(tshark -nr $tmp/both.pcapng -T fields -E separator=, \
    -e frame.packet_id -e frame.comment 2>/dev/null | sort | cut -d , -f 1,2 |
    grep -c ",edited")" 1 "$name: as they were, and as they were sent"
[ "$(tshark -nr $tmp/both.pcapng 2>/dev/null | wc -l)" = \
    $(($(divcat -o short $tmp/before $tmp/after | wc -l))) ]
ok $? "$name: all packets"

name="killed"
capture -o extcap.divert.port:8000 -o "$filters"
wait_for lab_bound
asked foo bar "edited"
shows "server,31,,10.0.1.2" "a packet"
recv udp 5002 2000 >$tmp/received &
receiver=$!
wait_for lab_listens server udp 5002
send udp 10.0.2.2 5002 2000 1000 &
wait_for lab_past 8 500
pkill -KILL tshark
pkill -KILL dumpcap
wait $receiver
is "$(sed 's/ .* bad/ bad/' $tmp/received)" "2000 bad 0 last 1999" \
    "$name: no packet is lost"
wait_for quiet
ok $? "$name: nothing is left"
asked one one "packets bypass the port"
lab_kill
done_testing
