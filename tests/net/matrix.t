#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A sample of make matrix, which runs many more: each switch of the lab with a
# scenario that it bears on.

cells="resize nat=masquerade
resize mtu=behind
resize window=closed
resize line=loss
resize tcp=mptcp
resize route=policy
resize hook=PREROUTING nat=masquerade"

n=0
failed=0
echo "1..$(echo "$cells" | wc -l)"
while read -r cell; do
	n=$((n + 1))
	# shellcheck disable=SC2086
	row=$(python3 tests/net/matrix -v $cell </dev/null 2>&1 | tail -n 1)
	case $row in
	ok*|refused*)  echo "ok $n - $row" ;;
	skip*)	       echo "ok $n - $cell # SKIP $row" ;;
	*)	       failed=1
		echo "not ok $n - $row"
		echo "# $0: $row" >&2 ;;
	esac
done <<END
$cells
END
exit $failed
