#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1003,SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# edit NAME SCRIPT PAYLOAD WANTED: what the script makes of a payload
edit() {
	printf 'tcp4 -- %s\n' "$3" | frames make >in
	run divsed "$2" <in
	is "$1" "$(frames dump <out)$(cat err)" "packet 1 tcp4 $4"
}

edit 'first match' 's/foo/bar/' 'a foo b foo' 'a bar b foo'
edit 'no match' 's/foo/bar/' 'nothing' 'nothing'
edit 'flag g' 's/foo/bar/g' 'foofoo foo' 'barbar bar'
edit 'flag N' 's/foo/bar/2' 'foo foo foo' 'foo bar foo'
edit 'flag N beyond' 's/foo/bar/4' 'foo foo foo' 'foo foo foo'
edit 'flag Ng' 's/foo/bar/2g' 'foo foo foo' 'foo bar bar'
edit 'flag gN' 's/o/0/g10' 'ooooooooooo' 'ooooooooo00'
edit 'flag i' 's/FOO/bar/i' 'foo' 'bar'
edit 'flag I and g' 's/foo/x/Ig' 'FOOfoo' 'xx'
edit 'case matters' 's/FOO/bar/' 'foo' 'foo'
edit 'matches do not overlap' 's/aa/b/g' 'aaaaa' 'bba'
edit 'longer' 's/o/OOOO/g' 'foo' 'fOOOOOOOO'
edit 'shorter' 's/foo//' 'a foo b' 'a  b'
edit 'to nothing' 's/.*//' 'foo' ''
edit 'from nothing again' 's/.*//;s/^$/x/' 'foo' 'x'
edit 'no payload is not edited' 's/^/x/' '' ''

edit 'empty matches' 's/x*/-/g' 'abc' '-a-b-c-'
edit 'empty match after another' 's/a*/x/g' 'baaac' 'xbxcx'
edit 'empty matches counted' 's/b*/x/2' 'abc' 'axc'
edit 'empty matches from N on' 's/a*/x/2g' 'baaac' 'bxcx'
edit 'the beginning' 's/^/> /g' 'ab' '> ab'
edit 'the end' 's/$/ </' 'ab' 'ab <'

edit '&' 's/o/[&]/g' 'foo' 'f[o][o]'
edit 'escaped &' 's/o/\&/g' 'foo' 'f&&'
edit 'groups' 's/(.)(.)(.)/\3\2\1/' 'abc' 'cba'
edit 'nine groups' 's/(.)(.)(.)(.)(.)(.)(.)(.)(.)/\9\1/' '123456789' '91'
edit 'a group and a digit' 's/(a)/\10/' 'ab' 'a0b'
edit '\0 is all' 's/b./<\0>/' 'abc' 'a<bc>'
edit 'a group that took no part' 's/(x)?b/[\1]/' 'abc' 'a[]c'
edit 'more groups than nine' 's/(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)/\9/' \
    '12345678901' '9'
edit 'escapes' 's/x/\n\r\t\\/' 'x' '\n\r\t\\'
edit 'hexadecimal' 's/x/\x00\xff\x26\x41/' 'axb' 'a\x00\xff&Ab'
edit 'escaped newline' 's/x/a\
b/' 'x' 'a\nb'
edit 'escaped punctuation' 's/x/\.\*/' 'x' '.*'
edit 'high bytes' "s/x/$(printf '\303\244')/" 'x' '\xc3\xa4'

edit 'NULs' 's/\x00/0/g' 'a\x00b\x00' 'a0b0'
edit 'beyond NULs' 's/foo/bar/' '\x00\x00foo' '\x00\x00bar'
edit 'newlines' 's/a\nb/c/' 'xa\nby' 'xcy'
edit 'a line of many' 's/Host: .*/Host: x/' 'a\nHost: foo\nb' \
    'a\nHost: x\nb'
edit 'bytes' 's/[\x80-\xff]/./g' 'a\xc3\xa4' 'a..'
edit 'class' 's/[[:digit:]]+/N/g' 'a12b345' 'aNbN'
edit 'lookbehind sees what was replaced' 's/(?<=a)a/b/g' 'aaaa' 'abbb'

