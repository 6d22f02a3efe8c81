# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# A small network, shared by tests, demo and benchmark:
#
#   client ----------------- router ----------------- server
#   10.0.1.2        10.0.1.1        10.0.2.1        10.0.2.2
#   fd00:1::2       fd00:1::1       fd00:2::1       fd00:2::2
#
# "client COMMAND" runs a command in the client; router and server do the same.
# The network lives in namespaces of its own, with or without root, and ends
# with the script, as does the directory $tmp.  Scripts run at the top of the
# tree, with the built programs in PATH.
#
# Variables of the environment make it a network as others have it, for any test.
# With one of them there are a router before (near) and one behind (far) the one
# that diverts; the addresses of client and server stay.  See path.sh.
#
#   LAB_NAT=masquerade        the router hides the client's address
#   LAB_NAT=forward           DNAT: the server has another address, 10.0.5.2
#   LAB_NAT=redirect          the server redirects port 5010 and 5011 to its own
#                             5000 and 5001
#   LAB_MTU_BEFORE=N[,M]      MTU of near: N to the server, M to the client
#   LAB_MTU_BEHIND=N[,M]      MTU of far, likewise; without M both are N
#   LAB_ICMP=1                lab_divert diverts the errors about MTUs, too
#   LAB_ROUTE=bridge          the router is a bridge without an address
#   LAB_ROUTE=policy          the router finds the server by firewall marks only
#   LAB_ROUTE=marks           the same, and another mark for the client
#   LAB_WINDOW=BYTES          receive buffer of all sockets of Python
#   LAB_PAUSE=SECONDS         traffic.py both: before the first byte is read
#   LAB_BEFORE="loss=1 ..."   a bad line at near, arguments of line.py
#   LAB_BEHIND="loss=1 ..."   a bad line at far
#   LAB_EXTENSION=1           IPv6 packets come with extension headers
#   LAB_TCP=mptcp             Multipath TCP, in programs written in Python
#   LAB_TCP=mptcp-checksum    the same, with checksums
#   LAB_SUBFLOWS=2            a second subflow for it
#   LAB_TCP=fastopen          TCP Fast Open: data in the SYN
#   LAB_SUPER=1               divcat -p takes super-packets (-G)

# shellcheck source=tests/net/path.sh
. tests/net/path.sh
PATH=$PATH:/usr/sbin:/sbin
tmp=/run/lab
port=8000
tests=0
failed=0
at=router
lab_table=filter

client()
{
	ip netns exec client "$@"
}

router()
{
	ip netns exec router "$@"
}

server()
{
	ip netns exec server "$@"
}

# Traffic: see traffic.py.
send()
{
	client python3 tests/net/traffic.py send "$@"
}

recv()
{
	server python3 tests/net/traffic.py recv "$@"
}

sent()
{
	python3 tests/net/traffic.py sent "$@"
}

answer()
{
	server python3 tests/net/traffic.py answer "$@"
}

ask()
{
	client python3 tests/net/traffic.py ask "$@"
}

# TAP.  ok takes an exit status, is compares.  The reason of a failure goes to
# standard error, which prove(1) shows.
ok()
{
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $2"
		{ echo "# $0: not ok $tests - $2"; lab_diag; } >&2
	fi
}

is()
{
	[ "$1" = "$2" ]
	lab_is=$?
	ok $lab_is "$3"
	[ $lab_is -eq 0 ] ||
	    printf '# got      %s\n# expected %s\n' "$1" "$2" >&2
}

# After a failure: the messages of the pipeline, and its queue.
lab_diag()
{
	sed 's/^/# stderr: /' $tmp/err 2>/dev/null
	ip netns exec "$at" sed 's/^/# queue: /' \
	    /proc/net/netfilter/nfnetlink_queue 2>/dev/null
}

done_testing()
{
	echo "1..$tests"
	[ $failed -eq 0 ]
	exit
}

lab_skip()
{
	echo "1..0 # SKIP $1"
	exit 0
}

# Starts the script again as the first process of new namespaces.
lab_enter()
{
	if [ "${LAB_INSIDE:-}" ]; then
		unset LAB_INSIDE
		trap 'exit 1' HUP INT TERM
		return
	fi
	for lab_user in "" -Ur; do
		lab_unshare="unshare $lab_user -nmp --fork --kill-child"
		$lab_unshare --mount-proc true 2>/dev/null || continue
		LAB_INSIDE=1
		export LAB_INSIDE
		# shellcheck disable=SC2093
		exec $lab_unshare --mount-proc sh "$0" "$@"
	done
	lab_skip "no network namespaces: $(unshare -Urnmp --fork \
	    --mount-proc true 2>&1)"
}

# lab_networks: joins the TAP of the scripts on standard input, one network each:
# a line "network NAME" is before each.  A script that does not end well fails.
lab_networks()
{
	awk '
	function missing() { if (name) print "not ok " ++n " - " name ": ends" }
	/^network / { missing(); name = substr($0, 9); next }
	/^1\.\.0 # SKIP/ { sub(/^1..0/, "ok " ++n " - " name); print }
	/^1\.\./ { name = ""; next }
	/^not ok/ { failed = 1; $3 = ++n; print; next }
	/^ok/ { $2 = ++n; print; next }
	{ print }
	END {
		if (name)
			failed = 1
		missing()
		print "1.." n
		exit failed
	}'
}

