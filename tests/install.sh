#!/bin/sh
# SPDX-License-Identifier: MIT
# What is installed, and that a program can be built with it by pkg-config.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

dest=$tmp/dest
# The build's own jobs and overrides are not for this make.
unset MAKEFLAGS MFLAGS MAKELEVEL

"${MAKE:-make}" install DESTDIR="$dest" >"$tmp/out" 2>&1
result $? "make install"

{
	sed -n '/^dist_\(doc\|pages\|examples\)_DATA/,/[^\\]$/p' \
		"$srcdir/Makefile.am" | tr ' \\' '\n\n' |
		sed -n -e /^dist_/d -e 's,.*/,,' -e '/\.\|[A-Z]$/p'
	printf '%s\n' libtlspolicy.la tlspolicy.3 tlspolicy.7 tlspolicy.h \
		tlspolicy.pc
	# A page for each function, and for the macro that looks like one.
	sed -n 's/^\t\(tlspolicy_.*\);/\1.3/p' "$srcdir/lib/tlspolicy.map"
	echo tlspolicy_openssl_headers.3
	[ ! -e tools/tlspolicy ] ||
		printf '%s\n' tlspolicy tlspolicy.bash tlspolicy.1 \
			_tlspolicy tlspolicy.fish
	[ ! -e tools/tlspolicy-run.la ] ||
		printf '%s\n' tlspolicy-run.la tlspolicy-run.so
	[ ! -e .libs/libtlspolicy.a ] || echo libtlspolicy.a
	[ ! -e .libs/libtlspolicy.so ] ||
		printf 'libtlspolicy.so%s\n' '' .0 .0.1.0
} | LC_ALL=C sort >"$tmp/want"
find "$dest" ! -type d | sed 's,.*/,,' | LC_ALL=C sort >"$tmp/got"
diff -u "$tmp/want" "$tmp/got" >"$tmp/out"
result $? "these files and no others"

find "$dest" -name 'tlspolicy_*.3' | while read -r page; do
	name=${page##*/}
	grep -q "^\.Nm ${name%.3}\( ,\)\?$" "$page" || echo "$page"
done >"$tmp/out"
[ ! -s "$tmp/out" ]
result $? "man finds each function on its page"

# A locale in which "i" is not between "a" and "z".
localedef -i tr_TR -f UTF-8 "$tmp/tr_TR.UTF-8" >/dev/null 2>&1
if [ -e "$tmp/tr_TR.UTF-8" ]; then
	LOCPATH=$tmp LC_ALL=tr_TR.UTF-8 "${MAKE:-make}" install \
		DESTDIR="$tmp/turkish" >"$tmp/out" 2>&1
	(cd "$dest" && find . | LC_ALL=C sort) >"$tmp/plain"
	(cd "$tmp/turkish" && find . | LC_ALL=C sort) >"$tmp/there"
	same plain there 'in a Turkish locale too'
else
	skip 'in a Turkish locale too' 'localedef cannot make one'
fi

# What README.md calls a document or an example is installed beside it.
(cd "$dest" && cd "$(dirname "$(find . -name README.md)")" &&
	grep -o '](\(docs\|examples\)/[^)#]*\.[a-z]*[a-z])' README.md |
	sed 's/](\(.*\))/\1/' | while read -r page; do
		[ -e "$page" ] || echo "$page"
	done) >"$tmp/out"
[ ! -s "$tmp/out" ]
result $? "the links of README.md lead somewhere"

# The file as installed, but for DESTDIR in its absolute folders.
mkdir "$tmp/pc"
find "$dest" -name tlspolicy.pc -exec sed "s,=/,=$dest/," {} + \
	>"$tmp/pc/tlspolicy.pc"
PKG_CONFIG_PATH=$tmp/pc${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
pc() {
	"${PKG_CONFIG:-pkg-config}" "$@" tlspolicy 2>"$tmp/out"
}
cflags=$(pc --cflags) && libs=$(pc --libs) && libdir=$(pc --variable=libdir)
result $? "pkg-config knows tlspolicy"

pc --static --libs | grep -q -e '-ltlspolicy .*-lssl .*-lcrypto'
result $? "for static linking, with what it needs"

# OpenSSL keeps pointers into what the archive has as well.
static=$(pc --static --libs | grep -o -e '-Wl,-z,nodelete')
nodelete=$(sed -n 's/^TP_NODELETE = //p' Makefile)
echo "$static, not $nodelete" >"$tmp/out"
[ "$static" = "$nodelete" ]
result $? "and what keeps it from being unloaded"

mkdir "$tmp/oldest"
for module in libssl libcrypto; do
	printf '%s\n' "Name: $module" 'Description: the oldest' \
		'Version: 1.1.1' >"$tmp/oldest/$module.pc"
done
PKG_CONFIG_PATH=$tmp/oldest:$PKG_CONFIG_PATH pc --exists --print-errors
result $? "the oldest OpenSSL that configure takes will do"

cat >"$tmp/program.c" <<'END'
#include <openssl/err.h>
#include <stdio.h>
#include <tlspolicy.h>
int main(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int ret = tlspolicy_apply(ctx, "intermediate");
	if (ret != TLSPOLICY_OK)
		ERR_print_errors_fp(stdout);
	SSL_CTX_free(ctx);
	puts(tlspolicy_library_version());
	return ret == TLSPOLICY_OK ? 0 : 1;
}
END

build() { # program, libraries
	# shellcheck disable=SC2086
	${CC:-cc} ${TP_CFLAGS:-} $cflags ${OPENSSL_CFLAGS:-} \
		"$tmp/program.c" -o "$tmp/$1" $2 ${TP_LDFLAGS:-} >"$tmp/out" 2>&1
}

if [ -e .libs/libtlspolicy.so ]; then
	build shared "$libs"
	result $? "a program is built"
	LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \
		"$tmp/shared" >"$tmp/out" 2>&1
	result $? "it runs"
	[ "$(cat "$tmp/out")" = "$(pc --modversion)" ]
	result $? "pkg-config and the library agree on the version"
else
	skip "a program is built" "no shared library"
fi
if [ -e .libs/libtlspolicy.a ]; then
	# libtlspolicy alone is static: few systems have all that libssl.a needs
	build static "$(pc --libs | sed 's/-ltlspolicy/-l:libtlspolicy.a/')"
	result $? "a program is built with the archive"
	"$tmp/static" >"$tmp/out" 2>&1
	result $? "it runs by itself"
else
	skip "a program is built with the archive" "no archive"
fi
echo "1..$n"
