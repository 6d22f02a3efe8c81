#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# divcat as a converter, and its messages about bad input and usage.
. "$(dirname "$0")/lib.sh"

cat >lines <<'END'
tcp4 id=1 dir=1 mark=5 epoch=77 -- GET /foo\r\n
udp6 id=2 dir=2 opaque=0011223344556677 -- \x00\xff\\ \t-
icmp4 id=3 -- ping
tcp6 id=4 -- 
esp6 id=5 -- opaque
udp4 id=6 frag=later -- rest
udp4 id=7 options=8 rep=3000 -- long
END
frames make <lines >in.frames

# formats
for format in frame text json; do
	run divcat -o $format in.frames
	is "$format: status" "$status" 0
	mv out "as.$format"
	run divcat -o frame "as.$format"
	is_file "$format and back" out in.frames
done

# names of descriptors, as shells make them
for name in /dev/stdin /dev/fd/0 /dev/fd/9; do
	run divcat $name <in.frames 9<in.frames
	is_file "$name is read" out in.frames
done

for format in pcap hex; do
	divcat -o $format in.frames >"as.$format"
	divcat "as.$format" | divcat -o $format >again
	is_file "$format and back: packets" again "as.$format"
	divcat "as.$format" | divcat -o hex >got.hex
	divcat -o hex in.frames >want.hex
	is_file "$format: the same bytes" got.hex want.hex
done
is "hex: one line a packet" "$(wc -l <as.hex | tr -d ' ')" 7
run tcpdump -nr as.pcap
is "pcap: tcpdump reads it" "$(wc -l <out | tr -d ' ')" 7

# hex, and programs that edit it
divcat -o hex in.frames | sed 's/66 6F 6F/62 61 72/' | divcat -o text >out
is "hex: sed" "$(head -n 1 out | cut -f 7)" 'GET /bar\r\n'
divcat -o hex -c 1 in.frames | tr -d ' ' | xxd -r -p >packet
is "hex: tr and xxd -r" "$(tail -c 10 packet)" "$(printf 'GET /foo\r\n')"
xxd -p packet | tr -d '\n' | sed 's/../& /g' | divcat -i hex -o hex \
    >out
divcat -o hex -c 1 in.frames >want.hex
is_file "hex: xxd" out want.hex

# lines for people
divcat -o text in.frames | sed '1s/$/ time=1700000000.000003456/
	2s/$/ digest=0000000000000001/' >people
