#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# divmark -l and -j: alerts about packets that match.
. "$(dirname "$0")/lib.sh"
TZ=UTC
export TZ

cat >text <<'END'
tcp4 id=1 time=1700000000123456789 dir=3 -- GET /a\x09b\xff HTTP/1.1\r\nHost: www.A.test\r\n\r\n
udp6 id=2 time=1700000001000000000 -- \x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x01a\x04test\x00\x00\x01\x00\x01
icmp6 id=3
gre4 id=4 -- "\xc3\x84\\\x00\xff\x1b[31m\x80
none id=5
tcp4 id=6 -- other
END
frames make <text >in
tab=$(printf '\t')
echo a.test >names

# lines NAME ARGUMENTS: the lines of -l are those of standard input
lines() {
	name=$1
	shift
	cat >wanted
	run divmark "$@" <in
	is "$name: status" "$status" 0
	is_file "$name" err wanted
}

lines '-l -u' -l -u names <<END
1700000000.123456789${tab}1${tab}fwd${tab}eth0${tab}tcp${tab}10.0.0.1:4242${tab}10.0.0.2:80${tab}a.test${tab}www.a.test/a\x09b\xff
1700000001.000000000${tab}2${tab}in${tab}eth0${tab}udp${tab}[2001:db8::1]:4242${tab}[2001:db8::2]:53${tab}a.test${tab}www.a.test
END
lines '-l of an expression' -l icmp6 or proto gre <<END
0.000000000${tab}3${tab}in${tab}eth0${tab}icmp6${tab}2001:db8::1${tab}2001:db8::2${tab}icmp6 or proto gre${tab}-
0.000000000${tab}4${tab}in${tab}eth0${tab}47${tab}10.0.0.1${tab}10.0.0.2${tab}icmp6 or proto gre${tab}-
END
lines '-l -x' -l -x -e '"' <<END
0.000000000${tab}4${tab}in${tab}eth0${tab}47${tab}10.0.0.1${tab}10.0.0.2${tab}"${tab}-${tab}"\xc3\x84\x5c\x00\xff\x1b[31m\x80
END
lines '-l -i' -l -i -e . tcp or udp or icmp6 <<END
0.000000000${tab}3${tab}in${tab}eth0${tab}icmp6${tab}2001:db8::1${tab}2001:db8::2${tab}not .${tab}-
0.000000000${tab}4${tab}in${tab}eth0${tab}47${tab}10.0.0.1${tab}10.0.0.2${tab}not .${tab}-
0.000000000${tab}5${tab}in${tab}eth0${tab}-${tab}-${tab}-${tab}not .${tab}-
END

# eve ARGUMENTS: writes the EVE file; each of its lines is a JSON object
eve() {
	rm -f eve.json
	run divmark -j eve.json "$@" <in
	while read -r line; do
		printf '%s\n' "$line" | jq -e . >/dev/null 2>bad.json ||
		    echo "bad: $line"
	done <eve.json >bad.lines
	cat bad.lines
}

# field NAME WANTED EXPRESSION: jq on each line of the EVE file
field() {
	is "$1" "$(jq -c "$3" eve.json | paste -s -d ' ' -)" "$2"
}

is 'EVE: lines are JSON' "$(eve -u names)" ''
field 'EVE: timestamp' \
    '"2023-11-14T22:13:20.123456+0000" "2023-11-14T22:13:21.000000+0000"' \
    .timestamp
field 'EVE: event_type' '"alert" "alert"' .event_type
field 'EVE: ends' \
    '["10.0.0.1",4242,"10.0.0.2",80,"TCP"] ["2001:db8::1",4242,"2001:db8::2",53,"UDP"]' \
    '[.src_ip, .src_port, .dest_ip, .dest_port, .proto]'
field 'EVE: alert' \
    '{"action":"allowed","gid":1,"signature_id":1,"rev":1,"signature":"a.test","category":"","severity":3} 1' \
    'if .dns then .alert.signature_id else .alert end'
field 'EVE: HTTP' '{"hostname":"www.a.test","url":"/a\\x09b\\xff"} null' .http
field 'EVE: DNS' 'null {"rrname":"www.a.test"}' .dns
field 'EVE: without -x no payload' 'false false' \
    'has("payload") or has("payload_printable")'
is 'EVE: of everything' "$(eve -x -i -e nothing)" ''
is 'EVE: a line for each' "$(wc -l <eve.json)" 6
is 'EVE: other protocols' \
    "$(jq -c '[.proto, has("src_port")]' eve.json | paste -s -d ' ' -)" \
    '["TCP",true] ["UDP",true] ["IPv6-ICMP",false] ["047",false] [null,false] ["TCP",true]'
is 'EVE: payload' "$(jq -r 'select(.proto == "047").payload' eve.json |
    base64 -d | od -An -tx1 | tr -d ' \n')" 22c3845c00ff1b5b33316d80
