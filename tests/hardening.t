#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# What the compiler and the linker do against bytes that take a tool over.
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/golden/lib.sh"
build=$top/${BUILD:-build}

if [ "${SANITISED:-}" ]; then
	echo "1..0 # SKIP a sanitised build has its own"
	exit 0
fi

for tool in "$build"/bin/*; do
	name=${tool##*/}
	readelf -hldW "$tool" >elf
	readelf -sW --dyn-syms "$tool" >symbols
	like "$name: position-independent" elf 'Type: *DYN'
	like "$name: RELRO" elf 'GNU_RELRO'
	like "$name: bound at the start" elf 'BIND_NOW|Flags: NOW'
	like "$name: stack not executable" elf 'GNU_STACK.* RW '
	like "$name: stack protector" symbols '__stack_chk_fail'
	like "$name: FORTIFY_SOURCE" symbols '__[a-z]+_chk@'
done
if [ "$(uname -m)" = x86_64 ]; then
	readelf -nW "$build/obj/bin/common/filter.o" >notes
	like "CET" notes 'IBT.*SHSTK'
fi
done_testing
