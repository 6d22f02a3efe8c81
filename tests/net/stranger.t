#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The hand-over gives the queue to one writer, of root or of the same user, in
# the same namespace.  Other connections, however many, stop nothing.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

answer 5001 &
wait_for lab_listens server udp 5001
lab_divert FORWARD

# stranger HOST UID NUMBER [SERVICE]
stranger()
{
	host=$1
	shift
	ip netns exec "$host" python3 tests/net/stranger.py "$@"
}

works()
{
	is "$(ask udp 10.0.2.2 5001 hello 30)" hello "$1: traffic goes on"
}

# before NAME HOST UID NUMBER RESULT: strangers connect before the writer does.
before()
{
	rm -f $tmp/go
	mkfifo $tmp/go
	lab_pipe "divcat -p $port" "trap '' INT; cat $tmp/go -" \
	    "divcat -w -p $port"
	is "$(stranger "$2" "$3" "$4")" "$5" "$1: is refused"
	: >$tmp/go
	works "$1: before the writer"
	is "$(stranger "$2" "$3" "$4")" "$5" "$1: is refused later, too"
	works "$1: after it"
	lab_stop "$1"
	is "$(lab_status)" "0 0 0" "$1: exit status"
}

before "another namespace" client 0 3 "0 0 0"
if setpriv --reuid 65534 true 2>/dev/null; then
	before "another user" router 65534 1 "1 1 0"
	before "thousands of connections" router 65534 3000 "3000 3000 0"
fi

# Of several trusted processes the first one gets the queue.
lab_pipe "divcat -p $port" "divcat -w -p $port"
works "second writer"
is "$(stranger router 0 2000)" "2000 2000 0" "second writers: are refused"
works "second writers"
if setpriv --reuid 65534 true 2>/dev/null; then
	is "$(stranger router 65534 1 -slots-2)" "1 0 0" \
	    "another user gets no memory of packets"
	is "$(stranger router 0 1 -slots-2)" "1 0 2" "root does"
fi
lab_stop "second writers"

# A process that takes the queue and does nothing is a writer that hangs: when
# it ends, the reader ends, and the rule decides.
lab_pipe "divcat -p $port >/dev/null"
cat >$tmp/hang.py <<'END'
import re, socket, sys
name = re.search(r"@(divert-\d+-[0-9a-f]{16})\n",
                 open("/proc/net/unix").read()).group(1)
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(b"\0" + name.encode())
open(sys.argv[1], "w").close()
sys.stdin.read()
END
mkfifo $tmp/stop
router python3 $tmp/hang.py $tmp/hangs <$tmp/stop &
exec 3>$tmp/stop
wait_for test -e $tmp/hangs
is "$(stranger router 0 1)" "1 1 0" "a writer that hangs: is the only one"
exec 3>&-
wait_for lab_gone
ok $? "a writer that hangs: its end is the reader's"
is "$(lab_status)" 1 "a writer that hangs: exit status of the reader"
lab_unbound
ok $? "a writer that hangs: no queue is left"
lab_kill
done_testing
