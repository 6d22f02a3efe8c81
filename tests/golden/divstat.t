#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# The last packet is edited: its digest is that of a packet without payload.
cat >text <<'END'
tcp4 id=1 time=1000000000 -- 0123456789
tcp4 id=2 time=1500000000 dir=2 -- 0123456789
udp6 id=3 time=2000000000 dir=3
icmp4 id=4 time=2500000000
icmp6 id=5 time=5000000000
gre4 id=6 time=4000000000 dir=0 -- 01234
none id=7 time=3000000000
none id=8 type=2 origlen=100
none id=9 type=2 origlen=200
tcp6 type=3 id=0 -- 0
tcp4 id=10 flags=4 origlen=1500 time=3000000000 -- 0
none id=11 type=77
udp4 id=12 digest=981a78db9c94a5e2 time=3000000000 -- ab
udp4 id=13 digest=981a78db9c94a5e2 time=3000000000 -- abcdef
END
frames make <text >in

cat >wanted <<'END'
divstat: total, 4.000 s
               packets           bytes  packets/s     bits/s
tcp                  4            1661      1.000     3.322k
udp                  3             112      0.750      224.0
icmp                 1              28      0.250      56.00
icmp6                1              48      0.250      96.00
other                2              25      0.500      50.00
in                   7            1690      1.750     3.380k
out                  1              50      0.250      100.0
forward              1              48      0.250      96.00
unknown              1              25      0.250      50.00
injected             1              61      0.250      122.0
edited               1              34      0.250      68.00
dropped              2             300      0.500      600.0
total               11            1874      2.750     3.748k
tcp       retransmissions 2, out of order 0, duplicate acks 0, zero windows 0, resets 0
END
run divstat -v <in
is 'status' "$status" 0
is_file 'report' err wanted
is_file 'frames pass' out in
run divstat -N -v <in
is_file '-N: report' err wanted
is '-N: no frames' "$(wc -c <out)" 0

run divstat -N <in
grep -v '^edited' wanted >wanted.plain
is_file 'without -v no edits are counted' err wanted.plain
divstat -N -o tsv <in 2>&1 | grep edited | cut -f 6 >out
is 'without -v: tsv' "$(cat out)" -

frames make </dev/null >in0
run divstat <in0
is 'nothing came' "$(cat err)" 'divstat: total, 0.000 s
               packets           bytes  packets/s     bits/s
total                0               0          -          -'

# rates of all magnitudes, over one second
for n in 1 9 99 999 8000; do
	{
		echo 'udp4 time=1000000000'
		echo "udp4 time=2000000000 rep=$((n * 125 - 56)) -- a"
	} | frames make >in1
	divstat -N <in1 2>&1 | awk '$1 == "total" { print $5 }'
done >rates
is 'rates' "$(tr '\n' ' ' <rates)" '1.000k 9.000k 99.00k 999.0k 8.000M '

# intervals: reports come also while no frames come
mkfifo fifo
divstat -v -i 0.05 <fifo >out 2>err &
pid=$!
exec 3>fifo
cat in >&3
wait_for cmp -s in out
wait_for grep -q '^divstat: interval' err
many() {
	test "$(grep -c '^divstat: interval' err)" -ge 90
}
wait_for many
exec 3>&-
wait $pid
is '-i: status' $? 0
is '-i: the intervals add up' "$(awk '/^divstat/ { total = $2 == "total," }
    $1 == "total" { if (total) print n == $2; else n += $2 }' err)" 1
is '-i: at last the total' "$(tail -n 2 err)" "$(tail -n 2 wanted)"
is '-i: frames pass' "$(cmp in out)" ''

# in a capture, intervals follow the times of the packets
run divstat -N -i 1 -o tsv -f report <in
is '-i: by the time of frames' "$(awk '$4 == "total" {
    print $1, $2, $3, $6 }' report)" '2.000000 interval 1.000000 2
3.000000 interval 1.000000 2
4.000000 interval 1.000000 0
5.000000 interval 1.000000 0
5.000000 interval 0.000000 7
5.000000 total 4.000000 11'

# -c, while the input stays open: packets, and a time by the clock
# limited OPTION ...: starts it, and waits until it has reported the total
limited() {
	rm -f report
	divstat -o tsv -f report "$@" <fifo >out 2>err &
	pid=$!
	exec 3>fifo
	cat "$input" >&3
	wait_for grep -qs "	total	.*	total	total" report
}

# packets: of each report
packets() {
	awk '$4 == "total" { print $2, $3, $6 }' "$1" | paste -s -d , -
}

for t in 10000 10001 10002 6403 6404 6405 6406 6407; do
	echo "udp4 time=${t}000000000"
