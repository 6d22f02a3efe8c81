#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

long=10000 # ms, more than any of these tests takes

segments() {
	perl "$here/segments.pl" "$@"
}

# cuts NAME SCRIPT WANTED [KEYS]: edits the stream in the file, cut at any place
cuts() {
	for version in 4 6; do
		for step in 0 1 3; do
			segments $version $step "${4:-}" <stream >text
			frames make <text | divsed -S $long "$2" >out 2>err
			is "$1, IPv$version, second cut $step" \
			    "$(frames dump <out | segments join |
			    cut -d ' ' -f 2- | sort -u)$(cat err)" "$3"
			is "$1, IPv$version, second cut $step: frames" \
			    "$(frames dump <out | cut -d ' ' -f 2 | sort -n)" \
			    "$(sed 's/.*id=\([0-9]*\).*/\1/' text)"
		done
	done
}

# The name in a ClientHello.
perl -e 'my $sni = pack "nn/a", 0, pack "n/a", pack "Cn/a", 0, shift;
    my $hello = pack "na32CnnCCn/a", 0x303, "r" x 32, 0, 2, 0x1301, 1, 0, $sni;
    print pack "Cnn/a", 22, 0x301, pack "Cxn/a", 1, $hello' \
    www.example.com >stream
ok 'a ClientHello' grep -q www.example.com stream
cuts 'the name in a ClientHello' 's/www\.example\.com/www.example.net/' \
    "$(segments 4 0 <stream | frames make | frames dump | segments join |
    cut -d ' ' -f 2- | sort -u | sed s/com/net/)"

printf 'GET / HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n\r\n' >stream
cuts 'a header of HTTP' 's/\nHost: [^\r]*/\nHost: other/' \
    'GET / HTTP/1.1\r\nHost: other\r\nAccept: */*\r\n\r\n'
cuts 'a header that goes' 's/Host: .*\r\n//' \
    'GET / HTTP/1.1\r\nAccept: */*\r\n\r\n'
cuts 'a header that grows' \
    's/Accept: \*/Accept: text\/html, text\/plain, image\/*, */' \
    "GET / HTTP/1.1\r\nHost: www.example.com\r\n$(:
    )Accept: text/html, text/plain, image/*, */*\r\n\r\n"

printf 'pay 4111 1111 1111 1111, not 4111-1111-1111-1112 or 5500000000000004.' \
    >stream
cuts 'card numbers' 'm/\b(?:\d[ -]?){12,15}\d\b/X/gL' \
    'pay XXXXXXXXXXXXXXXXXXX, not 4111-1111-1111-1112 or XXXXXXXXXXXXXXXX.'

# span NAME SCRIPT WANTED: edits the frames of the file text
span() {
	span_name=$1
	span_wanted=$3
	frames make <text >in
	run divsed -v -S $long "$2" <in
	is "$span_name" "$(frames dump <out | cut -d ' ' -f 1,2,4-)" \
	    "$span_wanted"
}

one='8180 www.example.com A | www.example.com 60 A 10.0.0.1'
two='8180 www.example.com AAAA | www.example.com 60 AAAA fd00::1'
answers() {
	echo "$one ++ $two" | sed "s/60 A 10.0.0.1/60 A $1/" |
	    perl "$here/dns.pl" make tcp
}
echo "tcp4 -- $(answers 10.0.0.1)" | frames make | tail -c +121 >stream
cuts 'DNS' 'A/www.example.com/A/192.0.2.99/' "$(
    echo "tcp4 -- $(answers 192.0.2.99)" | frames make | frames dump |
    cut -d ' ' -f 4-)" sport=53

