#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

dns() {
	perl "$here/dns.pl" "$@"
}

# packet PROTOCOL MESSAGES: a frame from a server
packet() {
	packet_payload=$(echo "$2" | dns make "${1%%[46]}")
	echo "$1 sport=53 -- $packet_payload" | frames make
}

# answer NAME SCRIPT MESSAGE WANTED: edits an answer over UDP and TCP, v4 and v6
answer() {
	for proto in udp4 udp6 tcp4 tcp6; do
		packet $proto "$3" >in
		run divsed "$2" <in
		is "$1, $proto" "$(frames dump <out | dns dump)$(cat err)" \
		    "packet $proto $4"
	done
}

# untouched NAME SCRIPT: the frames of the file "in" pass unchanged
untouched() {
	run divsed "$2" <in
	is "$1: status" "$status$(cat err)" 0
	is_file "$1" in out
}

# counted NAME SCRIPT WANTED: the counters of the command with -v
counted() {
	run divsed -v "$2" <in
	like "$1" err "A$3\$"
}

ask='8180 www.example.com'

answer 'A' 'A/www.example.com/A/192.0.2.1/' \
    "$ask A | www.example.com 60 A 10.0.0.1" \
    "$ask A | www.example.com 60 A 192.0.2.1"
answer 'AAAA' 'A/www.example.com/AAAA/2001:db8::1/' \
    "$ask AAAA | www.example.com 60 AAAA fd00::1" \
    "$ask AAAA | www.example.com 60 AAAA 2001:db8::1"
answer 'CNAME' 'A/www.example.com/CNAME/a.longer.name.example.net/' \
    "$ask A | www.example.com 60 CNAME b.example.com, b.example.com 5 A 10.0.0.1" \
    "$ask A | www.example.com 60 CNAME a.longer.name.example.net, b.example.com 5 A 10.0.0.1"
answer 'PTR' 'A/1.0.0.10.in-addr.arpa/PTR/host.example.net/' \
    '8180 1.0.0.10.in-addr.arpa PTR | 1.0.0.10.in-addr.arpa 60 PTR a.arpa' \
    '8180 1.0.0.10.in-addr.arpa PTR | 1.0.0.10.in-addr.arpa 60 PTR host.example.net'
answer 'MX' 'A/example.com/MX/10 mail.example.net/' \
    '8180 example.com MX | example.com 60 MX 5 a.example.com | | a.example.com 60 A 10.0.0.1' \
    '8180 example.com MX | example.com 60 MX 10 mail.example.net | | a.example.com 60 A 10.0.0.1'
answer 'TXT' 'A/www.example.com/TXT/two words/' \
    "$ask TXT | www.example.com 60 TXT old" \
    "$ask TXT | www.example.com 60 TXT two words"
answer 'TTL' 'A/*/A/192.0.2.1/0' \
    "$ask A | www.example.com 60 A 10.0.0.1" \
    "$ask A | www.example.com 0 A 192.0.2.1"
answer 'NX' 'A/www.example.com/NX/' \
    "$ask A | www.example.com 60 A 10.0.0.1 | example.com 60 NS ns.example.com | ns.example.com 60 A 10.0.0.2, . 0 OPT" \
    '8183 www.example.com A | | | . 0 OPT'
answer 'several addresses' 'A/www.example.com/A/192.0.2.1 192.0.2.2/' \
    "$ask A | www.example.com 60 A 10.0.0.1" \
    "$ask A | www.example.com 60 A 192.0.2.1, www.example.com 60 A 192.0.2.2"
answer 'A+' 'A/www.example.com/A+/192.0.2.1/5' \
    "$ask A" "$ask A | www.example.com 5 A 192.0.2.1"
answer 'removed' 'A/www.example.com/A/-/' \
    "$ask A | www.example.com 60 A 10.0.0.1" "$ask A"
answer 'NODATA' 'A/www.example.com/NODATA/' \
    "$ask A | www.example.com 60 A 10.0.0.1" "$ask A"
answer 'REFUSED' 'A/www.example.com/REFUSED/' \
    "$ask A | www.example.com 60 A 10.0.0.1" "8185 www.example.com A"
answer 'NX: another name' 'A/example.com/NX/' \
    "$ask A | www.example.com 60 A 10.0.0.1" \
    "$ask A | www.example.com 60 A 10.0.0.1"
answer 'all sections stay' 'A/www.*/A/192.0.2.1/' \
    "$ask A | www.example.com 60 A 10.0.0.1 | example.com 60 NS ns.example.com | ns.example.com 60 A 10.0.0.2, . 0 OPT" \
    "$ask A | www.example.com 60 A 192.0.2.1 | example.com 60 NS ns.example.com | ns.example.com 60 A 10.0.0.2, . 0 OPT"
