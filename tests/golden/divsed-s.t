#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1003,SC1091,SC2154
. "$(dirname "$0")/divsed.sh"

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

done_testing