cat >text <<'END'
tcp4 id=1 seq=1000 -- no
tcp4 id=2 seq=1002 -- a fo
tcp4 id=3 seq=1006 -- o and f
tcp4 id=4 seq=1013 -- OO and f
tcp4 id=5 seq=1021 -- oo
tcp4 id=6 seq=1023 -- no
END
span 'only what a match crosses is joined' 's/foo/bar/;s/$/!/' 'packet 1 no!
packet 2 a ba
packet 3 r and f!
packet 4 OO and b
packet 5 ar!
packet 6 no!'
like 'is counted' err '^divsed: 3 segments held, 2 times joined$'
span 'commands see one packet' '/foo/{=;d;}' 'packet 1 no
drop 2 
drop 3 
drop 4 
drop 5 
packet 6 no'
is 'which has one number' "$(grep '^[0-9]' err | paste -s -d ' ' -)" '2 3'
span 'mark and headers' '/foo/f mark=7,ttl=9' 'packet 1 no
packet 2 a fo
packet 3 o and f
packet 4 OO and f
packet 5 oo
packet 6 no'
is 'of all segments' "$(frames heads <out |
    awk '{ print substr($1, 89, 8), substr($2, 17, 2) }')" '00000000 40
00000007 09
00000007 09
00000007 09
00000007 09
00000000 40'

cat >text <<'END'
tcp4 id=20 seq=999 tcpflags=2
tcp4 id=1 seq=1000 -- f
tcp4 id=2 seq=1000 tcpflags=16
tcp4 id=3 seq=1002 -- o x
tcp4 id=4 seq=1000 -- f
tcp4 id=5 seq=900 -- ab
tcp4 id=6 sport=5 seq=1001 -- oo
tcp6 id=7 seq=1001 -- oo
udp4 id=8 -- fo
tcp4 id=9 frag=first -- o
none id=10 type=2
tcp4 id=11 type=3 seq=1001 -- o
tcp4 id=12 seq=1001 -- oo x
END
span 'what does not belong to it passes' 's/foo/bar/' 'packet 20 
packet 2 
drop 4 
packet 5 ab
packet 8 fo
drop 9 
drop 10 
inject 11 o
packet 1 b
packet 12 ar x
drop 3 
packet 6 oo
packet 7 oo'
like 'repetitions are counted' err \
    '^divsed: 1 segments held, 1 times joined, 1 behind gaps, 3 again, '

# Three streams: an overlap and a FIN; a RST and a SYN that the receiver ignores,
# and a RST that it does not; a FIN without data.
cat >text <<'END'
tcp4 id=1 seq=999 tcpflags=2
tcp4 id=2 seq=1000 -- xfo
tcp4 id=3 seq=1002 -- oo
tcp4 id=4 seq=1004 -- b
tcp4 id=5 seq=1005 -- f
tcp4 id=6 seq=1006 tcpflags=17 -- o
tcp4 id=7 seq=1008 -- o
tcp4 id=8 sport=9 seq=99 tcpflags=2
tcp4 id=9 sport=9 seq=100 -- f
tcp4 id=10 sport=9 seq=9 tcpflags=4
tcp4 id=11 sport=9 seq=200 tcpflags=2
tcp4 id=12 sport=9 seq=101 flags=2 -- o
tcp4 id=13 sport=9 seq=102 tcpflags=4
tcp4 id=14 sport=8 seq=99 tcpflags=2
tcp4 id=15 sport=8 seq=100 -- fo
tcp4 id=16 sport=8 seq=102 tcpflags=17
END
span 'what ends it' 's/fo+/[&]/g' 'packet 1 
packet 2 x[f
packet 3 ooo]
packet 4 b
packet 5 [
packet 6 fo]
drop 7 
packet 8 
packet 10 
packet 11 
packet 9 [
packet 12 fo]
packet 13 
packet 14 
packet 15 [fo]
packet 16 '

