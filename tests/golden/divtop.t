#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# divtop in terminals of tmux, which has a server of its own.

trap 't kill-server 2>/dev/null; rm -rf "$dir"' EXIT
terminals=0

t() {
	tmux -S "socket$terminals" "$@"
}

# start WIDTH HEIGHT COMMAND: runs it in a new terminal, with frames from fifo
start() {
	t kill-server 2>/dev/null
	terminals=$((terminals + 1)) # a server that has ended leaves its socket
	rm -f fifo status
	mkfifo fifo
	t -f /dev/null new-session -d -x "$1" -y "$2" \
	    "LC_ALL=C; export LC_ALL; $3; echo \$? >status; sleep 60"
	exec 3>fifo
}

screen() {
	t capture-pane -p
}

# shows PATTERN: it is on the screen now
shows() {
	screen | grep -Eq -e "$1"
}

# see NAME PATTERN: it appears on the screen within some seconds
see() {
	tries=0
	until shows "$2"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || break
		sleep 0.05
	done
	if [ "$tries" -lt 200 ]; then
		pass "$1"
	else
		fail "$1"
		screen | diag
	fi
}

# ends NAME STATUS
ends() {
	wait_for test -s status
	is "$1" "$(cat status)" "$2"
}

cat >text <<'END'
tcp4 id=1 dir=1 -- 0123456789
udp4 id=2 dir=2 -- 0123456789
udp4 id=3 dir=2 -- 0123456789
udp6 id=4 dir=3 rep=100 -- 0123456789
none id=5 type=2 origlen=100
END
frames make <text >in

start 80 24 'divtop -i 0.2 <fifo'
see 'it is there before the first frame' '^divtop .* 0 flows'
cat in >&3
see 'flows' ' 3 flows'
see 'curves' '^packets/s .*\|.*[^ |]'
see 'list' ' 1\.048k +1 +0 +-  udp \[2001:db8::1\]:4242 \[2001:db8::2\]:$'
see 'help in the last line' '^h help   q quit '
is 'there are 24 lines' "$(screen | sed -n 24p)" \
    'h help   q quit   b p B P r t sort   k key   f filter   space freeze'

t send-keys P
first() {
	screen | sed -n '/rexmt.*flow$/{n;p;}' | grep -q "$1"
}
wait_for first 'udp 10.0.0.1:4242 10.0.0.2:53'
pass 'P: the most packets come first'
t send-keys B
wait_for first 'udp .2001:db8::1'
pass 'B: the most bytes come first'

t send-keys f 'port 80x'
see 'f: asks' '^filter: port 80x_'
t send-keys Enter
see 'f: a bad expression is told' '^port 80x: '
t send-keys f
see 'f: and can be mended' '^filter: port 80x_'
t send-keys C-u 'tcp portt 80' BSpace BSpace BSpace BSpace ' 80' Enter
see 'f: the expression is shown' 'filter: tcp port 80$'
cat in in >&3
see 'f: only what it wants' ' 1 flows'
t send-keys f Escape
see 'f: escape changes nothing' 'filter: tcp port 80'
t send-keys f C-u Enter
cat in >&3
see 'f: none again' ' 3 flows$'

t send-keys Space
see 'space: frozen' ' frozen$'
cat in in in in in in >&3
screen | sed -n '/rexmt.*flow$/,$p' >frozen
t send-keys x
screen | sed -n '/rexmt.*flow$/,$p' >got
is_file 'space: nothing changes' got frozen
t send-keys Space
see 'space: goes on' ' 7 +6 .* tcp '

# super-packets
echo 'udp4 id=1 rep=5000 -- 0123456789' | frames make >super
cat super >&3
see 'size: super-packets' ' 40960-81919 '

# the help is one of the screens
t send-keys h
see 'h: help' '^t +sort by round trip$'
t send-keys x
see 'h: any key leaves it' '^packets/s '

# the key of the list: its counts begin with it
t send-keys k
see 'k: the next key' ' src$'
cat in >&3
see 'k: its values' ' 2 srcs$'
see 'k: its list' ' 3 +0 +-  10.0.0.1$'
t send-keys K K
see 'K: the one before, in a circle' ' names$'
cat in >&3
see 'K: its list' ' 4 +0 +-  -$'
t send-keys k
see 'k: flows were counted all the time' ' 9 +8 .* tcp '

