#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh [FOLDER]: runs the suite on a build with coverage, and prints what
# of lib/ it executes.  Fails for a line that is not executed and not listed in
# coverage.txt with the reason, and where the branches on all other lines fall
# below the limit.  The list is OpenSSL 3.0's.
set -eu
branches=95
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
	gcovr -r "$source" --object-directory . -f '.*/lib/.*' \
		--exclude-unreachable-branches "$@" .
}
report --branches
report

# "FILE LINE covered|not BRANCHES TAKEN" for each line of code.
report --sonarqube lines.xml
sed 's/></>\n</g' lines.xml | awk -F'"' '
	/<file / { file = $2 }
	/<lineToCover / {
		n = /branchesToCover/ ? $6 : 0
		taken = n ? $8 : 0
		print file, $2, $4 == "true" ? "covered" : "not", n, taken
	}' >lines

awk -v limit="$branches" -v source="$source" '
	function read_source(file,    path, text, n, name) {
		path = source "/" file
		while ((getline text <path) > 0) {
			n++
			if (match(text, /^[a-z_0-9]+\(/))
				name = substr(text, 1, RLENGTH - 1)
			within[file, n] = name
			if (text ~ /^}/)
				name = ""
			gsub(/^[ \t]+|[ \t]+$/, "", text)
			line[file, n] = text
		}
		close(path)
	}
	FNR == NR {
		if ($0 != "" && !/^#/)
			listed[$0] = 0
		next
	}
	!($1 in seen) {
		seen[$1] = 1
		read_source($1)
	}
	{
		all++
		points += $4
		taken += $5
		function_entry = $1 " " within[$1, $2] "()"
		line_entry = $1 ": " line[$1, $2]
	}
	$3 == "not" {
		left++
		without += $4
		if (function_entry in listed)
			listed[function_entry]++
		else if (line_entry in listed)
			listed[line_entry]++
		else {
			print "not executed, and not listed: " line_entry
			bad++
		}
	}
	END {
		for (entry in listed)
			if (listed[entry] == 0) {
				print "listed, and executed: " entry
				bad++
			}
		printf "lines: %d of %d executed (%.1f%%), %d listed\n",
			all - left, all, 100 * (all - left) / all, left
		part = 100 * taken / (points - without)
		printf "branches: %d of %d taken (%.1f%%); without the " \
			"lines listed %.1f%%, and %d%% are asked\n",
			taken, points, 100 * taken / points, part, limit
		exit bad > 0 || part < limit
	}' "$source/tests/coverage.txt" lines
