# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# edit NAME SCRIPT PAYLOAD WANTED: the payload after the script
edit() {
	printf 'tcp4 -- %s\n' "$3" | frames make >in
	run divsed "$2" <in
	is "$1" "$(frames dump <out)$(cat err)" "packet 1 tcp4 $4"
}

# script_error LINE COLUMN MESSAGE SCRIPT
script_error() {
	usage_error "error at $1:$2: $3" \
	    "^divsed: -e 1: line $1, column $2: $3" divsed "$4"
}
