#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1003,SC1091,SC2154
#
# Commands of divsed that edit the payload, and flags that sed does not have.

. "$(dirname "$0")/divsed.sh"

# flags of s and of addresses
edit 'a dot is no new line' 's/a.b/x/' 'a\nb' 'a\nb'
edit 'flag s' 's/a.b/x/s' 'a\nb' 'x'
edit '^ is the start of the payload' 's/^b/x/' 'a\nb' 'a\nb'
edit 'flag m' 's/^./x/mg' 'a\nb' 'x\nx'
edit 'flag M' 's/.$/x/M' 'a\nb' 'x\nb'
edit 'blanks count' 's/a b/x/' 'ab a b' 'ab x'
edit 'flag x' 's/a b # it/x/x' 'ab' 'x'
edit 'flags together' 's/A . B/x/isx2' 'a\nb a\nb' 'a\nb x'
edit 'flag k: shorter' 's/foo/x/k' 'a foo b' 'a x   b'
edit 'flag k: longer' 's/foo/12345/k' 'a foo b' 'a 123 b'
edit 'flag k: as long' 's/foo/123/k' 'a foo b' 'a 123 b'
edit 'flag k: each match' 's/fo+/x/gk' 'fo foo fooo' 'x  x   x   '
edit 'flag k: empty' 's/x*/ab/gk' 'axxb' 'aabb'
edit 'flag k: to nothing' 's/foo//k' 'foo' '   '
edit 'address flags' '/A.B/ISs/$/!/' 'a\nb' 'a\nb!'
edit 'address flag M' '/^b/Ms/$/!/' 'a\nb' 'a\nb!'
edit 'address flag X' '/a b/Xs/$/!/' 'ab' 'ab!'
edit 'address without flags' '/A.B/s/$/!/' 'a\nb' 'a\nb'
edit 'an empty one keeps its flags' 's/FOO/x/i;s//y/' 'foo Foo' 'x y'
edit 'groups of the last one' '/(f)(oo)/s//\2\1/' 'foo' 'oof'
edit 'groups it does not have' '/f/s//[\2]/' 'foo' '[]oo'
edit 'the last one used' '/o/s/x/y/;s//0/' 'foo' 'foo'
edit 'none was used' 'ba;s/x/y/;:a;s//0/' 'foo' 'foo'

# y
edit 'y' 'y/abc/xyz/' 'aabbccdd' 'xxyyzzdd'
edit 'y: nothing to do' 'y/abc/xyz/' 'foo' 'foo'
edit 'y: bytes' 'y/\x00a\xff/a\x00\n/' '\x00a\xff' 'a\x00\n'
edit 'y: escaped delimiter' 'y,\,a,a\,,' 'a,' ',a'
edit 'y: the first counts' 'y/aa/bc/' 'a' 'b'
edit 'y: to nothing' 'y///' 'a' 'a'

# c, i, a
edit 'c' 'c some text' 'foo' 'some text'
edit 'c: goes on' 'c some text;x
s/text/words/' 'foo' 'some words;x'
edit 'c: no blanks' 'ctext' 'foo' 'text'
edit 'c: lines' 'c\
  one\
two' 'foo' '  one\ntwo'
edit 'c: a blank before the new line' 'c \
one' 'foo' 'one'
edit 'c: blanks kept' 'c\  one' 'foo' '  one'
edit 'c: the backslash of sed' 'c\text' 'foo' 'text'
edit 'c: escapes' 'c a\x00\r\n\t\\\;' 'foo' 'a\x00\r\n\t\\;'
edit 'c: an escape first' 'c \x01a' 'foo' '\x01a'
edit 'c: braces are text' '/foo/{c a}
}' 'foo' 'a}'
edit 'i' 'i > ' 'foo' '> foo'
edit 'a' 'a  <\n' 'foo' 'foo<\n'
edit 'i and a' 'i 1
a 2' 'foo' '1foo2'
for command in 'c x' 'i x' 'a x' 'y/a/b/' 'm/^/x/' 's/^/x/'; do
	edit "$command: no payload" "$command" '' ''
done
printf 'tcp4 -- foo\n' | frames make >in
run divsed -e 'c\' -e 'bar' <in
is 'text in the next -e' "$(frames dump <out)" 'packet 1 tcp4 bar'