edit 'delimiter ,' 's,/a,/b,' '/a' '/b'
edit 'delimiter |' 's|a|b|' 'a' 'b'
edit 'escaped delimiter' 's/\/a\//\/b\//' 'x/a/' 'x/b/'
edit 'escaped delimiter is no operator' 's|a\|b|x|' 'a a|b' 'a x'
edit 'escaped letter as delimiter' 'sna\nbnxn' 'anb' 'x'
edit 'escaped digit as delimiter' 's1(a)\11x1' 'aa a1' 'aa x'
edit 'delimiter in the replacement' 's,a,\,,' 'a' ','
edit 'escaped letter in the replacement' 'snbnx\nn' 'abc' 'axnc'
edit 'escaped digit in the replacement' 's1(b)1x\11' 'abc' 'ax1c'
edit 'delimiter & in the replacement' 's&a&[\&]&' 'a' '[&]'
edit 'delimiter in brackets' 's/[/]/x/' 'a/b' 'axb'
edit 'delimiter in negated brackets' 's/[^]/]/x/' ']/a' ']/x'
edit 'delimiter after a class' 's/[[:alpha:]/]+/x/' '1a/b' '1x'
edit 'escaped bracket' 's/\[/x/' 'a[' 'ax'
edit 'escapes in brackets' 's/[\]/]/x/g' ']/' 'xx'
edit 'blank as delimiter' 's a b ' 'a' 'b'

edit 'several commands' 's/a/b/;s/b/c/' 'a' 'c'
edit 'blanks and semicolons' ' ; s/a/b/ ;; s/b/c/ ; ' 'a' 'c'
edit 'lines' 's/a/b/
s/b/c/' 'a' 'c'
edit 'comments' '# s/a/x/
s/a/b/ # and
#s/b/c/' 'a' 'b'
edit 'empty script' '' 'a' 'a'
edit 'several changes of length' \
    's/a/bb/g;s/b/ccc/g;s/c/dddd/g;s/dddd/e/' 'aa' \
    "e$(printf 'dddd%.0s' 1 2 3 4 5 6 7 8 9 10 11)"

printf 'tcp4 -- abc\n' | frames make >in
run divsed -e s/a/1/ -e s/b/2/ -e s/c/3/ <in
is 'several -e' "$(frames dump <out)" 'packet 1 tcp4 123'
printf '#!/usr/bin/env -S divsed -f\n# letters\ns/a/1/\ns/b/2/' >f1
echo 's/2/3/' >f2
run divsed -f f1 -e s/c/z/ -f f2 <in
is '-f and -e in their order' "$(frames dump <out)" 'packet 1 tcp4 13z'
printf 's/b/\\\0/;s/\0/0/' >f3
printf 'tcp4 -- a\\x00b\n' | frames make >in
run divsed -f f3 <in
is 'NULs in a script' "$(frames dump <out)" 'packet 1 tcp4 a0\x00'

# protocols
cat >text <<'END'
tcp4 id=1 -- a foo
tcp4 id=2 options=8 tcpoptions=12 -- a foo
udp4 id=3 -- a foo
icmp4 id=4 -- a foo
tcp6 id=5 -- a foo
tcp6 id=6 options=16 tcpoptions=12 -- a foo
udp6 id=7 -- a foo
icmp6 id=8 -- a foo
END
frames make <text >in
for to in bar quux b ''; do
	run divsed "s/foo/$to/" <in
	is "every protocol, foo to '$to'" "$(frames dump <out)" \
	    "$(frames dump <in | sed "s/foo/$to/")"
	frames heads <in >heads.in
	frames heads <out >heads.out
	is_file "headers stay, foo to '$to'" heads.out heads.in
done

# what passes untouched
cat >text <<'END'
tcp4 id=1 frag=first -- foo
tcp4 id=2 frag=later -- foo
udp6 id=3 frag=first -- foo
udp6 id=4 frag=later -- foo
gre4 id=5 -- foo
esp6 id=6 -- foo
tcp4 id=7 flags=4 origlen=1500 -- foo
tcp4 id=8 cut=12 -- foo
none id=9
none id=10 type=2
tcp4 id=11 type=9 opaque=0102030405060708 -- foo
END
frames make <text >in
run divsed -v 's/foo/bar/;s/^/x/' <in
is 'what cannot be edited: status' "$status" 0
is_file 'what cannot be edited passes' out in
like 'is counted: fragments' err '^divsed: 4 passed untouched: .*fragment'
like 'is counted: protocols' err '^divsed: 2 passed untouched: .*protocol'
like 'is counted: truncated' err '^divsed: 1 passed untouched: .*truncated'
like 'is counted: malformed' err '^divsed: 2 passed untouched: .*not an IP'

cat >text <<'END'
tcp4 id=1 opaque=1000000000000000000000000000000000000000000000f1 -- foo
tcp4 id=77777777777 type=3 dir=3 mark=5 flags=3 tag=9 port=8000 -- foo
END
frames make <text >in
run divsed 's/foo/longer/' <in
frames heads <in >heads.in
frames heads <out >heads.out
is_file 'all of the frame header stays' heads.out heads.in
is 'injected packets are edited' "$(frames dump <out | tail -n 1)" \
    'inject 77777777777 tcp4 longer'

