#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2059,SC2154
. "$(dirname "$0")/lib.sh"

cat >text <<'END'
tcp4 id=1 opaque=0102030405060708 digest=0102030405060708 -- GET /foo
udp4 id=2 -- foo
icmp4 id=3 -- ping
tcp6 id=4 mark=7 -- bar
udp6 id=5 options=8 -- foo\x00bar
icmp6 id=6
tcp4 id=7
gre4 id=8 -- foo
none id=9
tcp4 id=10 frag=later -- foo
none id=11 type=2
tcp4 id=12 type=3 -- foo
END
frames make <text >in

# marks NAME IDS ARGUMENTS: exactly these packets get $mark, and nothing else
# changes in any frame
mark=1
marks() {
	name=$1
	ids=$2
	shift 2
	run divmark "$@" <in
	is "$name: status" "$status$(cat err)" 0
	awk -v ids=" $ids " -v mark="$mark" '{
		split($2, id, "=")
		if (index(ids, " " id[2] " "))
			sub(/ id=/, " mark=" mark " id=")
		print
	}' text | sed 's/ mark=7$//; s/\(mark=[0-9]* .*\) mark=7 /\1 /' |
	    frames make >wanted
	is_file "$name" out wanted
}

marks 'expression' '1 7 10 12' ip proto 6
marks 'expression of several words' '1 4 7 12' 'tcp' 'port' 80
marks 'expression on IPv6' '4 5 6' ip6
marks '-e' '1 2 5 8 10 12' -e foo
marks '-e with a NUL' '5' -e 'o\x00b'
marks '-e on nothing' '6 7' -e '^$'
marks 'the last -e' '4 5' -e foo -e bar
marks '-e and expression' '1 12' -e foo tcp port 80
marks '-i' '2 3 5 6 8 9 10' -i tcp port 80
marks '-i -e' '3 4 6 7 9' -i -e foo
marks '-i of both' '2 3 4 5 6 7 8 9 10' -i -e foo tcp port 80
mark=4294967295
marks '-m' '2' -m 4294967295 udp
mark=16
marks '-m in hexadecimal' '2' -m 0x10 udp
mark=0
marks '-m 0' '4' -m 0 -e '^bar'
mark=1

# a new mark does not make the packet an edited one: divstat compares digests,
# and counts none as edited
echo 'udp4 id=1 -- foo' | frames make | divcat -o pcap >one.pcap
divcat one.pcap | divmark -m 5 udp >out
divcat -o text out >out.text
like 'the mark is set' out.text 'mark=0x00000005'
divstat -N <out 2>err
like 'divstat sees the packet' err '^udp +1 '
is 'an edit of the mark alone is none' "$(grep -c '^edited' err)" 0

# the bits beside the mask are another's
printf 'udp4 id=%d mark=%d -- foo\n' 1 0 2 4660 3 255 | frames make |
    divmark -m 0x20/0xf0 udp | divcat -o text >out.text
is '-m with a mask: only its bits change' \
    "$(grep -o 'mark=[^ ]*' out.text | tr '\n' ' ')" \
    'mark=0x00000020 mark=0x00001224 mark=0x0000002f '
printf 'udp4 id=%d mark=%d -- foo\n' 1 255 | frames make |
    divmark -m 0/0xf0 udp | divcat -o text >out.text
like '-m 0 with a mask clears its bits' out.text 'mark=0x0000000f'

# patterns
tab=$(printf '\t')
cat >patterns <<END
# a comment

second word${tab}bar$
any foo${tab}(?i)FOO${tab}ip6 or udp
foo in TCP${tab}^foo|/foo${tab}tcp
empty${tab}^\$${tab}icmp6
nothing but an expression${tab}${tab}proto 47
END
marks '-f' '1 2 4 5 6 8 10 12' -f patterns
marks '-f and expression' '1 4 10 12' -f patterns tcp
marks '-f and -e' '1 2 5 8 10 12' -f patterns -e foo
marks '-f -i' '3 7 9' -f patterns -i
printf 'x\tping' >patterns2
marks 'the last -f, without a new line' '3' -f patterns -f patterns2
printf 'x\tping\r\ny\t^bar\r\n' >patterns2
marks '-f with CR' '3 4' -f patterns2
printf 'x\tfoo\rbar\n' >patterns2
marks '-f with CR within' '' -f patterns2
: >empty
marks '-f with none' '' -f empty

# the first match in the file counts
run divmark -l -f patterns <in
is '-f: which' "$(cut -f 2,8 err | sed 's/\t/ /' | paste -s -d, -)" \
    '1 foo in TCP,2 any foo,4 second word,5 second word,5 any foo,6 empty,8 nothing but an expression,10 foo in TCP,- foo in TCP'