done | frames make >back
divstat -N -c 5s -o tsv -f report <back
is '-c, a time: the clock is set back' "$(packets report)" 'total 3599.000000 6'
echo 'udp4 time=1000000000' | frames make >one
for input in in0 one; do
	n=$(test $input = in0; echo $?)
	limited -c 0.2s -i 0.1
	cat in >&3
	exec 3>&-
	wait $pid
	is "-c, a time: $input: status" $? 0
	# those before the packet, if it comes late, are not of the time
	is "-c, a time: $input" "$(packets report |
	    sed -E 's/^(interval 0.100000 0,)+(interval 0.100000 1,)/\2/')" \
	    "interval 0.100000 $n,interval 0.100000 0,total 0.000000 $n"
	is_file "-c, a time: $input: frames pass" out \
	    "$(cat $input in >wanted; echo wanted)"
	limited -N -c 0.1s
	wait $pid
	is "-c, a time: $input: -N ends" "$? $(wc -c <out)" '0 0'
	exec 3>&-
done
input=in
limited -c 3
cat in >&3
exec 3>&-
wait $pid
is '-c: status' $? 0
is '-c' "$(packets report)" 'total 1.000000 3'
is_file '-c: frames pass' out "$(cat in in >wanted; echo wanted)"
limited -N -c 3
wait $pid
is '-c: -N ends' "$? $(packets report)" '0 total 1.000000 3'
exec 3>&-

# by the time of frames, and not beyond it
run divstat -N -i 1 -c 1200ms -o tsv -f report <in
is '-c, a time: in a capture' "$(packets report)" \
    'interval 1.000000 2,interval 0.000000 1,total 1.000000 3'
run divstat -N -i 1 -c 60s -o tsv -f report <in
is '-c, a time: it is too short' "$(packets report)" "$(
    divstat -N -i 1 -o tsv -f report <in; packets report)"
run divstat -E -c 3 -f conn.log <in
is '-c -E' "$(grep -v '^#' conn.log | awk -F '\t' '{ n += $13 + $15 }
    END { print n }')" 3
is_file '-c -E: frames pass' out in

# impossible times, or times that go back: all is counted, and divstat ends
for time in 1000000000 18446744073709551615 0 9223372036854775807 \
    9000000000000000000 2000000000 2500000000 1; do
	echo "udp4 time=$time"
done | frames make >in2
run divstat -N -i 1 -k flow -o tsv -f report2 <in2
is 'absurd times: status' "$status" 0
is 'absurd times: intervals add up' "$(awk '$4 == "total" {
    if ($2 == "total") print n, $6; else n += $6 }' report2)" '8 8'
ok 'absurd times: few reports' test "$(wc -l <report2)" -lt 60000
divstat -N -E -f conn.log <in2
is 'absurd times: -E' "$(grep -v '^#' conn.log |
    awk -F '\t' '{ n += $13 } END { print n }')" 8

# other formats
like 'tsv: columns' report "^#time	report	seconds	by	name	packets	bytes	"
is 'tsv: all lines have all columns'     "$(awk -F '\t' '{ print NF }' report | sort -u)" 22
divstat -N -i 1 -o json -n 3 -k proto <in 2>report
is 'json: objects' "$(jq -r '[.report, (.rows[] |
    select(.by == "proto" and .name == "tcp") | .packets)] | @tsv' report)"     'interval	2
interval
interval
interval
interval	2
total	4'
divstat -N -i 1 -o prom -f report.prom <in
is 'prom' "$(grep -v '^#' report.prom | head -n 3)" 'divio_divstat_packets_total 11
divio_divstat_bytes_total 1874
divio_divstat_protocol_packets_total{protocol="tcp"} 4'
is 'prom: nothing else is left' "$(echo report.prom*)" report.prom
run divstat -N -o prom -f none/report.prom <in
is 'prom: no such directory: status' "$status" 1
like 'prom: no such directory' err '^divstat: none/report.prom: No such file'
run divstat -N -f none/report <in
is '-f: no such directory: status' "$status" 1
run divstat -N -f /dev/full <in
is '-f: disk full: status' "$status" 1
like '-f: disk full' err '^divstat: /dev/full: No space left'

# by PATTERN...: the packets and names that -k counts
by() {
	divstat -N -o tsv -k "$1" <in 2>&1 | awk -F '\t' -v by="$1" '
	    $4 == by { print $6 + $8, $5 }' | sort
}
cat >text <<'END'
tcp4 dir=1 mark=5 tag=3 ifname=eth0 -- 0123456789
tcp6 dir=2 mark=5 ifname= -- 0123456789
udp4 dir=3 -- \x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03WWW\x02a.\x00\x00\x01\x00\x01
udp4 dir=3 -- \x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x3fw
udp4 frag=later dir=0 -- 01234567
none dir=3 type=3 id=0
END
frames make <text >in
is '-k flow' "$(by flow)" '1 tcp 10.0.0.1:4242 10.0.0.2:80
1 tcp [2001:db8::1]:4242 [2001:db8::2]:80
1 udp 10.0.0.1 10.0.0.2
2 udp 10.0.0.1:4242 10.0.0.2:53'
is '-k src' "$(by src)" '1 -
1 2001:db8::1
4 10.0.0.1'
is '-k dst' "$(by dst)" '1 -
1 2001:db8::2
4 10.0.0.2'
is '-k pair' "$(by pair)" '1 -
1 2001:db8::1 2001:db8::2
4 10.0.0.1 10.0.0.2'
is '-k port' "$(by port)" '2 -
2 tcp/80
2 udp/53'
is '-k proto' "$(by proto)" '1 -
2 tcp
3 udp'
is '-k size' "$(by size)" '1 0-19
1 20-39
4 40-79'
is '-k ttl' "$(by ttl)" '1 -
5 64'
is '-k dscp' "$(by dscp)" '1 -
5 0'
is '-k flags' "$(by flags)" '2 PA
4 -'
is '-k dir' "$(by dir)" '1 in
1 injected
1 out
1 unknown
2 forward'
is '-k if' "$(by if)" '1 -
5 eth0'
is '-k mark' "$(by mark)" '2 5
4 0'
is '-k tag' "$(by tag)" '1 3
5 0'
is '-k dns' "$(by dns)" '1 www.a\046
5 -'
is '-k name' "$(by name)" '1 www.a\x2e
5 -'
divstat -N -n 1 <in 2>err
is '-n' "$(tail -n 1 err)" "                     2              94          -          -  udp 10.0.0.1:4242 10.0.0.2:53"

