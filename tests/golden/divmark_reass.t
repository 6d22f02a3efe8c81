#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2059,SC2154
#
# divmark -S: a match in several segments marks all of them.
. "$(dirname "$0")/lib.sh"

# Ids of frames, in the order of each flow.
flows() {
	divcat -o text "$1" | grep -v ^hold | sort -s -t "$(printf '\t')" -k 4,6 | cut -f 1 |
	    paste -s -d ' ' -
}

# marks NAME IDS ARGUMENTS: marks these frames of text and keeps the order
marks() {
	name=$1
	ids=$2
	shift 2
	frames make <text >in
	run divmark "$@" <in
	is "$name: status" "$status$(cat err)" 0
	divcat -o text out >out.text
	is "$name" "$(awk '/mark=/ { print $1 }' out.text | sort -n |
	    paste -s -d ' ' -)" "$ids"
	is "$name: order" "$(flows out)" "$(flows in)"
}

cat >text <<'END'
tcp4 id=1 seq=1000 -- nothing
tcp4 id=2 seq=1007 -- a fo
tcp4 id=3 seq=1011 -- o, bar
tcp4 id=4 seq=1017 -- fo
tcp6 id=5 seq=1000 -- f
tcp6 id=6 seq=1001 -- o
tcp6 id=7 seq=1002 -- o
tcp6 id=8 seq=1003 -- foo
udp4 id=9 -- fo
udp4 id=10 -- o
END
printf 'word\tfoo\n' >patterns
marks '-e without -S' '8' -e foo
marks '-e' '2 3 5 6 7 8' -S 1000 -e foo
marks '-e and expression' '5 6 7 8' -S 1000 -e foo ip6
marks '-i -e' '1 4 9 10' -S 1000 -i -e foo
printf 'word\tfoo\n' >patterns
marks '-f without -S' '8' -f patterns
marks '-f' '2 3 5 6 7 8' -S 1000 -f patterns
printf 'word\tfoo\ttcp and ip\nother\tbar\n' >patterns
marks '-f with an expression' '2 3' -S 1000 -f patterns
run divmark -v -l -S 1000 -f patterns <in
is 'one alert a pattern for them' "$(cut -f 2,8 err | sed -n 's|\t| |p' | paste -s -d , -)" '2 word,2 other'
like '-v' err '^divmark: 10 packets, 2 marked$'
like '-v: -S' err '^divmark: [0-9]+ segments held, [0-9]+ times joined$'

# segments of a request or a ClientHello: pieces OPTIONS SIZE BYTES
pieces() {
	perl -e 'my ($options, $size, $bytes) = @ARGV;
	    my $seq = 1000;
	    $bytes = pack "H*", $bytes;
	    for (unpack "(a$size)*", $bytes) {
		printf "$options id=%d seq=%d -- %s\n", ++$id, $seq,
		    join "", map { sprintf "\\x%02x", ord } split //;
		$seq += length;
	    }' "$@"
}

hex() {
	od -An -v -tx1 | tr -d ' \n'
}

hello() {
	perl -e 'my ($host) = @ARGV;
	    my $ext = pack("nn/a*", 21, "\0" x 9000) .
		pack("nn/a*", 0, pack "n/a*", pack "Cn/a*", 0, $host);
	    my $hello = pack "na32C/a*n/a*C/a*n/a*", 0x303, "", "id",
		"\x13\x01", "\0", $ext;
	    $hello = pack "CCn/a*", 1, 0, $hello;
	    print map { pack "Cnn/a*", 22, 0x301, $_ }
		unpack "(a4000)*", $hello' "$1" | hex
}

echo blocked.test >names
request='GET /x HTTP/1.1\r\nAccept: a\r\nHost: www.blocked.test\r\n\r\n'
pieces tcp4 5 "$(printf "$request" | hex)" >text
marks '-u without -S: the segment that completes a name' '11' -u names
marks '-u: a request' '1 2 3 4 5 6 7 8 9 10 11' -S 1000 -u names
pieces tcp6 1 "$(printf "$request" | head -c 32 | hex)" >text
marks '-u: half a request' '' -S 1000 -u names
pieces tcp4 1400 "$(hello www.blocked.test)" >text
marks '-u: a hello without -S' '7' -u names
marks '-u: a hello' '1 2 3 4 5 6 7' -S 1000 -u names
pieces tcp6 1400 "$(hello other.test)" >text
marks '-u: another hello' '' -S 1000 -u names
marks '-i -u: another hello' '1 2 3 4 5 6 7' -S 1000 -i -u names
{
	echo 'tcp4 id=1 seq=1000 -- fo'
	pieces tcp4 20 "$(printf "$request" | hex)" |
	    sed 's/id=\([0-9]*\) seq=1/id=1\1 seq=1/' |
	    awk '{ sub(/seq=[0-9]*/, "seq=" 1002 + 20 * (NR - 1)); print }'
} >text
marks '-u behind what -e waits for' '11 12 13' -S 1000 -u names -e 'foo|GET'
marks '-u and -e, which finds nothing' '' -S 1000 -u names -e foo
printf 'word\tGET\n' >patterns
marks '-u behind what -f waits for' '11 12 13' -S 1000 -u names -f patterns

# no segment is held for longer than -S says
mkfifo fifo
echo 'tcp4 id=1 -- a fo' | frames make >one
divmark -S 50 -e foo <fifo >out 2>err &
pid=$!
exec 3>fifo
cat one >&3
wait_for has_frames out
pass 'a segment goes on when its time is over'
exec 3>&-
wait $pid
is 'a segment goes on when its time is over: status' $? 0

# -U: packets that pass undecided have these bits
cat >text <<'END'
tcp4 id=1 seq=999 tcpflags=2
tcp4 id=2 seq=4999 ack=1000 tcpflags=18 swap=1
tcp4 id=3 seq=1000 -- a
tcp4 id=4 seq=1001 tcpflags=8 -- b
tcp4 id=5 frag=first -- c
tcp4 id=6 seq=1003 -- d foo
tcp4 id=7 seq=1008 tcpflags=25 -- e
END
frames make <text >in
run divmark -S 50 -U 8 -e foo <in
is '-U' "$(divcat -o text out | sed -n 's/^\([0-9]*\).*mark=0x0*\([0-9]*\).*/\1:\2/p' |
    sort | paste -s -d ' ' -)" '4:8 5:8 6:1'
usage_error '-U alone' '^divmark: -U needs -S' divmark -U 1 -e x

# A search of which many parts take long is cut short, said once and counted.
echo 'tcp4 seq=1 rep=3000 -- aaaaaaaaaaaaaaaaaaac' | frames make >in
cat in in >in2
run divmark -v -S 1000 -e '(*NO_START_OPT)(?:(a|aa)+b|c)' <in2
is 'a search is cut short: one warning' "$(grep -c \
    '^divmark: -S: a search takes too long, matches .* may be missed$' err)" 1
like 'a search is cut short: counted' err ' joined.*, [1-9] took too long to search$'
run divmark -q -S 1000 -e '(*NO_START_OPT)(?:(a|aa)+b|c)' <in
is 'a search is cut short: -q' "$(cat err)" ''

for ms in 0 -1 x 60001; do
	usage_error "-S $ms" "^divmark: -S $ms: " divmark -S "$ms" -e x
done

done_testing
