#!/bin/sh
# SPDX-License-Identifier: MIT
# big_endian.sh [TEST...]: the short tier of tests for s390x, whose bytes are in
# the other order, under qemu-user, with Debian's own OpenSSL 3.0 for it.  It
# needs gcc-s390x-linux-gnu, qemu-user-static, pkg-config and apt's mirror, no
# root, and installs nothing; what it unpacks stays in $TLSPOLICY_CACHE if that
# is set.  The laws and the faults in memory are left out, for their time.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/big.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
[ $# -gt 0 ] || set -- audit describe error from_ctx groups hello \
	inspect_calls lists policy profile provider ranges runtime sets_rows \
	sni standards surroundings text_limits
triplet=s390x-linux-gnu
root=${TLSPOLICY_CACHE:-$work}/bookworm-s390x
[ -e "$root" ] ||
	sh "$source/tests/sysroot.sh" "$root" bookworm s390x libgcc-12-dev
libs=$root/usr/lib/$triplet

mkdir "$work/build"
cd "$work/build"
PKG_CONFIG_LIBDIR=$libs/pkgconfig "$source/configure" -q --host="$triplet" \
	--disable-shared --disable-command --enable-werror \
	CXX=no CC="$triplet-gcc --sysroot=$root -B$libs -L$libs" \
	CPPFLAGS="-isystem $root/usr/include/$triplet" \
	OPENSSL_CFLAGS=' ' OPENSSL_LIBS='-lssl -lcrypto' CHECK_CFLAGS=' ' \
	CHECK_LIBS='-lcheck -lsubunit -lm -lrt -lpthread'
tests=$(printf 'tests/check_%s ' "$@")
# shellcheck disable=SC2086 # a list of words
make -s -j "$(nproc)" $tests
od -An -c -N 6 tests/check_runtime | grep -q 'F 002 002$' || {
	echo 'big_endian.sh: not a program of that byte order' >&2
	exit 1
}
export OPENSSL_CONF="$root/etc/ssl/openssl.cnf"
export OPENSSL_MODULES="$libs/ossl-modules"
TLSPOLICY_TIER=short CK_TIMEOUT_MULTIPLIER=30 make -s -j "$(nproc)" \
	check-TESTS TESTS="$tests" check_PROGRAMS="$tests" \
	LOG_COMPILER="qemu-s390x-static -L $root"
