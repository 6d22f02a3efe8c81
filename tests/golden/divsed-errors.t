#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1003,SC1091,SC2016,SC2154
. "$(dirname "$0")/divsed.sh"

usage_error 'no script' '^usage: divsed' divsed
usage_error 'unknown option' '^usage: divsed' divsed -z s/a/b/
usage_error 'operand' '^divsed: more: unexpected' divsed s/a/b/ more
usage_error 'operand after -e' '^divsed: s/a/b/: unexp' divsed -e d s/a/b/
usage_error 'no such file' '^divsed: nix: No such file' divsed -f nix

script_error 1 2 'expected a delimiter' 's'
script_error 1 2 'expected a delimiter' 's\a\b\'
script_error 1 6 'unterminated s command, expected /$' 's/foo'
script_error 1 6 'unterminated s command, expected ,$' 's,a,b'
script_error 1 7 'unterminated s command, expected /$' 's/a/b\'
script_error 1 4 'unterminated s command' 's/a
/b/'
script_error 1 7 'unterminated s command, expected \]$' 's/[a/b'
script_error 1 3 'expected a regular expression, as none' 's//x/'
script_error 2 5 'bad regular expression: .*parenthes' 'd
s/a(/b/'
script_error 1 5 'bad regular expression: quantifier' 's/a**+*/b/'
script_error 1 7 'unknown flag z' 's/a/b/z'
script_error 1 7 'expected a number from 1' 's/a/b/0'
script_error 1 7 'expected a number from 1' 's/a/b/4294967296'
script_error 1 9 'second number' 's/a/b/2g3'
script_error 1 1 'expected a number from 0' '18446744073709551617d'
script_error 1 3 'expected a number from 0' '1~18446744073709551617d'
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

# addresses
script_error 1 2 'expected a command after the address' 3
script_error 1 2 'expected a command after the address' '3;p'
script_error 1 5 'expected a command after the address' '/a/ # p'
script_error 1 3 'expected a command, not a second !' '1!!p'
script_error 1 1 'no address .: a stream of packets has no last' '$p'
script_error 1 3 'no address .' '1,$p'
script_error 1 3 'expected an address after the comma' '1,p'
script_error 1 4 'expected an address after the comma' '1, !p'
script_error 1 1 'packets are numbered from 1; 0 is for' 0p
script_error 1 1 'packets are numbered from 1; 0 is for' 0,5p
script_error 1 1 'packets are numbered from 1; 0 is for' '0,+3p'
script_error 1 3 'packets are numbered from 1' 1,0p
script_error 1 3 'expected a number from 0' '1~p'
script_error 1 4 'expected a number from 0' '1,+p'
script_error 1 4 'expected a number from 0' '1,~p'
script_error 1 1 'expected a number from 0' 99999999999999999999p
script_error 1 1 'unknown command [+]' '+3p'
script_error 1 1 'unknown command ,' ',3p'
script_error 1 4 'unterminated address, expected /$' '/ab'
script_error 1 6 'unterminated address, expected ,$' '\,ab/'
script_error 1 2 'expected a delimiter' '\'
script_error 1 2 'expected a delimiter' '\
p'
script_error 1 2 'bad regular expression' '/*/p'
script_error 1 2 'expected a regular expression, as none came' '//p'
script_error 1 8 'an empty regular expression takes no' '/a/p;//Ip'
script_error 1 5 'unterminated address, expected "$' '"tcp'
script_error 1 2 'bad expression: .*syntax error' '"tcp pork 80"p'
script_error 1 2 'expected a pcap-filter expression' '" "p'

# blocks, labels and branches
script_error 1 4 '{ without }' '/a/{p'
script_error 1 3 '{ without }' 'p;{p;{p}'
script_error 1 3 '} without {' 'p;}'
script_error 2 1 '} without {' '{p}
}'
script_error 1 2 '} takes no address' '{1}'
script_error 1 2 '} takes no !' '{!}'
script_error 1 1 ': takes no address' '/a/:x'
script_error 1 5 'expected ; or a new line' '{p} p'
script_error 1 2 'expected a label' ':'
script_error 1 2 'expected a label' ':;b'
script_error 1 5 'second label a' ':a;:a'
script_error 1 3 'no label x' 'b x'
script_error 2 6 'no label x' 'p;:y
/a/{tx}'
script_error 1 8 'expected ; or a new line' ':a;b a p'

