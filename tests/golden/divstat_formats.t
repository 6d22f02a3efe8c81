#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# divstat -o: reports for spreadsheets, for Prometheus, and as pictures.
top=$(pwd)
. "$(dirname "$0")/lib.sh"

# A connection in which round trips take 20 and 30 ms to the responder, 1 and
# 10 ms to the originator, and names that formats have to escape.
cat >text <<'END'
tcp4 time=1000000000 tcpflags=2 seq=100 ack=0 ifname=a,"b
tcp4 time=1020000000 swap=1 tcpflags=18 seq=500 ack=101 ifname=a,"b
tcp4 time=1021000000 tcpflags=16 seq=101 ack=501 ifname=a,"b
tcp4 time=1100000000 seq=101 ack=501 ifname=a,"b -- hello
tcp4 time=1130000000 swap=1 seq=501 ack=106 ifname=a,"b -- world!
tcp4 time=1140000000 tcpflags=16 seq=106 ack=507 ifname=a,"b
tcp6 time=1200000000 dir=2 ifname=<&>\ -- longer
udp4 time=3000000000 dir=3 ifname=eth0 -- \x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x01a\x00\x00\x01\x00\x01
none type=2 origlen=100
END
frames make <text >in

# stat ARGUMENTS: the report on standard output
stat() {
	divstat -N -f /dev/stdout "$@" <in
}

is 'round trips of a flow: those of its ends' "$(stat -k flow -o tsv |
    awk -F '\t' '$5 ~ /tcp 10/ { print $15, $16, $17 }')" \
    '0.021000000 0.025000000 0.005500000'

# CSV: the values of TSV
cat >rows.py <<'END'
import csv
import sys

for row in csv.reader(sys.stdin):
    print(*row, sep="\t")
END
stat -o tsv -i 1 -k if -k flow | sed 's/^#//' >wanted
stat -o csv -i 1 -k if -k flow >report.csv
python3 rows.py <report.csv | awk -F '\t' -v OFS='\t' '{
    for (i = 1; i <= NF; i++) if ($i == "") $i = "-"; print }' >got
is_file 'csv: the fields of tsv' got wanted
is 'csv: a header' "$(head -n 1 report.csv | cut -d , -f 1-6)" \
    time,report,seconds,by,name,packets
like 'csv: quotes' report.csv ',if,"a,""b",6,'
like 'csv: only where they are needed' report.csv ',if,eth0,1,'
for name in '=1+1' '+a,b' -a @a a=1 -; do
	echo "udp4 ifname=$name"
done | frames make | divstat -N -k if -o csv 2>report.csv
is 'csv: no name is a formula' "$(sed -n 's/.*,if,\(.*\),1,28,.*/\1/p' report.csv |
    sort | paste -s -d ' ' -)" "\"'+a,b\" '-a '=1+1 '@a \045 a=1"
stat -E -o tsv | sed 's/^#fields.//; /^#/d' >wanted
stat -E -o csv | tr , '\t' >got
is_file 'csv: -E' got wanted

