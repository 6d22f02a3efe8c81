#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

echo 'udp4 id=1 sport=7 dport=9 -- a
udp6 id=2 sport=7 dport=9 -- a' | frames make >in
src4=$(divcat -o text in | head -n 1 | cut -f 5 | sed 's/:.*//')
dst4=$(divcat -o text in | head -n 1 | cut -f 6 | sed 's/:.*//')
src6=$(divcat -o text in | tail -n 1 | cut -f 5 | sed 's/^.//; s/\].*//')

# marks NAME LIST IDS ARGUMENTS...: the ids of the marked packets
marks() {
	marks_name=$1
	printf '%b' "$2" >list
	marks_ids=$3
	shift 3
	run divmark "$@" <in
	is "$marks_name" "$status $(divcat -o text out | grep mark=0x00000001 |
	    cut -f 1 | paste -s -d , -)$(cat err)" "0 $marks_ids"
}

marks 'a source' "$src4\n" 1 -p list
marks 'a destination' "$dst4/31\n" 1 -p list
marks 'IPv6' "$src6/64\n" 2 -p list
marks 'src: is' "$src4\n" 1 -p src:list
marks 'src: is not' "$dst4\n" '' -p src:list
marks 'dst: is' "$dst4\n" 1 -p dst:list
marks 'dst: is not' "$src4\n" '' -p dst:list
marks 'all' '0.0.0.0/0\n::/0\n' 1,2 -p list
marks 'an exception' "0.0.0.0/0\n!$src4\n" '' -p src:list
marks 'none' '# nothing\n' '' -p list
marks '-i' "$src4\n" 2 -i -p list
marks 'with an expression' '0.0.0.0/0\n::/0\n' 2 -p list ip6
marks 'with -e' '0.0.0.0/0\n' '' -p list -e b

run divmark -l -p list <in
echo "$src4/32" >list
run divmark -l -p src:list <in
is 'the alert names the prefix' "$(cut -f 8 err)" "$src4/32"
run divmark -j eve -p src:list <in
is 'and EVE its line' "$(jq -c '[.alert.signature, .alert.signature_id]' eve)" \
    "[\"$src4/32\",1]"
run divmark -i -l -p dst:list <in
is '-i: and the list' "$(cut -f 8 err | head -n 1)" 'not list'

printf '10.0.0.1\n 10.0.0.0/33\n' >list
usage_error 'a bad length' \
    'list: line 2, column 2: expected a length from 0 to 32' divmark -p list
echo example.com >list
usage_error 'a name' 'list: line 1, column 1: expected an address or a prefix' \
    divmark -p list
usage_error 'no file' 'none: No such file or directory' divmark -p none

done_testing
