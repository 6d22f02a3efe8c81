#!/bin/sh
# SPDX-License-Identifier: ISC
#
# divdrop -R: both ends of a rejected connection learn of it at once.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

talk()
{
	client timeout 60 python3 tests/net/reject.py talk "$@"
}

# ended NAME HOW: one more connection of the server has ended so
ended()
{
	wait_for test -s $tmp/ends
	is "$(cat $tmp/ends)" "$2" "$1: the server's end"
	: >$tmp/ends
}

# stop NAME
stop()
{
	lab_stop "$1"
	is "$(lab_status | tr -d '0 ')" "" "$1: exit status"
}

server python3 -u tests/net/reject.py serve 5000 >$tmp/ends &
wait_for lab_listens server tcp 5000

for hook in FORWARD INPUT OUTPUT; do
	lab_divert $hook
	lab_pipe "divcat -p $port" \
	    "divdrop -R -e secret 'tcp or udp port 123'" \
	    "divdrop -R tcp port 81 or udp port 53" "divcat -w -p $port"
	for host in 10.0.2.2 fd00:2::2; do
		name="$hook, $host"
		is "$(talk $host 5000 "a one" "a two")" "ONE TWO" \
		    "$name: what is allowed passes"
		ended "$name: what is allowed" end
		is "$(talk $host 5000 "a one" "a secret")" "ONE ECONNRESET" \
		    "$name: a connection is reset"
		ended "$name" ECONNRESET
		is "$(talk $host 81)" ECONNREFUSED \
		    "$name: a connection is refused"
		case $host in
		*:*)	wanted=EACCES url="http://[$host]" ;;
		*)	wanted=ECONNREFUSED url=http://$host ;;
		esac
		is "$(client python3 tests/net/reject.py udp $host 123 \
		    secret)" $wanted "$name: a datagram is"
		client curl -sS -m 20 "$url:5000/secret" >$tmp/said 2>&1
		is $? 56 "$name: curl's exit status"
		grep -iq "connection reset" $tmp/said
		ok $? "$name: curl says so ($(cat $tmp/said))"
		ended "$name: curl" ECONNRESET
		is "$(client timeout 60 dig +tries=1 +time=5 @$host \
		    example.com | grep -o 'status: [A-Z]*')" \
		    "status: REFUSED" "$name: dig"
	done
	stop $hook
	lab_clear
done
# A packet to a broadcast address gets no reply.
name=broadcast
lab_rule client -A OUTPUT -p 17 -j NFQUEUE --queue-num $port
at=client
lab_pipe "divcat -p $port" "divdrop -l -R udp" "divcat -w -p $port"
client python3 tests/net/reject.py udp 10.0.1.255 123 x >$tmp/said
client python3 tests/net/reject.py udp 10.0.1.1 123 x >>$tmp/said
is "$(paste -s -d ' ' $tmp/said)" "nothing ECONNREFUSED" "$name: no answer"
stop $name
is "$(cut -f 7,10 $tmp/err | paste -s -d ,)" \
    "10.0.1.255:123	0,10.0.1.1:123	1" "$name: -l says so"
lab_clear
is "$(lab_sumerrors)" 0 "no checksum errors"

# NAT of the destination: the client is refused by the address that it asked for.
# An RST takes the SYN's place, and connection tracking forgets the connection.

# resets: RSTs and SYNs that came to the server
resets()
{
	lab_rule server -t raw -nvxL PREROUTING |
	    awk '/0x04/ { n += $1 } /0x02/ { m += $1 } END { print n, m }'
}

# forwarded NAME CHAIN HOST
forwarded()
{
	at=router
	lab_table=filter
	lab_rule router -A "$2" -p tcp -j NFQUEUE --queue-num $port
	lab_rule server -t raw -Z
	lab_pipe "divcat -p $port" "divdrop -R tcp port 81" "divcat -w -p $port"
	is "$(talk "$3" 80)" ECONNREFUSED "$1: a connection is refused"
	stop "$1"
	[ "$2" = INPUT ] || is "$(resets)" "1 0" "$1: the server gets an RST"
	is "$(router grep -c 'dport=8[01] ' /proc/net/nf_conntrack)" 0 \
	    "$1: nothing is left of it"
	lab_clear
}

if lab_rule router -t nat -F; then
	lab_rule server -t raw -A PREROUTING -p tcp --tcp-flags SYN,RST RST
	lab_rule server -t raw -A PREROUTING -p tcp --tcp-flags SYN,RST SYN
	from="-w -t nat -A PREROUTING -i client -p tcp --dport 80 -j"
	# shellcheck disable=SC2086
	for more in "" " and masquerade"; do
		[ -z "$more" ] || lab_rule router -t nat -A POSTROUTING \
		    -o server -j MASQUERADE
		router iptables"$lab_kind" $from DNAT --to 10.0.2.2:81
		forwarded "DNAT$more, IPv4" FORWARD 10.0.1.1
		router ip6tables"$lab_kind" $from DNAT --to '[fd00:2::2]:81'
		forwarded "DNAT$more, IPv6" FORWARD fd00:1::1
		lab_rule router -t nat -F
	done
	lab_rule router -t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT \
	    --to-ports 81
	forwarded "REDIRECT, IPv4" INPUT 10.0.1.1
	forwarded "REDIRECT, IPv6" INPUT fd00:1::1
	lab_rule router -t nat -F

	# what divdrop(1) says of datagrams
	router iptables"$lab_kind" -w -t nat -A PREROUTING -i client -p udp \
	    -j DNAT --to 10.0.2.2
	lab_rule router -A FORWARD -m mark --mark 1 -j REJECT
	lab_table=mangle
	lab_rule router -t mangle -A FORWARD -p udp -j NFQUEUE \
	    --queue-num $port
	lab_pipe "divcat -p $port" "divmark -m 1 -e secret" "divcat -w -p $port"
	is "$(client python3 tests/net/reject.py udp 10.0.1.1 123 secret)" \
	    ECONNREFUSED "DNAT: a datagram that is marked is rejected"
	stop "DNAT, a mark"
	lab_clear
	lab_rule router -F
	lab_rule router -t nat -F
else
	echo "# no NAT"
fi

# In a translated connection, resized in one direction or both; the rejected
# segment comes from the client, or from the server.
lab_divert FORWARD
for script in 's/foo/longer/' 's/foo/f/' 's/BAR/LONGER/' 's/BAR/B/' \
    's/foo/longer/;s/BAR/LONGER/' 's/foo/f/;s/BAR/LONGER/' \
    's/foo/longer/;s/BAR/B/' 's/foo/f/;s/BAR/B/'; do
	for word in secret SECRET; do
		lab_pipe "divcat -p $port" "divsed '$script'" \
		    "divdrop -R -e $word" "divcat -w -q -p $port"
		for host in 10.0.2.2 fd00:2::2; do
			name="$script, $word, $host"
			said=$(talk $host 5000 "foo bar" "foo bar" "a secret")
			wait_for test -s $tmp/ends
			[ "${said##* } $(cat $tmp/ends)" = \
			    "ECONNRESET ECONNRESET" ]
			ok $? "$name: both ends are reset"
			: >$tmp/ends
		done
		lab_stop "$script"
	done
done
done_testing
