#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Host names in live traffic: names on a list fail and others load, over HTTP,
# TLS and DNS; and a marked connection gets its class of tc.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
lab_divert FORWARD

bad=www.blocked.test
good=www.other.test
mkdir $tmp/www
printf 'blocked.test\nother.test/ads/\n' >$tmp/names
head -c 1000000 /dev/zero >$tmp/www/big
mkdir $tmp/www/ads
echo hello >$tmp/www/index.html
echo hello >$tmp/www/ads/index.html
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj "/CN=$good" -keyout $tmp/key -out $tmp/cert 2>/dev/null

server python3 -m http.server --bind :: --directory $tmp/www 80 \
    >/dev/null 2>&1 &
server openssl s_server -quiet -www -accept 443 -key $tmp/key \
    -cert $tmp/cert >/dev/null 2>&1 &
server dnsmasq --keep-in-foreground --no-resolv --no-hosts --conf-file= \
    --pid-file= --user=root --address=/#/10.9.9.9 >/dev/null 2>&1 &
wait_for lab_listens server tcp 80
wait_for lab_listens server tcp 443
wait_for lab_listens server tcp 53

# fetch HOST NAME PATH: the result of curl, over http or https
fetch()
{
	case $1 in
	*:*) fetch_at="[$1]" ;;
	*)   fetch_at=$1 ;;
	esac
	for fetch_port in 80 443; do
		set -- "$@" --resolve "$2:$fetch_port:$fetch_at"
	done
	fetch_url=$3
	shift 3
	client curl -sSk -m 20 -o $tmp/page "$@" "$fetch_url" >$tmp/curl 2>&1
}

# loads NAME ARGUMENTS, fails NAME ARGUMENTS: of fetch
loads()
{
	name=$1
	shift
	fetch "$@"
	ok $? "$name: loads"
	[ -s $tmp/page ] || sed 's/^/# /' $tmp/curl
}

fails()
{
	name=$1
	shift
	fetch "$@"
	is "$(grep -o 'reset by peer' $tmp/curl)" "reset by peer" \
	    "$name: is reset"
}

# query HOST NAME [tcp]: the result of dig
query()
{
	client dig +tries=1 +timeout=5 "@$1" "$2" A "+${3:-notcp}" 2>&1 | awk '
	    /status: / { sub(/.*status: /, ""); sub(/,.*/, ""); status = $0 }
	    /IN[ \t]+A[ \t]+[0-9]/ { address = $NF }
	    /reset/ { status = "reset" }
	    END { print status, address }'
}

lab_pipe "divcat -p $port" "divmark -l -m 1 -u $tmp/names" "divdrop -R -m 1" \
    "divcat -w -p $port"
for host in 10.0.2.2 fd00:2::2; do
	loads "$host: HTTP, another" $host $good http://$good/
	fails "$host: HTTP, listed" $host $bad http://$bad/
	loads "$host: HTTP, another URL" $host $good http://$good/big
	fails "$host: HTTP, a listed URL" $host $good http://$good/ads/
	loads "$host: TLS, another" $host $good https://$good/
	fails "$host: TLS, listed" $host $bad https://$bad/
	is "$(query $host $good)" "NOERROR 10.9.9.9" "$host: DNS, another"
	is "$(query $host $bad)" "REFUSED " "$host: DNS, listed"
	is "$(query $host $good tcp)" "NOERROR 10.9.9.9" \
	    "$host: DNS on TCP, another"
	is "$(query $host $bad tcp)" "reset " "$host: DNS on TCP, listed"
done
is "$(cut -f 9 $tmp/err | sort -u | paste -s -d ' ' -)" \
    "$bad $bad/ $good/ads/" "what failed is told, and nothing else"
lab_stop "a list"
is "$(lab_status)" "0 0 0 0" "a list: exit status"

# An allow list.
lab_pipe "divcat -p $port" "divmark -i -u $tmp/names" "divdrop -R -m 1" \
    "divcat -w -p $port"
for host in 10.0.2.2 fd00:2::2; do
	loads "$host: an allow list: listed" $host $bad http://$bad/
	fails "$host: an allow list: another" $host $good http://$good/
done
lab_stop "an allow list"

# Small segments: a ClientHello takes several.
mss()
{
	lab_rule router -t mangle "$1" FORWARD -p tcp --tcp-flags SYN,RST SYN \
	    -j TCPMSS --set-mss 120
}

mss -A
for wait in '' '-S 1000'; do
	lab_pipe "divcat -p $port" "divmark $wait -u $tmp/names" \
	    "divdrop -R -m 1" "divcat -w -p $port"
	for host in 10.0.2.2 fd00:2::2; do
		name="$host: TLS in segments${wait:+, -S}"
		loads "$name, another" $host $good https://$good/
		fails "$name, listed" $host $bad https://$bad/
	done
	lab_stop "segments${wait:+, -S}"
done
mss -D

# The firewall saves the mark of a connection, and maps it to a class.
router tc qdisc add dev client root handle 1: htb default 20
for class in 10 20; do
	router tc class add dev client parent 1: classid 1:$class htb \
	    rate 100mbit quantum 1514
done
lab_rule router -t mangle -A POSTROUTING -m mark --mark 1 \
    -j CONNMARK --save-mark
lab_rule router -t mangle -A POSTROUTING -j CONNMARK --restore-mark
lab_rule router -t mangle -A POSTROUTING -m mark --mark 1 \
    -j CLASSIFY --set-class 1:10

# The bytes that a class has sent.
class()
{
	router tc -s class show dev client classid "1:$1" |
	    awk '$1 == "Sent" { print $2 }'
}

# lands NAME CLASS: since "look", all of the file big was in that class
look()
{
	before10=$(class 10)
	before20=$(class 20)
}

lands()
{
	in10=$(($(class 10) - before10))
	in20=$(($(class 20) - before20))
	case $2 in
	10) [ $in10 -gt 1000000 ] && [ $in20 -lt 10000 ] ;;
	20) [ $in20 -gt 1000000 ] && [ $in10 -lt 10000 ] ;;
	esac
	ok $? "$1 ($in10 and $in20 bytes)"
}

lab_pipe "divcat -p $port" "divmark -u $tmp/names" "divcat -w -p $port"
for host in 10.0.2.2 fd00:2::2; do
	look
	loads "$host: a marked connection" $host $bad http://$bad/big
	lands "$host: a marked connection lands in its class" 10
	look
	loads "$host: another" $host $good http://$good/big
	lands "$host: another does not" 20
done
lab_stop "classes"
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
