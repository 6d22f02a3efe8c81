#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC2317,SC2086
#
# The tour of the README, with its own commands, in the test network.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
at=client
port=61440

# The packages for a build by hand are those that it asks for.
is "$(sed -n '/apt-get install/,/[^\\]$/p' README | sed 's/.*install//' |
    tr -s ' \\\n' '\n' | grep . | sort | paste -s -d ' ' -)" \
    "$(awk '$1 == "build" { print $4 }' tests/setup | sort |
    paste -s -d ' ' -)" "the packages to build"

# The tour, each command on one line, and the output that it shows.
sed -n '/^A TOUR/,/^TOOLS/s/^    //p' README |
    sed -e ':a' -e '/[\\|]$/{N;s/\\\{0,1\}\n */ /;ba' -e '}' >$tmp/tour
grep -v '^[$#] ' $tmp/tour >$tmp/wanted

# The shell of the tour cannot reach processes outside.
cp "$(command -v sleep)" $tmp/divcat
$tmp/divcat 60 &
enter=$(sed -n 's/^\$ //p' $tmp/tour)
is "$(echo pgrep divcat | SHELL=/bin/sh $enter 2>&1)" "" \
    "the tour's shell sees no processes outside"
kill $!

# printed N: have the commands printed N lines?
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
client sh <$tmp/shell >$tmp/printed 2>&1 &
exec 3>$tmp/shell
lines=0
while IFS= read -r line; do
	case $line in
	'$ '*|'# mount '*) ;;
	'# pkill'*)
		say "${line#??}"
		wait_for quiet ;;
	'# '*-f\ *)
		say "${line#??}"
		wait_for lab_table ;;
	'# socat'*)
		say "${line#??}"
		wait_for client grep -q :1092 /proc/net/udp ;;
	'# '*)	say "${line#??}" ;;
	*)	lines=$((lines + 1))
		wait_for printed $lines || break ;;
	esac
done <$tmp/tour
# a copy may be printed before or after the packet itself
is "$(sort $tmp/printed)" "$(sort $tmp/wanted)" "the tour"
exec 3>&-
done_testing
