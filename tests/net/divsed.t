#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Common uses of divsed: masked numbers, web pages of another length, pages that
# are replaced, connections that are dropped.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# edits SCRIPT: runs it in the router, in both directions
edits()
{
	printf '%s\n' "$1" >$tmp/script
	lab_divert FORWARD
	lab_pipe "divcat -p $port" "divsed -v -f $tmp/script" \
	    "divcat -w -p $port"
}

ends()
{
	lab_stop "$1"
	is "$(lab_status)" "0 0 0" "$1: exit status"
	lab_clear
}

# get HOST PATH [SECONDS]: with curl
get()
{
	client curl -sg --max-time "${3:-20}" "http://$1:8080/$2" >$tmp/got
}

# arrives NAME FILE: curl has received FILE
arrives()
{
	cmp $tmp/got "$2"
	ok $? "$1"
}

# heard TEXT: the server has received it
# shellcheck disable=SC2317
heard()
{
	grep -q " $1\$" "$tmp/log"
}

mkdir $tmp/www
cat >$tmp/www/cards <<END
visa 4111111111111111, 4111 1111 1111 1111, not 4111111111111112
amex 378282246310005, mastercard 5500-0055-5555-5559, not 5500-0055-5555-5558
number 123-45-6789, not 1234-56-7890
END
cat >$tmp/masked <<END
visa ************1111, ***************1111, not 4111111111111112
amex ***********0005, mastercard ***************5559, not 5500-0055-5555-5558
number ***********, not 1234-56-7890
END
seq -f 'line %g' 50000 >$tmp/www/page
printf 'this is foo\n' >$tmp/www/short
printf 'this is barbarbar\n' >$tmp/barbarbar
printf 'closed\n' >$tmp/closed
server python3 -u -m http.server --bind :: --directory $tmp/www 8080 \
    >/dev/null 2>&1 &
server python3 tests/net/datagram.py log 5000 >>$tmp/log &
answer 8 &
wait_for lab_listens server tcp 8080
wait_for lab_listens server udp 5000
wait_for lab_listens server udp 8

edits 'm/\b[0-9](?:[ -]?[0-9]){12,18}\b/*/gLt4
m/\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b/*/g'
for host in 10.0.2.2 '[fd00:2::2]'; do
	get "$host" cards
	arrives "numbers from $host are masked" $tmp/masked
	get "$host" page
	arrives "a page from $host that holds none arrives" $tmp/www/page
done
ends "masked"

edits 's/^(HTTP\/1.0 200 OK\r\n)/\1X-Longer: by these bytes\r\n/
s/^(Content-Length: )12\r/\118\r/m
s/foo/barbarbar/'
for host in 10.0.2.2 '[fd00:2::2]'; do
	get "$host" page
	arrives "a page from $host behind a longer header is whole" \
	    $tmp/www/page
	get "$host" short
	arrives "a page from $host is longer" $tmp/barbarbar
done
ends "longer"

edits '/^HTTP/c HTTP/1.0 503 Closed\r\nContent-Length: 7\r\n\r\nclosed\n'
for host in 10.0.2.2 '[fd00:2::2]'; do
	get "$host" page
	arrives "a page from $host is replaced" $tmp/closed
done
ends "replaced"

edits '/^GET \/short/k
"udp dst port 9"f dport=8
"udp src port 8"f sport=9
"udp port 5000"{p;s/twice/thrice/}'
get 10.0.2.2 short 2
is $? 28 "a connection whose packets are dropped stalls"
get 10.0.2.2 cards
arrives "another does not" $tmp/www/cards
for host in 10.0.2.2 fd00:2::2; do
	is "$(ask udp $host 9 hello 30)" hello "f: to another port of $host"
done
for host in 10.0.2.2 fd00:2::2; do
	: >$tmp/log
	client python3 tests/net/datagram.py say $host 5000 "twice $host"
	wait_for heard "thrice $host"
	ok $? "p: what was edited later comes from $host"
	wait_for heard "twice $host"
	ok $? "p: so does the copy"
done
is "$(lab_sumerrors)" 0 "no checksum errors"
ends "killed"
done_testing
