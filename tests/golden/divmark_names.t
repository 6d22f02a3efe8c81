#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2034,SC2059,SC2154
#
# divmark -u: packets that name a host.
. "$(dirname "$0")/lib.sh"

# Frames in text of a TLS ClientHello, in records of 30 bytes, and of a DNS
# question: tls OPTIONS HOST, dns OPTIONS HOST
# shellcheck disable=SC2016
escape='sub escape { join "", map { sprintf "\\x%02x", ord } split //, $_[0] }'

tls() {
	perl -e "$escape"'
	    my ($options, $host) = @ARGV;
	    my $list = pack "Cn/a*", 0, $host;
	    my $ext = pack("nn/a*", 16, "\0\3\2h2") .
		pack("nn/a*", 0, pack "n/a*", $list);
	    my $hello = pack "na32C/a*n/a*C/a*n/a*", 0x303, "", "id",
		"\x13\x01", "\0", $ext;
	    $hello = pack "CCn/a*", 1, 0, $hello;
	    my $records = join "", map { pack "Cnn/a*", 22, 0x301, $_ }
		unpack "(a30)*", $hello;
	    print "$options -- ", escape($records), "\n"' "$@"
}

dns() {
	perl -e "$escape"'
	    my ($options, $host) = @ARGV;
	    my $q = pack("n6", 7, 0x100, 1, 0, 0, 0) .
		pack("(C/a*)*", split /\./, $host) . pack "Cnn", 0, 1, 1;
	    $q = pack "n/a*", $q if $options =~ /^tcp/;
	    print "$options -- ", escape($q), "\n"' "$@"
}

http() {
	printf '%s -- GET %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n\n' "$1" "$3" "$2"
}

{
	http 'tcp4 id=1' www.blocked.test /
	http 'tcp6 id=2' ok.blocked.test /
	http 'tcp6 id=3' other.test /ads/x
	http 'tcp4 id=4' other.test /
	http 'tcp4 id=5' 'BLOCKED.test:8080' /
	tls 'tcp4 id=6' a.blocked.test
	tls 'tcp6 id=7' other.test
	dns 'udp4 id=8' WWW.Blocked.Test
	dns 'udp6 id=9' ok.blocked.test
	dns 'tcp4 dport=53 id=10' blocked.test
	dns 'tcp6 dport=53 id=11' other.test
	echo 'tcp4 id=12 sport=9 -- blocked.test'
	echo 'udp4 id=13 -- foo'
	echo 'icmp6 id=14'
	echo 'none id=15'
	http 'tcp4 id=16 frag=later' blocked.test /
	cat <<-'END'
	tcp4 id=17 -- GET http://blocked.test HTTP/1.1\r\n\r\n
	tcp4 id=18 -- CONNECT blocked.test:443 HTTP/1.1\r\n\r\n
	END
	http 'udp4 id=19' blocked.test /
} >text
frames make <text >in

cat >list <<'END'
# not these
Blocked.TEST
!ok.blocked.test.	# but this
0.0.0.0 unused.test
other.test/ads/
END

# marks NAME IDS ARGUMENTS
marks() {
	name=$1
	ids=$2
	shift 2
	run divmark "$@" <in
	is "$name: status" "$status$(cat err)" 0
	is "$name" "$(divcat -o text out | awk '/mark=/ { print $1 }' |
	    paste -s -d ' ' -)" "$ids"
}

marks '-u' '1 3 5 6 8 10 17 18' -u list
marks '-u and expression' '8' -u list udp
marks '-u and -e' '1 5' -u list -e '^GET / '
marks '-i -u is an allow list' '2 4 7 9 11 12 13 19' -i -u list
marks '-i -u of TLS' '7' -i -u list -e '^\x16'
: >empty
marks '-u with none' '' -u empty
# 12 may begin a request; 13 and 19 are no DNS messages
marks '-i -u with none' '1 2 3 4 5 6 7 8 9 10 11 12 13 17 18 19' -i -u empty
marks '-D marks what is undecided, too' '1 3 5 6 8 10 12 13 17 18 19' -D -u list
marks '-D alone' '12 13 19' -D -u empty
marks '-D with -i' '2 4 7 9 11 12 13 19' -D -i -u list
run divmark -v -u empty <in
like 'undecided ones are counted' err '^divmark: 19 packets, 0 marked, 3 undecided$'
run divmark -l -D -u empty <in
is 'and named in alerts' "$(cut -f 8,9 err | sort -u)" "$(printf 'undecided\t-')"
usage_error '-D without a list' '^divmark: -D: no list of -u' divmark -D -e x
printf 'ok.blocked.test\r\nother.test' >crlf
marks '-u with CR, without a new line' '2 3 4 7 9 11' -u crlf
printf 'word\tGET\n' >patterns
marks '-u and -f' '1 3 5 17' -u list -f patterns