printf 'drop 1\npass all\n' >>people
divcat -o text -c 1 in.frames | sed 's/^1/-/;s/[^	]*$/-/' >>people
run env TZ=UTC divcat -o short people
cat >want <<'END'
22:13:20.000003 in eth0 tcp 10.0.0.1:4242 > 10.0.0.2:80 [P.] len 10 mark 0x5 id 1: GET /foo..
out eth0 udp [2001:db8::1]:4242 > [2001:db8::2]:53 len 6 edited id 2: ..\ .-
in eth0 icmp 10.0.0.1 > 10.0.0.2 len 4 id 3: ping
in eth0 tcp [2001:db8::1]:4242 > [2001:db8::2]:80 [P.] len 0 id 4
in eth0 50 2001:db8::1 > 2001:db8::2 len 6 id 5: opaque
in eth0 udp 10.0.0.1 > 10.0.0.2 fragment len 4 id 6: rest
in eth0 udp 10.0.0.1:4242 > 10.0.0.2:53 len 12000 id 7: longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglong
drop id 1
pass all
new eth0 tcp 10.0.0.1:4242 > 10.0.0.2:80 [P.] len 10: GET /foo..
END
is_file "short" out want
run divcat -o colour people
is "colours: in, out, edited, dropped, new" "$(tr '\033' E <out |
    grep -o '^E.[0-9]*' | sort | uniq -c | awk '{ print $1 $2 }' |
    paste -s -d ' ' -)" "1E[31 6E[32 1E[33 1E[35"
usage_error "short is not read" '^divcat: -i short: is for output' \
    divcat -i short people

# pcapng: what Wireshark shows of it
run divcat -o pcapng people
if command -v tshark >/dev/null; then
	tshark -r out -T fields -e frame.interface_name -e frame.packet_id \
	    -e frame.packet_flags_direction -e frame.comment -e frame.len \
	    2>/dev/null | cut -f 1-4 >shown
	printf '%s\t%s\t%s\t%s\n' eth0 1 0x00000001 "mark 0x5" \
	    eth0 2 0x00000002 "edited, was 54 bytes" \
	    eth0 3 0x00000001 "" >want
	head -n 3 shown >got
	is_file "pcapng: interface, id, direction, comment" got want
	is "pcapng: verdicts and new packets" \
	    "$(tail -n 3 shown | cut -f 4 | paste -s -d , -)" \
	    "drop,pass all,new"
	divcat -o pcapng -c 1 people | tshark -r - -T fields \
	    -e frame.time_epoch -e tcp.payload >shown 2>/dev/null
	is "pcapng: time and bytes" "$(cat shown)" \
	    "1700000000.000003456	474554202f666f6f0d0a"
fi
{
	divcat -o frame in.frames
	echo 'drop 1' | divcat
} | divcat -o pcapng | divcat -o hex 2>err >got.hex
divcat -o hex in.frames >want.hex
is_file "pcapng and back: the same packets" got.hex want.hex
i=0
while [ $i -lt 300 ]; do
	i=$((i + 1))
	echo "-	in	if$i	udp	10.0.0.1:1	10.0.0.2:2	x	-	-"
done | divcat -o pcapng >many
is "pcapng: many interfaces" "$(divcat -o hex many | wc -l | tr -d ' ')" 300

# times after 2106, and at the end of 64 bits
cat >lines <<'END'
udp4 id=1 time=5000000000123456789 -- x
udp4 id=2 time=18446744073000000000 -- x
udp4 id=3 time=4294967295999999999 -- x
END
printf '%s\n' time=5000000000.123456789 time=18446744073.000000000 \
    time=4294967295.999999999 >want
for format in text json frame pcapng; do
	frames make <lines | divcat -o $format | divcat -o text |
	    grep -o 'time=[^ ]*' >got
	is_file "times after 2106: $format" got want
done
frames make <lines >late
run divcat -o pcap late
is "times after 2106: pcap" "$status $(cat err)" "0 divcat: stdout: \
2 packets have times after 2106, which pcap cannot hold: use -o pcapng"
divcat -o text out | grep -o 'time=[^ ]*' | uniq -c |
    awk '{ print $1, $2 }' >got
is "times after 2106: the last one that fits" "$(cat got)" \
    "3 time=4294967295.999999999"
run divcat -q -o pcap late
is "times after 2106: -q" "$(cat err)" ""

# JSON and jq
divcat -o json in.frames |
    jq --unbuffered -c 'if .id == 2 then .type = "drop"
	else .payload |= gsub("foo"; "bar") end' | divcat >out
frames dump <out >dumped
is "json: jq edits" "$(grep -c 'GET /bar' dumped)" 1
is "json: jq drops" "$(grep -c '^drop 2' dumped)" 1
divcat -c 1 -o json as.pcap | jq -c '.ttl = 3 | .flags = "R" |
    .dst |= sub("^[^:]*:"; "10.9.9.9:")' | divcat -o pcap >edited.pcap
is "json: jq edits headers" "$(tshark -nr edited.pcap -T fields -e ip.dst \
    -e ip.ttl -e tcp.dstport -e tcp.flags -e ip.checksum.status \
    -e tcp.checksum.status -o ip.check_checksum:TRUE \
    -o tcp.check_checksum:TRUE 2>/dev/null | tr '\t' ' ')" \
    "10.9.9.9 3 80 0x0004 1 1"
divcat -o json in.frames | jq -c . | divcat >out
is_file "json: jq's own form is the same" out in.frames
echo '{"proto":"udp","src":"[::1]:7","dst":"[::2]:9","payload":"a \u00ff"}' |
    divcat -o text >out
is "json: a new packet" "$(cut -f 1,4-7 out)" \
    "$(printf -- '-\tudp\t[::1]:7\t[::2]:9\ta \\xff')"

# joining, counting, standard input
run divcat as.text as.frame
cat in.frames in.frames >twice
is_file "files of different formats" out twice
run sh -c 'divcat as.text - <in.frames'
is_file "- is standard input" out twice
run sh -c 'divcat <as.text'
is_file "standard input is recognised" out in.frames
run divcat -c 2 -o text in.frames
is "-c" "$(wc -l <out | tr -d ' ')" 2
run divcat -c 8 -o text in.frames as.text
is "-c over files" "$(wc -l <out | tr -d ' ')" 8
for t in 1000 1500 0 1900 2000 2100; do
	echo "udp4 id=$t time=${t}000000"
done | frames make >timed
for limit in 1s 1000ms 1000000us; do
	run divcat -c $limit timed
	is "-c $limit: by the time of packets" \
	    "$(frames dump <out | cut -d ' ' -f 2 | paste -s -d ' ' -)" \
	    '1000 1500 0 1900'
done
for t in 1000 1500 1900 2000 2100; do
	echo "udp4 time=${t}000000"
done | frames make | divdelay -x -d 1ms >held
is "a hold record" "$(frames holds <held)" 1000000
run divcat -c 1s -o short held
is "-c: a hold record has no time" "$(grep -c udp out)" 3
run divcat -c 2 -o short held
is "-c: and is no packet" "$(grep -c udp out)" 2
printf 'drp 1\tx\n' >wrong
run divcat -o text wrong
is "no format: what the input begins with" "$status $(cat err)" \
    '1 divcat: wrong: byte 0: neither frames nor a capture, nor text, json or hex: "drp 1\tx\n"'
divcat -o json in.frames >lines
jq . lines >pretty
cat pretty lines >both
run divcat -o text both
n=$(($(wc -l <lines)))
is "jq without -c: one message for each object" \
    "$(grep -c 'jq needs -c' err) $(($(wc -l <err))) $(($(wc -l <out)))" "$n $n $n"
run divcat -c 1s -o text timed timed
is "-c 1s over files" "$(wc -l <out | tr -d ' ')" 4
for limit in 0s 1m s -1s 1e9s; do
	usage_error "-c $limit" "^divcat: -c $limit: expected a number of packets, or a time" \
	    divcat -c $limit
done
run divcat /dev/null
is "nothing in, nothing out" "$status:$(wc -c <out | tr -d ' ')" 0:0
run divcat -o pcap /dev/null
is "an empty pcap file is one" "$(wc -c <out | tr -d ' ')" 24

# edits of text
sed 's/foo/a longer word/' as.text >edited
run divcat edited
is "edited text: status" "$status" 0
frames dump <out >dumped
like "edited text: payload" dumped 'GET /a longer word'
divcat -o text as.pcap | sed '1s/GET/PUT a/' | divcat -o pcap >edited.pcap
run tcpdump -c 1 -vnr edited.pcap
like "pcap output repairs what was edited" out 'length.* 15|PUT a'
ok "and checksums are right" sh -c '! grep -q incorrect out'

# bad input: the frames before it are delivered
# bad NAME FILE PATTERN FRAMES
bad() {
	run divcat "$2"
	is "$1: status" "$status" 1
	like "$1: message" err "$3"
	is "$1: one line" "$(wc -l <err | tr -d ' ')" 1
	is "$1: what came before" "$(frames dump <out | wc -l | tr -d ' ')" "$4"
}

size=$(wc -c <in.frames)
head -c "$((size - 5))" in.frames >cut.frames
bad "truncated frame" cut.frames '^divcat: cut.frames: byte [0-9]+: truncated frame$' 6
{ cat in.frames; echo garbage; } >garbage
bad "bad magic" garbage "^divcat: garbage: byte $size: bad magic" 7
{ cat in.frames; printf 'DIVF\2'; cat in.frames; } >future
bad "future version" future "^divcat: future: byte $size: frame version 2" 7
{ cat in.frames; printf 'DIVF\1\1\0\120\177\377\377\377'; } >absurd
bad "absurd length" absurd "^divcat: absurd: byte $size: absurd length" 7
# a capture of one ARP packet
{
	printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0'
	printf '\0\0\0\0\0\0\0\0\16\0\0\0\16\0\0\0'
	printf '\2\0\0\0\0\1\2\0\0\0\0\2\10\6'
} >arp.pcap
cp arp.pcap stdin.pcap
divcat arp.pcap - <stdin.pcap >out 2>err
is "packets that are not IP" "$(cat err)" \
    'divcat: arp.pcap: 1 packets that are not IP skipped
divcat: stdin: 1 packets that are not IP skipped'
run divcat -q arp.pcap
is "packets that are not IP, -q" "$status $(cat err)" '0 '

head -c 200 as.pcap >cut.pcap
bad "truncated pcap" cut.pcap '^divcat: cut.pcap: byte [0-9]+: .*truncated' 2
perl -e '$n = 2 << 20;
    print pack("L3S2l2L", 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, -1, -1, 28),
    pack("L2S2L2", 1, 20, 101, 0, 0, 20),
    pack("L7", 6, 32 + $n, 0, 0, 0, $n, $n), "E" x $n, pack("L", 32 + $n)' >huge
bad "a packet that is too long" huge '^divcat: huge: byte [0-9]+: packet too long$' 0
{ cat as.text; printf '9\tin\teth0\tnonsense\n'; cat as.text; } >short
bad "text line with fields missing" short '^divcat: short: line 8: ' 14
sed '2s/udp/tcp/' as.text >disagree
bad "text that disagrees with hdr" disagree \
    '^divcat: disagree: line 2: proto tcp disagrees with hdr \(udp\)$' 6
{ echo '{"id":1'; cat as.json; } >brace
bad "an object that does not end" brace '^divcat: brace: line 1: the line ends inside an object' 7
{ echo 45 00 0; cat as.hex; } >odd
bad "odd hex" odd '^divcat: odd: line 1: .*odd' 7
printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\12\0\0\0' >fddi
bad "unknown link type" fddi 'FDDI' 0
# compressed NAME COMMAND MAGIC: what to type instead
compressed() {
	printf '%b' "$3 and more" >"old.$1"
	bad "$1" "old.$1" \
	    "^divcat: old.$1: compressed by $1: $2 old.$1 \\| divcat\$" 0
	run divcat <"old.$1"
	is "$1: stdin" "$status $(cat err)" \
	    "1 divcat: stdin: compressed by $1: $2 | divcat"
	run divcat -i pcap "old.$1"
	like "$1: -i pcap" err ": compressed by $1: $2 old.$1 "
	run divsed s/a/b/ <"old.$1"
	like "$1: a filter" err ": compressed by $1: $2 \\| divcat\$"
}
compressed gzip zcat '\0037\0213\0010'
compressed bzip2 bzcat BZh9
compressed xz xzcat '\0375\0067zXZ\0000'
compressed zstd zstdcat '\0050\0265\0057\0375'
gzip -c as.pcap >as.pcap.gz
run divcat as.pcap.gz
run sh -c "$(sed 's/.*compressed by gzip: //' err)"
divcat as.pcap >want
is_file "the command that a message names" out want

bad "no such file" nowhere '^divcat: nowhere: No such file' 0
run divcat nowhere in.frames
is_file "the next file is read all the same" out in.frames

run sh -c 'divcat in.frames >/dev/full'
is "full disk: status" "$status" 1
like "full disk: message" err '^divcat: stdout: No space left on device$'
run sh -c '{ divcat in.frames; echo $? >status; } | :'
is "reader gone: quiet" "$(cat err)" ""

# usage
usage_error "bad port" '^divcat: -p 70000: number is too large' divcat -p 70000
usage_error "no port" '^divcat: -p x: number is invalid' divcat -p x
usage_error "bad format" '^divcat: -o xml: formats are' divcat -o xml
usage_error "-I without a file" '^divcat: -I needs -O' divcat -p 1 -I 5
usage_error "bad interval" '^divcat: -I 0: expected seconds' \
    divcat -p 1 -O metrics -I 0
usage_error "-O without a port" '^divcat: -O does not go with converting' \
    divcat -O metrics
usage_error "bad snaplen" '^divcat: -s 5: number is too small' \
    divcat -p 1 -s 5
usage_error "bad hold" '^divcat: -H soon: expected seconds' divcat -p 1 -H soon
usage_error "bad word after the hold" \
    '^divcat: -H 1,drop: expected seconds, or seconds,pass$' \
    divcat -p 1 -H 1,drop
usage_error "no word after the hold" \
    '^divcat: -H 1,: expected seconds, or seconds,pass$' divcat -p 1 -H 1,
usage_error "bad mark" '^divcat: -m -1: a mark' divcat -p 1 -m -1
usage_error "bad mask" '^divcat: -m 1/x: a mark|-m x: a mark' divcat -p 1 -m 1/x
usage_error "mark outside its mask" '^divcat: -m 3/2: the mask has no bits' \
    divcat -p 1 -m 3/2
usage_error "-t and -w" '^divcat: -t does not go with -w$' divcat -t -w
usage_error "-b and -w" '^divcat: -w does not go with -b$' divcat -b -w -p 1
usage_error "-b and -H" '^divcat: -H does not go with -b$' \
    divcat -b -H 1 -p 1
usage_error "-b without a port" '^divcat: -b needs a port' divcat -b
usage_error "-Q without a port" '^divcat: -Q does not go with converting$' \
    divcat -Q 1
usage_error "files and a port" '^divcat: in.frames: packets come from the port' \
    divcat -p 1 in.frames
usage_error "-R when reading" '^divcat: -R does not go with reading' \
    divcat -R 8001 -p 8000
usage_error "bad -R" '^divcat: -R x: number is invalid' divcat -w -R x
usage_error "-R repeat without a mark" '^divcat: -R repeat needs a mark' \
    divcat -w -R repeat -m 0
usage_error "-B without -f" '^divcat: -B needs -f' divcat -B -p 8000
usage_error "-B with another word" '^divcat: each: packets come from' \
    divcat -B each -f ip
usage_error "-B all without -f" '^divcat: -B needs -f' divcat -B all -p 8000
usage_error "-B and -t" '^divcat: -B needs verdicts' divcat -B -t -f ip
usage_error "unknown letter" '^usage: divcat' divcat -y
run divcat -h
is "-h" "$status:$(cat err)" 0:
like "-h: usage" out '^usage: divcat -f expression'
run divcat -V
like "-V" out '^divcat [0-9.]+$'

# terminals
if command -v expect >/dev/null; then
	run env NO_COLOR=1 expect -c 'spawn -noecho divcat in.frames; expect eof'
	like "people read short lines" out '^in eth0 tcp .* len 10 .*: GET /foo'
	run env NO_COLOR= TERM=xterm expect -c 'spawn -noecho divcat in.frames
	    expect eof'
	like "in colours" out "^$(printf '\033')\[32min eth0 tcp "
	run expect -c 'spawn -noecho divcat -o frame in.frames; expect eof
	    exit [lindex [wait] 3]'
	is "frames are not for a terminal" "$status" 2
	run expect -c 'spawn -noecho sh -c "divsed s/a/b/ <in.frames"
	    expect eof; exit [lindex [wait] 3]'
	is "a filter refuses a terminal to write to" "$status" 2
	run expect -c 'spawn -noecho sh -c "divsed s/a/b/ >/dev/null"
	    expect eof; exit [lindex [wait] 3]'
	is "and one to read from" "$status" 2
fi

run divcat -L -p 8000
is "-L on Linux" "$status $(cat err)" \
    "1 divcat: a queue has one reader: see --queue-balance"
done_testing
