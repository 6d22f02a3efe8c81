#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Host names in odd forms of requests, as nginx and OpenSSL read them: nothing
# reaches a blocked host.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
lab_divert FORWARD --queue-bypass

echo blocked.test >$tmp/names
echo other.test >$tmp/allowed
cat >$tmp/nginx.conf <<END
daemon off;
pid $tmp/nginx.pid;
error_log $tmp/nginx.log;
events { }
http {
	access_log off;
	keepalive_timeout 1;
	client_header_timeout 1;
	client_body_timeout 1;
	server {
		listen 80 default_server;
		location / { return 200 DEFAULT; }
	}
	server {
		listen 80;
		server_name blocked.test;
		location / { return 200 BLOCKED; }
	}
}
END
chmod a+rx $tmp
server nginx -c $tmp/nginx.conf -e $tmp/nginx.log &
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=blocked.test -keyout $tmp/key -out $tmp/cert 2>/dev/null
server openssl s_server -quiet -www -accept 443 -key $tmp/key \
    -cert $tmp/cert >/dev/null 2>&1 &
listens()
{
	# shellcheck disable=SC2317
	server ss -Hltn | grep -q ":$1 "
}
wait_for listens 80
wait_for listens 443

# forms KIND PORT: sends them
forms()
{
	client python3 tests/net/names.py "$1" 10.0.2.2 "$2" >$tmp/forms
}

# with RESULT: the names of the forms that had it
with()
{
	awk -F '\t' -v result="$1" '$2 == result { print $1 }' $tmp/forms |
	    paste -s -d , -
}

# none RESULT NAME
none()
{
	is "$(with "$1")" "" "$2"
}

filter()
{
	lab_pipe "divcat -p $port" "divmark $* -m 1" "divdrop -R -m 1" \
	    "divcat -w -p $port"
}

# without a filter
forms whole 80
ok "$(($(grep -c '	blocked$' $tmp/forms) < 30))" \
    "nginx takes 30 forms and more ($(grep -c '	blocked$' $tmp/forms))"
forms unknown 80
is "$(with default)" "HTTP/0.9,no Host" "and some without a name"
forms tls 443
is "$(with none)" "version 2,an alert" "OpenSSL takes most ClientHellos"

filter "-u $tmp/names"
forms whole 80
none blocked "no form reaches the blocked host"
forms unknown 80
is "$(with default)" "HTTP/0.9,no Host" "undecided requests pass"
forms 20 80
none blocked "nor do segments of 20 bytes"
forms tls 443
none "done" "no handshake with the blocked host"
lab_stop "a list"

filter "-D -v -u $tmp/names"
forms unknown 80
none default "-D: undecided requests do not"
lab_stop "-D"
grep -q ' undecided$' $tmp/err
ok $? "and are counted"

filter "-S 300 -u $tmp/names"
forms 40 80
none blocked "-S: nor do segments of them"
forms tls 443
none "done" "-S: no handshake with the blocked host"
lab_stop "-S"

filter "-D -S 300 -u $tmp/names"
forms 40 80
none blocked "-S -D: nor do segments of them"
client curl -sS -m 20 --resolve other.test:80:10.0.2.2 -o $tmp/page \
    -d body http://other.test/
is "$? $(cat $tmp/page)" "0 DEFAULT" "other hosts are reached"
lab_stop "-S -D"

filter "-i -u $tmp/allowed"
forms whole 80
none blocked "an allow list: no form reaches another host"
forms unknown 80
none default "nor do undecided ones"
client curl -sS -m 20 --resolve other.test:80:10.0.2.2 -o $tmp/page \
    http://other.test/
is "$? $(cat $tmp/page)" "0 DEFAULT" "an allowed one is reached"
lab_stop "an allow list"
done_testing