answer 'a chain of aliases' 'A/www.example.com/A/192.0.2.1/' \
    "$ask A | www.example.com 60 CNAME a.example.com, a.example.com 60 CNAME b.example.net, b.example.net 60 A 10.0.0.1" \
    "$ask A | www.example.com 60 CNAME a.example.com, a.example.com 60 CNAME b.example.net, b.example.net 60 A 192.0.2.1"
answer 'a name in the chain' 'A/b.example.net/A/192.0.2.1/' \
    "$ask A | www.example.com 60 CNAME b.example.net, b.example.net 60 A 10.0.0.1" \
    "$ask A | www.example.com 60 CNAME b.example.net, b.example.net 60 A 192.0.2.1"
answer 'a set becomes one' 'A/www.example.com/A/192.0.2.1/' \
    "$ask A | www.example.com 60 A 10.0.0.1, www.example.com 60 A 10.0.0.2, www.example.com 60 A 10.0.0.3" \
    "$ask A | www.example.com 60 A 192.0.2.1"
answer 'no answer, nothing to rewrite' 'A/www.example.com/A/192.0.2.1/' \
    "$ask A | | example.com 60 SOA ns.example.com root.example.com" \
    "$ask A | | example.com 60 SOA ns.example.com root.example.com"
answer 'case' 'A/WWW.example.COM/A/192.0.2.1/' \
    '8180 wWw.ExamplE.com A | wWw.ExamplE.com 60 A 10.0.0.1' \
    '8180 wWw.ExamplE.com A | wWw.ExamplE.com 60 A 192.0.2.1'
answer '* takes dots' 'A/*.com/A/192.0.2.1/' \
    "$ask A | www.example.com 60 A 10.0.0.1" \
    "$ask A | www.example.com 60 A 192.0.2.1"
answer '?' 'A/???.example.com/A/192.0.2.1/' \
    "$ask A | www.example.com 60 A 10.0.0.1" \
    "$ask A | www.example.com 60 A 192.0.2.1"
answer 'delimiters' 'A,www.*,TXT,a/b\,c,1;A|www.*|TXT|a\|b|' \
    "$ask TXT | www.example.com 60 TXT old" \
    "$ask TXT | www.example.com 1 TXT a|b"
answer 'no longer verified' 'A/*/A/192.0.2.1/' \
    '81a0 www.example.com A | www.example.com 60 A 10.0.0.1' \
    "$ask A | www.example.com 60 A 192.0.2.1"
answer 'several commands' 'A/www.*/CNAME/b.example.net/
    A/www.*/A/192.0.2.1/' \
    "$ask A | www.example.com 60 CNAME a.example.com, a.example.com 60 A 10.0.0.1" \
    "$ask A | www.example.com 60 CNAME b.example.net, a.example.com 60 A 192.0.2.1"
answer 'in a block, by address' '/example/{A/*/A/192.0.2.1/5}
    /nothing/A/*/NX/' \
    "$ask A | www.example.com 60 A 10.0.0.1" \
    "$ask A | www.example.com 5 A 192.0.2.1"
answer 'types in small letters' 'A/*/nx/' "$ask A" '8183 www.example.com A'

# Lists of names.
cat >names <<'END'
example.com
!ok.example.com
END
cat >zone <<'END'
$TTL 60
@ SOA localhost. root.localhost. 1 2 3 4 5
*.nx.example CNAME . ; all below
nodata.example CNAME *.
drop.example CNAME rpz-drop.
pass.nx.example CNAME rpz-passthru.
www.example A 192.0.2.1
    AAAA 2001:db8::1
192.0.2.2 host.example
192.0.2.3 host.example
END
addr='60 A 10.0.0.1'
answer 'a list' 'A/<names/A/192.0.2.1/' \
    "$ask A | www.example.com $addr" "$ask A | www.example.com 60 A 192.0.2.1"
answer 'a list: an exception' 'A/<names/NX/' \
    "8180 ok.example.com A | ok.example.com $addr" \
    "8180 ok.example.com A | ok.example.com $addr"
answer 'a list: CNAME .' 'A/<zone/LIST/' \
    "8180 a.NX.example A | a.NX.example $addr" '8183 a.NX.example A'
answer 'a list: CNAME *.' 'A/<zone/LIST/' \
    "8180 nodata.example A | nodata.example $addr" '8180 nodata.example A'