# each pattern in a list of its own gives the same as all in one list
cat >syntax <<'END'
foo
(?i)fOo
f.o
f.{0,3}o
^foo$
^foo
foo$
foo\Z
\Afoo\z
(?m)^foo$
(?s)a.b
a.b
a\sb
a\vb
a\hb
a\Rb
a\Nb
[[:space:]]b
a[^\x00-\x7f]b
\x00\x01
\0
(foo)\1
(?<=a)foo
foo(?!a)
(?>fo?)o
fo++b
a(?R)?b
a{,3}b
a{ 1,3 }b
a{2,3}b
a{2000}b
(?x) f o o # comment
\Qa.b\E
\bfoo\b
\Bfoo
fo\Ko
(*CRLF)a.b
(?:a|b|)
x*
(a+)+$
\w+\W\d+\D
\p{Lu}
\x{66}oo
\o{146}oo
\cA
(?i:f)oo
(?<name>f)oo\k<name>
(?(?=f)foo|bar)
(?|(a)b|(b)a)
\C\Co
$
^$
.
END
awk '{ print "p" NR "\t" $0 }' syntax >patterns.all
perl -e 'my @s = ("foo", "a foo", "foo\\n", "foofoo", "foob", "fooo", "FOO",
    "x\\nfoo\\ny", "a\\nb", "a\\rb", "a\\x0bb", "a\\x0cb", "a b", "a\\tb",
    "a\\x85b", "a\\xa0b", "a\\xffb", "\\x00\\x01", "aab", "aaab", "aabb",
    "a{,3}b", "a{ 1,3 }b", "a.b", "afoo", "foa", "", "\\n", "\\x01",
    "ab1 2", "a" x 2000 . "b", "foof", "bar", "\\xc3\\x84", "fo");
    my $i; printf "udp4 id=%d -- %s\n", ++$i, $_ for @s' >text.syntax
frames make <text.syntax >in.syntax
n=0
: >bad
while read -r regex; do
	n=$((n + 1))
	printf 'p\t%s\n' "$regex" >patterns.one
	divmark -q -e "$regex" <in.syntax >out.e 2>>bad
	divmark -q -f patterns.one <in.syntax >out.f 2>>bad
	cmp -s out.e out.f || echo "$regex" >>bad
	cmp -s out.e in.syntax && echo "$regex: no match" >>bad
	divcat -o text out.e | awk -v p="p$n" '/mark=/ { print $1, p }'
done <syntax >each
is 'each pattern by itself' "$(cat bad)" ''
sort -s -n -k 1,1 each >each.sorted
divmark -q -l -f patterns.all <in.syntax 2>&1 >/dev/null |
    awk -F '\t' '{ print $2, $8 }' >all
is_file 'and all at once' all each.sorted

# payment cards
cat >cards <<'END'
tcp4 id=1 sport=1 -- order 4111 1111 1111 1112
tcp4 id=2 sport=2 -- order 4111 1111 1111 1112, card 4111-1111-1111-1111
tcp4 id=3 sport=3 -- card 378282246310005, ssn 078-05-1120
tcp4 id=4 sport=4 -- ssn 078-05-1120
tcp4 id=5 sport=5 -- 4111 1111 1111 1112 4111 1111 1111 1112
END
frames make <cards >in.cards
printf '%s\t%s\n' card 'luhn:\b[0-9](?:[ -]?[0-9]){12,15}\b' \
    ssn '\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b' >leaks
# shellcheck disable=SC2086 # options
for how in '' '-S 1000'; do
	is "luhn: and an alert for each pattern${how:+, $how}" \
	    "$(divmark $how -l -f leaks <in.cards 2>&1 >/dev/null |
	    awk -F '\t' '{ print $2, $8 }' | paste -s -d , -)" \
	    '2 card,3 card,3 ssn,4 ssn'
done

# a regular expression with catastrophic backtracking
echo 'tcp4 -- aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab c' |
    frames make >one
cat one one >in2
run divmark -v -e '(a|aa)+c' <in2
is_file 'takes too long: no mark' out in2
is 'takes too long: one warning' "$(grep -c 'takes too long' err)" 1
like 'takes too long: counted' err '0 marked, 2 took too long'
run divmark -q -e '(a|aa)+c' <in2
is '-q' "$(cat err)" ''
run divmark -v tcp <in
like '-v' err '^divmark: 11 packets, 5 marked$'

# usage
usage_error 'nothing selected' '^divmark: nothing given' divmark
usage_error '-i alone' '^divmark: nothing given' divmark -i
usage_error '-m alone' '^divmark: nothing given' divmark -m 3
usage_error '-x alone' '^divmark: -x: neither' divmark -x tcp
usage_error 'bad expression' '^divmark: tcp prt 80: .*error' divmark tcp prt 80
usage_error 'bad -e' '^divmark: -e a\(b: character 4: missing' divmark -e 'a(b'
usage_error '-j -' '^divmark: -j -: ' divmark -j - tcp
for m in '' -1 x 1.5 4294967296; do
	usage_error "-m '$m'" "^divmark: -m $m: " divmark -m "$m" tcp
done

# bad_patterns NAME CONTENTS MESSAGE
bad_patterns() {
	printf "$2" >bad
	usage_error "-f: $1" "^divmark: bad: $3" divmark -f bad
}
bad_patterns 'regex' 'a\tb\n\nc\ta(b\n' 'line 3, column 6: missing'
bad_patterns 'expression' 'a\tb\ttcp prt 80\n' 'line 1, column 5: .*error'
bad_patterns 'no regex' '#\na\n' 'line 2, column 1: a tab and'
bad_patterns 'no name' '\ta\n' 'line 1, column 1: a name'
bad_patterns 'many tabs' 'a\tb\ttcp\tx\n' 'line 1, column 5: a tab too'
bad_patterns 'NUL' 'a\tb\nc\ta\000b\n' 'line 2, column 4: a NUL'
usage_error '-f: no file' '^divmark: none: No such file' divmark -f none
usage_error '-f: a directory' '^divmark: .: Is a directory' divmark -f .

done_testing
