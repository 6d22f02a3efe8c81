#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2317
#
# Recipes of divrecipes(7), extracted from the page, on live traffic: bodies of
# HTTP, another destination, a bad network, containers, offload.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
[ -z "${LAB_DIVERT:-}" ] || lab_skip "the recipes are for Linux"
lab_up

# recipe NAME: extracts it
recipe()
{
	name=$1
	lab_recipe "$name"
}

# ruled: starts block 1, which makes its own rules
ruled()
{
	port=61440
	lab_links
	lab_ruled "cd $tmp/recipe && PATH=$tmp/bin:\$PATH && . ./1.sh"
}

# page URL OPTIONS: curl fetches it
page()
{
	url=$1
	shift
	client curl -sS -m 20 -o $tmp/page -w '%{http_code} %{time_total}' "$@" \
	    "$url" >$tmp/code 2>$tmp/curl
}

code()
{
	cut -d ' ' -f 1 $tmp/code
}

mkdir $tmp/www $tmp/bin
yes '<p>A foo in a page.</p>' | head -n 2000 >$tmp/www/index.html
sed 's/foo/a much longer word/' $tmp/www/index.html >$tmp/longer
sed 's/foo/bar/' $tmp/www/index.html >$tmp/bar
cat >$tmp/nginx.conf <<END
daemon off;
user root root;
pid $tmp/nginx.pid;
error_log $tmp/nginx.log;
events { }
http {
	access_log off;
	types { text/html html; }
	server {
		listen 80;
		root $tmp/www;
		gzip on;
		location /chunked/ {
			alias $tmp/www/;
			ssi on;
		}
	}
}
END
echo "a foo" >$tmp/www/short.html
chmod -R a+rX $tmp
server nginx -c $tmp/nginx.conf -e $tmp/nginx.log &
wait_for page http://10.0.2.2/
page http://10.0.2.2/chunked/ --compressed -D $tmp/head
is "$(grep -Eic '^(transfer-encoding: chunked|content-encoding: gzip)' \
    $tmp/head)" 2 "the server sends chunks, compressed"

recipe "Bodies of HTTP"
ruled
for url in / /chunked/; do
	page "http://10.0.2.2$url" --compressed
	is "$? $(code)" "0 200" "$name: $url"
	cmp -s $tmp/page $tmp/longer
	ok $? "$name: $url: is edited"
done
page http://10.0.2.2/ -H 'Connection: keep-alive' http://10.0.2.2/ -o $tmp/again
cmp -s $tmp/page $tmp/longer && cmp -s $tmp/again $tmp/longer
ok $? "$name: two pages"
lab_stop "$name"

recipe "Another destination"
port=8000
lab_do 1
lab_recipe_pipe 2
page http://192.0.2.80/
is "$? $(code)" "0 200" "$name: a page"
cmp -s $tmp/page $tmp/www/index.html
ok $? "$name: is whole"
lab_stop "$name"
lab_rule router -t mangle -F

recipe "A bad network"
ruled
page http://10.0.2.2/
is "$? $(code)" "0 200" "$name: a page"
is "$(awk '{ print ($2 > 0.18) }' $tmp/code)" 1 \
    "$name: is late by two delays ($(cut -d ' ' -f 2 $tmp/code) s)"
lab_stop "$name"

recipe "Containers"
ip netns exec server sleep 60 &
container=$!
wait_for grep -q sleep /proc/$container/comm
cat >$tmp/bin/docker <<END
#!/bin/sh
echo $container
END
chmod +x $tmp/bin/docker
port=61440
lab_start "cd $tmp/recipe && PATH=$tmp/bin:\$PATH && . ./1.sh"
at=server
wait_for lab_table
page http://10.0.2.2/short.html
is "$? $(code) $(cat $tmp/page)" "0 200 a bar" "$name: is edited"
at=router
! lab_table
ok $? "$name: without rules on the host"
at=server
lab_stop "$name"
at=router

recipe "Offload"
ruled
page http://10.0.2.2/
is "$? $(code)" "0 200" "$name: a page"
cmp -s $tmp/page $tmp/bar
ok $? "$name: is edited"
lab_stop "$name"
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