# other sizes
size_is() {
	[ "$(t display-message -p '#{pane_width} #{pane_height}')" = "$1 $2" ]
}
for size in '120 40' '40 10' '20 5' '5 2' '1 1' '200 60' '80 24'; do
	t resize-window -x "${size% *}" -y "${size#* }"
	# shellcheck disable=SC2086
	wait_for size_is $size
	case $size in
	5*|1' '*) continue ;;
	esac
	last() {
		screen | sed -n "${size#* }p" | grep -q '^h help   q quit'
	}
	wait_for last
	pass "resized to $size"
done
see 'resized: all is back' '^ .* 9 +8 .*  tcp 10.0.0.1:4242 10.0.0.2:80$'

t send-keys q
ends 'q: status' 0
exec 3>&-

# at the end of the input the screen stays
start 80 24 'divtop -i 0.2 <fifo'
cat in >&3
exec 3>&-
see 'end of input: it stays' ' ended$'
see 'end of input: and shows all' ' 3 flows'
t send-keys r q
ends 'end of input: q: status' 0
start 80 24 'divtop <fifo 2>err'
see 'corrupt input: begins' '^divtop'
echo garbage >&3
ends 'corrupt input: status' 1
like 'corrupt input' err '^divtop: stdin: byte 0: bad magic'

# seconds FROM COUNT...: so many packets in each second, of flows that differ
seconds() {
	second=$1
	shift
	for count; do
		i=0
		while [ "$i" -lt "$count" ]; do
			i=$((i + 1))
			echo "udp4 id=$i sport=$((i + 1000)) time=$((second *
			    1000000000 + i)) -- 0123456789"
		done
		second=$((second + 1))
	done
}

# A recording has its own time: three seconds of it, a pause, another one.  The
# flow that was reset has left then.
{
	echo 'tcp4 id=1 tcpflags=4 time=1000000000000000000 -- '
	seconds 1000000000 39
	seconds 1000000001 20 30
	seconds 1000000006 1
} | frames make >recording
start 80 24 'divtop <fifo'
cat recording >&3
exec 3>&-
see 'recording: its time' '^divtop  2001-09-09 01:46:47  39 flows .* ended$'
see 'recording: now, average, maximum, scale' \
    '^packets/s   1\.000   13\.00   40\.00    50\|'
see 'recording: bits, and a pause' '^bits/s .*\| +[^ ]{3}   [^ ]$'

# The list scrolls, and ends at its ends.
# top PATTERN: the first line of the list
top() {
	screen | sed -n '/ rexmt /{n;p;}' | grep -Eq "$1"
}
t send-keys B NPage
see 'scroll: a page' ' flow from 8$'
t send-keys Down Down Up
see 'scroll: lines' ' flow from 9$'
t send-keys End
see 'scroll: the end' ' flow from 33$'
t send-keys Down
wait_for top '10.0.0.1:10[0-9]+ '
see 'scroll: no further' ' flow from 33$'
t send-keys Home
see 'scroll: back' ' flow$'
t send-keys k
see 'ended: no other key' '^the input has ended'
t resize-window -x 200 -y 60
see 'high: more rows' '^ +0\|'
see 'high: the whole list' ' 10.0.0.1:1026 '
t resize-window -x 40 -y 10
see 'small: has a list' '^ *bits/s pkts/s '
t send-keys q
ends 'recording: status' 0

# with colour and without
start 80 24 'divtop -i 0.2 <fifo'
see 'colour: begins' '^divtop'
coloured() {
	t capture-pane -e -p | grep -q '\[[0-9;]*3[0-7]m'
}
ok 'colour' coloured
for variable in NO_COLOR=1 TERM=vt100; do
	start 80 24 "$variable divtop -i 0.2 <fifo"
	cat in >&3
	see "$variable: list" ' 3 flows'
	coloured
	is "$variable: no colour" $? 1
done

# Names of addresses, from a file in the place of /etc/hosts.
cat >hosts <<'END'
10.0.0.1 client.example
10.0.0.2 a-name-that-is-much-longer-than-an-address.example
2001:db8::1 x$(y)/:9
2001:db8::2 127.0.0.1
END
echo 'hosts: files' >nsswitch.conf
cat >named <<'END'
mount --bind hosts /etc/hosts &&
    mount --bind nsswitch.conf /etc/nsswitch.conf && exec divtop -i 0.2 "$@"
END
for unshare in 'unshare -m' 'unshare -rm'; do
	$unshare mount --bind hosts /etc/hosts 2>/dev/null && break
	unshare=
