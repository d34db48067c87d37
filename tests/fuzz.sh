#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh [SECONDS [FOLDER]]: builds the targets of tests/fuzz with clang's
# libFuzzer, ASan and UBSan, and runs them side by side, from their corpus in
# the tree and what is in FOLDER of earlier runs.
set -eu
seconds=${1:-60}
source=$(cd "$(dirname "$0")/.." && pwd)
work=${2:-$(mktemp -d)}
cc=${CLANG:-clang-14}
flags='-std=gnu11 -g -O1 -fsanitize=address,undefined
	-fno-sanitize-recover=all'
libs=$(pkg-config --libs libssl libcrypto check)

for target in text apply; do
	mkdir -p "$work/$target"
	# shellcheck disable=SC2086 # lists of words
	$cc $flags -fsanitize=fuzzer -I "$source/include" \
		-DPACKAGE_VERSION='"fuzz"' -o "$work/fuzz_$target" \
		"$source/tests/fuzz/$target.c" "$source"/lib/*.c \
		"$source"/tests/peer*.c "$source/tests/release.c" $libs &
done
mkdir -p "$work/answer"
# shellcheck disable=SC2086 # lists of words
$cc $flags -fsanitize=fuzzer -o "$work/fuzz_answer" \
	"$source/tests/fuzz/answer.c" "$source/tools/hello.c" \
	"$source/tools/starttls.c" "$source/tools/codes.c" \
	"$source/tools/registry.c" &
wait
for target in text apply answer; do
	(cd "$work" && "./fuzz_$target" -max_total_time="$seconds" \
		-timeout=30 -max_len=2048 "$target" \
		"$source/tests/fuzz/corpus/$target" >"$target.log" 2>&1) ||
		touch "$work/failed" &
done
wait
tail -n 1 "$work/text.log" "$work/apply.log" "$work/answer.log"
[ ! -e "$work/failed" ] || {
	tail -n 40 "$work/text.log" "$work/apply.log" "$work/answer.log"
	exit 1
}
