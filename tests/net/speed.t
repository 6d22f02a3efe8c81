#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Three processes carry more than the naive loop, and far more with -G.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
if grep -q __asan_init "$(command -v divcat)"; then
	lab_skip "sanitised"
fi

single="three processes / naive loop"
super="three -G / naive loop"

# ratio NAME
ratio()
{
	jq -r --arg name "$1" '.rows[] | select(.name == $name).ratio' "$out"
}

reached()
{
	awk -v is="$1" -v limit="$2" 'BEGIN { exit is >= limit ? 0 : 1 }'
}

at_least()
{
	reached "$1" "$2"
	ok $? "$3: $1, at least $2"
}

measure()
{
	BENCH_PINGS=0 tests/bench/run -j "$single" "$super" >"$out" || return
	reached "$(ratio "$single")" 1.1 && reached "$(ratio "$super")" 2.5
}

out=$(mktemp)
trap 'rm -f "$out"' EXIT
# a machine that others use, too, gets three chances
measure || measure || measure
at_least "$(ratio "$single")" 1.1 "$single"
at_least "$(ratio "$super")" 2.5 "$super"
done_testing