done
# resolvers: the children of the child of the terminal's shell
resolvers() {
	pgrep -P "$(pgrep -P "$(t list-panes -F '#{pane_pid}')")"
}
# gone PID...: all have ended, if not waited for
gone() {
	for process; do
		[ ! -e "/proc/$process/exe" ] || return
	done
}
if [ "$unshare" ]; then
	start 140 24 "$unshare sh named -r <fifo"
	cat in >&3
	see '-r: names, and a long one' \
	    'tcp client.example:4242 [.][.]that-is-much-longer-than-an-address.example:80$'
	see '-r: no name that shows more, or an address' \
	    'udp x..y...9:4242 .2001:db8::2.:53$'
	t send-keys n
	see 'n: addresses' 'tcp 10.0.0.1:4242 10.0.0.2:80$'
	t send-keys n k
	cat in >&3
	see 'n: names, of another key' ' client.example$'
	# shellcheck disable=SC2046
	kill $(resolvers)
	is '-r: resolvers end with divtop only' "$(resolvers | wc -l)" 4
	# shellcheck disable=SC2046
	kill -9 $(resolvers)
	see '-r: divtop goes on without' '^no more names: the resolver has ended'
	t send-keys k
	cat in >&3
	see '-r: it counts' ' 2 dsts$'
	exec 3>&-
	see '-r: the input ends' ' ended$'
	t send-keys q
	ends '-r: status' 0

	# of a recording all names come when it has ended
	start 100 24 "$unshare sh named -r -k src <fifo"
	cat in >&3
	exec 3>&-
	see '-r: recording' ' client.example$'
	see '-r: recording: it has ended' ' ended$'
	pids=$(resolvers)
	t send-keys q
	ends '-r: recording: status' 0
	# shellcheck disable=SC2086
	wait_for gone $pids
	pass '-r: the resolver ends with divtop'
else
	pass '-r # SKIP no mount namespaces'
fi
start 80 24 'divtop <fifo'
see 'n without -r: begins' '^divtop'
t send-keys n
see 'n without -r' '^no names: see -r$'
exec 3>&-

# UTF-8
start 80 24 'LC_ALL=C.UTF-8 divtop -i 0.2 <fifo'
cat in >&3
blocks() {
	t -u capture-pane -p | grep -q "█"
}
wait_for blocks
pass 'blocks where the terminal has them'

# in the middle of a pipe; q ends it as Ctrl-C does, and nothing is lost
start 80 24 'divtop -i 0.2 <fifo | cat >got'
cat in in >&3
see 'pipe: screen' ' 3 flows'
wait_for sh -c 'cat in in | cmp -s - got'
pass 'pipe: frames pass at once'
t send-keys f 'tcp' Enter
see 'pipe: filter' 'filter: tcp'
cat in >&3
wait_for sh -c 'cat in in in | cmp -s - got'
pass 'pipe: what the filter hides passes too'
rm got
start 80 24 "(trap '' INT; exec divtop -i 0.2) <fifo | (trap '' INT; cat >got)"
cat in >&3
see 'pipe: to be ended' ' 3 flows'
t send-keys q
cat in >&3
exec 3>&-
ends 'pipe: q: status' 0
is 'pipe: q: all pass' "$(cat in in | cmp - got)" ''

# asleep: the process sleeps in ten samples
asleep() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		grep -q '^State:.S' /proc/"$(cat pid)"/status || return
	done
}

# the hang-up of its terminal is ignored
start 80 24 "trap '' HUP; sh -c 'echo \$\$ >pid; exec divtop -i 1' <fifo |
    (trap '' HUP; cat >got)"
cat in >&3
see 'terminal: there' ' 3 flows'
t kill-server
cat in >&3
wait_for sh -c 'cat in in | cmp -s - got'
pass 'terminal: gone, frames pass'
wait_for asleep
pass 'terminal: gone, divtop sleeps'
exec 3>&-
ends 'terminal: gone' 0

# a million flows
start 80 24 'divtop -i 0.2 <fifo'
frames flows 1000000 >&3
see 'a million flows: are shown' 'flows .*[0-9]+ forgotten'
t send-keys P f 'icmp' Enter
see 'a million flows: keys work' ' 0 flows .*filter: icmp'
if [ -z "${SANITISED:-}" ]; then
	pid=$(t list-panes -F '#{pane_pid}')
	peak=$(awk '/^VmHWM/ { print $2 }' \
	    "/proc/$(pgrep -P "$pid" divtop)/status")
	ok "a million flows: $peak KiB" test "$peak" -le 65536
fi
exec 3>&-
t kill-server

usage_error 'no frames' '^divtop: -i 0: expected seconds' divtop -i 0
usage_error '-k' '^divtop: -k x: no such key; there are flow, ' divtop -k x
usage_error 'expression' '^divtop: tcp xx: ' divtop tcp xx
run divtop -h
is '-h' "$status" 0
done_testing
