#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Common applications, while filters make the packets of their connections
# longer and shorter.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# serve KIND PORT [ARGUMENT]: starts a server in the background
serve()
{
	server python3 tests/net/session.py "$@" >>$tmp/"$1".out &
	wait_for lab_listens server tcp "$2"
}

# pipeline FILTER [FORMAT]
pipeline()
{
	lab_pipe "divcat -p $port ${2:+-o $2}" "$1" "divcat -w -v -p $port"
}

# The value of a counter of divcat -w.
counted()
{
	grep -o "[0-9]* $1" $tmp/err | cut -d ' ' -f 1
}

grew()
{
	[ "$(counted resized)" -gt 0 ] && [ -z "$(counted reset)" ]
	ok $? "$1: segments were resized, nothing reset"
	is "$(lab_status)" "0 0 0" "$1: exit status"
}

web()
{
	name="HTTP, $1"
	base="http://$1:8080"
	: >$tmp/head
	client curl -sS -m 20 -g -H 'X-Ask: foo' -D $tmp/head \
	    -w '%{num_connects} %{http_code}\n' \
	    -o $tmp/a "$base/one" -o $tmp/b "$base/another" >$tmp/said
	is "$(paste -s -d ' ' $tmp/said)" "1 200 0 200" \
	    "$name: two requests, one connection"
	is "$(yes /one | head -n 20000 | tr -d '\n' | cksum)" \
	    "$(cksum <$tmp/a)" "$name: first body"
	is "$(yes /another | head -n 20000 | tr -d '\n' | cksum)" \
	    "$(cksum <$tmp/b)" "$name: second body"
	is "$(grep -c "^X-Heard: much longer.$" $tmp/head)" 2 \
	    "$name: requests grew"
	is "$(grep -c "^X-Say: b.$" $tmp/head)" 2 "$name: answers shrank"
	client curl -sS -m 20 -g -H 'X-Ask: foo' -H 'Expect:' \
	    --data-binary @$tmp/b -o $tmp/c "$base/"
	cmp -s $tmp/b $tmp/c
	ok $? "$name: what is posted comes back"
}

mail()
{
	name="SMTP, $1"
	client curl -sS -m 20 -g "smtp://$1:2525" --mail-from a@lab \
	    --mail-rcpt b@lab -T $tmp/letter -v 2>$tmp/talk
	is $? 0 "$name: curl"
	grep -q "^< 220 a host that greets" $tmp/talk
	ok $? "$name: the greeting grew"
	is "$(sed -n '/^DATA/,/^\.\r$/p' $tmp/mail | sed '1d;$d' | cksum)" \
	    "$(sed 's/^Subject: foo/Subject: another subject/' $tmp/letter |
	    cksum)" "$name: the letter, with its new subject"
	grep -q QUIT $tmp/mail
	ok $? "$name: to the end"
}

# TLS is unchanged while other connections are resized.
tls()
{
	printf 'GET /big HTTP/1.0\r\n\r\n' | client timeout 60 openssl \
	    s_client -quiet -connect "$1:4433" 2>/dev/null |
	    sed '1,/^.$/d' >$tmp/got
}

# The packets that the first rule of INPUT matched, IPv4 and IPv6.
drops()
{
	lab_rule server -nvxL INPUT 1 | awk '{ print $1 }' | paste -s -d ' ' -
}

# spoken NAME HOST: ten lines, and the words that a filter inserted.
spoken()
{
	: >$tmp/lines.out
	{ seq -f "heard line %g" 0 3; echo "heard our words"
	    seq -f "heard line %g" 4 9; } >$tmp/want
	client timeout 60 python3 tests/net/session.py talk "$2" 5001 10 \
	    >$tmp/got
	sort $tmp/want >$tmp/want.sorted
	is "$(sort $tmp/got | cksum)" "$(cksum <$tmp/want.sorted)" \
	    "$1, $2: arrive once, and both sides carry on"
	wait_for grep -q "^[lo].*: end" $tmp/lines.out
	is "$(grep -c end $tmp/lines.out)" 1 "$1, $2: the server hears the end"
}