answer 'a list: rpz-passthru' 'A/<zone/LIST/' \
    "8180 pass.nx.example A | pass.nx.example $addr" \
    "8180 pass.nx.example A | pass.nx.example $addr"
answer 'a list: A' 'A/<zone/LIST/' \
    "8180 www.example A | www.example $addr" \
    '8180 www.example A | www.example 60 A 192.0.2.1'
answer 'a list: AAAA' 'A/<zone/LIST/' '8183 www.example AAAA' \
    '8180 www.example AAAA | www.example 60 AAAA 2001:db8::1'
answer 'a list: hosts(5)' 'A/<zone/LIST/' \
    "8180 a.host.example A | a.host.example $addr" \
    '8180 a.host.example A | a.host.example 60 A 192.0.2.2, a.host.example 60 A 192.0.2.3'
answer 'a list: no other records' 'A/<zone/LIST/' \
    '8180 host.example MX | host.example 60 MX 5 a.example' \
    '8180 host.example MX'
drop="8180 drop.example A | drop.example $addr"
packet udp4 "$drop" >in
run divsed 'A/<zone/LIST/' <in
is 'a list: rpz-drop' "$(frames dump <out)" 'drop 1 none '
packet tcp4 "$drop ++ $ask A" >in
run divsed -v 'A/<zone/LIST/' <in
is 'a list: rpz-drop of one message' "$(frames dump <out | dns dump)" \
    "packet tcp4 $ask A"
like 'a list: rpz-drop is counted' err '1 matched, 1 edited, 1 dropped'

# SIGHUP.  One packet at a time; the last answer is checked.
packet udp4 "$ask A | www.example.com $addr" >one

# answers_with ADDRESS
answers_with() {
	feed
	frames dump <out | dns dump | tail -n 1 | grep -q " $1\$"
}

mkfifo fifo
echo other.example >live
divsed 'A/<live/A/192.0.2.1/;A/<live/AAAA/::1/' <fifo >out 2>err &
pid=$!
exec 3>fifo
fed=0
ok 'SIGHUP: before' answers_with 10.0.0.1
echo www.example.com >live
kill -HUP $pid
wait_for answers_with 192.0.2.1
pass 'SIGHUP: the new list is in force'
echo 'bad name' >live
kill -HUP $pid
wait_for test -s err
like 'SIGHUP: a bad list is told' err \
    '^divsed: live: line 1, column 5: one name a line; what was .* in force'
ok 'SIGHUP: and leaves the old one in force' answers_with 192.0.2.1
echo other.example >live
kill -HUP $pid
wait_for answers_with 10.0.0.1
pass 'SIGHUP: again'
exec 3>&-
wait $pid
is 'SIGHUP: status' $? 0

# Only for a client: answers go to it.
packet udp4 "$ask A | www.example.com $addr" >in
dst=$(divcat -o text <in | cut -f 6 | cut -d : -f 1)
run divsed "\"dst host $dst\" A/<names/NX/" <in
is 'for a client' "$(frames dump <out | dns dump)" \
    'packet udp4 8183 www.example.com A'
untouched 'for another client' '"dst net 203.0.113.0/24" A/<names/NX/'

# Answers that grow too long for a datagram, and the same in TCP.
long=$(printf '%0600d' 0)
for proto in udp4 udp6; do
	packet $proto "$ask TXT | www.example.com 60 TXT old | | . 0 OPT" >in
	run divsed "A/*/TXT/$long/" <in
	is "TC, $proto" "$(frames dump <out | dns dump)" \
	    "packet $proto 8380 www.example.com TXT | | | . 0 OPT"
done
packet tcp4 "$ask TXT | www.example.com 60 TXT old | | . 0 OPT" >in
run divsed "A/*/TXT/$long/" <in
is 'pieces in TCP' "$(frames dump <out | dns dump)" \
    "packet tcp4 $ask TXT | www.example.com 60 TXT [255] [255] [90] | | . 0 OPT"

# Several messages in a segment; the last may continue in the next segment.
one="$ask A | www.example.com 60 A 10.0.0.1"
two='8180 a.example.org AAAA | a.example.org 60 AAAA fd00::1'
packet tcp4 "$one ++ $two ++ $one" >in
run divsed 'A/*/A/192.0.2.1/;A/*/AAAA/::/;A/a.*/NX/' <in
is 'messages' "$(frames dump <out | dns dump)" \
    "packet tcp4 $ask A | www.example.com 60 A 192.0.2.1 ++ 8183 a.example.org AAAA ++ $ask A | www.example.com 60 A 192.0.2.1"