# Prometheus: each metric is declared once, its samples follow, and are one each.
cat >lint.pl <<'END'
while (<>) {
	chomp;
	if (/^# HELP (\S+) \S/) {
		print "again: $_\n" if $help{$1}++;
		$name = $1;
	} elsif (/^# TYPE (\S+) (counter|gauge|summary|histogram)$/) {
		print "no HELP: $_\n" if $1 ne $name;
		$type = $2;
		print "no _total: $_\n"
		    if ($type eq "counter") != ($name =~ /_total$/);
		print "abbreviation: $_\n" if $name =~ /_(ms|sec|msec|pkts)\b/;
	} elsif (/^([a-z][a-z0-9_]*)(\{[a-z]+="([^"\\]|\\["\\])*"
	    (,[a-z]+="([^"\\]|\\["\\])*")*\})?[ ][0-9.]+$/x) {
		$base = $1;
		print "twice: $_\n" if $sample{$1 . ($2 // "")}++;
		$base =~ s/_(bucket|sum|count)$//
		    if $type =~ /summary|histogram/;
		print "elsewhere: $_\n" if $base ne $name;
	} else {
		print "no sample: $_\n";
	}
}
END
{
	cat text
	echo 'tcp4 time=2200000000 tcpflags=2 seq=900 ack=0 ifname=a,"b'
} | frames make >in
stat -v -o prom -k src -k flow -k if -k if -k name >report.prom
is 'prom: a later connection with the same ports' "$(grep -c \
    '_flow_packets_total.*10.0.0.2:80".*to="responder"' report.prom)" 2
is 'prom: rules of Prometheus' "$(perl lint.pl report.prom)" ''
if command -v promtool >/dev/null; then
	run promtool check metrics <report.prom
	is 'prom: promtool' "$status$(cat out err)" 0
else
	pass 'prom: promtool # SKIP there is none'
fi

# A name may be that of packets without a key.
printf '%s\n' 'udp4 ifname=-' 'udp4 ifname=' 'udp4 dport=53 -- 00010100000100000000000001' \
    >dashes
printf '%s\n' '0100 - A | | |' >messages
perl "$here/dns.pl" make udp <messages | sed 's/^/udp4 -- /' >>dashes
frames make <dashes | divstat -N -k if -k dns -o prom -f dashes.prom
is 'prom: a host with the name of none' "$(perl lint.pl dashes.prom;
    grep -c '="-"\|="\\\\045"' dashes.prom)" 8

# sum METRIC: over its labels
sum() {
	awk -v m="divio_divstat_$1" '{ split($1, a, "{") }
	    a[1] == m { n += $NF } END { print n }' report.prom
}

for by in protocol_ direction_ if_ src_; do
	is "prom: sum() of ${by}packets" "$(sum ${by}packets_total)" 9
	is "prom: sum() of ${by}bytes" "$(sum ${by}bytes_total)" \
	    "$(sum bytes_total)"
done
is 'prom: total' "$(sum packets_total)" 9
is 'prom: flows, both directions' "$(sum flow_packets_total)" 9
is 'prom: dropped' "$(sum dropped_packets_total) $(sum dropped_bytes_total)" \
    '1 100'
is 'prom: names are escaped' "$(grep -c 'if_packets_total{if="a,\\"b"} 7' \
    report.prom) $(grep -c 'if="<&>\\\\"} 1' report.prom)" '1 1'
is 'prom: round trips' "$(grep '^divio_divstat_tcp_rtt.*{' report.prom)" \
    'divio_divstat_tcp_rtt_seconds_sum{to="responder"} 0.050000000
divio_divstat_tcp_rtt_seconds_count{to="responder"} 2
divio_divstat_tcp_rtt_seconds_sum{to="originator"} 0.011000000
divio_divstat_tcp_rtt_seconds_count{to="originator"} 2'

# The latency is that of packets of now.
{
	echo "udp4 time=$(date +%s)000000000"
	echo "udp4 time=$(($(date +%s) - 60))000000000"
} | frames make | divstat -N -o prom -f report.prom
is 'prom: buckets are cumulative' "$(grep '^divio_divstat_latency_sec.*_bucket' \
    report.prom | awk '{ print ($2 >= last); last = $2 }' | sort -u)" 1
is 'prom: all are in the last one' "$(awk '/le="17|\+Inf/ ||
    /latency_seconds_count/ { print $2 }' report.prom | paste -s -d ' ' -)" \
    '1 2 2'
is 'prom: their sum' "$(awk '/latency_seconds_sum/ {
    print ($2 >= 60 && $2 < 120) }' report.prom)" 1

