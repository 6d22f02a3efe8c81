#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2094,SC2154
#
# A compromised filter can do nothing outside of its sandbox, nor can its opener.
. "$(dirname "$0")/lib.sh"
top=$here/../..
preload=$top/${BUILD:-build}/test/break.so

if [ "${SANITISED:-}" ]; then
	echo "1..0 # SKIP sanitisers do not run in a sandbox"
	exit 0
fi

echo '45 00 00 14 00 00 00 00 40 00 00 00 7f 00 00 01 7f 00 00 01' >hex
echo 'tcp4 id=1 -- GET / HTTP/1.0' | frames make >in
umask 022
: >precious

# The process was killed, or the call failed; it had no effect.
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
	    setuid socket truncate unix unlink; do
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
breaks divdelay divdelay -d 1ms
breaks divstat divstat -o prom -f stat
breaks divcat divcat -o text
echo example.org >names
allowed=code
breaks divmark divmark -u names -j eve
allowed=
refused='open socket unix' # fail only: libraries try these
breaks divtop "$here/terminal" divtop -N

# An opener does what its files need.
# openers NAME ALLOWED command ...
openers() {
	name="opener of $1"
	allowed=$2
	shift 2
	run env LD_PRELOAD="$preload" "$@" <in
	is "$name: works" "$status" 0
	for act in append chmod code connect create exec fork kill own ptrace \
	    setuid socket truncate unix unlink; do
		case " $allowed " in
		*" $act "*) continue ;;
		esac
		run env LD_PRELOAD="$preload" BREAK_OPENER="$act" "$@" <in
		is "$name: $act: the tool ends" "$status" 1
		is "$name: $act is not done" \
		    "$(grep -c 'sandbox broken' err) $(stat -c %A precious)" \
		    '0 -rw-r--r--'
		ok "$name: $act leaves nothing" test ! -e broken
	done
}

openers divcat '' divcat -i hex -o text hex
openers divstat 'create truncate unlink' divstat -o prom -f stat

# Resolvers of divtop -r write, make and execute no files.
for act in create exec truncate unlink; do
	echo kept >precious
	run env LD_PRELOAD="$preload" BREAK_OPENER="$act" \
	    "$here/terminal" divtop -N -r <in
	is "resolver: $act is not done" "$(cat precious)" kept
	ok "resolver: $act leaves nothing" test ! -e broken
done

# Input files may be opened again, but not replaced.
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
