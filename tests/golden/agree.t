#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# Which flows filters do without (divcat -B).

. "$(dirname "$0")/lib.sh"

# agrees NAME IDS command ...: of these packets of the file "in"
agrees() {
	name=$1
	ids=$2
	shift 2
	perl "$here/agree.pl" "$@" <in >got
	is "$name" "$(cat got) $?" "$ids 0"
}

# hello NAME: a ClientHello, as the payload of a line of frames.pl
hello() {
	perl -e '
	my $name = shift;
	my $sni = pack "nCn/a", length($name) + 3, 0, $name;
	my $ext = pack "nn/a", 0, $sni;
	my $body = pack("n", 0x303) . "r" x 32 . pack("C n/a C/a n/a", 0,
	    "\x13\x01", "\0", $ext);
	my $shake = "\1\0" . pack "n/a", $body;
	my $record = pack("Cn", 22, 0x301) . pack "n/a", $shake;
	$record =~ s/(.)/sprintf "\\x%02x", ord $1/seg;
	print $record;' "$1"
}

# syn, data: segments of a connection, in order; its source port is the first
# argument, and the ids follow
syn() {
	echo "tcp4 id=$2 sport=$1 seq=999 tcpflags=2"
	seq=1000
}

data() {
	sport=$1
	shift
	for id; do
		printf '%s\n' "tcp4 id=$id sport=$sport seq=$seq -- \x01data"
		seq=$((seq + 5))
	done
}

ack() {
	echo "tcp4 id=$2 sport=$1 seq=$seq tcpflags=16"
}

answer() {
	printf '%s\n' "tcp4 id=$2 sport=$1 swap=1 seq=2000 -- ${3-\x01data}"
}

echo bad.example >list
{
	syn 1 1
	ack 1 2
	data 1 3 4
	answer 1 5
	ack 1 6
	data 1 7
} | frames make >in
agrees 'without -n' '' divmark -u list
agrees '-n 3: packets with data, of both directions' '5 6 7' \
    divmark -n 3 -u list
agrees '-n 1' '3 4 5 6 7' divmark -n 1 -u list
agrees '-n 5' '' divmark -n 5 -u list
agrees '-n with a pattern' '5 6 7' divmark -n 3 -e secret
agrees '-n with a pattern that matches' '' divmark -n 3 -e data
agrees '-n with one that matches not' '' divmark -i -n 3 -e secret
agrees 'another filter' '' divsed s/foo/bar/
agrees 'one that copies headers' '' cat
agrees 'the same, with -B all' '1 2 3 4 5 6 7' -a cat
agrees 'another filter, with -B all' '' -a divsed s/foo/bar/
agrees '-n, with -B all' '5 6 7' -a divmark -n 3 -u list
agrees 'divstat' '' divstat
agrees 'divstat -c: when it has counted' '3 4 5 6 7' divstat -c 3
agrees 'divdrop -m' '1 2 3 4 5 6 7' divdrop -m 1

{
	syn 1 1
	printf '%s\n' "tcp4 id=2 sport=1 seq=1000 -- $(hello bad.example)"
	seq=1200
	data 1 3 4 5
	syn 1 6
	data 1 7 8
	printf '%s\n' "tcp4 id=9 sport=2 -- $(hello good.example)" \
	    'tcp4 id=10 sport=3 -- GET / HTTP/1.1\r\nHost: good.example\r\n\r\n'
	data 3 11 12 13
	printf 'udp4 id=%d sport=4 dport=99 -- data\n' 14 15 16
} | frames make >in
agrees 'a name that is not listed' '9' divmark -u list
agrees '-n: no flow that matched, until its ports are used again' \
    '8 9 15 16' divmark -n 2 -u list

{
	syn 1 1
	data 1 2
	answer 1 3 GE
	data 1 4 5 6
} | frames make >in
agrees '-n: a request that is not complete is waited for' '5 6' \
    divmark -n 2 -u list
run divmark -n 2 -S 10 -u list <in
is '-n and -S: status' "$status" 2
like '-n and -S' err '^divmark: -n does not go with -S, which holds packets$'
usage_error '-n 0' '^divmark: -n 0: number is too small' divmark -n 0 -u list
done_testing
