#!/bin/sh
# SPDX-License-Identifier: ISC
#
# crowd.t [SEED]: many connections at once that change their length, on a line that
# loses and reorders packets on both sides.  All bytes of all of them arrive as
# edited.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh

connections=200

# crowd NAME [VARIABLE=VALUE]
crowd()
{
	echo "network $1"
	env "LAB_BEFORE=loss=2 reorder=2 seed=$seed" \
	    "LAB_BEHIND=loss=2 reorder=2 seed=1$seed" ${2:+"$2"} \
	    sh tests/net/crowd.t inside
}

if [ "${1:-}" != inside ]; then
	seed=${1:-1}
	{
		crowd "segments"
		crowd "super-packets" LAB_SUPER=1
	} | lab_networks
	exit
fi

lab_enter "$@"
lab_up
server python3 tests/net/crowd.py serve 5000 &
wait_for lab_listens server tcp 5000
lab_divert FORWARD
lab_pipe "divcat -p $port" "divsed 's/</longer/g;s/>//g'" \
    "divcat -w -v -p $port"
is "$(client python3 tests/net/crowd.py ask 10.0.2.2 5000 $connections \
    "<=longer,>=")" "$connections right" "as edited"
kill -INT -"$pipe"
wait_for lab_gone
is "$(lab_status)" "0 0 0" "the pipeline ends"
cat $tmp/err >&2
done_testing
