#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The expect scripts of divrecipes(7), extracted from the page.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up

# stop NAME: divcat and the script end.
stop()
{
	kill -INT "$(pgrep -x divcat)"
	wait_for lab_none divcat && wait_for lab_gone
	ok $? "$1: ends"
	lab_kill
	lab_clear
}

lab_recipe "Type into a session"
lab_do 1
lab_recipe_pipe 2
server python3 tests/net/session.py lines 23 >$tmp/lines.out &
wait_for lab_listens server tcp 23
client timeout 60 python3 tests/net/session.py talk 10.0.2.2 23 5 >$tmp/got
{ seq -f "heard line %g" 0 4; printf 'heard echo I am here\r\n'; } |
    sort >$tmp/want
is "$(sort $tmp/got | cksum)" "$(cksum <$tmp/want)" \
    "type: the server gets the command, both ends continue"
wait_for grep -q "line 4: end" $tmp/lines.out
ok $? "type: the session ends in order"
stop type

# A CR before the LF, as terminals send it.
cat >$tmp/crlf <<'END'
set stty_init "raw -echo"
set timeout -1
spawn -noecho divcat -b -o text -p 8000
expect -re {([0-9]+)\t[^\n]*\n} {
	send "pass $expect_out(1,string)\r\n"
	exp_continue
}
END
lab_do 1
lab_pipe "expect -f $tmp/crlf"
client timeout 60 python3 tests/net/session.py talk 10.0.2.2 23 5 >$tmp/got
is "$(cksum <$tmp/got)" "$(seq -f "heard line %g" 0 4 | cksum)" \
    "lines that end in CR LF are verdicts"
stop "CR LF"

lab_recipe "Answer in place of a server"
lab_do 1
lab_recipe_pipe 2
server python3 tests/net/session.py smtp 25 $tmp/mail >/dev/null &
wait_for lab_listens server tcp 25
printf '%s\r\n' 'Subject: foo' '' 'Hello.' >$tmp/letter
client curl -sS -m 20 -v smtp://10.0.2.2:25 --mail-from a@lab \
    --mail-rcpt b@lab -T $tmp/letter 2>$tmp/talk
is $? 0 "answer: curl sends its letter"
is "$(tr -d '\r' <$tmp/talk | sed -n 's/^< \([0-9]* .*\)/\1/p' |
    paste -s -d , -)" \
    "220 lab greets,250 fine,250 fine,250 fine,354 go on,250 I keep it" \
    "answer: the dialogue"
is "$(cat $tmp/mail)" "" "answer: the server receives no data"
stop answer
done_testing
