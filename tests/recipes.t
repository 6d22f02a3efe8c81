#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# The filters of divrecipes(7), as they stand there, on what divcat writes.

top=$(pwd)
. tests/golden/lib.sh
here=$top/tests/golden
(
	cd "$top" || exit
	. tests/net/lab.sh
	tmp=$dir
	lab_recipe "Filters in a dozen lines"
)

sed -n 's/^\.Ss //p' "$top/man/divrecipes.7" | sort >wanted
sed -n '/^\.It Sy task/,/^\.El/s/.* Ta Sx //p' "$top/man/divrecipes.7" |
    sort -u >got
is_file 'the index names each recipe' got wanted

cat >lines <<'END'
tcp4 id=1 dir=3 epoch=77 port=8000 -- GET /foo foo\r\n
udp6 id=2 epoch=77 port=8000 mark=5 -- a secret foo
icmp4 id=3 epoch=77 port=8000
udp4 id=4 epoch=77 port=8000 -- \x00\xff\\ \t-
END
frames make <lines >packets
divcat -o text packets | sed 's/foo/bar/g' | divcat |
    frames dump | sed 's/^packet 2.*/drop 2 none /' >wanted

# filter NAME FORMAT
filter() {
	divcat -o "$2" packets >in
	run "recipe/$1" <in
	is "$1: status" "$status$(cat err)" 0
	divcat -i "$2" <out | frames dump >got
	is_file "$1: drops and edits" got wanted
}

for name in filter.awk filter.sed filter.pl filter.py filter.lua; do
	filter $name text
done
filter filter.jq json

divcat -o text packets >in
printf '%s\n' '-	-	-	tcp	10.0.0.1:7	10.0.0.2:23	ls	-	-' >telnet
divcat -o text telnet | sed 's/^-/9/' >>in
run recipe/filter.sh <in
is 'filter.sh: status' "$status$(cat err)" 0
is 'filter.sh: drops' "$(tail -n 1 out)" "drop 9	flags=8"
sed '$d' in >wanted
sed '$d' out >got
is_file 'filter.sh: passes' got wanted

# Each answers a line before the next one comes.
mkfifo to from
for name in filter.sh filter.awk filter.sed filter.pl filter.py filter.lua; do
	"recipe/$name" <to >from &
	exec 3>to 4<from
	divcat -c 1 -o text packets >&3
	timeout 10 head -n 1 <&4 >out
	like "$name: does not wait for more" out 'GET'
	exec 3>&- 4<&-
	wait $!
done
"recipe/filter.jq" <to >from &
exec 3>to 4<from
divcat -c 1 -o json packets >&3
timeout 10 head -n 1 <&4 >out
like "filter.jq: does not wait for more" out 'GET'
exec 3>&- 4<&-
wait $!

# What only looks, and hex.
divcat -o pcap packets >one.pcap
run sh recipe/3.sh
is 'hex: status' "$status$(cat err)" 0
divcat -o text edited.pcap >edited
like 'hex: sed edits' edited 'GET /bar foo'
is 'hex: xxd and back' "$(cut -f 7 out)" 'GET /foo foo\r\n'
divcat -o text packets >in
sed -n '/grep/,$p' recipe/2.sh | sed 's/-F Host:/-F GET/' >look
run sh look <in
is 'grep and cut: status' "$status$(cat err)" 0
is 'grep and cut' "$(cut -f 3 out)" 'GET /foo foo\r\n'
done_testing