is 'EVE: payload_printable' \
    "$(jq -r 'select(.proto == "047").payload_printable' eve.json)" \
    '"..\...[31m.'

TZ=XYZ-5:30
is 'EVE: in another zone' "$(eve -e Host)" ''
field 'EVE: its time' '"2023-11-15T03:43:20.123456+0530"' .timestamp
TZ=UTC

# names of patterns may be UTF-8, or bytes in no encoding
printf 'f\303\274nf\tHost\n\377\tother\n"\\\033\t1b\n' >patterns
sed 's/\t1b/\t\\x1b/' patterns >patterns2
is 'EVE: -f: names are JSON' "$(eve -l -f patterns2)" ''
field 'EVE: -f: names' '["fünf",1] ["\"\\\u001b",3] ["\\xff",2]' \
    '[.alert.signature, .alert.signature_id]'
is '-l: names are printable' "$(cut -f 8 err | paste -s -d ' ' -)" \
    'f\xc3\xbcnf "\x5c\x1b \xff'

# any payload
perl -e 'srand 1; for my $n (1 .. 200) {
	printf "udp4 id=$n -- %s\n", join "", map { sprintf "\\x%02x",
	    rand 256 } 1 .. rand 300 }' | frames make >in
is 'EVE: any payload' "$(eve -x udp)" ''
is 'EVE: all of them' "$(wc -l <eve.json)" 200
divcat -o text in >in.text
jq -r .payload eve.json | while read -r p; do
	printf '%s' "$p" | base64 -d | od -An -v -tx1 | tr -d ' \n'
	echo
done >got
perl -ne '@c = split /\t/; $_ = $c[6] eq "-" ? "" : $c[6];
    %e = (t => "\t", n => "\n", r => "\r", "\\" => "\\");
    s/\\(?:x(..)|(.))/defined $1 ? chr hex $1 : $e{$2}/ge;
    print unpack("H*", $_), "\n"' in.text >wanted
is_file 'EVE: payloads are whole' got wanted

# the file
frames make <text >in
eve -e Host >/dev/null
divmark -j eve.json -e Host <in >/dev/null
is 'EVE: is appended to' "$(wc -l <eve.json)" 2
mkfifo fifo
divmark -j eve.json -e Host <fifo >out 2>err &
pid=$!
exec 3>fifo
cat in >&3
grown() {
	[ "$(wc -l <"$1")" -eq "$2" ]
}
wait_for grown eve.json 3
pass 'EVE: a line at a time'
mv eve.json eve.old
kill -HUP $pid
wait_for test -e eve.json
cat in >&3
wait_for grown eve.json 1
is 'EVE: SIGHUP: a new file' "$(wc -l <eve.old)" 3
exec 3>&-
wait $pid
run divmark -j no/file tcp <in
is 'EVE: no file: status' "$status" 1
like 'EVE: no file: message' err '^divmark: no/file: No such file'
if [ -c /dev/full ]; then
	cat in in >in2
	run divmark -j /dev/full -e Host <in2
	is 'EVE: a full disk does not matter' "$status" 0
	is 'EVE: and is said once' "$(cat err)" \
	    'divmark: /dev/full: alerts are lost: No space left on device'
	is 'EVE: frames go on' "$(wc -c <out)" "$(wc -c <in2)"
fi

# a truncated line does not damage the next one
if (ulimit -f 1) 2>/dev/null; then
	perl -e 'printf "udp4 id=$_ -- %s\n", "x" x 100 for 1 .. 20' |
	    frames make >in
	rm eve.json
	(trap '' XFSZ
	ulimit -f 1
	divmark -j eve.json udp <in 2>err >/dev/null)
	like 'EVE: cut off: is said' err 'eve.json: alerts are lost: '
	head -c -1 eve.json | tail -n 1 | jq . >/dev/null 2>&1
	is 'EVE: cut off: within a line' $? 4
fi

done_testing
