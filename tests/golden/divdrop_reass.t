#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# drops NAME IDS ARGUMENTS: with -S, these packets of text are dropped, each
# with its drop record
drops() {
	name=$1
	ids=$2
	shift 2
	frames make <text >in
	run divdrop "$@" <in
	is "$name" "$(frames dump <out | awk '$1 == "drop" { print $2 }' |
	    paste -s -d ' ')$(cat err)" "$ids"
	is "$name: all are there" \
	    "$(frames dump <out | cut -d ' ' -f 2 | sort -n | paste -s -d ' ')" \
	    "$(sed 's/.*id=\([0-9]*\).*/\1/' text | sort -n |
		paste -s -d ' ')"
}

for v in 4 6; do
	cat >text <<-END
	tcp$v id=1 seq=1000 -- before
	tcp$v id=2 seq=1006 mark=1 -- a se
	udp$v id=3 -- cret
	tcp$v id=4 seq=1010 mark=1 -- cr
	tcp$v id=5 seq=1012 mark=2 -- et b
	tcp$v id=6 seq=1016 -- secret
	tcp$v id=7 seq=1022 -- sec
	END
	drops "IPv$v, no -S" 6 -e secret
	drops "IPv$v, -S" '2 4 5 6' -S 10000 -e secret
	drops "IPv$v, -i" '1 3 7' -S 10000 -i -e secret
	drops "IPv$v, expression" '2 4 5 6' -S 10000 -e secret tcp port 80
	drops "IPv$v, another expression" '' -S 10000 -e secret tcp port 81
	drops "IPv$v, -c" '2 4 5' -S 10000 -c 1 -e secret
	drops "IPv$v, -m" '' -S 10000 -m 2 -e secret
	frames make <text >in
	run divdrop -S 10000 -lR -e secret <in
	is "IPv$v, -lR: each is told of" "$(cut -f 2,10 err | tr '\t' : |
	    paste -s -d ' ')" '2:2 4:2 5:2 6:2'
	run divdrop -S 10000 -v -e secret <in
	is "IPv$v, -v" "$(cat err)" 'divdrop: 7 packets, 4 dropped
divdrop: 3 segments held, 1 times joined'
done

# Retransmissions of dropped segments, which come alone.
cat >text <<'END'
tcp4 id=1 seq=1000 -- a se
tcp4 id=2 seq=1004 -- cret b
tcp4 id=3 seq=1000 -- a se
tcp4 id=4 seq=1004 -- cret b
tcp4 id=5 seq=1010 -- c
END
drops 'again' '1 2 3 4' -S 10000 -e secret
drops 'again, by chance' '1 2' -S 10000 -c 1 -e secret

# A held segment is released when its time is over.
mkfifo fifo
rm -f out
printf 'tcp4 id=1 -- a sec\n' | frames make >one
divdrop -S 50 -e secret <fifo >out &
exec 3>fifo
cat one >&3
wait_for has_frames out
is 'goes on in time' "$(frames dump <out)" 'packet 1 tcp4 a sec'
exec 3>&-
wait

# -U: what is undecided when its time is over.  Fragments of TCP, segments that
# the receiver does not accept and segments behind a gap are always dropped if they
# are selected, unless they are of a capture.
cat >text <<'END'
tcp4 id=1 seq=999 tcpflags=2
tcp4 id=2 seq=4999 ack=1000 tcpflags=18 swap=1
tcp4 id=3 seq=1000 -- a
tcp4 id=4 seq=1001 tcpflags=8 -- b
tcp4 id=5 frag=first -- c
tcp4 id=6 seq=1003 -- d
END
drops 'undecided' '4 5 6' -S 50 -e secret
drops 'undecided, not selected' '' -S 50 -e secret udp
sed 's/id=/type=3 id=/' text | frames make | divdrop -S 50 -e secret |
    frames dump >dumped
is 'undecided, of a capture' "$(cut -d ' ' -f 1,2 dumped | paste -s -d ' ')" \
    'inject 1 inject 2 inject 3 inject 4 inject 5 inject 6'
rm -f out
divdrop -S 20 -U -e secret <fifo >out &
exec 3>fifo
printf '%s\n' 'tcp4 id=1 seq=999 tcpflags=2' 'tcp4 id=2 seq=1000 -- a sec' |
    frames make >&3
sleep 0.3
printf '%s\n' 'tcp4 id=3 seq=1005 -- ret' 'tcp4 id=4 seq=1000 -- a sec' \
    'tcp4 id=5 seq=1005 -- ond' | frames make >&3
exec 3>&-
wait
is '-U: dropped, and searched again' "$(frames dump <out)" 'packet 1 tcp4 
drop 2 none 
drop 4 none 
drop 3 none 
drop 5 none '
usage_error '-U alone' '^divdrop: -U needs -S' divdrop -U -e x

# A search of which many parts take long is cut short, said once and counted.
echo 'tcp4 seq=1 rep=3000 -- aaaaaaaaaaaaaaaaaaac' | frames make >in
cat in in >in2
run divdrop -v -S 10000 -e '(*NO_START_OPT)(?:(a|aa)+b|c)' <in2
is 'a search is cut short: one warning' "$(grep -c \
    '^divdrop: -S: a search takes too long, matches .* may be missed$' err)" 1
like 'a search is cut short: counted' err ' joined.*, [1-9] took too long to search$'
run divdrop -q -S 10000 -e '(*NO_START_OPT)(?:(a|aa)+b|c)' <in
is 'a search is cut short: -q' "$(cat err)" ''

usage_error '-S alone' '^divdrop: -S needs a regular expression' \
    divdrop -S 10 tcp
for n in 0 10001 x; do
	usage_error "-S $n" "^divdrop: -S $n: " divdrop -S $n -e x
done
done_testing
