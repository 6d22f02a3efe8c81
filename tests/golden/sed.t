#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1003,SC1091,SC2016,SC2154
#
# divsed edits packets as sed edits lines.

. "$(dirname "$0")/lib.sh"

i=0
for line in one two three 'a foo' 'foo foo' five aaa 'x/y' 'b a n' twelve \
    1234567 'a=b' 'foobar' end; do
	i=$((i + 1))
	echo "$line" >>lines
	echo "udp4 id=$i -- $line" >>text
done
frames make <text >in

# same ARGUMENTS: both give the same output
same() {
	sed -E "$@" <lines >wanted || bail "sed -E $*"
	run divsed "$@" <in
	[ "$status" -eq 0 ] || cat err >>out
	frames dump <out | sed -E '/^drop/d; s/^[a-z]+ [0-9]+ udp4 //
	    s/\\n/\n/g; s/\\\\/\\/g' >got
	is_file "$(echo "$*" | tr '\n' '|')" got wanted
}

# addresses
same 3d
same -n 3p
same '3!d'
same -n '3!p'
same -n '2~3p'
same -n '0~4p'
same -n '5~0p'
same -n '1~1p'
same -n '20~2p'
same -n /foo/p
same -n '\,foo,p'
same -n '\|x/y|p'
same -n '\xaxp'
same -n /FOO/Ip
same -n '/foo/ p'
same -n '/foo/!p'
same -n '/foo/ !p'
same -n '/foo/!  p'
same -n '2,4p'
same -n '2 , 4p'
same -n '4,2p'
same -n '4,4p'
same -n '2,4!p'
same -n '/foo/,/five/p'
same -n '/foo/,/foo/p'
same -n '/foo/,/never/p'
same -n '/foo/,2p'
same -n '/foo/,8p'
same -n '/foo/,5p'
same -n '3,/foo/p'
same -n '4,/foo/p'
same -n '1,/one/p'
same -n '0,/one/p'
same -n '0,/foo/p'
same -n '0,/foo/!p'
same -n '/foo/,+2p'
same -n '/foo/,+0p'
same -n '3,+1p'
same -n '/foo/,~4p'
same -n '8,~4p'
same -n '9,~4p'
same -n '3,~0p'
same -n '2~4,/a/p'
same -n '/t/,2~5p'
same -n '2,4{3,9p}'
same -n '5,9{/a/,7p}'
same -n '3,5{/foo/!p}'
same -n '/a/{/b/{p}}'
same '/foo/s//[&]/'
same -n '/foo/{s//bar/;p}'
same -n '/foo/s/o/0/gp;//p'
same 's/a/b/;s//c/'

# s
same s/o/0/
same s/o/0/2
same s/o/0/g
same s/o/0/2g
same 's/(.)(.)/\2\1/g'
same 's/x*/-/g'
same 's/a*/x/2g'
same 's/$/ END/'
same 's/^/> /'
same 's/FOO/bar/i'
same 's,/,\,,'
same 's/a|o/\n/g'
same 's/foo/a\
b/'
same -n s/foo/bar/p
same -n s/foo/bar/gp
same s/foo/bar/p
same 's/[0-9]{2}/<&>/g'
same 's/./&&/3'
same ':a;s/^([0-9]+)([0-9]{3})/\1,\2/;ta'

# y, d, p, q
same y/abc/xyz/
same 'y/o\/=/0|-/'
same 'y/o/\n/'
same 'y/t/\\/'
same 'y,o\,,0;,'
same p
same 'p;p'
same -n 'p;p'
same -n 'p;s/o/0/;p'
same 'p;s/o/0/'
same '/foo/{p;d}'
same -n '/foo/{p;d}'
same '/foo/d;p'
same d

# blocks and branches
same '/foo/{s/f/g/;s/o/u/}'
same '/foo/{;s/f/g/;;}'
same '{{p}}'
same '{p};p'
same '/foo/{s/f/g/
}
p'
same -e '/foo/{' -e p -e '}'
same '/foo/b;s/$/!/'
same '/foo/bx;s/$/!/;:x;s/^/:/'
same '/foo/b x
s/$/!/
: x
s/^/:/'
same '/foo/{bx};s/$/!/;:x'
same 's/foo/bar/;t;s/$/!/'
same 's/foo/bar/;tx;s/$/!/;:x s/^/:/'
same 's/foo/bar/;T;s/$/!/'
same 's/foo/bar/;Tx;s/$/!/;:x s/^/:/'
same 's/o/0/;tx;:x;ty;s/$/ no/;:y'
same 's/foo/bar/;bx;:y;s/$/!/;b;:x;ty'
same ':a;s/a/b/;ta'
same ':a /b/!{s/$/b/;ba}'

# scripts
same '#n
/foo/p'
same -e '#n' -e p
same '#x
p'
same ' s/a/b/ ; s/c/d/ # comment'
same '# comment
p # another'
same -n -e p -e s/o/0/p
printf '#!/usr/bin/sed -f\ns/o/0/\n\n  /a/ {\n\t\ts/a/A/\n\t}\n' >script
same -f script
same -f script -e s/0/o/ -f script
printf '#n\n/foo/p' >quiet
same -f quiet
same -f quiet -e 1p
same -e 1p -f quiet

done_testing
