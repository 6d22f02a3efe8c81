#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Recipes of divrecipes(7) for web and DNS, extracted from the page, with nginx,
# openssl, dnsmasq, curl and dig.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# recipe NAME: sets its rules and starts its pipeline
recipe()
{
	name=$1
	lab_recipe "$name"
	lab_do 1
	lab_recipe_pipe 2
}

# page PATH: curl fetches it
page()
{
	client curl -sS -m 20 -o $tmp/page -w '%{http_code} %{size_download}' \
	    "http://10.0.2.2$1" >$tmp/code 2>$tmp/curl
}

refused()
{
	page "$1"
	is $? "$2" "$name: $3"
}

mkdir $tmp/www $tmp/www/ads
{
	echo "card 4111 1111 1111 1111, no card 4111 1111 1111 1112"
	echo "ssn 078-05-1120"
	echo "() { :; }; echo vulnerable"
} >$tmp/www/index.html
cat >$tmp/nginx.conf <<END
daemon off;
pid $tmp/nginx.pid;
error_log $tmp/nginx.log;
events { }
http {
	access_log off;
	server {
		listen 80;
		root $tmp/www;
	}
}
END
chmod -R a+rX $tmp
server nginx -c $tmp/nginx.conf -e $tmp/nginx.log &
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=lab -keyout $tmp/key -out $tmp/cert 2>/dev/null
server openssl s_server -quiet -www -accept 443 -key $tmp/key \
    -cert $tmp/cert >/dev/null 2>&1 &
server dnsmasq --keep-in-foreground --no-resolv --no-hosts --conf-file= \
    --pid-file= --user=root --address=/#/10.0.2.2 >/dev/null 2>&1 &
wait_for page /
wait_for lab_listens server tcp 443
wait_for lab_listens server tcp 53

recipe "Data leakage"
page /
is "$(sed -n 1,2p $tmp/page | paste -s -d , -)" \
    "card XXXXXXXXXXXXXXXXXXX, no card 4111 1111 1111 1112,ssn XXXXXXXXXXX" \
    "$name: masked, and nothing else"
is "$(cat $tmp/code)" "200 $(wc -c <$tmp/www/index.html)" \
    "$name: the length stays"
is "$(jq -r '.event_type + " " + .alert.signature' \
    $tmp/recipe/alerts.json)" "alert card
alert ssn" "$name: alarmed"
lab_stop "$name"
lab_clear

recipe "Intrusion detection"
echo fine >$tmp/www/fine.html
page /fine.html
is "$(cat $tmp/code)" "200 5" "$name: others pass"
refused / 56 "the answer is reset"
client curl -sS -m 20 --path-as-is http://10.0.2.2/../../../../etc/passwd \
    >$tmp/page 2>&1
is $? 56 "$name: the request is reset"
is "$(jq -r .alert.signature $tmp/recipe/eve.json | paste -s -d , -)" \
    "shell shock,traversal" "$name: alerts"
lab_stop "$name"
lab_clear

# name NAME: dig's status and answer
name()
{
	client timeout 60 dig +tries=2 +time=5 "$@" @10.0.2.2 >$tmp/dig 2>&1
	echo "$(sed -n 's/.*status: \([A-Z]*\).*/\1/p' $tmp/dig)" \
	    "$(sed -n '/^[^;]/s/.*[ 	]//p' $tmp/dig)"
}

# fetch URL NAME PORT: with curl, from the server of the test network
fetch()
{
	client curl -sSk -m 20 -w '%{http_code}' -o $tmp/page \
	    --resolve "$2:$3:10.0.2.2" "$1" >$tmp/code 2>$tmp/curl
}

recipe "URL filtering"
is "$(name www.example.com A)" "NOERROR 10.0.2.2" "$name: another name"
is "$(name ads.example.com A)" "REFUSED " "$name: DNS"
is "$(name +tcp www.ads.example.com A)" " " "$name: DNS over TCP is reset"
fetch http://www.example.com/fine.html www.example.com 80
is "$? $(cat $tmp/code)" "0 200" "$name: another host"
fetch http://ads.example.com/fine.html ads.example.com 80
is "$? $(cat $tmp/code) $(cat $tmp/page)" "0 403 This site is blocked." \
    "$name: a page instead of a dead connection"
fetch https://www.example.com/ www.example.com 443
is $? 0 "$name: another host, TLS"
fetch https://ads.example.com/ ads.example.com 443
is $? 35 "$name: TLS is reset"
lab_stop "$name"
lab_clear

recipe "DNS answers"
is "$(name www.example.com A)" "NOERROR 192.0.2.1" "$name: UDP"
is "$(name +tcp www.example.com A)" "NOERROR 192.0.2.1" "$name: TCP"
is "$(name x.ads.example.com A)" "NXDOMAIN " "$name: no such name"
is "$(name other.example.com A)" "NOERROR 10.0.2.2" "$name: others"
lab_stop "$name"
is "$(lab_status)" 0 "$name: exit status"
lab_clear

queued()
{
	router cut -c 1-80 /proc/net/netfilter/nfnetlink_queue |
	    tr -s ' ' | cut -d ' ' -f 9
}

# counted: packets that the set counts
counted()
{
	router nft list chain inet byname forward |
	    sed -n 's/.*@names4 counter packets \([0-9]*\) .*/\1/p'
}

in_set()
{
	router nft list set inet byname names4 | grep -q 'elements.*10\.0\.2\.2 t'
}

recipe "Policy by name"
is "$(name other.example.com A)" "NOERROR 10.0.2.2" "$name: another name"
is "$(counted)" 0 "$name: is not counted"
! in_set
ok $? "$name: nor in the set"
is "$(name www.video.example.com A)" "NOERROR 10.0.2.2" "$name: a name"
wait_for in_set
ok $? "$name: is in the set"
is "$(name +tcp video.example.com A)" "NOERROR 10.0.2.2" "$name: over TCP"
queued=$(queued)
page /fine.html
is "$(cat $tmp/code) $(($(counted) > 3))" "200 5 1" "$name: and counted"
is "$(queued)" "$queued" "$name: in the kernel"
lab_stop "$name"
done_testing