part='\x00\x31\x12\x67'
echo "tcp4 sport=53 -- $(echo "$one" | dns make tcp)$part" | frames make >in
run divsed 'A/*/NX/' <in
is 'a part of a message' "$(frames dump <out)" "packet 1 tcp4 $(
    echo "tcp4 -- $(echo '8183 www.example.com A' | dns make tcp)$part" |
	frames make | frames dump | cut -d ' ' -f 4-)"
counted 'a part is counted' 'A/*/NX/' \
    '/\*/NX/: 1 matched, 1 edited, 1 cut by segments'

# Messages that pass unchanged.
echo "udp4 sport=53 -- $(echo "$one" | dns make udp)" | frames make >in
counted 'counts' 'A/*/A/192.0.2.1/' '/\*/A/192.0.2.1/: 1 matched, 1 edited'
counted 'counts: as it was' 'A/*/A/10.0.0.1/' '/\*/A/10.0.0.1/: 1 matched'
counted 'counts: nothing' 'A/a/A/10.0.0.1/' '/a/A/10.0.0.1/: never matched'
untouched 'as it was' 'A/*/A/10.0.0.1/'
echo "udp4 sport=5353 -- $(echo "$one" | dns make udp)" | frames make >in
untouched 'another port' 'A/*/A/192.0.2.1/'
echo "udp4 -- $(echo "$one" | dns make udp)" | frames make >in
untouched 'towards the port' 'A/*/A/192.0.2.1/'
echo "udp4 sport=53 -- $(echo '0100 www.example.com A' | dns make udp)" |
    frames make >in
untouched 'a query' 'A/*/A/192.0.2.1/;A/*/NX/'
echo "udp4 sport=53 frag=first -- $(echo "$one" | dns make udp)" | frames make >in
untouched 'a fragment' 'A/*/A/192.0.2.1/;A/*/NX/'
echo "udp4 sport=53 -- $(echo "$one | | . 0 TSIG" | dns make udp)" |
    frames make >in
untouched 'signed' 'A/*/A/192.0.2.1/;A/*/NX/'
counted 'signed is counted' 'A/*/NX/' '/\*/NX/: 1 matched, 1 signed'
echo "udp4 sport=53 -- $(echo "$one" | dns make udp)x
udp4 sport=53 -- x
udp4 sport=53" | frames make >in
untouched 'malformed' 'A/*/A/192.0.2.1/;A/*/NX/'
counted 'malformed is counted' 'A/*/NX/' '/\*/NX/: never matched, 2 malformed'
printf 'tcp4 sport=53 rep=32768 -- \\x00\\x00' | frames make >in
untouched 'messages of no bytes' 'A/*/A/192.0.2.1/;A/*/NX/'

# error NAME SCRIPT COLUMN PATTERN
error() {
	usage_error "$1" "line 1, column $3: $4" divsed "$2"
}

error 'no delimiter' 'A' 2 'expected a delimiter'
error 'unterminated glob' 'A/a' 4 'unterminated A command, expected /'
error 'unterminated type' 'A/a/A' 6 'unterminated A command'
error 'unterminated value' 'A/a/A/10.0.0.1' 15 'unterminated A command'
error 'newline' 'A/a
/A/10.0.0.1/' 4 'unterminated A command'
error 'no glob' 'A//A/10.0.0.1/' 3 'expected a name'
error 'unknown type' 'A/a/B/c/' 5 'expected A, A\+, AAAA, AAAA\+, CNAME, HTTPS, LIST, MX, NODATA, NX, PTR, REFUSED, SVCB or TXT'
error 'no IPv4 address' 'A/a/A/::1/' 7 'expected IPv4 addresses'
error 'no IPv6 address' 'A/a/AAAA/10.0.0.1/' 10 'expected IPv6 addresses'
error 'no name' 'A/a/CNAME//' 11 'expected a domain name'
error 'no preference' 'A/a/MX/b/' 8 'expected a preference .* and a name'
error 'no TTL' 'A/a/A/10.0.0.1/1h' 16 'expected a TTL in seconds'
error 'a parameter' 'A/a/HTTPS/-ech -a/' 11 'expected parameters to remove'
error 'nothing to remove' 'A/a/SVCB//' 10 'expected parameters to remove'
error 'nothing to add' 'A/a/A+/-/' 8 'expected addresses to add'
error 'LIST without a list' 'A/a/LIST/' 5 'expected a type for a name'
error 'no file' 'A,<none,NX,' 3 'none: No such file'
echo 'a..b' >bad
error 'a bad list' 'A/<bad/NX/' 3 'bad: line 1, column 3: an empty label'
error 'a value for NX' 'A/a/NX/b/' 8 'expected ; or a new line'

done_testing
