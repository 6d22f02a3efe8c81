#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Recipes of divrecipes(7), extracted from the page, on live traffic: quality of
# service, statistics, several pipelines, another machine, captures.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# stop NAME: ends the pipeline, removes the rules
stop()
{
	lab_stop "$1"
	lab_clear
	lab_rule router -t mangle -F
}

# In the page, eth0 is the interface to the servers.
ip -n router link set server down
ip -n router link set server name eth0
ip -n router link set eth0 up
ip -n router addr add fd00:2::1/64 dev eth0 nodad
server iperf3 -s >/dev/null 2>&1 &
wait_for lab_listens server tcp 5201

# class ID: the bytes that tc has counted
class()
{
	router tc -s class show dev eth0 |
	    sed -n "/class htb 1:$1/{n;s/ *Sent \([0-9]*\).*/\1/p;}"
}

name="Quality of service"
lab_recipe "$name"
lab_do 1
lab_recipe_pipe 2
router tcpdump -U -i client -w $tmp/client.pcap tcp 2>$tmp/dump &
router tcpdump -U -i eth0 -w $tmp/eth0.pcap tcp 2>$tmp/dump2 &
dump=$!
wait_for grep -q listening $tmp/dump
wait_for grep -q listening $tmp/dump2
client timeout 30 iperf3 -J -c 10.0.2.2 -t 2 >$tmp/iperf
is "$(jq '.end.sum_received.bits_per_second | . > 5e6 and . < 25e6' \
    $tmp/iperf)" true \
    "$name: iperf3 gets the rate of its class"
[ "$(class 10)" -gt 1000000 ] && [ "$(class 20)" -lt 100000 ]
ok $? "$name: tc counts it ($(class 10), others $(class 20))"
client timeout 30 iperf3 -J -u -b 4M -t 3 -c 10.0.2.2 >$tmp/iperf
is "$(jq '.end.sum.lost_percent > 50 and .end.sum.lost_percent < 90' \
    $tmp/iperf)" true "$name: UDP is policed"
kill $dump
wait $dump
tcpdump -nr $tmp/eth0.pcap 'tcp dst port 5201 and ip[1] == 0x28' \
    >$tmp/marked 2>/dev/null
tcpdump -nr $tmp/eth0.pcap 'tcp dst port 5201 and ip[1] != 0x28' \
    >$tmp/others 2>/dev/null
[ -s $tmp/marked ] && [ ! -s $tmp/others ]
ok $? "$name: tcpdump sees the DSCP"
stop "$name"
router tc qdisc del dev eth0 root

name="Statistics"
lab_recipe "$name"
lab_do 1
lab_recipe_pipe 2
server python3 tests/net/traffic.py answer 5002 &
wait_for lab_listens server tcp 5002
is "$(ask tcp 10.0.2.2 5002 hello 30)" hello "$name: all goes on"
stop "$name"
grep -q '^divio_divstat_src_packets_total{src="10.0.1.2"} [1-9]' \
    $tmp/recipe/divio.prom
ok $? "$name: metrics"
is "$(lab_status)" 0 "$name: exit status"
lab_do 1
lab_recipe_pipe 3
is "$(ask tcp 10.0.2.2 5002 "a foo" 30)" "a bar" "$name: all is edited"
stop "$name"
cat $tmp/recipe/read.prom $tmp/recipe/write.prom |
    awk '$1 ~ /received|verdicts/ { n[$1 ~ /received/] += $2 }
	END { exit !n[0] || n[0] != n[1] }'
ok $? "$name: metrics of reader and writer"
lab_do 1
lab_recipe_pipe 5
is "$(ask tcp 10.0.2.2 5002 hello 30)" hello "$name: EVE: all goes on"
stop "$name: EVE"
is "$(jq -r 'select(.dest_port == 5002) | [.event_type, .in_iface,
    .flow.state] | @tsv' $tmp/recipe/eve.json)" "flow	client	closed" \
    "$name: EVE: the flow"

name="Several pipelines"
lab_recipe "$name"
lab_do 1
lab_recipe_pipe 2
wait_for sh -c "[ \"\$(ip netns exec router cat \
    /proc/net/netfilter/nfnetlink_queue | wc -l)\" -eq 4 ]"
for host in 3 4 5 6 7 8 9 10 11 12; do
	ip -n client addr add 10.0.1.$host/24 dev eth0
	ip -n client route replace default via 10.0.1.1 src 10.0.1.$host
	ask tcp 10.0.2.2 5002 "a foo" 30
