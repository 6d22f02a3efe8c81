#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A list of prefixes in live traffic: connections to listed addresses are
# refused, and a new list comes into force without a new pipeline.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
lab_divert FORWARD

mkdir $tmp/www
echo hello >$tmp/www/index.html
server python3 -m http.server --bind :: --directory $tmp/www 80 \
    >/dev/null 2>&1 &
wait_for lab_listens server tcp 80

# try ADDRESS: loads or fails
try()
{
	if client curl -sS -m 20 -o $tmp/page "http://$1/" >$tmp/curl 2>&1; then
		echo loads
	else
		echo fails
	fi
}

# shellcheck disable=SC2317
blocked()
{
	[ "$(try 10.0.2.2)" = fails ]
}

# all NAME WANTED: for IPv4 and IPv6
all()
{
	is "$(try 10.0.2.2) $(try '[fd00:2::2]')" "$2" "$1"
}

# filter ARGUMENT: of -p
filter()
{
	lab_pipe "divcat -p $port" \
	    "sh -c 'echo \$\$ >$tmp/pid; exec divmark -v -p $1'" \
	    "divdrop -R -m 1" "divcat -w -p $port"
}

printf '10.0.0.0/8\n!10.0.2.0/30\nfd00:2::/64\n' >$tmp/list
filter "dst:$tmp/list src net 10.0.1.0/24 or src net fd00:1::/64"
all "an exception" "loads fails"
echo 10.0.2.2 >$tmp/list
kill -HUP "$(cat $tmp/pid)"
wait_for blocked
all "another list" "fails loads"
echo 10.0.2.2/64 >$tmp/list
kill -HUP "$(cat $tmp/pid)"
wait_for grep -q 'in force' $tmp/err
all "a bad list" "fails loads"
lab_stop "dst"

printf '10.0.1.0/24\n' >$tmp/list
filter "src:$tmp/list"
all "sources" "fails loads"
lab_stop "src"
is "$(lab_status)" "0 0 0 0" "exit status"
done_testing
