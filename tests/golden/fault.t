#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# Each library call that can fail is made to fail, or to read or write less than
# was asked, in a run of its own.  The tool prints an error or delivers the
# whole result; output before an error is a prefix of the result.  Of many
# calls, about $FAULTS are tried.
. "$(dirname "$0")/lib.sh"
top=$here/../..
preload=$top/${BUILD:-build}/test/inject.so

if [ "${SANITISED:-}" ]; then
	echo "1..0 # SKIP sanitisers replace malloc"
	exit 0
fi

perl -e 'my $seq = 1000;
    print "tcp4 id=1 seq=999 tcpflags=2\n";
    for (1 .. 200) {
	print "tcp4 id=$_ seq=$seq rep=50 -- foo $_ bar\n";
	$seq += 50 * length "foo $_ bar";
	print "udp6 id=$_ rep=20 -- foo\n";
	print "none id=$_ type=2\n" }' | frames make >in

# calls CALL command ...: the number of these calls
calls() {
	calls_name=$1
	shift
	timeout -s KILL 5 env INJECT="$calls_name" INJECT_COUNT="$dir/count" \
	    LD_PRELOAD="$preload" "$@" <in >whole 2>err
	calls_status=$?
	count=$(cat count)
	[ "$calls_status" -eq 0 ] && [ "$count" -ge 0 ]
}

# Is the output a prefix of the whole result?
is_beginning() {
	size=$(($(wc -c <out)))
	head -c "$size" whole | cmp -s - out
}

# survives CALL WHAT command ...: each of these calls fails in turn
survives() {
	call=$1
	what=$2
	shift 2
	calls "$call" "$@" || {
		fail "$name: works"
		diag <err
		return
	}
	n=0
	bad=
	step=$((count / ${FAULTS:-40} + 1))
	while [ $((n += step)) -le "$count" ]; do
		timeout -s KILL 5 env INJECT="$call $n $what" \
		    LD_PRELOAD="$preload" "$@" <in >out 2>err
		status=$?
		case $status in
		0)	cmp -s whole out || bad="$bad $n:lost" ;;
		1)	is_beginning || bad="$bad $n:garbled"
			[ -s err ] || bad="$bad $n:silent" ;;
		2)	[ -s err ] && [ ! -s out ] || bad="$bad $n:usage" ;;
		*)	bad="$bad $n:$status" ;;
		esac
	done
	is "$name: $call $what, each $step of $count" "$bad" ''
}

# faults NAME command ...
faults() {
	name=$1
	shift
	for what in EIO EINTR EAGAIN short; do
		survives read "$what" "$@"
	done
	for what in EIO ENOSPC EINTR EAGAIN short; do
		survives writev "$what" "$@"
		survives write "$what" "$@"
	done
	for what in ENOMEM EINTR short; do
		survives poll "$what" "$@"
		survives ppoll "$what" "$@"
	done
	survives malloc ENOMEM "$@"
}

faults divsed divsed s/foo/barbar/g
faults 'divsed -S' divsed -S 100 s/foo/barbar/g
faults divdrop divdrop -e 'bar$' tcp
faults divdelay divdelay -s 1 -d 1ms,1ms -u 5% -c 5% -r 1mbit -k flow
faults divstat divstat -o tsv -k proto -f /dev/null
faults 'divcat -o text' divcat -o text
faults 'divcat -o pcap' divcat -o pcap
faults 'divcat -o hex' divcat -o hex
echo 'name	fo+	tcp' >patterns
faults divmark divmark -f patterns -l -m 3

done_testing
