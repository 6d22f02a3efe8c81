# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2086,SC2154
#
# Sourced by lab.sh: the path between client and server as the variables there
# want it, with one more router on each side of the one that diverts.
#
#   client ------- near ------- router ------- far ------- server
#     10.0.1.2  .1      10.0.3.1  .2  10.0.4.1  .2  10.0.2.1  .2
#     fd00:1::2 and so on; a bridge has no addresses, and far is 10.0.3.2

# path_wanted: does a variable ask for it?
path_wanted()
{
	[ "${LAB_NAT:-}${LAB_MTU_BEFORE:-}${LAB_MTU_BEHIND:-}${LAB_ROUTE:-}" ] ||
	    [ "${LAB_WINDOW:-}${LAB_BEFORE:-}${LAB_BEHIND:-}" ] ||
	    [ "${LAB_EXTENSION:-}${LAB_TCP:-}${LAB_PATH:-}" ]
}

# path_link HOST INTERFACE HOST INTERFACE
path_link()
{
	ip -n "$1" link add "$2" type veth peer name "$4" netns "$3"
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}

# path_addr HOST INTERFACE NET.HOST
path_addr()
{
	ip -n "$1" addr add "10.0.$3/24" dev "$2"
	ip -n "$1" addr add "fd00:${3%.*}::${3#*.}/64" dev "$2" nodad
}

# path_route HOST default|NET NET.HOST [ARGUMENTS]: a route to NET
path_route()
{
	path_host=$1 path_net=$2 path_via=$3
	shift 3
	case $path_net in
	default) set -- default default "$@" ;;
	*)	 set -- "10.0.$path_net.0/24" "fd00:$path_net::/64" "$@" ;;
	esac
	path_4=$1 path_6=$2
	shift 2
	ip -n "$path_host" route replace "$path_4" via "10.0.$path_via" "$@"
	ip -n "$path_host" -6 route replace "$path_6" \
	    via "fd00:${path_via%.*}::${path_via#*.}" "$@"
}

# path_mtu HOST INTERFACE NET.HOST MTU: what HOST sends to a neighbour.  The MTU
# of one direction is a route's: an interface drops what is larger than its own.
path_mtu()
{
	ip -n "$1" route add "10.0.$3/32" dev "$2" mtu lock "$4"
	ip -n "$1" -6 route add "fd00:${3%.*}::${3#*.}/128" dev "$2" \
	    mtu lock "$4"
}

path_up()
{
	path_server=2
	[ "${LAB_NAT:-}" != forward ] || path_server=5
	for path_host in near far; do
		ip netns add $path_host || lab_skip "no network namespaces"
		ip -n $path_host link set lo up
		lab_forwards $path_host
	done
	# link-local addresses are there at once
	for path_host in client near router far server; do
		ip netns exec $path_host sysctl -qw \
		    net.ipv6.conf.default.accept_dad=0
	done
	path_link client eth0 near client
	path_link near router router client
	path_link router server far router
	path_link far server server eth0
	path_addr client eth0 1.2
	path_addr near client 1.1
	path_addr near router 3.1
	path_addr far server $path_server.1
	path_addr server eth0 $path_server.2
	# 16 bytes of extension headers have to fit
	path_route client default 1.1 ${LAB_EXTENSION:+advmss 1400}
	path_route server default $path_server.1 ${LAB_EXTENSION:+advmss 1400}
	path_before=${LAB_MTU_BEFORE:+mtu lock ${LAB_MTU_BEFORE%,*}}
	path_behind=${LAB_MTU_BEHIND:+mtu lock ${LAB_MTU_BEHIND#*,}}
	case ${LAB_ROUTE:-} in
	bridge)	path_bridge ;;
	*)	path_router ;;
	esac
	[ -z "${LAB_MTU_BEFORE:-}" ] ||
	    path_mtu near client 1.2 "${LAB_MTU_BEFORE#*,}"
	[ -z "${LAB_MTU_BEHIND:-}" ] ||
	    path_mtu far server $path_server.2 "${LAB_MTU_BEHIND%,*}"
	path_sockets
}

path_bridge()
{
	ip -n router link add bridge type bridge forward_delay 0 mcast_snooping 0
	for path_port in client server; do
		ip -n router link set $path_port master bridge
	done
	ip -n router link set bridge up
	for path_table in iptables ip6tables; do
		router sysctl -qw \
		    net.bridge.bridge-nf-call-$path_table=1 2>$tmp/path ||
		    lab_skip "no br_netfilter: $(cat $tmp/path)"
	done
	path_addr far router 3.2
	path_route near default 3.2 $path_before
	path_route far default 3.1 $path_behind
}

# With policy routing, the main table does not know the server.
path_router()
{
	path_addr router client 3.2
	path_addr router server 4.1
	path_addr far router 4.2
	path_route near default 3.2 $path_before
	path_route far default 4.1 $path_behind
	case ${LAB_ROUTE:-} in
	policy)	path_policy
		path_route router 1 3.1 ;;
	marks)	path_policy
		path_route router 1 3.1 table 60 ;;
	*)	path_route router 1 3.1
		path_route router $path_server 4.2 ;;
	esac
	[ -z "${LAB_SUBFLOWS:-}" ] || path_subflow
}