# lab_link NAME NET: links a host to the router.
lab_link()
{
	ip -n "$1" link add eth0 type veth peer name "$1" netns router
	ip -n "$1" addr add "10.0.$2.2/24" dev eth0
	ip -n "$1" addr add "fd00:$2::2/64" dev eth0 nodad
	ip -n router addr add "10.0.$2.1/24" dev "$1"
	ip -n router addr add "fd00:$2::1/64" dev "$1" nodad
	ip -n router link set "$1" up
	ip -n "$1" link set eth0 up
	ip -n "$1" route add default via "10.0.$2.1"
	ip -n "$1" route add default via "fd00:$2::1"
}

lab_up()
{
	command -v divcat >/dev/null || { echo "Bail out! No divcat in PATH"; exit 1; }
	mount -t tmpfs lab /run || lab_skip "no tmpfs"
	mkdir $tmp
	[ -z "${LAB_DIVERT:-}" ] || lab_port
	for lab_ns in client router server; do
		ip netns add $lab_ns || lab_skip "no network namespaces"
		ip -n $lab_ns link set lo up
	done
	lab_forwards router
	if path_wanted; then
		path_up
	else
		lab_link client 1
		lab_link server 2
	fi
	for lab_kind in "" -legacy -nft; do
		lab_divert FORWARD --queue-bypass 2>/dev/null || continue
		lab_clear
		! path_wanted || path_rules
		[ -z "${LAB_SUPER:-}" ] || path_super
		return
	done
	lab_skip "no NFQUEUE target for iptables"
}

# lab_forwards HOST: makes it a router.
lab_forwards()
{
	ip netns exec "$1" sh -c 'cd /proc/sys/net &&
	    echo 1 >ipv4/ip_forward && echo 1 >ipv6/conf/all/forwarding'
}