# latency: the time from diversion to divstat, between two looks at the clock
before=$(date +%s.%N)
for i in 1 2 3 4; do
	echo "udp4 time=$((${before%.*} - i * i))${before#*.}"
done | frames make >in
divstat -N -o tsv <in >report 2>&1
awk -v before="$before" -v after="$(date +%s.%N)" '$4 == "latency" {
    took = after - before
    split($0, a, "\t")
    print (a[18] >= 4 / 1.0625 && a[18] <= 4 + took),
	(a[20] >= 16 - 1e-6 && a[20] <= 16 + took + 1e-6) }' report >out
is 'latency' "$(cat out)" '1 1'

# eviction at the limit of memory: no packet is counted twice
frames flows 100000 | divstat -N -M 16 -k src -o tsv 2>err
is '-M: flows forgotten and kept' "$(awk -F '\t' '$4 == "memory" &&
    $5 == "flow" { print ($22 > 0), $21 + $22 }' err)" '1 100000'
frames flows 100000 | divstat -N -M 16 -k src 2>err
like '-M: said' err '^flow      items [0-9]+, forgotten [0-9]+$'
frames flows 100000 | divstat -N -M 16 -E -f conn.log
is '-M, -E: all are written' "$(grep -vc '^#' conn.log)" 100000

# finished flows
cat >text <<'END'
udp4 time=1000000000 -- 0123
udp4 time=1500000000 -- 0123
udp6 time=2000000000 -- 01
icmp4 time=3000000000 -- 01
tcp4 time=3000000000 -- 01
udp4 time=70000000000 -- 01234
END
frames make <text >in
run divstat -E -f conn.log <in
is '-E: status' "$status$(cat err)" 0
is_file '-E: frames pass' out in
grep '^#fields' conn.log | tr '\t' '\n' | sed 1d | paste -s -d ' ' - >fields
is '-E: fields' "$(cat fields)" "ts uid id.orig_h id.orig_p id.resp_h id.resp_p \
proto duration orig_bytes resp_bytes conn_state history orig_pkts orig_ip_bytes \
resp_pkts resp_ip_bytes"
is '-E' "$(grep -v '^#' conn.log | cut -f 1,3- | tr '\t' ' ')" \
    '1.000000 10.0.0.1 4242 10.0.0.2 53 udp 0.500000 8 0 S0 D 2 64 0 0
2.000000 2001:db8::1 4242 2001:db8::2 53 udp 0.000000 2 0 S0 D 1 50 0 0
3.000000 10.0.0.1 0 10.0.0.2 0 icmp 0.000000 2 0 OTH D 1 30 0 0
70.000000 10.0.0.1 4242 10.0.0.2 53 udp 0.000000 5 0 S0 D 1 33 0 0
3.000000 10.0.0.1 4242 10.0.0.2 80 tcp 0.000000 2 0 OTH D 1 42 0 0'
divstat -N -E -o json <in 2>err
is '-E -o json' "$(jq -r '[.uid[0:1], ."id.orig_h", .orig_bytes] | @tsv' err |
    head -n 1)" 'C	10.0.0.1	8'

for i in 0 -1 x '' 1x nan inf 1e3 0x1 86401 0.0001; do
	usage_error "-i '$i'" "^divstat: -i $i: expected seconds" divstat -i "$i"
done
usage_error '-c' '^divstat: -c 0: number is too small' divstat -c 0
usage_error '-c, a time' '^divstat: -c 1x: ' divstat -c 1x
usage_error '-k' '^divstat: -k x: no such key; there are flow, src, ' \
    divstat -k x
usage_error '-o' '^divstat: -o x: no such format; there are text' divstat -o x
usage_error '-n' '^divstat: -n 0: number is too small' divstat -n 0
usage_error '-M' '^divstat: -M 1: number is too small' divstat -M 1
usage_error '-E -i' '^divstat: -E does not go with' divstat -E -i 1
usage_error '-E -o prom' '^divstat: -E: -o prom: expected' divstat -E -o prom
usage_error 'operand' '^divstat: file: unexpected argument' divstat file

done_testing