# The end of the pipeline: translated connections are reset, others continue.
ends()
{
	: >$tmp/lines.out
	: >$tmp/got
	lab_divert "$1" --queue-bypass
	pipeline "divsed 's/foo/longer/'"
	mkfifo $tmp/go
	client timeout 60 python3 tests/net/session.py ends "$2" 5001 \
	    <$tmp/go >$tmp/got &
	ends=$!
	exec 3>$tmp/go
	wait_for grep -q bar $tmp/got
	is "$(paste -s -d , $tmp/got)" "heard longer,heard bar" "$1, $2: edited"
	lab_stop "$1, $2"
	exec 3>&-
	wait $ends
	is "$(sed 1,2d $tmp/got | paste -s -d , -)" \
	    "Connection reset by peer,heard still here" \
	    "$1, $2: the edited one is reset, the other lives on"
	wait_for grep -q "^longer: " $tmp/lines.out
	is "$(grep longer $tmp/lines.out)" "longer: Connection reset by peer" \
	    "$1, $2: the server is told, too"
	is "$(counted reset)" 1 "$1, $2: counted"
	rm $tmp/go
	lab_clear
}

# grows HOST PROTOCOL-OF-ICMP: makes datagrams longer and shorter
datagrams()
{
	is "$(ask udp "$1" 5002 "grow, shrink nothing" 30)" \
	    "grown a lot, nothing" "UDP, $1"
	is "$(client timeout 60 python3 tests/net/session.py echo "$1" \
	    "grow, shrink nothing")" "grown a lot, nothing" "ICMP, $1"
}

printf '%s\r\n' 'From: a@lab' 'Subject: foo' '' 'Hello.' >$tmp/letter
openssl rand -base64 1000000 >$tmp/big
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=lab -days 2 \
    -keyout $tmp/key -out $tmp/cert 2>/dev/null
(cd $tmp && exec ip netns exec server openssl s_server -accept 4433 \
    -key key -cert cert -WWW -quiet >/dev/null 2>&1) &
serve http 8080
serve smtp 2525 $tmp/mail
serve lines 5001
wait_for lab_listens server tcp 4433
answer 5002 &
wait_for lab_listens server udp 5002

edits='s/(?m)^X-Ask: foo/X-Ask: much longer/
    s/(?m)^X-Say: bar/X-Say: b/
    s/^220 lab/220 a host that/
    s/(?m)^Subject: foo/Subject: another subject/'
for hook in FORWARD LOCAL; do
	lab_divert $hook
	pipeline "divsed '$edits'"
	for host in 10.0.2.2 "[fd00:2::2]"; do
		tls "$host" &
		tls=$!
		web "$host"
		mail "$host"
		wait $tls
		cmp -s $tmp/big $tmp/got
		ok $? "TLS, $host: what comes is what was sent"
	done
	lab_stop "$hook: sessions"
	grew "$hook: sessions"
	lab_clear
done

lab_divert FORWARD
for how in inject next ack; do
	pipeline "python3 tests/net/speak.py $how 'our words\\n'" text
	spoken $how 10.0.2.2
	spoken $how fd00:2::2
	lab_rule server -A INPUT -p tcp --dport 5001 -m string --algo bm \
	    --string "our words" -m quota --quota 200 -j DROP
	spoken "$how, lost" 10.0.2.2
	spoken "$how, lost" fd00:2::2
	case $(drops) in
	0*|*" 0") ok 1 "$how: lost behind the sink" ;;
	*)	 ok 0 "$how: lost behind the sink" ;;
	esac
	lab_rule server -F
	lab_stop "$how"
	grew "$how"
done
lab_clear

for hook in FORWARD LOCAL; do
	ends $hook 10.0.2.2
	ends $hook fd00:2::2
done

lab_divert FORWARD
lab_rule router -A FORWARD -p icmp -j NFQUEUE --queue-num $port
lab_rule router -A FORWARD -p icmpv6 -j NFQUEUE --queue-num $port
pipeline "divsed 's/grow,/grown a lot,/;s/shrink //'"
datagrams 10.0.2.2
datagrams fd00:2::2
lab_stop datagrams
lab_clear
is "$(lab_sumerrors)" 0 "no checksum errors"
done_testing