done >$tmp/got
is "$(uniq -c $tmp/got | tr -s ' ')" " 10 a bar" "$name: edit"
used=$(router cat /proc/net/netfilter/nfnetlink_queue |
    awk '$8 > 0' | wc -l)
[ "$used" -gt 1 ]
ok $? "$name: share the hosts ($used)"
lab_do 3
wait_for lab_gone
ok $? "$name: end"
lab_kill
lab_clear

# The filter runs in the client's namespace instead of filter.example.com.
name="Another machine filters"
lab_recipe "$name"
mkdir -p $tmp/bin
cat >$tmp/bin/ssh <<'END'
#!/bin/sh
shift
exec ip netns exec client sh -c "$*"
END
chmod +x $tmp/bin/ssh
lab_divert FORWARD --queue-bypass
lab_recipe_pipe 1
is "$(ask tcp 10.0.2.2 5002 "a foo" 30)" "a bar" "$name: ssh"
lab_stop "$name: ssh"
for who in filter capture; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 2 -subj /CN=filter.example.com \
	    -addext subjectAltName=DNS:filter.example.com \
	    -keyout $tmp/key -out $tmp/recipe/$who.crt 2>/dev/null
	cat $tmp/key $tmp/recipe/$who.crt >$tmp/recipe/$who.pem
done
(cd $tmp/recipe && client sh ./2.sh 2>$tmp/far) &
wait_for client sh -c \
    'grep -q :1151 /proc/net/tcp || grep -q :1151 /proc/net/tcp6'
echo 10.0.1.2 filter.example.com >$tmp/hosts
mount --bind $tmp/hosts /etc/hosts
lab_recipe_pipe 3
is "$(ask tcp 10.0.2.2 5002 "a foo" 30)" "a bar" "$name: TLS"
lab_stop "$name: TLS"
sed 's/^/# far: /' $tmp/far
umount /etc/hosts
lab_clear

# There is no Kafka broker: a stand-in for kcat writes its input to a file.
name="Alerts and flows elsewhere"
lab_recipe "$name"
printf 'greeting\ta foo\n' >$tmp/recipe/patterns
cat >$tmp/bin/kcat <<'END'
#!/bin/sh
exec cat >"$5"
END
chmod +x $tmp/bin/kcat
lab_divert FORWARD --queue-bypass
lab_recipe_pipe 1
ask udp 10.0.2.2 5002 "a foo" 30 >/dev/null
wait_for grep -qs '"signature": *"greeting"' $tmp/recipe/alerts
ok $? "$name: alerts"
pkill divcat
kill -INT -$pipe
wait_for lab_gone
lab_kill
lab_recipe_pipe 2
ask udp 10.0.2.2 5002 "a foo" 30 >/dev/null
lab_stop "$name: flows"
is "$(jq -r .proto $tmp/recipe/flows | head -n 1)" udp "$name: flows"
lab_clear

name=Captures
lab_recipe "$name"
lab_divert FORWARD --queue-bypass
lab_recipe_pipe 1
is "$(ask udp 10.0.2.2 5002 "a foo" 30)" "a foo" "$name: tcpdump"
lab_stop "$name: tcpdump"
lab_recipe_pipe 2
is "$(ask udp 10.0.2.2 5002 "a foo" 30)" "a bar" "$name: an edit"
# the replay must take this second, too
sleep 1
ask udp 10.0.2.2 5002 "a second foo" 30 >/dev/null
lab_stop "$name: before and after"
is "$(divcat -o text $tmp/recipe/before.pcap | cut -f 7 | head -n 1)" "a foo" \
    "$name: before"
is "$(divcat -o text $tmp/recipe/after.pcap | cut -f 7 | head -n 1)" "a bar" \
    "$name: after"
lab_clear
cat >$tmp/replay <<'END'
log_user 1
set timeout 30
spawn sh ./3.sh
expect eof
exit [lindex [wait] 3]
END
began=$(date +%s%N)
(cd $tmp/recipe && router expect -f $tmp/replay >$tmp/shown)
is $? 0 "$name: replay"
[ $(($(date +%s%N) - began)) -ge 1000000000 ]
ok $? "$name: with its timing"
grep -q 'packets, [1-9][0-9]*\.[0-9] s' $tmp/shown
ok $? "$name: and a line that tells"
done_testing
