#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2016
#
# The library's names: they clash with no program's and with none of its own.
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/golden/lib.sh"
build=$top/${BUILD:-build}

# defined FILE...: the names that others can see, without those of sanitizers
defined() {
	nm -g --defined-only "$@" |
	    awk 'NF == 3 && $3 !~ /^__(asan|odr_asan|ubsan)/ { print $3 }'
}

# config NAME: what configure has chosen
config() {
	sed -n "s/^$1 = //p" "$build/config.mk"
}

# Each folder of the library has its prefixes in the README.
prefixes() {
	awk -v folder="$1" '$1 ~ /^[0-9]$/ && $2 == folder {
		for (i = 3; i <= NF; i++)
			if ($i ~ /_$/)
				print "^" $i
	}' "$top/lib/libdivio/README"
}

# objects FOLDER: those of sources that are still there
objects() {
	for source in "$top/lib/libdivio/$1"/*.c; do
		object=${source##*/}
		object=$build/obj/lib/libdivio/$1/${object%.c}.o
		[ ! -e "$object" ] || echo "$object"
	done
}

for folder in "$top"/lib/libdivio/*/; do
	folder=${folder%/}
	folder=${folder##*/}
	{
		echo '^div_'
		prefixes "$folder"
	} >allowed
	# shellcheck disable=SC2046
	is "$folder: global names have its prefixes" \
	    "$(defined $(objects "$folder") | grep -Evf allowed)" ""
done

# A debugger and a reader know a type by its tag alone.
is "a tag means one type" "$(find "$top/lib" "$top/bin" "$top/tests" \
    -path "$top/tests/bsd" -prune -o -name '*.[ch]' -print | sort |
    xargs awk -v top="$top/" '/^(struct|union|enum) [A-Za-z0-9_]+ \{/ {
	tag = $2
	if (!(tag in kind))
		kind[tag] = $1
	where[tag] = where[tag] " " substr(FILENAME, length(top) + 1)
	count[tag]++
    }
    END {
	for (tag in count)
		if (count[tag] > 1)
			print kind[tag], tag ":" where[tag]
    }' | sort)" ""

# What divio(7) says of the library: within a soname no function goes, and no
# structure changes that a program has compiled.
nm -D --defined-only "$build/libdivio.so.0" |
    awk '$3 ~ /^div_/ { print $3 }' | sort >got
sed -n 's/^ \(div_.*\)@Base.*/\1/p' "$top/debian/libdivio0.symbols" |
    sort >wanted
is_file "debian/libdivio0.symbols has all functions" got wanted
awk '/^struct .* \{$/ { print $2 }' "$top/lib/libdivio/divio.h" >structs
{
	printf '#include <divio.h>\n#include <stdio.h>\nint\nmain(void)\n{\n'
	while read -r tag; do
		printf '\tprintf("%s %%zu\\n", sizeof(struct %s));\n' "$tag" "$tag"
	done <structs
	printf '\treturn 0;\n}\n'
} >sizes.c
run cc -I"$top/lib/libdivio" -o sizes sizes.c
./sizes >got
if [ "$(getconf LONG_BIT)" = 64 ]; then
	cat >wanted <<'END'
div_frame 112
div_packet 72
div_flow_key 40
div_table_options 40
div_field 28
div_hostname 1072
div_entry 32
div_options 96
div_counters 400
div_kernel 40
div_connections 32
div_timelimit 24
div_dns_address 32
div_run 64
div_reass_ops 16
div_reass_counters 112
END
	is_file "libdivio.so.0: the sizes of structures" got wanted
fi

# A program may use the names that the library has for itself.
cat >program.c <<'END'
#include <divio.h>

#include <stdio.h>

#define MINE(name) \
	int name(int); \
	int name(int n) { return n + 1; }

MINE(flow_find)
MINE(held)
MINE(sum_add)
MINE(reader_new)
MINE(tcp_input)
MINE(text_line)

int
main(void)
{
	struct div_reader *r;

	r = div_reader_new(0, "stdin", DIV_FMT_AUTO);
	printf("%d %d\n", r != NULL,
	    text_line(tcp_input(reader_new(sum_add(held(flow_find(0)))))));
	div_reader_free(r);
	return 0;
}
END
if [ "$(config ARCHIVE)" = plain ]; then
	pass "the static archive links # SKIP it shows its names"
else
	is "the static archive shows public names only" \
	    "$(defined "$build/libdivio.a" | grep -v '^div_')" ""
	# shellcheck disable=SC2046
	run $(config CC) $(config CFLAGS) -pthread -I"$top/lib/libdivio" \
	    -o program program.c "$build/libdivio.a" $(config PKG_LIBS)
	is "a program with such names links" "$status" 0
	[ "$status" = 0 ] || diag <err
	run ./program </dev/null
	is "and runs" "$(cat out)" "1 6"
fi

done_testing