# Of several names each counts: none of a blocked list, all of an allowed one.
# names ID LINES: a request with these lines
names() {
	printf 'tcp4 id=%s -- GET / HTTP/1.1\\r\\n%s\\r\\n\n' "$1" "$2"
}

{
	names 1 'Host: other.test\r\n'
	names 2 'Host: other.test\r\nHost: blocked.test\r\n'
	names 3 'Host: blocked.test\r\nHost: other.test\r\n'
	names 4 'Host: other.test\r\nHost:\r\n'
	names 5 ''
	names 6 'Host: other.test\r\n\r\nGET / HTTP/1.1\r\nHost: blocked.test\r\n'
	cat <<-'END'
	tcp4 id=7 -- GET http://other.test/ HTTP/1.1\r\nHost: blocked.test\r\n\r\n
	tcp4 id=8 -- GET / HTTP/1.1\r\nHost: other.test\r\n
	END
} | frames make >in
echo blocked.test >list
echo other.test >allowed
marks 'several names' '2 3 6 7' -u list
marks 'several names, -D' '2 3 4 5 6 7 8' -D -u list
marks 'several names, an allow list' '2 3 4 5 6 7 8' -i -u allowed

# With -S, a request is undecided if its rest does not come in time.
cat >in.text <<'END'
tcp4 id=1 seq=1000 -- GET / HT
tcp4 id=2 seq=1008 -- TP/1.1\r\nHost: other
tcp4 id=3 seq=1027 -- .test\r\n\r\n
tcp6 id=4 seq=1000 -- GET / HT
tcp6 id=5 seq=1008 -- TP/1.1\r\nHost: blocked
tcp6 id=6 seq=1029 -- .test\r\n\r\n
tcp6 id=7 sport=9 seq=1000 -- GET / HT
tcp6 id=8 sport=9 seq=1008 -- TP/1.1\r\nHost: other
END
frames make <in.text >in
marks '-S' '4 5 6' -S 1000 -u list
marks '-S -D' '4 5 6 7 8' -S 1000 -D -u list
marks '-S, an allow list' '4 5 6 7 8' -S 1000 -i -u allowed

# Without -S, the segment that completes a name gets the mark, whatever the order.
# piece ID SEQ BYTES, as text
piece() {
	printf 'tcp4 id=%s sport=%s seq=%s -- %s\n' "$1" "$port" "$2" "$3"
}

syn() {
	printf 'tcp4 id=%s sport=%s seq=999 tcpflags=2\n' "$1" "$port"
}

{
	port=1
	piece 1 1000 'GET / HT'
	piece 2 1008 'TP/1.1\r\nHost: bl'
	piece 3 1024 'ocked.test\r\n\r\n'
	piece 4 1024 'ocked.test\r\n\r\n' # again
	port=2
	piece 5 1000 'GET / HT'
	piece 6 1024 'ocked.test\r\n\r\n'
	piece 7 1008 'TP/1.1\r\nHost: bl'
	port=3
	syn 8
	piece 9 1024 'ocked.test\r\n\r\n'
	piece 10 1008 'TP/1.1\r\nHost: bl'
	piece 11 1000 'GET / HT'
	port=4
	piece 12 1000 'GET / HT'
	piece 13 1004 '/ HTTP/1.1\r\nHost: blocked.test\r\n\r\n'
	port=5
	piece 14 1000 'GET / HTTP/1.1\r\n'
	piece 15 1016 'Host: other.test\r\n\r\n'
	piece 16 1036 'Host: blocked.test\r\n'
	port=6
	piece 17 1000 AAAA # before the real one
	piece 18 1000 'GET / HTTP/1.1\r\nHost: blocked.test\r\n\r\n'
	port=7
	piece 19 1000 'GET / HT'
	syn 20 # a new connection
	piece 21 1008 'TP/1.1\r\nHost: blocked.test\r\n'
} | frames make >in
marks 'segments' '3 4 7 11 13 18' -u list
{
	port=1
	syn 1
	piece 2 1022 'other.test\r\n\r\n'
	piece 3 1000 'GET / HTTP/1.1\r\nHost: blocked'
} | frames make >in
marks 'segments that overlap and differ' '' -u list
marks 'segments that overlap and differ, -D' '3' -D -u list

