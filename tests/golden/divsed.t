#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1003,SC1091,SC2154
. "$(dirname "$0")/divsed.sh"

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

# packets that pass unchanged
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

echo 'tcp4 rep=6000 -- a' | frames make >in
hundred=$(printf '%0100d' 0)
run divsed -v "s/a/$hundred/g" <in
is '600 kB' "$(frames dump <out | tr -d 0123456789)" 'packet  tcp '
is 'of it' "$(wc -c <out)" $((80 + 20 + 20 + 600000))
run divsed -v "s/a/$hundred$hundred/g" <in
is_file 'too long: passes as it was' out in
like 'too long: counted' err '^divsed: 1 passed untouched: longer than'

done_testing