path_policy()
{
	path_route router $path_server 4.2 table 50
	for path_family in -4 -6; do
		ip -n router $path_family rule add fwmark 5 table 50
		ip -n router $path_family rule add fwmark 6 table 60
	done
}

# The client has a second address, on a link of its own to near.
path_subflow()
{
	path_link client eth1 near client2
	path_addr client eth1 6.2
	path_addr near client2 6.1
	path_route client default 6.1 dev eth1 table 6
	path_route router 6 3.1
	for path_family in -4 -6; do
		path_from=10.0.6.2
		[ $path_family = -4 ] || path_from=fd00:6::2
		ip -n client $path_family rule add from $path_from table 6
		ip -n client mptcp endpoint add $path_from dev eth1 subflow
	done
	for path_host in client server; do
		ip -n $path_host mptcp limits set subflow 2 add_addr_accepted 2
	done
}

# path_sysctl NAME=VALUE: in client and server
path_sysctl()
{
	for path_host in client server; do
		ip netns exec $path_host sysctl -qw "$1" 2>$tmp/path ||
		    lab_skip "$1: $(cat $tmp/path)"
	done
}

# The sockets of client and server: see site/sitecustomize.py.
path_sockets()
{
	case ${LAB_TCP:-} in
	mptcp)	path_sysctl net.mptcp.enabled=1
		path_sysctl net.mptcp.checksum_enabled=0 ;;
	mptcp-checksum)
		path_sysctl net.mptcp.enabled=1
		path_sysctl net.mptcp.checksum_enabled=1 ;;
	fastopen)		# without cookies, all listeners
		path_sysctl net.ipv4.tcp_fastopen=1543 ;;
	esac
	[ "${LAB_TCP:-}${LAB_WINDOW:-}" ] || return 0
	PYTHONPATH=$PWD/tests/net/site
	export PYTHONPATH
}

# What needs iptables.
path_rules()
{
	case ${LAB_NAT:-} in
	masquerade)
		lab_rule router -t nat -A POSTROUTING -o server -j MASQUERADE ;;
	forward)
		router iptables"$lab_kind" -w -t nat -A PREROUTING -i client \
		    -d 10.0.2.2 -j DNAT --to-destination 10.0.5.2
		router ip6tables"$lab_kind" -w -t nat -A PREROUTING -i client \
		    -d fd00:2::2 -j DNAT --to-destination fd00:5::2 ;;
	redirect)
		lab_rule server -t nat -A PREROUTING -p tcp --dport 5010 \
		    -j REDIRECT --to-ports 5000
		lab_rule server -t nat -A PREROUTING -p tcp --dport 5011 \
		    -j REDIRECT --to-ports 5001 ;;
	esac
	case ${LAB_ROUTE:-} in
	policy|marks)
		lab_rule router -t raw -A PREROUTING -i client \
		    -j MARK --set-mark 5
		lab_rule router -t raw -A PREROUTING -i server \
		    -j MARK --set-mark 6 ;;
	esac
	path_more=${LAB_EXTENSION:+extension=100}
	path_line near "${LAB_BEFORE:-} $path_more"
	path_line far "${LAB_BEHIND:-} $path_more" seed=2
}

# path_line HOST ARGUMENTS [SEED]: a bad line, both ways.  The queue is that host's.
path_line()
{
	[ "${2%% }" ] || return 0
	for path_proto in tcp udp; do
		lab_rule "$1" -A FORWARD -p $path_proto \
		    -j NFQUEUE --queue-num $port
	done
	ip netns exec "$1" setsid sh -c "divcat -D -p $port |
	    python3 tests/net/line.py $2 ${3:-} | divcat -w -q -C -p $port" \
	    2>"$tmp/line.$1" </dev/null &
	path_at=$at
	at=$1
	wait_for lab_bound || echo "# $1: $(cat "$tmp/line.$1")"
	at=$path_at
}

# path_icmp [NFQUEUE options]: the errors that teach a sender the MTU
path_icmp()
{
	ip netns exec "$at" iptables"$lab_kind" -w -t $lab_table \
	    -A "$lab_hook" -p icmp --icmp-type fragmentation-needed \
	    -j NFQUEUE --queue-num $port "$@"
	ip netns exec "$at" ip6tables"$lab_kind" -w -t $lab_table \
	    -A "$lab_hook" -p icmpv6 --icmpv6-type packet-too-big \
	    -j NFQUEUE --queue-num $port "$@"
}

# Readers get -G; the name of the program stays.
path_super()
{
	mkdir -p $tmp/super
	cat >$tmp/super/divcat <<-END
		#!/bin/sh
		case " \$*" in
		*" -w"*) super= ;;
		*" -p"*) super=-G ;;
		esac
		exec perl -e 'my \$path = shift; exec { \$path } @ARGV' \\
		    $(command -v divcat) divcat \$super "\$@"
	END
	chmod +x $tmp/super/divcat
	PATH=$tmp/super:$PATH
}
