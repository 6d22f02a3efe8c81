#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# The manual pages as a reader gets them, by mandoc and by man-db: 80 columns,
# whole examples, "man divio", apropos, and references that lead somewhere.

top=$(pwd)
. tests/golden/lib.sh
PATH=$PATH:/usr/sbin:/sbin

# strip: without the overstriking that makes letters bold
backspace=$(printf '\b')
strip() {
	sed "s/.$backspace//g"
}

# squeeze: single blanks, for formatters expand tabs in ways of their own
squeeze() {
	tr '\t' ' ' | sed 's/  */ /g; s/^ //; s/ $//'
}

# examples PAGE: the lines of .Bd -literal and .Dl, as a reader is to see them
examples() {
	awk '
	/^\.Bd -literal/ { block = 1; next }
	/^\.Ed/ { block = 0; next }
	block && !/^\./ { print }
	sub(/^\.Dl /, "") { print }' "$1" |
	    sed 's/\\(aq/'\''/g; s/\\-/-/g; s/\\&//g; s/\\e/\\/g' |
	    squeeze | grep -v '^$'
}

# fits NAME FILE: 80 columns
fits() {
	awk 'length > 80' "$2" >wide
	is "$1: 80 columns" "$(cat wide)" ""
}

# whole NAME FILE PAGE: every line of an example is a line of the text
whole() {
	squeeze <"$2" >text
	examples "$3" | grep -v -x -F -f text >broken
	is "$1: no example is broken" "$(cat broken)" ""
}

make -s -C "$top" PREFIX= MANDIR=/share/man DESTDIR="$dir/root" install-man
is "the pages are installed" $? 0
pages=$dir/root/share/man

for page in "$pages"/man[1-9]/*; do
	[ ! -h "$page" ] || continue
	name=${page##*/}
	mandoc -T ascii -O width=78 "$page" | strip >rendered
	ok "$name: mandoc renders it" test -s rendered
	fits "$name, mandoc" rendered
	whole "$name, mandoc" rendered "$page"
done

# Each reference to a page of ours, or of what has a name of ours.
for page in "$pages"/man[1-9]/*; do
	[ ! -h "$page" ] || continue
	sed -n 's/^\.Xr \([a-z-]*\) \([1-9]\).*/\1.\2/p' "$page" | sort -u |
	    while read -r ref; do
		case $ref in
		divert.4)   ;;
		div*|libdiv*) [ -e "$pages/man${ref##*.}/$ref" ] || echo "$ref" ;;
		esac
	done >missing
	is "${page##*/}: references lead to pages" "$(cat missing)" ""
done

words="netfilter nfqueue queue firewall inject"

# finds NAME: apropos, as the function look calls it, finds a tool by each word
finds() {
	for word in $words; do
		look "$word" >found 2>&1
		like "$1: apropos $word" found \
		    '^div(cat|sed|drop|mark|delay|stat|top) *\(1'
	done
}

# opens NAME FILE: it is the introduction
opens() {
	like "$1: man divio" "$2" '^DIVIO\(7\)'
}

# mandoc's programs have names of their own in Debian
mandoc_man=$(command -v mman)
mandoc_apropos=$(command -v mapropos)
if [ "$mandoc_man" ] && [ "$mandoc_apropos" ]; then
	run makewhatis -T utf8 "$pages"
	is "makewhatis: status" "$status$(cat err)" 0
	look() {
		mapropos -M "$pages" "$1"
	}
	finds mandoc
	mman -M "$pages" divio 2>/dev/null | strip >out
	opens mandoc out
fi

# as Debian's lintian does; groff does not look at the width of literal lines
if man --version 2>/dev/null | grep -q '^man [0-9]'; then
	for page in "$pages"/man[1-9]/*; do
		[ ! -h "$page" ] || continue
		name=${page##*/}
		MANWIDTH=80 man -l "$page" >raw 2>err
		strip <raw >rendered
		ok "$name: man-db renders it" test -s rendered
		fits "$name, man-db" rendered
		whole "$name, man-db" rendered "$page"
		MANROFFSEQ='' MANWIDTH=80 man --warnings -l -Tutf8 -Z "$page" \
		    2>&1 >/dev/null | grep "can't break line" >warnings
		is "$name: no line that cannot be broken" "$(cat warnings)" ""
	done
	run mandb -c -q -u "$pages"
	is "mandb: status" "$status$(cat err)" 0
	look() {
		apropos -M "$pages" "$1"
	}
	finds man-db
	MANWIDTH=80 man -M "$pages" divio 2>/dev/null | strip >out
	opens man-db out
fi

done_testing