# c, i, a, y, m
script_error 1 2 'expected text after c' c
script_error 1 4 'expected text after a' 'a  
x'
script_error 2 1 'expected text after i' 'i\
'
script_error 1 4 'unknown escape .q' 'c a\q'
script_error 1 4 'unknown escape .1' 'c a\1'
script_error 1 6 'expected a character after the backslash' 'c ab\'
script_error 1 6 'unterminated y command, expected /$' 'y/a/b'
script_error 1 6 'expected as many characters as before: 2, not 1' 'y/ab/c/'
script_error 1 2 'expected a delimiter' y
script_error 1 5 'expected a character to mask with' 'm/a//'
script_error 1 6 'expected one character and /' 'm/a/xy/'
script_error 1 5 'unterminated m command, expected /$' 'm/a/'
script_error 1 6 'expected one character and /' 'm/a/x'
script_error 1 7 'unknown flag 4, expected any of' 'm/a/x/4'
script_error 1 8 'expected a number from 1' 'm/a/x/t'
script_error 1 8 'expected a number from 1' 'm/a/x/t0'
script_error 1 7 'unknown flag w' 'm/a/x/w file'

# f
script_error 1 2 'expected a field, as in f ttl=64' f
script_error 1 3 'expected a field' 'f ;p'
script_error 1 10 'expected a field' 'f ttl=64,'
script_error 1 3 'unknown field foo, expected one of df, dport, ' 'f foo=1'
script_error 1 3 'ttl: expected = and a value' 'f ttl'
script_error 1 3 'ttl: expected a number from 0 to 255' 'f ttl=256'
script_error 1 3 'ttl: expected a number from 0 to 255' 'f ttl='
script_error 1 3 'ttl: expected a number from 0 to 255' 'f ttl=-1'
script_error 1 3 'ttl: expected a number from 0 to 255' 'f ttl=1x'
script_error 1 8 'dscp: expected a number from 0 to 63' 'f df=1,dscp=64'
script_error 1 3 'ecn: expected a number from 0 to 3' 'f ecn=4'
script_error 1 3 'df: expected a number from 0 to 1' 'f df=2'
script_error 1 3 'sport: expected a number from 0 to 65535' 'f sport=65536'
script_error 1 3 'mark: expected a number from 0 to 4294967295' \
    'f mark=4294967296'
script_error 1 3 'src: expected an IPv4 or IPv6 address' 'f src=10.0.0'
script_error 1 3 'dst: expected an IPv4 or IPv6 address' 'f dst=::g'
script_error 1 3 'flags: expected .* or letters of FSRPAUEC' 'f flags=SX'
script_error 1 10 'expected ; or a new line' 'f ttl=64 ,df=1'

# w, q, others
script_error 1 2 'expected a file name' w
script_error 1 8 'expected a file name' 's/a/b/w'
script_error 1 3 'no/such: No such file or directory' 'w no/such'
script_error 1 3 '/dev/stdout: standard output is for frames' 'w /dev/stdout'
script_error 1 1 'q takes one address, not a range' '1,2q'
script_error 1 2 'expected ; or a new line' q5
script_error 1 3 'expected ; or a new line' 'd x'
for letter in D e F g G h H j n N o P Q r R u v W x z Z ',' @; do
	script_error 1 1 "unknown command $letter" "$letter"
done
usage_error '-m' '^divsed: -m x: a mark is a number' divsed -m x p
usage_error '-e in which it goes wrong' '^divsed: -e 2: line 1, column 2: no l' \
    divsed -e '{' -e bx -e '}'

done_testing