# errors: position and reason
bad_list() {
	printf "$2" >bad
	usage_error "-u: $1" "^divmark: bad: $3" divmark -u bad
}
bad_list 'two names' 'a.test\nb c\n' 'line 2, column 3: one name'
bad_list 'wildcard' '\n#\na.*.test\n' 'line 3, column 3: no host name has'
bad_list 'port' 'a.test:80\n' 'line 1, column 7: no host name has'
bad_list 'URL' 'http://a.test/\n' 'line 1, column 5: no host name has'
bad_list 'empty label' 'a..test\n' 'line 1, column 3: an empty'
bad_list 'NUL' 'a\000b\n' 'line 1, column 2: no host name has'
printf 'a.test\nb.test##.ad\n||c.test^\n' >filter
run divmark -u filter </dev/null
is '-u: lines of filters are skipped' "$status $(cat err)" '0 divmark: filter: line 2, column 1: 1 line skipped, for it names no host'
usage_error '-u: no file' '^divmark: none: No such file' divmark -u none

# a million names
perl -e 'printf "%x.host%d.test\n", $_ * 7919 % 1000003, $_ for 1 .. 1000000' \
    >many
tail -n 1 many >last
http 'tcp4 id=1' "www.$(cat last)" / | frames make >in.last
(
	# shellcheck disable=SC3045
	ulimit -t "$((${SANITISED:+20} + 2))"
	exec divmark -u many
) <in.last >out
status=$?
is 'a million names load within two seconds of CPU' $status 0
divcat -o text out >out.text
like 'and are found' out.text 'mark=0x00000001'

# SIGHUP.  One packet at a time; the mark of the last one is checked.
http 'tcp4 id=1' new.test / | frames make >one

last_mark() {
	feed
	divcat -o text out | tail -n 1 | grep -q "mark=0x0000000$1"
}

mkfifo fifo
cp list live
divmark -m 3 -u live <fifo >out 2>err &
pid=$!
exec 3>fifo
fed=0
is 'SIGHUP: before' "$(last_mark 3; echo $?)" 1
fed=1
echo new.test >live
kill -HUP $pid
wait_for last_mark 3
pass 'SIGHUP: the new list is in force'
echo 'bad name' >live
kill -HUP $pid
wait_for test -s err
like 'SIGHUP: a bad list is told' err \
    '^divmark: live: line 1, column 5: one name a line; what was .* in force'
ok 'SIGHUP: and leaves the old one in force' last_mark 3
rm live
: >err
kill -HUP $pid
wait_for test -s err
like 'SIGHUP: no list is told' err '^divmark: live: No such file .* in force'
ok 'SIGHUP: and leaves the old one in force' last_mark 3
echo old.test >live
kill -HUP $pid
unmarked() {
	! last_mark 3
}
wait_for unmarked
pass 'SIGHUP: and a good list comes into force again'
exec 3>&-
wait $pid
is 'SIGHUP: status' $? 0

# the same for patterns
printf 'old\tzzz\n' >live
divmark -m 3 -f live <fifo >out 2>err &
pid=$!
exec 3>fifo
fed=0
is 'SIGHUP: -f: before' "$(last_mark 3; echo $?)" 1
fed=1
printf 'new\tGET\n' >live
kill -HUP $pid
wait_for last_mark 3
pass 'SIGHUP: -f: the new list is in force'
printf 'bad\ta(b\n' >live
kill -HUP $pid
wait_for test -s err
like 'SIGHUP: -f: a bad list is told' err \
    '^divmark: live: line 1, column 8: missing .* in force'
ok 'SIGHUP: -f: and leaves the old one in force' last_mark 3
exec 3>&-
wait $pid

rm -f out
divmark -e x <fifo >out 2>err &
pid=$!
exec 3>fifo
cat one >&3
wait_for has_frames out
kill -HUP $pid
wait $pid 2>/dev/null
is 'SIGHUP without a list ends it' $? 129
exec 3>&-

done_testing
