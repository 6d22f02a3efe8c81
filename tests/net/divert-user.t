#!/bin/sh
# SPDX-License-Identifier: ISC
#
# divcat -Z with FreeBSD's backend, over libdivert: the socket is opened by root
# and used by somebody else.

LAB_DIVERT=freebsd
export LAB_DIVERT
# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
awk '$3 == 1 { exit 1 }' /proc/self/uid_map || lab_skip "nobody but root here"

# uids STAGE: the user IDs of the process whose command line ends so; it is older
# than its child, which opens files
uids()
{
	sed -n 's/^Uid:[^0-9]*//p' "/proc/$(pgrep -o -g "$pipe" -f "$1\$")/status"
}

somebody=$(printf '65534\t65534\t65534\t65534')
answer 5001 &
wait_for lab_listens server udp 5001
lab_divert FORWARD

name="reader and writer"
lab_pipe "divcat -Z nobody -p $port" "divsed 's/foo/longer/'" \
    "divcat -w -Z nobody"
is "$(ask udp 10.0.2.2 5001 "a foo" 30)" "a longer" "$name: edit"
is "$(ask udp fd00:2::2 5001 "a foo" 30)" "a longer" "$name: edit, IPv6"
is "$(uids "divcat -Z nobody -p $port")" "$somebody" "$name: the reader's user"
is "$(uids "divcat -w -Z nobody")" "$somebody" "$name: the writer's user"
lab_stop "$name"
is "$(cat $tmp/err)" "" "$name: say nothing"
lab_kill

name="-b"
mkfifo $tmp/back
lab_pipe "divcat -b -v -Z nobody -o text -p $port <$tmp/back" \
    "awk -F '\t' '{ print \"pass \" \$1; fflush() }' >$tmp/back"
is "$(ask udp 10.0.2.2 5001 hello 30)" hello "$name: pass"
is "$(uids "nobody -o text -p $port")" "$somebody" "$name: user"
! grep "runs as root" $tmp/err
ok $? "$name: not root"
lab_kill

name="without -Z"
lab_pipe "divcat -v -t -p $port -o text"
wait_for grep -q "runs as root: see -Z" $tmp/err
ok $? "$name: says that it is root"
lab_kill

router divcat -Z nosuchuser -p $port 2>$tmp/err
is "$? $(cat $tmp/err)" "1 divcat: -Z nosuchuser: no such user" "an unknown user"
done_testing