# m
edit 'm' 'm/foo/x/' 'a foo foo' 'a xxx foo'
edit 'm: flag g' 'm/fo+/x/g' 'fo foo fooo' 'xx xxx xxxx'
edit 'm: flag i' 'm/FOO/x/gi' 'foo Foo' 'xxx xxx'
edit 'm: flag t' 'm/[0-9]+/*/gt2' '1234 12 1 123' '**34 12 1 *23'
edit 'm: any byte' 'm/o/\x00/g' 'foo' 'f\x00\x00'
edit 'm: the delimiter' 'm/o/\//g' 'foo' 'f//'
edit 'm: what was masked is still seen' 'm/(?<=o)o/x/g' 'ooo' 'oxx'
edit 'm: an empty match' 'm/z*/x/g' 'foo' 'foo'
number='[0-9](?:[ -]?[0-9]){12,18}'
for n in 4111111111111111 5500005555555559 378282246310005 6011000990139424 \
    4222222222222 6304000000000000000 '4111 1111 1111 1111' \
    4111-1111-1111-1111; do
	masked=$(echo "$n" | sed 's/./*/g')
	edit "Luhn: $n" "m/\\b$number\\b/*/gL" "is $n, $n" "is $masked, $masked"
	edit "Luhn, last four: $n" "m/$number/*/Lt4" "$n" \
	    "${masked%????}$(echo "$n" | sed 's/.*\(....\)/\1/')"
done
for n in 4111111111111112 5500005555555558 4111-1111-1111-1112 \
    411111111111111; do
	edit "not Luhn: $n" "m/\\b$number\\b/*/gL" "is $n" "is $n"
done
edit 'Luhn: one that fails, one that passes' "m/\\b$number\\b/*/L" \
    '4111111111111112 4111111111111111 4111111111111111' \
    '4111111111111112 **************** 4111111111111111'
edit 'Luhn: no digits' 'm/foo/*/L' 'foo' 'foo'
edit 'Luhn: one digit' 'm/0/*/L' '0' '0'

# t branches after an edit
edit 't: after m' 'm/foo/x/;tx;s/$/ no/;:x' 'foo' 'xxx'
edit 't: not after y' 'y/f/x/;tx;s/$/ no/;:x' 'foo' 'xoo no'
edit 't: not after c' 'c bar
tx;s/$/ no/;:x' 'foo' 'bar no'
printf 'tcp4 -- foo\ntcp4 -- bar\n' | frames make >in
run divsed 's/foo/x/;ty;s/$/ no/;:y' <in
is 't: of this packet' "$(frames dump <out)" 'packet 1 tcp4 x
packet 1 tcp4 bar no'

# every command, on every protocol
cat >text <<'END'
tcp4 id=1 -- a foo\x00
tcp4 id=2 options=8 tcpoptions=12 -- a foo\x00
udp4 id=3 -- a foo\x00
icmp4 id=4 -- a foo\x00
tcp6 id=5 -- a foo\x00
tcp6 id=6 options=16 tcpoptions=12 -- a foo\x00
udp6 id=7 -- a foo\x00
icmp6 id=8 -- a foo\x00
END
frames make <text >in
frames heads <in >heads.in
# all NAME SCRIPT WANTED
all() {
	run divsed "$2" <in
	is "every protocol: $1" "$(frames dump <out)" "$(frames dump <in |
	    awk -v to="$3" '{ print $1, $2, $3 " " to }')"
	frames heads <out >heads.out
	is_file "every protocol: $1: headers stay" heads.out heads.in
}
all y 'y/fo\x00/gu\x01/' 'a guu\\x01'
all c 'c\x01' 'x01'
all 'c, longer' 'c some text that is longer' 'some text that is longer'
all i 'i b ' 'b a foo\\x00'
all a 'a b' 'a foo\\x00b'
all m 'm/o/x/g' 'a fxx\\x00'
all 's, k' 's/foo/x/k' 'a x  \\x00'
all '{}' '/foo/{/\x00/s/foo/x/}' 'a x\\x00'

# 64 KiB
echo 'tcp4 rep=16384 -- abcd' | frames make >in
run divsed 'y/abcd/xxxx/' <in
is '64 KiB: y' "$(frames dump <out | tr -d x | wc -c) $(wc -c <out)" \
    "15 $(wc -c <in)"
run divsed 'm/[a-d]/x/g' <in
is '64 KiB: m' "$(frames dump <out | tr -d x | wc -c) $(wc -c <out)" \
    "15 $(wc -c <in)"
run divsed 's/a|b|c|d/xy/gk' <in
is '64 KiB: s' "$(frames dump <out | tr -d x | wc -c) $(wc -c <out)" \
    "15 $(wc -c <in)"
run divsed '/d$/{c x
}' <in
is '64 KiB: c' "$(frames dump <out)" 'packet 1 tcp4 x'
run divsed 'a !' <in
is '64 KiB: a' "$(frames dump <out | tr -d abcd)" 'pket 1 tp4 !'

done_testing
