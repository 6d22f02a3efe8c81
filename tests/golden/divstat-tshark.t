#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# divstat agrees with tshark and capinfos.

# shark ARGUMENTS: tshark on the capture, without its warning about root
shark() {
	tshark -r capture "$@" 2>/dev/null
}

# stat ARGUMENTS: lines of divstat on the capture
stat() {
	divcat capture | divstat -N -o tsv -f /dev/stdout "$@"
}

# health FIELDS: the number of packets that have each field
healths() {
	shark -Y tcp -T fields -e tcp.analysis.retransmission \
	    -e tcp.analysis.out_of_order -e tcp.analysis.duplicate_ack \
	    -e tcp.analysis.zero_window -e tcp.flags.reset |
	    awk -F '\t' '{
		again += $1 != ""
		order += $2 != ""
		dup += $3 != ""
		zero += $4 != ""
		reset += $5 == "1" || $5 == "True"
	} END { print again, order, dup, zero, reset }'
}

# Bytes in the units of tshark: 9999 bytes, 10 kB.
sizes='function size(n) {
	return n < 10000 ? n " bytes" : int(n / 1000) " kB"
}'

# Conversations: addresses, packets and bytes each way, the lower address first.
order='function show(a, b, p, q, m, n) {
	if (a < b)
		print a, b, p, q, m, n
	else
		print b, a, q, p, n, m
}'

conversations() {
	shark -q -z "conv,$1" | awk "$order"'
	$2 == "<->" { show($1, $3, $7, $4, $8 " " $9, $5 " " $6) }' | sort
}

flows() {
	stat -k flow -n 10000 | tr -d '[]' | awk -F '\t' "$order$sizes"'
	$4 == "flow" && split($5, a, " ") && a[1] == "'"$1"'" {
		show(a[2], a[3], $6, $8, size($7), size($9))
	}' | sort
}

compare() {
	stat >report
	is "$1: what is wrong with TCP" \
	    "$(awk '$4 == "health" { print $10, $11, $12, $13, $14 }' report)" \
	    "$(healths)"
	shark -q -z io,phs >phs
	for proto in tcp udp; do
		is "$1: io,phs: $proto" "$(awk -v p=$proto '
		    $4 == "protocol" && $5 == p { print $6, $7 }' report)" \
		    "$(tr ':' ' ' <phs | awk -v p=$proto '
		    $1 == p { n += $3; m += $5 } END { print n, m }')"
		conversations $proto >wanted
		ok "$1: conv,$proto: there are some" test -s wanted
		flows $proto >got
		is_file "$1: conv,$proto" got wanted
	done
	shark -q -z io,stat,1 | awk -F '|' '$2 ~ /<>/ {
	    print $3 + 0, $4 + 0 }' >wanted
	stat -i 1 | awk '$2 == "interval" && $4 == "total" {
	    print $6, $7 }' >got
	is_file "$1: io,stat,1" got wanted
	capinfos -Tmr -c -d capture | awk -F , '{ print $2, $3 }' >wanted
	awk '$4 == "total" { print $6, $7 }' report >got
	is_file "$1: capinfos: packets and bytes" got wanted
	shark -q -z plen,tree | awk '$1 ~ /^[0-9]+-[0-9]+$/ && $2 > 0 {
	    print $2, $1 }' | sort >wanted
	stat -k size | awk '$4 == "size" { print $6, $5 }' | sort >got
	is_file "$1: plen,tree" got wanted
	shark -T fields -e dns.qry.name | grep . | tr '[:upper:]' '[:lower:]' | sort |
	    uniq -c | awk '{ print $1, $2 }' >wanted
	stat -k dns | awk '$4 == "dns" && $5 != "-" { print $6, $5 }' |
	    sort -k 2 >got
	is_file "$1: names in DNS" got wanted
	shark -Y 'tcp.analysis.initial_rtt && !(tcp.flags.syn == 1) &&
	    !(tcp.flags.reset == 1)' -T fields \
	    -e tcp.stream -e tcp.analysis.initial_rtt | sort -u |
	    awk '{ printf "%.6f\n", $2 }' | sort >wanted
	stat -k flow -n 10000 | awk -F '\t' '$4 == "flow" && $15 > 0 {
	    printf "%.6f\n", $15 }' | sort >got
	is_file "$1: initial_rtt" got wanted
}

for seed in 1 2 3; do
	python3 "$here/capture.py" $seed 100 >capture
	compare "seed $seed"
done
done_testing
