#!/bin/sh
# SPDX-License-Identifier: ISC
#
# divcat: its capabilities, its user with -Z, and the limits of a compromised
# process.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

[ ! "${SANITISED:-}" ] || lab_skip "sanitisers do not live in a sandbox"
answer 5001 &
wait_for lab_listens server udp 5001
lab_divert FORWARD --queue-bypass

works()
{
	is "$(ask udp 10.0.2.2 5001 hello 30)" hello "$1"
}

# has PATTERN FIELD VALUE NAME: in /proc/PID/status of a process; its opener is
# the last one
has()
{
	status_of "$(lab_stage "$1" | head -n 1)" "$2" "$3" "$4"
}

opener_has()
{
	status_of "$(lab_stage "$1" | sed 1d)" "$2" "$3" "opener of $4"
}

# alone PATTERN: is there one such process, without an opener?
# shellcheck disable=SC2317
alone()
{
	[ "$(lab_stage "$1" | wc -l)" = 1 ]
}

# status_of PID FIELD VALUE NAME
status_of()
{
	pid=$1
	is "$(sed -n "s/^$2:[[:space:]]*0*//p" "/proc/$pid/status")" "$3" "$4"
}

# CAP_NET_ADMIN is bit 12, CAP_NET_RAW bit 13.
lab_pipe "divcat -p $port" "divsed -v s/foo/bar/" "divcat -w -v -p $port"
works "packets go through"
for stage in "divcat -p" "divcat -w"; do
	for set in CapPrm CapEff; do
		has "$stage" $set 3000 "$stage: $set"
	done
	has "$stage" NoNewPrivs 1 "$stage: no new privileges"
	has "$stage" Seccomp 2 "$stage: seccomp"
	has "$stage" CapBnd "" "$stage: bounding set"
	wait_for alone "$stage"
	ok $? "$stage: its opener has ended"
done
has divsed CapPrm "" "divsed: no capabilities"
has divsed CapBnd "" "divsed: bounding set"
lab_stop "packets go through"
is "$(grep -c 'kernel has no' $tmp/err)" 0 "the kernel lacks nothing"

# breaks ACT STATUS READER WRITER: the exit status, and whether packets pass.
preload=${BUILD:-build}/test/break.so
for act in append chmod connect exec fork kill own ptrace setuid socket unix \
    unlink; do
	for stage in reader writer; do
		reader="divcat -p $port"
		writer="divcat -w -p $port"
		case $stage in
		reader)	reader="LD_PRELOAD=$preload BREAK=$act $reader" ;;
		writer)	writer="LD_PRELOAD=$preload BREAK=$act $writer" ;;
		esac
		lab_start "$reader" "$writer"
		[ $stage = reader ] || wait_for lab_bound
		ask udp 10.0.2.2 5001 hello 1 >$tmp/answer 2>&1
		wait_for lab_gone
		case "$act $stage $(lab_status)" in
		*reader\ 159*|*writer*\ 159)
			ok 0 "$stage: $act kills" ;;
		*)	ok 1 "$stage: $act: status $(lab_status)" ;;
		esac
		is "$(grep -c "sandbox broken" $tmp/err)" 0 \
		    "$stage: $act is not done"
		lab_kill
	done
done
for act in open create; do
	lab_pipe "LD_PRELOAD=$preload BREAK=$act divcat -p $port" \
	    "LD_PRELOAD=$preload BREAK=$act divcat -w -p $port"
	works "$act"
	is "$(grep -c "sandbox broken" $tmp/err)" 0 "$act is refused"
	lab_stop "$act"
done

# confined PATTERN: does an opener run, inside its sandbox?
# shellcheck disable=SC2317
confined()
{
	[ "$(lab_stage "$1" | sed 1d | wc -l)" = 1 ] &&
	    grep -q "^Seccomp:.*2" "/proc/$(lab_stage "$1" | tail -n 1)/status"
}

# opener PATTERN CAPABILITIES
opener()
{
	wait_for confined "$1"
	ok $? "opener of $1: seccomp"
	for set in CapPrm CapEff; do
		opener_has "$1" $set "$2" "$1: $set"
	done
	opener_has "$1" CapBnd "" "$1: bounding set"
	opener_has "$1" NoNewPrivs 1 "$1: no new privileges"
}

# CAP_DAC_OVERRIDE is bit 1, CAP_DAC_READ_SEARCH bit 2.
mkfifo $tmp/stop
echo example.org >$tmp/names
for writer in "divcat -w" "divcat -w - $tmp/names" \
    "divcat -w -O $tmp/counters"; do
	lab_start "cat $tmp/stop" "$writer"
	exec 3>$tmp/stop
	case $writer in
	*names)	opener "$writer" 4 ;;
	*counters) opener "$writer" 6 ;;
	*)	opener "$writer" "" ;;
	esac
	has "$writer" CapEff 3000 "$writer: without a reader"
	has "$writer" Seccomp 2 "$writer: without a reader: seccomp"
	exec 3>&-
	wait_for lab_gone
	ok $? "$writer: its opener ends with it"
	lab_kill
done
lab_start "cat $tmp/stop" "divmark -u $tmp/names -j $tmp/eve"
exec 3>$tmp/stop
opener divmark 6
exec 3>&-
wait_for lab_gone
lab_kill

if ! setpriv --reuid 65534 true 2>/dev/null; then
	done_testing
fi

name="-Z user"
lab_pipe "divcat -Z nobody -p $port" \
    "divcat -w -Z nobody -p $port -O $tmp/metrics"
works "$name"
for stage in "divcat -Z" "divcat -w"; do
	has "$stage" Uid "$(printf '65534\t65534\t65534\t65534')" \
	    "$name: $stage is somebody else"
	has "$stage" Groups "65534 " "$name: $stage: groups"
	has "$stage" CapEff 3000 "$name: $stage: capabilities"
done
lab_stop "$name"
is "$(lab_status)" "0 0" "$name: exit status"
[ -s $tmp/metrics ]
ok $? "$name: a file where the user may not write"
router divcat -Z nosuchuser -p $port 2>$tmp/err
is "$? $(cat $tmp/err)" "1 divcat: -Z nosuchuser: no such user" \
    "$name: unknown"

name="file capabilities"
if cp "$(command -v divcat)" $tmp/divcat &&
    setcap cap_net_admin,cap_net_raw=ep $tmp/divcat 2>/dev/null; then
	chmod 755 $tmp $tmp/divcat
	nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
	lab_pipe "$nobody $tmp/divcat -p $port" \
	    "$nobody $tmp/divcat -w -p $port"
	works "$name"
	has "$tmp/divcat -p" CapEff 3000 "$name: no more than those"
	lab_stop "$name"
	is "$(lab_status)" "0 0" "$name: exit status"
fi
done_testing
