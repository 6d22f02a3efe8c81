#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# A divcat that was built without JSON refuses it with the options.
. "$(dirname "$0")/lib.sh"
divcat=$here/../../${BUILD:-build}/test/openbsd/divcat

for letter in i o; do
	usage_error "-$letter json" "^divcat: -$letter json: not in this build$" \
	    "$divcat" -$letter json
done
usage_error "no format" "formats are" "$divcat" -o jsons
echo '{"id":1}' >in
run "$divcat" -o text in
is "JSON as input" "$status $(cat err)" \
    "1 divcat: in: byte 0: this program has no JSON"
done_testing
