#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2094,SC2154
#
# What a filter can do that its input has taken over: nothing.
. "$(dirname "$0")/lib.sh"
top=$here/../..
preload=$top/${BUILD:-build}/test/break.so

if [ "${SANITISED:-}" ]; then
	echo "1..0 # SKIP sanitisers do not live in a sandbox"
	exit 0
fi

echo '45 00 00 14 00 00 00 00 40 00 00 00 7f 00 00 01 7f 00 00 01' >hex
echo 'tcp4 id=1 -- GET / HTTP/1.0' | frames make >in
umask 022
: >precious

# Killed, or refused, and it was not done.
broken() {
	run env LD_PRELOAD="$preload" BREAK="$act" "$@" <in
	[ "$act" != "$allowed" ] || return
	wanted=159
	case " $refused " in
	*" $act "*) wanted=0 ;;
	esac
	is "$name: $act: status" "$status" $wanted
	is "$name: $act is not done" \
	    "$(grep -c 'sandbox broken' err) $(stat -c %A precious)" \
	    '0 -rw-r--r--'
	ok "$name: $act leaves nothing" test ! -e broken
}

# breaks NAME command ...
breaks() {
	name=$1
	shift
	run env LD_PRELOAD="$preload" "$@" <in
	is "$name: works" "$status" 0
	for act in append chmod code connect create exec fork kill open own ptrace \
	    setuid socket truncate unlink; do
		broken "$@"
	done
	is "$name: says nothing of a kernel that lacks something" \
	    "$("$@" -v <in 2>&1 >/dev/null | grep -c 'kernel\|sandbox')" 0
}

allowed=
refused=
breaks divsed divsed s/a/b/
breaks 'divsed -S' divsed -S 100 s/a/b/
breaks divdrop divdrop -p 0
breaks divstat divstat -o prom -f stat
breaks divcat divcat -o text
echo example.org >names
allowed=code
breaks divmark divmark -u names -j eve
allowed=
refused='open socket' # its libraries may try
breaks divtop "$here/terminal" divtop -N

# Files that are read are opened again, and not replaced.
keeps() {
	name=$1
	file=$2
	shift 2
	cp "$file" kept
	run env LD_PRELOAD="$preload" BREAK=replace "$@"
	is "$name: status" "$status" 0
	is "$name: is not let replace $file" "$(grep -c 'broken' err)" 0
	is_file "$name: keeps $file" "$file" kept
}

keeps divmark names divmark -u names -j eve <in
keeps divcat hex divcat -i hex -o text - hex <hex
done_testing