# divcat is the one with the backend of $LAB_DIVERT, over libdivert.
lab_port()
{
	[ -z "${SANITISED:-}" ] || lab_skip "no sanitiser before libdivert"
	case ${BUILD:=build} in
	/*)	;;
	*)	BUILD=$PWD/$BUILD ;;
	esac
	mkdir $tmp/port
	cat >$tmp/port/divcat <<-END
		#!/bin/sh
		DIVERT_FLAVOR=$LAB_DIVERT LD_PRELOAD=$BUILD/libdivert.so \\
		    exec $BUILD/test/$LAB_DIVERT/divcat "\$@"
	END
	chmod +x $tmp/port/divcat
	PATH=$tmp/port:$PATH
}

# lab_divert HOOK [NFQUEUE options]: diverts TCP and UDP, IPv4 and IPv6: FORWARD
# in the router, PREROUTING and POSTROUTING in its table mangle, INPUT in the
# server, OUTPUT in the client, LOCAL for both hooks of the server.  $at is that
# host.
lab_divert()
{
	lab_hooks=$1
	lab_table=filter
	shift
	case $lab_hooks in
	FORWARD) at=router ;;
	INPUT)	 at=server ;;
	OUTPUT)	 at=client ;;
	LOCAL)	 at=server lab_hooks="INPUT OUTPUT" ;;
	*ROUTING) at=router lab_table=mangle ;;
	esac
	for lab_hook in $lab_hooks; do
		for lab_proto in tcp udp; do
			lab_rule "$at" -t $lab_table -A "$lab_hook" \
			    -p $lab_proto -j NFQUEUE --queue-num $port "$@" ||
			    return
		done
		[ -z "${LAB_ICMP:-}" ] || path_icmp "$@"
	done
}

# lab_rule HOST ARGUMENTS: runs iptables and ip6tables.
lab_rule()
{
	lab_host=$1
	shift
	for lab_tables in iptables ip6tables; do
		ip netns exec "$lab_host" "$lab_tables$lab_kind" -w "$@" ||
		    return
	done
}

lab_clear()
{
	lab_rule "$at" -t $lab_table -F
}

# wait_for COMMAND: repeats it until it succeeds, for a minute or more: machines
# may be slow.  That it never does is a failure.
wait_for()
{
	lab_tries=0
	while ! "$@"; do
		lab_tries=$((lab_tries + 1))
		[ $lab_tries -lt 1000 ] || { ok 1 "waited for $*"; return 1; }
		[ $lab_tries -gt 10 ] || { sleep 0.02; continue; }
		sleep 0.1 # the tests beside this one work
	done
}

# lab_start STAGE...: starts a pipeline at $at, in the process group $pipe.  Its
# stages leave their exit status in $tmp/status.1 to N.
lab_start()
{
	rm -f $tmp/status.*
	lab_n=0
	lab_line=
	for lab_stage; do
		lab_n=$((lab_n + 1))
		lab_line="$lab_line${lab_line:+ | }(trap : INT TERM; $lab_stage
		    echo \$? >$tmp/status.$lab_n)"
	done
	ip netns exec "$at" env --default-signal=INT,QUIT setsid sh -c \
	    "trap : INT TERM; $lab_line" 2>$tmp/err &
	pipe=$!
}

# lab_pipe STAGE...: the same, and waits until the queue is bound.
lab_pipe()
{
	lab_start "$@"
	wait_for lab_bound || echo "# no queue: $(cat $tmp/err)"
}

# lab_ruled STAGE...: the same, and waits until divcat -f has made its rules.
lab_ruled()
{
	lab_start "$@"
	wait_for lab_table || echo "# no table: $(cat $tmp/err)"
}

lab_table()
{
	ip netns exec "$at" nft list table inet "divert-$port" >/dev/null 2>&1
}

# lab_stop NAME: ends the pipeline as Ctrl-C does.
lab_stop()
{
	kill -INT -"$pipe"
	wait_for lab_gone
	ok $? "$1: ends"
	lab_kill
}

lab_kill()
{
	kill -KILL -"$pipe" 2>/dev/null
	wait "$pipe" 2>/dev/null
	wait_for lab_unbound
	! grep -Eq "Sanitizer|runtime error" $tmp/err ||
	    ok 1 "sanitizers are silent"
}

lab_gone()
{
	! pgrep -g "$pipe" -r D,R,S,T >/dev/null
}

# lab_none NAME: does no such process run, in any group?
lab_none()
{
	! pgrep -r D,R,S,T -x "$1" >/dev/null
}

# lab_stage PATTERN: the process whose command line begins with PATTERN.
lab_stage()
{
	pgrep -g "$pipe" -f "^$1"
}

lab_status()
{
	cat $tmp/status.* 2>/dev/null | paste -s -d ' '
}

# lab_arrived HOST PORT: the packets that its INPUT rule has counted
lab_arrived()
{
	ip netns exec "$1" iptables"$lab_kind" -w -nvxL INPUT |
	    awk -v port="$2" '$NF == "dpt:" port { print $1 }'
}

# lab_queue FIELD of the queue: 3 pending, 4 mode, 6 and 7 dropped, 8 last id.
lab_queue()
{
	# shellcheck disable=SC2016
	ip netns exec "$at" awk -v port=$port -v field="$1" \
	    '$1 == port { print $field }' /proc/net/netfilter/nfnetlink_queue
}

# lab_pending NUMBER: are so many packets pending?
lab_pending()
{
	[ "$(lab_queue 3)" = "$1" ]
}

lab_bound()
{
	[ "$(lab_queue 4)" = 2 ]
}

lab_unbound()
{
	[ -z "$(lab_queue 1)" ]
}

# lab_past FIELD NUMBER: has the queue's counter reached NUMBER?
lab_past()
{
	lab_value=$(lab_queue "$1")
	[ "${lab_value:-0}" -ge "$2" ]
}

# lab_listens HOST tcp|udp PORT
lab_listens()
{
	ip netns exec "$1" grep -q "$(printf ':%04X 0*:0000 ' "$3")" \
	    "/proc/net/$2" "/proc/net/${2}6"
}

# The checksum errors that client and server have counted.
lab_sumerrors()
{
	for lab_ns in client server; do
		ip netns exec $lab_ns cat /proc/net/snmp /proc/net/netstat \
		    /proc/net/snmp6
	done | awk '
	/InCsumErrors/ && NF == 2 { sum += $2; next }
	$1 != last { last = $1; split($0, name); next }
	{ for (i = 2; i <= NF; i++) if (name[i] == "InCsumErrors") sum += $i
	    last = "" }
	END { print sum + 0 }'
}

# lab_listing FILE REGEX: prints the literal block of a manual page whose first
# line matches.
lab_listing()
{
	awk -v first="$2" '
	/^\.Bd -literal/ { inside = 1; next }
	/^\.Ed/ { inside = found = 0; next }
	inside == 1 { inside = 2; found = $0 ~ first }
	found' "$1" | sed 's/\\(aq/'\''/g; s/\\(ga/`/g; s/\\(ha/^/g
	    s/\\(ti/~/g; s/\\-/-/g; s/\\&//g; s/\\e/\\/g'
}

# lab_recipe SECTION: extracts a section of divrecipes(7) to $tmp/recipe.
lab_recipe()
{
	rm -rf $tmp/recipe
	man/recipes $tmp/recipe "$1"
}

# Puts the iptables that works here into $tmp/bin.
lab_links()
{
	mkdir -p $tmp/bin
	for lab_tables in iptables ip6tables; do
		ln -sf "$(readlink -f "$(command -v "$lab_tables$lab_kind")")" \
		    $tmp/bin/$lab_tables
	done
}

# lab_do N: runs block N of the recipe in the router.
lab_do()
{
	at=router
	lab_links
	(cd $tmp/recipe && PATH=$tmp/bin:$PATH router sh "./$1.sh")
}

# lab_recipe_pipe N: starts block N, and waits until the queue is bound.
lab_recipe_pipe()
{
	lab_pipe "cd $tmp/recipe && PATH=$tmp/bin:\$PATH && . ./$1.sh"
}
