#!/bin/sh
# SPDX-License-Identifier: ISC
#
# NAT beside a port: streams in both directions, resized in both, through a
# router that masquerades, forwards a port, does both, or redirects to itself,
# and from a client that redirects its own connections.
# Packets that the writer adds travel as the diverted ones: without rules for
# them.  The lines of the table in divio(7).

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
for host in client router; do
	ip netns exec $host sh -c "cd /proc/sys/net/netfilter &&
	    echo 0 >nf_conntrack_tcp_be_liberal" 2>/dev/null ||
	    lab_skip "no connection tracking"
done
lab_rule router -t nat -F || lab_skip "no NAT"

edits='s/a/12345/g;s/b//g;s/c/c1/g'

# translate KIND VERSION: the rules of NAT at $at; $host is where the client
# connects to, $end the host that answers.
translate()
{
	case $2 in
	4)	tables=iptables host=10.0.2.2 to=10.0.2.2:5000 own=10.0.1.1 ;;
	6)	tables=ip6tables host=fd00:2::2 to='[fd00:2::2]:5000'
		own=fd00:1::1 ;;
	esac
	port_to=5000 end=server
	at=router
	[ "$1" != local ] || at=client
	nat="$at $tables$lab_kind -w -t nat -A"
	case $1 in
	masquerade|both)
		$nat POSTROUTING -o server -j MASQUERADE ;;
	redirect)
		$nat PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 5000
		end=router host=$own port_to=80 ;;
	local)
		$nat OUTPUT -p tcp --dport 80 -j DNAT --to-destination "$to"
		host=$own port_to=80 ;;
	esac
	case $1 in
	dnat|both)
		$nat PREROUTING -i client -p tcp --dport 80 -j DNAT \
		    --to-destination "$to"
		host=$own port_to=80 ;;
	esac
}

# divert TABLE CHAIN...: diverts TCP at these chains
divert()
{
	where=$1
	shift
	for chain; do
		lab_rule "$at" -t "$where" -A "$chain" -p tcp -j NFQUEUE \
		    --queue-num $port
	done
}

clear()
{
	for where in mangle filter nat; do
		lab_rule "$at" -t $where -F
	done
}

# stream HOST ARGUMENTS: one each way at once
stream()
{
	stream_host=$1
	shift
	exec ip netns exec "$stream_host" timeout 60 \
	    python3 tests/net/traffic.py both "$@" 0.3 "$edits" 2>/dev/null
}

# begin: starts the streams
begin()
{
	stream "$end" - 5000 >$tmp/got.server &
	server=$!
	wait_for lab_listens "$end" tcp 5000
	stream client "$host" "$port_to" >$tmp/got.client &
	client=$!
}

while read -r outcome kind table chains; do
	for version in 4 6; do
		name="$kind, $table $chains, IPv$version"
		translate "$kind" $version
		# shellcheck disable=SC2086
		divert "$table" $chains
		lab_pipe "divcat -p $port" "divsed '$edits'" \
		    "divcat -w -v -p $port"
		case $outcome in
		goes)
			begin
			wait $client $server
			is "$(cut -f 1 $tmp/got.client $tmp/got.server |
			    paste -s -d ' ' -)" "same same" \
			    "$name: all arrives as edited"
			lab_stop "$name"
			grep -q "[1-9][0-9]* injected" $tmp/err
			ok $? "$name: with new packets"
			! grep -E 'new packet|tracking' $tmp/err
			ok $? "$name: without a warning" ;;
		refused)
			begin
			wait_for grep -q 'divert both directions' $tmp/err
			ok $? "$name: is refused"
			kill $client $server
			wait $client $server 2>/dev/null
			lab_stop "$name" ;;
		esac
		clear
	done
done <<'END'
goes masquerade filter FORWARD
goes masquerade mangle FORWARD
goes masquerade mangle POSTROUTING
refused masquerade mangle PREROUTING
goes dnat filter FORWARD
goes dnat mangle FORWARD
goes dnat mangle POSTROUTING
refused dnat mangle PREROUTING
goes both filter FORWARD
goes both mangle POSTROUTING
goes redirect filter INPUT OUTPUT
goes redirect mangle POSTROUTING INPUT
refused redirect mangle PREROUTING POSTROUTING
goes local filter OUTPUT INPUT
refused local mangle OUTPUT INPUT
END

# A writer that may not ask says so, once.
for n in 1 2; do
	printf -- '-\t-\t-\tudp\t10.0.1.1:1\t10.0.2.2:400%s\thello\t-\t-\n' $n
done | router setpriv --inh-caps=-all --bounding-set=-all,+net_raw \
    divcat -v -w 2>$tmp/err
is "$(grep -c 'connection tracking cannot be asked' $tmp/err)" 1 \
    "no CAP_NET_ADMIN: a warning"
done_testing
