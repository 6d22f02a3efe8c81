#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# What is installed is all there, can be used, and goes again.
[ -z "${SANITISED:-}" ] || {
	echo "1..0 # SKIP what is sanitised is not installed"
	exit 0
}

top=$(pwd)
build=${BUILD:-build}
. tests/golden/lib.sh

installed() {
	find "$dir/root" ! -type d | sed "s|^$dir/root||" | LC_ALL=C sort
}

cat >wanted <<'END'
/usr/bin/divcat
/usr/bin/divdelay
/usr/bin/divdrop
/usr/bin/divmark
/usr/bin/divsed
/usr/bin/divstat
/usr/bin/divtop
/usr/include/divio.h
/usr/lib/libdivert.so
/usr/lib/libdivio.a
/usr/lib/libdivio.so
/usr/lib/libdivio.so.0
/usr/lib/pkgconfig/divio.pc
/usr/lib/systemd/system/divio@.service
/usr/lib/wireshark/extcap/divdump
/usr/lib/wireshark/plugins/divio.lua
/usr/share/bash-completion/completions/divcat
/usr/share/bash-completion/completions/divdelay
/usr/share/bash-completion/completions/divdrop
/usr/share/bash-completion/completions/divmark
/usr/share/bash-completion/completions/divsed
/usr/share/bash-completion/completions/divstat
/usr/share/bash-completion/completions/divtop
/usr/share/divio/grafana.json
/usr/share/fish/vendor_completions.d/divcat.fish
/usr/share/fish/vendor_completions.d/divdelay.fish
/usr/share/fish/vendor_completions.d/divdrop.fish
/usr/share/fish/vendor_completions.d/divmark.fish
/usr/share/fish/vendor_completions.d/divsed.fish
/usr/share/fish/vendor_completions.d/divstat.fish
/usr/share/fish/vendor_completions.d/divtop.fish
/usr/share/man/man1/divcat.1
/usr/share/man/man1/divdelay.1
/usr/share/man/man1/divdrop.1
/usr/share/man/man1/divio.1
/usr/share/man/man1/divmark.1
/usr/share/man/man1/divsed.1
/usr/share/man/man1/divstat.1
/usr/share/man/man1/divtop.1
/usr/share/man/man3/libdivio.3
/usr/share/man/man5/divio.5
/usr/share/man/man7/divert.7
/usr/share/man/man7/divio.7
/usr/share/man/man7/divrecipes.7
/usr/share/zsh/site-functions/_divcat
/usr/share/zsh/site-functions/_divdelay
/usr/share/zsh/site-functions/_divdrop
/usr/share/zsh/site-functions/_divmark
/usr/share/zsh/site-functions/_divsed
/usr/share/zsh/site-functions/_divstat
/usr/share/zsh/site-functions/_divtop
END
"$top/man/recipes" recipes
{
	cat wanted
	find recipes -type f | sed 's|^recipes|/usr/share/doc/divio/examples|'
} | LC_ALL=C sort >wanted.all
run make -s -C "$top" B="$build" PREFIX=/usr DESTDIR="$dir/root" install
is "install" "$status" 0
installed >got
is_file "what is installed" got wanted.all

nm -D --defined-only "$dir/root/usr/lib/libdivio.so.0" |
    awk '$3 !~ /^div_/ && $3 !~ /^__(asan|ubsan|odr)/ { print $3 }' >others
is "the shared library shows its own names only" "$(cat others)" ""

cat >program.c <<'END'
#include <divio.h>
#include <stdio.h>

int
main(void)
{
	puts(div_reason(DIV_REFUSE_FRAGMENT));
	return 0;
}
END
PKG_CONFIG_PATH=$dir/root/usr/lib/pkgconfig
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
if nm "$dir/root/usr/lib/libdivio.a" 2>/dev/null | grep -q __asan; then
	CFLAGS=-fsanitize=address,undefined
else
	CFLAGS=
fi
# shellcheck disable=SC2046,SC2086
run cc $CFLAGS -o program program.c $(pkg-config \
    --define-variable=prefix="$dir/root/usr" --cflags --libs divio)
is "a program builds with pkg-config" "$status" 0
run env LD_LIBRARY_PATH="$dir/root/usr/lib" ./program
is "and runs" "$(cat out)" "fragments are not edited"

run make -s -C "$top" B="$build" PREFIX=/usr DESTDIR="$dir/root" uninstall
is "uninstall" "$status" 0
is "nothing is left" "$(installed)" ""

# The directory of examples may be one for all packages.
mkdir -p root/examples/other
touch root/examples/other/file
for goal in install-recipes uninstall; do
	run make -s -C "$top" B="$build" PREFIX=/usr DESTDIR="$dir/root" \
	    EXAMPLEDIR=/examples $goal
	is "$goal: among others" "$status" 0
done
is "what others installed is left" "$(installed)" /examples/other/file

# The packages of others: their version, their scripts, their lists of files.
version=$(sed -n 's/^VERSION = //p' "$top/Makefile")
for file in freebsd/Makefile openbsd/Makefile arch/PKGBUILD nix/default.nix; do
	ok "packaging/$file: has version $version" grep -Eq \
	    "^ *(DISTVERSION|V|pkgver|version) *=[\"[:blank:]]*${version}[\";]*\$" \
	    "$top/packaging/$file"
done
for file in freebsd/files/divio.in openbsd/pkg/divio.rc arch/PKGBUILD; do
	run bash -n "$top/packaging/$file"
	is "packaging/$file: syntax" "$status$(cat err)" 0
done
for list in freebsd/pkg-plist openbsd/pkg/PLIST; do
	system=${list%%/*}
	(cd "$top" && BUILD=$build packaging/plist "$system" "$dir/$system") >got
	is_file "packaging/$list" got "$top/packaging/$list"
done

done_testing
