#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A flood of SYNs fills the writer's memory for connections: translated ones that
# are idle outlive it.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

connections=100
syns=20000 # of which -M 1 takes some thousand

answer 5000 &
wait_for lab_listens server tcp 5000
server iptables"$lab_kind" -w -A INPUT -p tcp --dport 5001 -j DROP
lab_divert FORWARD
mkfifo $tmp/go
lab_pipe "divcat -p $port" "divsed s/foo/barbar/" "divcat -w -v -M 1 -p $port"
client python3 tests/net/flood.py idle 10.0.2.2 5000 $connections $tmp/go \
    >$tmp/right &
idle=$!
wait_for test -s $tmp/right
is "$(cat $tmp/right)" $connections "connections are translated"
client python3 tests/net/flood.py syn 10.0.1.2 10.0.2.2 5001 $syns
wait_for lab_pending 0
lab_past 8 $((syns / 2))
ok $? "a flood"
: >$tmp/go
wait $idle
is "$(sed 1d $tmp/right)" $connections "idle connections go on"
lab_stop "flood"
is "$(lab_status)" "0 0 0" "exit status"
is "$(grep -c "memory for TCP" $tmp/err)" 0 "none was evicted"
done_testing
