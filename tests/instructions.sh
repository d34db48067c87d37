#!/bin/sh
# SPDX-License-Identifier: MIT
# instructions.sh [--record]: counts under callgrind the instructions of one
# call, those of the library's own and all, OpenSSL's included.  Fails where
# one has grown by more than a tenth over instructions.txt, which --record
# writes.  Compilers and OpenSSL's builds differ: with others than recorded it
# counts nothing, says so and ends with 77.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
record=$source/tests/instructions.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
full='min=TLSv1.2,max=TLSv1.3,level=2,renegotiation=off,preference=client,ciphers=ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256,ciphersuites=TLS_AES_128_GCM_SHA256,groups=X25519:P-256,sigalgs=ECDSA+SHA256:RSA-PSS+SHA256'

cd "$work"
"$source/configure" --quiet CFLAGS='-g -O2'
with="$(openssl version), $(${CC:-gcc} --version | head -n 1)"
if [ "${1:-}" != --record ] && ! grep -qxF "# $with" "$record"; then
	echo "instructions.sh: skipped: recorded with $(sed -n '1s/^# //p' "$record")," \
		"this is $with: record on the old commit, then compare" >&2
	exit 77
fi
make -s bench/once >make.log 2>&1 || {
	cat make.log
	exit 1
}

# count CALL POLICY [NAME]: prints a line with both numbers.
count() {
	LD_BIND_NOW=1 ./libtool --mode=execute valgrind -q --tool=callgrind \
		--callgrind-out-file="$work/out" --toggle-collect=counted \
		bench/once "$1" "$2" >run.log 2>&1 || {
		cat run.log >&2
		return 1
	}
	callgrind_annotate --threshold=100 --show-percs=no out |
		awk -v name="$1 ${3:-$2}" '
		/PROGRAM TOTALS/ { gsub(/,/, "", $1); all = $1 }
		/\[.*libtlspolicy/ { gsub(/,/, "", $1); own += $1 }
		END { print name, own, all }'
}

{
	echo "# $with"
	echo "# call policy own all"
	for call in override default; do
		for policy in min=TLSv1.2,max=TLSv1.3 modern intermediate compat; do
			count "$call" "$policy"
		done
		count "$call" "$full" every-field
	done
	count override legacy
	count text min=TLSv1.2,max=TLSv1.3
	count text "$full" every-field
	for policy in min=TLSv1.2,max=TLSv1.3 modern intermediate; do
		count ssl "$policy"
	done
	count inspect intermediate
	count audit intermediate
} >counts
if [ "${1:-}" = --record ]; then
	cp counts "$record"
fi
awk '
	/^#/ { next }
	NF != 4 || $3 == 0 || $4 == 0 { print "no count: " $0; bad = 1; next }
	FNR == NR { own[$1, $2] = $3; all[$1, $2] = $4; next }
	{
		grown = $3 > own[$1, $2] * 1.1 || $4 > all[$1, $2] * 1.1
		printf "%-9s %-24s %8d own (was %d), %8d in all (was %d)%s\n",
			$1, $2, $3, own[$1, $2], $4, all[$1, $2],
			grown ? ": GROWN" : ""
		bad = bad || grown
	}
	END { exit bad }' "$record" counts
