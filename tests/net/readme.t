#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2317,SC2086
#
# The tour of the README, as it stands there, in a network of the lab's.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
at=client
lab_links

# What the tour says that commands print.
sed -n '/^A TOUR/,/^TOOLS/s/^    //p' README >$tmp/tour
grep -v '^[$#] ' $tmp/tour >$tmp/wanted

# What it says to start has no power over processes outside.
cp "$(command -v sleep)" $tmp/divcat
$tmp/divcat 60 &
enter=$(sed -n 's/^\$ //p' $tmp/tour)
is "$(echo pgrep divcat | SHELL=/bin/sh $enter 2>&1)" "" \
    "the tour's shell: others are out of reach"
kill $!

# printed N: have the commands printed so many lines?
printed()
{
	[ "$(wc -l <$tmp/printed)" -ge "$1" ]
}

quiet()
{
	lab_none divcat && lab_unbound
}

say()
{
	printf '%s\n' "$1" >&3
}

mkfifo $tmp/shell
PATH=$tmp/bin:$PATH client sh <$tmp/shell >$tmp/printed 2>&1 &
exec 3>$tmp/shell
lines=0
while IFS= read -r line; do
	case $line in
	'$ '*|'# mount '*) ;;
	'# pkill'*)
		say "${line#??}"
		wait_for 10 quiet ;;
	'# '*-p\ 8000*)
		say "${line#??}"
		wait_for 10 lab_bound ;;
	'# socat'*)
		say "${line#??}"
		wait_for 10 client grep -q :1092 /proc/net/udp ;;
	'# '*)	say "${line#??}" ;;
	*)	lines=$((lines + 1))
		wait_for 10 printed $lines || break ;;
	esac
done <$tmp/tour
# a copy may be printed before the packet that goes on, or after it
is "$(sort $tmp/printed)" "$(sort $tmp/wanted)" "the tour"
exec 3>&-
done_testing