cat >text <<'END'
tcp4 id=1 seq=1000 -- foo
tcp4 id=2 seq=1003 -- bar fo
tcp4 id=3 seq=1009 -- obaz f
END
span 'what follows may forbid a match' 's/foo(?!bar)/x/g' 'packet 1 foo
packet 2 bar x
packet 3 baz f'
span 'the end of the input' 's/f$/x/' 'packet 1 foo
packet 2 bar fo
packet 3 obaz x'
span 'an address' '/foobar/d' 'drop 1 
drop 2 
packet 3 obaz f'
span 'quit' '/bar/q;s/o/x/g' 'packet 1 fxx
packet 2 bar fo
packet 3 obaz f'
span 'nothing to look for' 's/^/x/' 'packet 1 xfoo
packet 2 xbar fo
packet 3 xobaz f'
frames make <text | divsed -n -S $long 's/foo/bar/p;s/bar/x/' >out 2>err
is '-n and p' "$(frames dump <out)" 'packet 1 tcp4 bar
packet 2 tcp4 bar ba
packet 3 tcp4 rbaz f'
frames make <text | divsed -S $long 's/foo/bar/p' >out 2>err
is 'p' "$(frames dump <out)" 'inject 0 tcp4 bar
packet 1 tcp4 bar
inject 0 tcp4 bar barbaz f
packet 2 tcp4 bar ba
packet 3 tcp4 rbaz f'
frames make <text | divsed -m 1 -S $long 's/foo/bar/g' >out 2>err
is '-m' "$(frames dump <out)" "$(frames make <text | frames dump)"

cat >text <<'END'
tcp4 id=1 seq=1000 -- a secre
tcp4 id=2 seq=1007 -- t word
tcp4 id=3 seq=1000 -- a secre
tcp4 id=4 seq=1007 -- t
tcp4 id=5 seq=1003 -- ecret word
END
span 'what comes again' 'm/secret/X/' 'packet 1 a XXXXX
packet 2 X word
packet 3 a XXXXX
packet 4 X
packet 5 XXXXX word'
like 'is counted' err ' 3 again$'
printf 'tcp4 id=1 -- a\ntcp4 id=2 seq=1001 tcpflags=17\ntcp4 id=3 -- a\n' |
    frames make | divsed -v -S 20 s/x/y/ 2>err >/dev/null
like 'a FIN without data is new' err ', 1 again'
span 'what comes again and was dropped' '/secret/d' 'drop 1 
drop 2 
drop 3 
drop 4 
drop 5 '

# A held segment is released when its time is over, or when too much is held.
holds() {
	frames holds | paste -s -d ' ' -
}

printf '%s\n' 'tcp4 epoch=3 id=1 -- x' 'tcp4 epoch=3 id=2 -- x' |
    frames make >held
is '-S: the writer is told of the time, once' \
    "$(divsed -S 20 s/x/y/ <held | holds)" 40000000
is '-S: times are added, whichever comes first' \
    "$(divsed -S 20 s/x/y/ <held | divsed s/y/z/ | divsed -S 30 s/z/a/ | holds)" \
    100000000
printf '%s\n' 'none type=5 epoch=3 time=5' 'none type=5 epoch=3 time=7' |
    frames make | cat held - >twice
is '-S: times are added, whenever one comes' \
    "$(divsed -S 20 s/x/y/ <twice | holds)" '40000000 40000005 40000007'
is '-S: new packets have no writer that waits' \
    "$(echo 'tcp4 type=3 epoch=0 -- x' | frames make |
    divsed -S 20 s/x/y/ | holds)" ''

segments_of() {
	perl -e 'my ($n, $bytes) = @ARGV;
	    print "tcp4 id=$_ seq=", $_ * length $bytes, " -- $bytes\n"
		for 1 .. $n' "$1" "$2"
}

mkfifo fifo
rm -f out
divsed -v -S 20 's/fo+/x/' <fifo >out 2>err &
exec 3>fifo
echo 'tcp4 id=1 seq=1000 -- fo' | frames make >&3
wait_for has_frames out
echo 'tcp4 id=2 seq=1002 -- o' | frames make >&3
exec 3>&-
wait $!
is 'time' "$? $(frames dump <out)" '0 packet 1 tcp4 x
packet 2 tcp4 '
like 'time is counted' err \
    '^divsed: 2 segments held, 0 times joined, 2 timed out, 1 undecided$'

