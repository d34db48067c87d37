#!/bin/sh
# SPDX-License-Identifier: MIT
# The header by itself: strict C99, C11 and C++, twice, with each compiler.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

flags="-I$srcdir/include ${OPENSSL_CFLAGS:-} -Wall -Wextra -pedantic -Werror"

compile() { # compiler, source, options; the compiler may have words of its own
	# shellcheck disable=SC2086
	$1 $flags $3 -c "$tmp/$2" -o "$tmp/out.o" >"$tmp/out" 2>&1
}

cat >"$tmp/alone.c" <<'END'
#include <tlspolicy.h>
extern int dummy;
END
cat >"$tmp/twice.c" <<'END'
#include <tlspolicy.h>
#include <tlspolicy.h>
int use(SSL_CTX *ctx);
int use(SSL_CTX *ctx)
{
	struct tlspolicy_openssl headers;

	tlspolicy_openssl_headers(&headers);
	return tlspolicy_apply(ctx, headers.text);
}
END
cat >"$tmp/ignored.c" <<'END'
#include <tlspolicy.h>
void use(SSL_CTX *ctx);
void use(SSL_CTX *ctx)
{
	tlspolicy_apply(ctx, "modern");
}
END
for f in alone twice ignored; do cp "$tmp/$f.c" "$tmp/$f.cc"; done

try() { # compiler, extension, standard
	for f in alone twice; do
		compile "$1" "$f.$2" "-std=$3"
		result $? "$1 -std=$3: $f"
	done
	! compile "$1" "ignored.$2" "-std=$3" &&
		grep -q 'unused-result' "$tmp/out"
	result $? "$1 -std=$3: an ignored status is noticed"
}

for cc in "${CC:-cc}" gcc clang; do
	# shellcheck disable=SC2086
	$cc --version >"$tmp/out" 2>&1 || continue
	case ${done_c:-} in *"|$cc|"*) continue ;; esac
	done_c="${done_c:-}|$cc|"
	for std in c99 c11; do try "$cc" c $std; done
done
for cxx in "${CXX:-c++}" g++ clang++; do
	# shellcheck disable=SC2086
	$cxx --version >"$tmp/out" 2>&1 || continue
	case ${done_cxx:-} in *"|$cxx|"*) continue ;; esac
	done_cxx="${done_cxx:-}|$cxx|"
	for std in c++11 c++17; do try "$cxx" cc $std; done
done
echo "1..$n"