# d
printf 'tcp4 id=%d -- foo\n' 1 2 >text
printf 'tcp4 id=3\ngre4 id=4 -- x\n' >>text
frames make <text >in
run divsed -v 's/foo/bar/;d;s/bar/x/' <in
is 'd' "$(frames dump <out)" 'drop 1 none 
drop 2 none 
drop 3 none 
drop 4 none '
like 'd: counts' err '^divsed: 4 packets, 0 edited, 4 dropped'
like 'd: what comes after' err 's/bar/x/: never matched$'

# counts
printf 'tcp4 -- %s\n' foo 'foo foo' bar | frames make >in
run divsed -v -e 's/foo/x/2;s/nix/x/' -e 's/bar/y/' <in
is '-v' "$(cat err)" 'divsed: 3 packets, 2 edited, 0 dropped
divsed: -e 1: line 1, column 1: s/foo/x/2: 2 matched, 1 edited
divsed: -e 1: line 1, column 11: s/nix/x/: never matched
divsed: -e 2: line 1, column 1: s/bar/y/: 1 matched, 1 edited'

# limits
{
	echo 'tcp4 id=1 -- foo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab c'
	echo 'tcp4 id=2 -- foo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab c'
	echo 'tcp4 id=3 -- foo aac'
} | frames make >in
run divsed -v 's/foo/bar/;s/(a|aa)+c/x/' <in
is 'a match that explodes: the packet passes as it was' \
    "$(frames dump <out | sed 's/aaaa*/A/')" 'packet 1 tcp4 foo Ab c
packet 2 tcp4 foo Ab c
packet 3 tcp4 bar x'
is 'one warning' "$(grep -c 'takes too long, packet' err)" 1
like 'it names the command' err \
    '^divsed: -e 1: line 1, column 11: s/.a|aa.+c/x/: .*too long'
like 'it is counted' err ': 1 matched, 1 edited, 2 took too long$'
run divsed -q 's/foo/bar/;s/(a|aa)+c/x/' <in
is '-q' "$(cat err)" ''

echo 'tcp4 rep=60000 -- a' | frames make >in
run divsed -v s/a/0123456789/g <in
is '600 kB' "$(frames dump <out | tr -d 0123456789)" 'packet  tcp '
is 'of it' "$(wc -c <out)" $((80 + 20 + 20 + 600000))
run divsed -v s/a/01234567890123456789/g <in
is_file 'too long: passes as it was' out in
like 'too long: counted' err '^divsed: 1 passed untouched: longer than'

# errors
usage_error 'no script' '^usage: divsed' divsed
usage_error 'unknown option' '^usage: divsed' divsed -z s/a/b/
usage_error 'operand' '^divsed: more: unexpected' divsed s/a/b/ more
usage_error 'operand after -e' '^divsed: s/a/b/: unexp' divsed -e d s/a/b/
usage_error 'no such file' '^divsed: nix: No such file' divsed -f nix

# script_error LINE COLUMN MESSAGE SCRIPT
script_error() {
	usage_error "error at $1:$2: $3" \
	    "^divsed: -e 1: line $1, column $2: $3" divsed "$4"
}
script_error 1 2 'expected a delimiter' 's'
script_error 1 2 'expected a delimiter' 's\a\b\'
script_error 1 6 'unterminated s command, expected /$' 's/foo'
script_error 1 6 'unterminated s command, expected ,$' 's,a,b'
script_error 1 7 'unterminated s command, expected /$' 's/a/b\'
script_error 1 4 'unterminated s command' 's/a
/b/'
script_error 1 7 'unterminated s command, expected \]$' 's/[a/b'
script_error 1 3 'expected a regular expression' 's//x/'
script_error 2 5 'bad regular expression: .*parenthes' 'd
s/a(/b/'
script_error 1 5 'bad regular expression: quantifier' 's/a**+*/b/'
script_error 1 7 'unknown flag z' 's/a/b/z'
script_error 1 7 'expected a number from 1' 's/a/b/0'
script_error 1 7 'expected a number from 1' 's/a/b/4294967296'
script_error 1 9 'second number' 's/a/b/2g3'
script_error 1 5 'unknown escape .q' 's/a/\q/'
script_error 1 7 'expected a hexadecimal digit' 's/a/\xg/'
script_error 1 8 'expected a hexadecimal digit' 's/a/\x1/'
script_error 1 7 'no group .2 in the regular' 's/(a)/\2/'
script_error 2 3 'unknown command z' '# x
; z/a/b/'
script_error 1 1 'unknown command .x01' "$(printf '\001')"
script_error 1 8 'expected ; or a new line' 's/a/b/ s/b/c/'
script_error 1 2 'expected ; or a new line' 'd1'
printf 's/a/b/\n  s/(/x/\n' >bad
usage_error 'in a file' '^divsed: bad: line 2, column 6: bad reg' divsed -f bad
usage_error 'in the second -e' '^divsed: -e 2: line 1, column 1: unkn' \
    divsed -e d -e x

done_testing
