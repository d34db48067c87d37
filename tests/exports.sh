#!/bin/sh
# SPDX-License-Identifier: MIT
# What the header declares, the map exports and the library holds is one list;
# and the shared object is linked as it should be.  The manual: manual.sh.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

header=$srcdir/include/tlspolicy.h
map=$srcdir/lib/tlspolicy.map
lib=.libs/libtlspolicy.so

# The header without comments.
awk -f "$srcdir/tests/bare.awk" "$header" >"$tmp/bare"
names='tlspolicy_[a-z0-9_]*'
grep -v '^#' "$tmp/bare" | grep -o "$names *(" | tr -d ' (' | sort -u \
	>"$tmp/header"
sed -n '/global:/,/local:/s/^[[:space:]]*\([a-z].*\);$/\1/p' "$map" \
	>"$tmp/map.order"
sort -u "$tmp/map.order" >"$tmp/map"

# The functions that a library has for others.
exported() {
	${NM:-nm} -D --defined-only "$1" |
		awk '$3 !~ /^TLSPOLICY_/ { sub(/@.*/, "", $3); print $3 }' |
		sort -u
}

[ "$(wc -l <"$tmp/header")" -gt 40 ]
result $? "the header declares functions"
same header map "the map exports what the header declares"
same map map.order "the map is in order"

if [ -e "$lib" ]; then
	exported "$lib" >"$tmp/lib"
	same header lib "the library holds what the header declares"
else
	skip "the library holds what the header declares" "no shared library"
fi

# Whatever a packager's CFLAGS hide.
if [ -e "$lib" ] && ${NM:-nm} -D "$lib" | grep -q ' TLSPOLICY_0'; then
	# shellcheck disable=SC2086 # lists of words
	${CC:-cc} -w -O0 -fPIC -fvisibility=hidden -I"$srcdir/include" \
		-DPACKAGE_VERSION='"0"' \
		${OPENSSL_CFLAGS:-} -shared -o "$tmp/hidden.so" \
		-Wl,--version-script="$map" "$srcdir"/lib/*.c \
		${OPENSSL_LIBS:-} >"$tmp/out" 2>&1
	exported "$tmp/hidden.so" >"$tmp/hidden"
	same header hidden "also with -fvisibility=hidden"
else
	skip "also with -fvisibility=hidden" "no version script"
fi

if [ -e "$lib" ] && readelf -d "$lib" >"$tmp/dynamic" 2>/dev/null; then
	grep -q 'SONAME.*\[libtlspolicy\.so\.0\]' "$tmp/dynamic"
	result $? "the soname"
	grep -q 'FLAGS_1.*NODELETE' "$tmp/dynamic"
	result $? "never unloaded: OpenSSL keeps pointers into it"
	sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' "$tmp/dynamic" |
		grep -Ev '^lib(ssl|crypto|c)\.so' >"$tmp/extra"
	case ${TP_LDFLAGS:-} in
	*sanitize*) skip "needs libssl, libcrypto and libc only" sanitizers ;;
	*)
		[ ! -s "$tmp/extra" ]
		result $? "needs libssl, libcrypto and libc only"
		sed 's/^/# /' "$tmp/extra"
		;;
	esac
else
	skip "the soname" "no shared library or no readelf"
fi
echo "1..$n"
