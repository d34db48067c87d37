#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh [FOLDER]: runs the suite on a build with coverage, prints what of
# lib/ it executes, and fails when that falls below the limits.  They are for
# OpenSSL 3.0, which has no QUIC.
set -eu
lines=94 branches=88
source=$(cd "$(dirname "$0")/.." && pwd)
work=${1:-$(mktemp -d)}

mkdir -p "$work"
cd "$work"
"$source/configure" --quiet --enable-coverage CFLAGS='-g -O0'
make -j2 check >check.log 2>&1 || {
	tail -n 60 check.log
	exit 1
}
report() {
	gcovr -r "$source" --object-directory . -f '.*/lib/.*' "$@" .
}
report --branches --exclude-unreachable-branches \
	--fail-under-branch "$branches"
report --fail-under-line "$lines"
