#!/bin/sh
# SPDX-License-Identifier: ISC
#
# -S against a sender that hides a word by the means of divio(7): no receiver gets
# it.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# shellcheck disable=SC2016
router sh -c 'for i in /proc/sys/net/ipv4/conf/*/rp_filter; do
    echo 0 >$i; done'

# evade FROM HOST TO: the sender, the receiver's address and name; the means and
# the word that arrives are read from standard input
evade()
{
	ip netns exec "$1" "iptables$lab_kind" -w -A OUTPUT -p tcp \
	    --tcp-flags RST RST -m ttl --ttl-eq 64 -j DROP
	: >$tmp/got
	ip netns exec "$3" python3 tests/net/evade.py serve 5000 $tmp/got &
	wait_for lab_listens "$3" tcp 5000
	lab_divert FORWARD
	lab_pipe "divcat -p $port" "divsed -v -S 500 's/secret/XXXXXX/g'" \
	    "divcat -w -p $port"
	n=0
	while read -r means wanted; do
		n=$((n + 1))
		ip netns exec "$1" python3 tests/net/evade.py "$2" 5000 $n \
		    "$means" </dev/null
		wait_for grep -q "^$means:" $tmp/got
		is "$(grep "^$means:" $tmp/got | cut -d : -f 2 | tr -d ' .')" \
		    "$wanted" "from $1: $means"
	done
	lab_stop "from $1"
	is "$(lab_status)" "0 0 0" "from $1: exit status"
	kill %1 2>/dev/null
	lab_clear
	at=$1
	lab_clear
}

evade client 10.0.2.2 server <<END
cut XXXXXX
swapped XXXXXX
middle XXXXXX
pause secXXX
equal XXXXXX
other XXXXXX
held XXXXXX
again secXXX
probe XXXXXX
damaged XXXXXX
noack XXXXXX
far XXXXXX
reset XXXXXX
syn XXXXXX
urgent secXret
fragments XXXXXX
END
evade server 10.0.1.2 client <<END
swapped XXXXXX
equal XXXXXX
damaged XXXXXX
END
done_testing
