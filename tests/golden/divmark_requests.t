#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# divmark -u: names in segments of all kinds and orders.
. "$(dirname "$0")/lib.sh"

for seed in 1 2 3 4; do
	for options in '' '-S 1000'; do
		# shellcheck disable=SC2086
		is "seed $seed $options" "$(python3 "$here/requests.py" \
		    $seed $options || echo fails)" ''
	done
done
done_testing