# The dashboard names metrics that there are.
stat -v -o prom -k src -k flow >report.prom
run jq -r '.. | .expr? // empty' "$top/bin/divstat/grafana.json"
is 'grafana.json: is JSON' "$status$(cat err)" 0
grep -o 'divio_divstat_[a-z_]*' out | sort -u >metrics
ok 'grafana.json: has metrics' test "$(wc -l <metrics)" -gt 15
while read -r metric; do
	grep -q "^${metric}[ {]" report.prom || echo "$metric"
done <metrics >missing
is 'grafana.json: its metrics are those of the report' "$(cat missing)" ''
jq -r '.. | .expr? // empty | match("by \\(([a-z]+)\\)"; "g").captures[0].string' \
    "$top/bin/divstat/grafana.json" | sort -u >labels
while read -r label; do
	grep -q "[{,]${label}=" report.prom || echo "$label"
done <labels >missing
is 'grafana.json: and so are its labels' "$(cat missing)" ''

# SVG
frames make <text >in
run divstat -N -o svg -k if -f report.svg <in
is 'svg: status' "$status$(cat err)" 0
run xmllint --noout --nonet report.svg
is 'svg: is XML' "$status$(cat err)" 0
# texts: those of the picture
texts() {
	xmllint --xpath '//*[local-name() = "text"]/text()' report.svg
}
texts >got
for text in '8 packets, 368 B in 2 s' 'time since the first packet (seconds)' \
    bits/s packets segments '10 ms' 'tcp 10.0.0.1:4242 10.0.0.2:80' \
    'Most bytes by if' 'a,"b'; do
	ok "svg: $text" grep -Fqx -e "$text" got
done
like 'svg: names are escaped' got '^&lt;&amp;&gt;\\$'
ok 'svg: no script' sh -c '! grep -qi "script\|href\|url(" report.svg'
# rects CLASS: how many bars there are with a height
rects() {
	xmllint --xpath "count(//*[local-name() = 'rect'][@class = '$1']
	    [@height > 0 and @width > 0])" report.svg
}
# one size; round trips of 20, 30, 1 and 10 ms; three flows, one with both
# directions; three interfaces; and two legends
is 'svg: bars' "$(rects one) $(rects two)" '11 5'

# The curve: 240 buckets at most, in which all bytes are.
perl -e 'for (1 .. 3000) { $t = $_ ** 3; print "udp4 time=$t -- a\n" }' |
    frames make | divstat -N -o svg -f report.svg
xmllint --xpath 'string(//@d)' report.svg | tr L '\n' >path
ok 'svg: a curve of few points' test "$(wc -l <path)" -le 482
ok 'svg: and not too few' test "$(wc -l <path)" -gt 240
xmllint --xpath '//*[@class = "small"]/text()' report.svg >got
is 'svg: its time' "$(sed -n '/^time since/p' got)" \
    'time since the first packet (seconds)'
divstat -N -o svg -f report.svg </dev/null
ok 'svg: of nothing' xmllint --noout --nonet report.svg

# A file is replaced by each report, and so is what a link leads to.
echo old >there
ln -s there link
for i in 1 2 3 4; do
	echo "udp4 time=${i}000000000"
done | frames make | divstat -N -i 1 -o prom -f link
ok 'a link stays' test -h link
is 'and its file is replaced' "$(grep '^divio_divstat_packets_total' there)" \
    'divio_divstat_packets_total 4'
ln -s nowhere/at/all dangling
run divstat -N -o prom -f dangling <in
is 'a link that leads nowhere' "$status $(cat err)" \
    '1 divstat: -f dangling: No such file or directory'

# What cannot be written is said once, and why.
frames flows 20000 >many
run divstat -N -E -f /dev/full <many
is 'a full disk: status' "$status" 1
is 'a full disk: is said once' "$(sort err | uniq -c | sed 's/^ *//')" \
    '1 divstat: /dev/full: No space left on device'

usage_error '-o eve' '^divstat: -o eve is for -E' divstat -o eve
usage_error '-E -o svg' '^divstat: -E: -o svg: expected' divstat -E -o svg
done_testing
