#!/bin/sh
# SPDX-License-Identifier: MIT
# configure refuses OpenSSL's forks by name.  That it takes OpenSSL itself
# needs no test: it has configured this very folder.
set -u

srcdir=$(cd "${srcdir:-.}" && pwd) || exit 99
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
n=0
# A copy of what it looks at: a source folder that is built in is refused.
mkdir "$tmp/include"
cp -R "$srcdir/configure" "$srcdir/build-aux" "$tmp" || exit 99
cp "$srcdir/include/tlspolicy.h" "$tmp/include" || exit 99

refuse() { # name, macros
	n=$((n + 1))
	mkdir -p "$tmp/$n/include/openssl"
	for macro in $2; do
		echo "#define $macro 1"
	done >"$tmp/$n/include/openssl/crypto.h"
	if (cd "$tmp/$n" && ../configure CC="${CC:-cc}" \
		OPENSSL_CFLAGS="-I$tmp/$n/include" OPENSSL_LIBS=-lssl \
		>out 2>&1); then
		echo "not ok $n - $1: configure is content"
	elif ! grep -q "^configure: error: .* $1: .*OpenSSL" "$tmp/$n/out"; then
		echo "not ok $n - $1: not for its name"
		tail -n 5 "$tmp/$n/out" | sed 's/^/# /'
	else
		echo "ok $n - $1"
	fi
}

echo "1..4"
refuse LibreSSL LIBRESSL_VERSION_NUMBER
refuse BoringSSL OPENSSL_IS_BORINGSSL
refuse AWS-LC OPENSSL_IS_AWSLC
# AWS-LC descends from BoringSSL and may say so.
refuse AWS-LC "OPENSSL_IS_AWSLC OPENSSL_IS_BORINGSSL"