segments_of 65 x >text
echo "tcp4 id=66 seq=66 -- y" >>text
frames make <text | divsed -v -S $long 's/x+y/-/' >out 2>err
is 'frames in a span' "$(frames dump <out | cut -d ' ' -f 2,4 |
    paste -s -d ' ' -)" "$(segments_of 64 x | sed 's/.*id=\([0-9]*\).*/\1 x/' |
    paste -s -d ' ' -) 65  66 "
like 'too many frames are counted' err ' 64 too many, 64 undecided$'

segments_of 5 "$(printf '%100000s' '' | tr ' ' x)" >text
echo "tcp4 id=6 seq=600000 -- y" >>text
frames make <text | divsed -v -S $long 's/x+y/-/' >out 2>err
is 'bytes in a span' "$(frames dump <out | cut -c 1-20)" \
    'packet 1 tcp4 xxxxxx
packet 2 tcp4 xxxxxx
packet 3 tcp4 xxxxxx
packet 4 tcp4 xxxxxx
packet 5 tcp4 
packet 6 tcp4 '
like 'too many bytes are counted' err ' 4 too many, 4 undecided$'

perl -e 'print "tcp4 id=$_ sport=$_ seq=0 tcpflags=2\n" for 1 .. 600;
    print "tcp4 id=$_ sport=$_ seq=1 -- fo\n" for 1 .. 600;
    print "tcp4 id=60$_ sport=600 seq=3 -- o\n" for 1' |
    frames make | divsed -v -S $long 's/foo/x/' >out 2>err
is 'frames in all' "$(frames dump <out | sed -n '/ fo$\|x$/p' | head -n 600 |
    cut -d ' ' -f 2,4 |
    uniq -f 1 -c | awk '{ $1 = $1 } 1' | head -n 2)" '89 1 fo
1 600 x'
like 'frames in all are counted' err ' 89 too many, 89 undecided$'

# A search of which many parts take long is cut short, said once and counted.
echo 'tcp4 seq=1 rep=3000 -- aaaaaaaaaaaaaaaaaaac' | frames make >in
cat in in >in2
run divsed -v -S $long '/(*NO_START_OPT)(?:(a|aa)+b|c)/d' <in2
is 'a search is cut short: one warning' "$(grep -c \
    '^divsed: -S: a search takes too long, matches .* may be missed$' err)" 1
like 'a search is cut short: counted' err ' joined.*, [1-9] took too long to search$'
run divsed -q -S $long '/(*NO_START_OPT)(?:(a|aa)+b|c)/d' <in
is 'a search is cut short: -q' "$(cat err)" ''

# Retransmissions, cut otherwise, are edited as the first time; others bytes are
# not: the first version counts.
cat >text <<'END'
tcp4 id=1 seq=999 tcpflags=2
tcp4 id=2 seq=1000 -- a secret word
tcp4 id=3 seq=1000 -- a sec
tcp4 id=4 seq=1005 -- ret word
tcp4 id=5 seq=1009 -- WORD
tcp4 id=6 seq=1000 -- a XXXXXX word and secret
END
span 'again, cut otherwise' 'm/secret/X/' 'packet 1 
packet 2 a XXXXXX word
packet 3 a XXX
packet 4 XXX word
packet 5 word
packet 6 a XXXXXX word and XXXXXX'

usage_error '-U alone' '^divsed: -U needs -S' divsed -U d
usage_error '-S without a number' 'option requires an argument' divsed -S
usage_error '-S 0' '-S 0: number is too small \(1 to 10000\)' divsed -S 0 d
usage_error '-S 10001' '-S 10001: number is too large' divsed -S 10001 d

done_testing
