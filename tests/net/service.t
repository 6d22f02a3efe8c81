#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2086,SC2317
#
# The unit of systemd: its command with its user and its capabilities; it says
# when it is ready, loses nothing when it is started again, and ends as a whole
# when a process is killed.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
[ -z "${LAB_DIVERT:-}" ] || lab_skip "a unit is for Linux"
unit=packaging/systemd/divio@.service
name=unit
if command -v systemd-analyze >/dev/null; then
	is "$(systemd-analyze verify --man=no $unit 2>&1)" "" "$name: is valid"
fi
lab_up
at=router
port=61440

mkdir $tmp/bin $tmp/etc
cp "$(command -v divcat)" "$(command -v divsed)" $tmp/bin
PATH=$tmp/bin:$PATH
# The file of divrecipes(7), with the ports of this test.
cat >$tmp/bin/systemctl <<'END'
#!/bin/sh
echo "$@"
END
chmod +x $tmp/bin/systemctl
lab_recipe "A service"
is "$(sed "s|/etc/divio|$tmp/etc|g" $tmp/recipe/1.sh | sh)" \
    "enable --now $(basename $unit .service)web" "recipe: enables the unit"
sed -i 's/tcp port 80/udp portrange 5000-5001/' $tmp/etc/web.conf

# value NAME: of the unit
value()
{
	sed -n "s/^$1=//p" $unit
}

# As DynamicUser does, unless the test runs in a user namespace.
caps=$(value AmbientCapabilities | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
as="setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs"
as="$as --bounding-set=-all,$caps --inh-caps=-all,$caps --ambient-caps=-all,$caps"
$as true 2>/dev/null || as=
command=$(value ExecStart | sed "s|/etc/divio/%i|$tmp/etc/web|")

# begin [SOCKET]
begin()
{
	lab_ruled "export NOTIFY_SOCKET=${1:-}; $as $command"
}

end()
{
	kill -"$(value KillSignal | sed s/SIG//)" -"$pipe"
	wait_for lab_gone
}

# says NAME WANTED: what the server gets of foo
says()
{
	is "$(ask udp 10.0.2.2 5001 "a foo" 30)" "$2" "$name: $1"
}

answer 5001 &
wait_for lab_listens server udp 5001
router python3 tests/net/notify.py @divio >$tmp/got 2>&1 &
manager=$!
wait_for grep -q bound $tmp/got
begin @divio
wait $manager
is "$(paste -s -d , $tmp/got)" "bound,READY=1" "$name: is ready"
says "edits" "a bar"
[ -z "$as" ] || is "$(ps -o uid= -p "$(lab_stage "divcat -w")" | tr -d ' ')" \
    65534 "$name: without root"

name="another start"
recv udp 5000 10000 >$tmp/got &
receiver=$!
wait_for lab_listens server udp 5000
send udp 10.0.2.2 5000 10000 5000 &
wait_for lab_past 8 2000
end
is "$(lab_status)$(cat $tmp/err)" "0" "$name: ends well"
begin
wait $receiver
read -r count _ foo _ bar _ bad _ <$tmp/got
is "$count $bad" "10000 0" "$name: no datagram lost"
[ "$bar" -ge 2000 ] && [ "$foo" -gt 0 ]
ok $? "$name: $bar edited, $foo passed in between"

# kills NAME PATTERN: the others end, packets pass, and it can be started again
kills()
{
	name="kill -9 of the $1"
	kill -KILL "$(lab_stage "$2")"
	[ "$1" != shell ] || kill -INT -"$pipe"
	wait_for lab_gone
	ok $? "$name: all end"
	! lab_table && lab_unbound
	ok $? "$name: neither rules nor queue are left"
	says "packets pass" "a foo"
	begin
	says "another start" "a bar"
}

kills reader "divcat -f"
kills filter divsed
kills writer "divcat -w"
kills shell "/bin/sh -c"
end
done_testing
