#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# packet PROTOCOL MESSAGES [OPTIONS]: a frame from a server
packet() {
	packet_payload=$(echo "$2" | perl "$here/dns.pl" make "${1%%[46]}")
	echo "$1 ${3-sport=53} -- $packet_payload" | frames make
}

# addresses NAME WANTED OPTIONS...: the lines that the packet in "in" gives
addresses() {
	addresses_name=$1
	addresses_wanted=$2
	shift 2
	rm -f lines
	run divmark -a lines "$@" <in
	is "$addresses_name" "$status $(cat lines err)" "0 $addresses_wanted"
}

tab=$(printf '\t')
a='8180 www.example.com A | www.example.com 60 A 192.0.2.1'
b='8180 other.example AAAA | other.example 5 AAAA 2001:db8::1'

echo example.com >names
for proto in udp4 udp6 tcp4 tcp6; do
	packet $proto "$a" >in
	addresses "an address, $proto" \
	    "www.example.com${tab}192.0.2.1${tab}60" -u names
	packet $proto "$b" >in
	addresses "not on the list, $proto" '' -u names
	addresses "no list, $proto" \
	    "other.example${tab}2001:db8::1${tab}5" src port 53
done
packet udp4 '8180 WWW.example.com A | www.example.com 9 CNAME a.example.net, a.example.net 7 A 192.0.2.1, a.example.net 8 A 192.0.2.2' >in
addresses 'aliases' "WWW.example.com${tab}192.0.2.1${tab}7
WWW.example.com${tab}192.0.2.2${tab}8" -u names
packet tcp4 "$b ++ $a" >in
addresses 'only what is on the list' \
    "www.example.com${tab}192.0.2.1${tab}60" -u names
addresses 'or what is not' "other.example${tab}2001:db8::1${tab}5" -i -u names
packet udp4 '8183 www.example.com A' >in
addresses 'no such name' '' -u names
packet udp4 '0100 www.example.com A' 'dport=53' >in
addresses 'a query' '' -u names
packet udp4 "$a" 'sport=5353' >in
addresses 'another port' '' udp
printf '%s\n' \
    "tcp4 sport=53 -- $(echo "$a" | perl "$here/dns.pl" make tcp)\\x00\\x20" |
    frames make >in
run divmark -v -a lines tcp <in
like 'a cut message is counted' err '1 marked, 1 addresses, 1 cut by segments'

packet udp4 "$a" >in
usage_error 'standard output' '-a -: frames go to standard output' \
    divmark -a - udp
run divmark -a none/lines udp <in
is 'no such directory' "$status $(cat err)" \
    '1 divmark: none/lines: No such file or directory'
if [ -c /dev/full ]; then
	run divmark -a /dev/full udp <in
	is 'a full disk' "$status $(cat err)" \
	    '0 divmark: /dev/full: addresses are lost: No space left on device'
fi

done_testing
