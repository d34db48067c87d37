#!/bin/sh
# SPDX-License-Identifier: MIT
# No call takes more than 32 KiB of stack of the library's own along its deepest
# way, so that programs with small threads can use it; and none is recursive.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

limit=32768
compiler=${CC:-cc}

# Not with sanitizers, which take room of their own.
compile() {
	for file in "$srcdir"/lib/*.c; do
		# shellcheck disable=SC2086 # lists of words
		(cd "$tmp" && $compiler -std=gnu11 -O2 -fcallgraph-info=su \
			-I"$include" ${OPENSSL_CFLAGS:-} \
			-DPACKAGE_VERSION='"0"' -c "$lib/${file##*/}") || return
	done
}
lib=$(cd "$srcdir/lib" && pwd)
include=$(cd "$srcdir/include" && pwd)

if ! compile >"$tmp/out" 2>&1 || ! ls "$tmp"/*.ci >/dev/null 2>&1; then
	skip "the stack that calls take" "the compiler tells no call graph"
	echo "1..$n"
	exit
fi
awk -f "$srcdir/tests/stack.awk" "$tmp"/*.ci | sort -rn >"$tmp/deep"
head -n 5 "$tmp/deep" | sed 's/^/# /'

[ "$(wc -l <"$tmp/deep")" -gt 40 ]
result $? "every call is told"
! grep circle "$tmp/deep" >"$tmp/out"
result $? "no function calls itself"
awk -v limit=$limit '$1 > limit { print; bad = 1 } END { exit bad }' \
	"$tmp/deep" >"$tmp/out"
result $? "no call takes more than $limit bytes"
echo "1..$n"
