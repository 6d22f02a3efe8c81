#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# What tshark finds in files and streams of frames, by divio.lua; and what divdump
# answers to Wireshark before it captures.
. "$(dirname "$0")/lib.sh"
command -v tshark >/dev/null || {
	echo "1..0 # SKIP no tshark"
	exit 0
}
wireshark=$here/../../bin/wireshark

# fields FILE FIELD...: a line for each packet
fields() {
	file=$1
	shift
	# shellcheck disable=SC2046
	tshark -X lua_script:"$wireshark/divio.lua" -n -r "$file" -T fields \
	    -E separator=, -E aggregator=+ $(printf -- '-e %s ' "$@") 2>err
}

cat >lines <<'END'
tcp4 id=1 time=1700000000123456789 mark=5 port=8000 dir=3 flags=17 ifindex=3 tag=9 -- GET /foo HTTP/1.0\r\n\r\n
icmp6 id=9007199254740993 epoch=18446744073709551615 digest=0102030405060708 dir=2 origlen=70 opaque=0102030405060708 ifname=sixteen-of-these -- x
none id=1 type=2
none id=18446744073709551615 type=4
tcp6 id=0 type=3 time=1700000003000000000 -- GET /new HTTP/1.0\r\n\r\n
none id=0 type=5 time=1500000000
none id=3 type=9
END
frames make <lines >in.frames

fields in.frames divio.type divio.hdrlen divio.caplen divio.origlen divio.id \
    divio.digest divio.epoch divio.mark divio.port divio.tag \
    frame.time_epoch divio.dir divio.if divio.ifindex \
    divio.flags divio.flags.nocsum divio.flags.badsum divio.flags.gso \
    divio.opaque divio.hold \
    ip.src tcp.dstport http.request.uri icmpv6.type _ws.expert.message >all
cut -d , -f 1-10 all >got
sed 's/_/0x0000000000000001/; s/-/0x0000000000000000/; s/=/0x00000000/' >want <<'END'
1,80,61,61,1,-,_,0x00000005,8000,9
1,88,49,70,9007199254740993,0x0102030405060708,0xffffffffffffffff,=,0,0
2,80,0,0,1,-,_,=,0,0
4,80,0,0,18446744073709551615,-,_,=,0,0
3,80,81,81,0,-,_,=,0,0
5,80,0,0,0,-,_,=,0,0
9,80,0,0,3,-,_,=,0,0
END
is_file "numbers" got want
is "time, interface, flags" "$(sed -n 1p all | cut -d , -f 11-20)" \
    "1700000000.123456789,3,eth0,3,0x11,1,1,0,,"
is "opaque part, and a name without NUL" "$(sed -n 2p all | cut -d , -f 12-19)" \
    "2,sixteen-of-these,0,0x00,0,0,0,0102030405060708"
is "hold" "$(sed -n 6p all | cut -d , -f 20)" 1.500000000
cut -d , -f 21- all >got
cat >want <<'END'
10.0.0.1,80,/foo,,GET /foo HTTP/1.0\r\n
,,,128,Edited, was 70 bytes+Bad checksum [should be 0xac43]
,,,,
,,,,
,80,/new,,GET /new HTTP/1.0\r\n
,,,,
,,,,
END
is_file "the packets" got want

# What divsed edits is marked, also if the length stays.
echo 'tcp4 -- foo' | frames make | divcat -o pcap >one.pcap
for word in foo bar longer; do
	divcat one.pcap | divsed "s/foo/$word/" >edited
	fields edited _ws.expert.message
done >got
printf '%s\n' '' Edited Edited >want
is_file "edits" got want

# A stream, cut where no frame ends; one packet is malformed.
# stream FILE: the frames in segments of 151 bytes
stream() {
	perl -e 'binmode STDIN; local $/; $_ = <STDIN>; my $seq = 1000;
	while (length) {
		my $data = substr $_, 0, 151, "";
		print "tcp4 id=1 sport=4433 dport=5544 seq=$seq -- ",
		    (map { sprintf "\\x%02x", $_ } unpack "C*", $data), "\n";
		$seq += length $data;
	}' <"$1" | frames make | divcat -o pcap
}

echo 'udp4 id=4 -- no question' | frames make >malformed
cat in.frames malformed in.frames >twice
stream twice >twice.pcap
fields twice.pcap divio.id _ws.col.Source >got
cut -d , -f 5 all >ids
echo 4 | cat ids - ids >want
cut -d , -f 1 got | tr '+' '\n' | grep . >got.ids
is_file "TCP: all frames, in order" got.ids want
is "TCP: addresses are those of the stream" "$(cut -d , -f 2 got | sort -u)" 10.0.0.1

head -c 200 in.frames >broken
fields broken divio.id >got
is "cut off: status" $? 2
is "cut off: the frames before" "$(cat got)" 1
like "cut off: where" err 'no whole frame at byte 141'

# divdump: what Wireshark asks first
divdump() {
	run sh "$wireshark/divdump" "$@"
}

divdump --extcap-interfaces --extcap-version=4.0
is "divdump: interface" "$(cat out)" "extcap {version=$(divcat -V | cut -d ' ' -f 2)}
interface {value=divert}{display=Divert port}"
divdump --extcap-interface divert --extcap-dlts
is "divdump: link type" "$(cat out)" "dlt {number=101}{name=RAW}{display=Raw IP}"
divdump --extcap-interface divert --extcap-config
is "divdump: options" \
    "$(sed 's/.*{call=\([^}]*\)}.*/\1/' out | paste -s -d ' ' -)" "--port --filters"
divdump --extcap-interface divert --extcap-capture-filter 'tcp port 80'
is "divdump: a capture filter" "$status$(cat out)" 0
divdump --extcap-interface divert --extcap-capture-filter 'tcp prot 80'
is "divdump: a wrong one: status" "$status$(cat err)" 0
like "divdump: a wrong one" out 'syntax error'
divdump
like "divdump: by hand" err 'started by Wireshark'

# refused PATTERN OPTION...: a capture does not begin
refused() {
	pattern=$1
	shift
	divdump --capture --extcap-interface divert "$@"
	is "divdump $*: status" "$status" "$expected"
	like "divdump $*: message" err "$pattern"
}
expected=1
refused 'needs --fifo' --port 8000
refused 'set a divert port' --fifo fifo
refused 'leave the divert port empty' --fifo fifo --port 8000 \
    --extcap-capture-filter tcp
refused 'no such option: --prot' --fifo fifo --prot=8000
refused 'no value: --port' --fifo fifo --port
refused 'no such interface: eth0' --extcap-interface=eth0
# shellcheck disable=SC2016
bad='$(touch made); touch made; `touch made` "'
expected=2
refused '^divcat: -p .*touch' --fifo fifo --port "$bad"
refused '^divcat: .*touch' --fifo fifo --extcap-capture-filter "$bad"
ok "divdump: values are no commands" test ! -e made
done_testing
