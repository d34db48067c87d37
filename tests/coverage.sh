#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh [FOLDER]: runs the suite on a build with coverage, and prints what
# of lib/ it executes.  Fails where a function has more lines that are not
# executed, or on them and its other lines more branches that are not taken,
# than coverage.txt excuses, where one that is listed needs no excuse any more,
# and where the branches of all other functions fall below the limit.  The list
# is OpenSSL 3.0's.
# coverage.sh --list FOLDER: what coverage.txt would be by the last run in
# FOLDER, with the reasons that it has for functions of the same names.
set -eu
branches=95
source=$(cd "$(dirname "$0")/.." && pwd)
list=no
if [ "${1:-}" = --list ]; then
	list=yes
	cd "$2"
else
	work=${1:-$(mktemp -d)}
	mkdir -p "$work"
	cd "$work"
fi

measure() {
	"$source/configure" --quiet --enable-coverage CFLAGS='-g -O0'
	make -j "$((2 * $(nproc)))" check >check.log 2>&1 || {
		tail -n 60 check.log
		exit 1
	}
	report --branches
	report
	report --sonarqube lines.xml
}

report() {
	gcovr -r "$source" --object-directory . -f '.*/lib/.*' \
		--exclude-unreachable-branches "$@" .
}

# "FILE LINE covered|not BRANCHES TAKEN" for each line of code.
lines() {
	sed 's/></>\n</g' lines.xml | awk -F'"' '
		/<file / { file = $2 }
		/<lineToCover / {
			n = /branchesToCover/ ? $6 : 0
			taken = n ? $8 : 0
			print file, $2, $4 == "true" ? "covered" : "not", n, taken
		}'
}

# "FILE:FUNCTION LINES UNEXECUTED BRANCHES UNTAKEN", by the source of today.
functions() {
	awk -v source="$source" '
	function read_source(file,    path, text, n, name) {
		path = source "/" file
		while ((getline text <path) > 0) {
			n++
			if (text ~ /^[a-z]/ && match(text, /[a-z_0-9]+\(/))
				name = substr(text, RSTART, RLENGTH - 1)
			within[file, n] = name
			if (text ~ /^}/)
				name = ""
		}
		close(path)
	}
	!($1 in seen) {
		seen[$1] = 1
		read_source($1)
	}
	{
		key = $1 ":" within[$1, $2]
		all[key]++
		left[key] += $3 == "not"
		points[key] += $4
		untaken[key] += $4 - $5
	}
	END {
		for (key in all)
			print key, all[key], left[key], points[key], untaken[key]
	}' | sort
}

if [ "$list" = yes ]; then
	sed -n '/^#/!q; p' "$source/tests/coverage.txt"
	lines | functions | awk '
		FNR == NR {
			if (!/^#/ && NF > 3) {
				name = $1
				sub(/.*:/, "", name)
				reason = $0
				sub(/^[^ ]+ +[0-9]+ +[0-9]+ +/, "", reason)
				reasons[name] = reason
			}
			next
		}
		$3 > 0 {
			name = $1
			sub(/.*:/, "", name)
			print $1, $3, $5, reasons[name]
		}' "$source/tests/coverage.txt" -
	exit
fi

measure
lines | functions | awk -v limit="$branches" '
	function fail(text) {
		print text
		bad++
	}
	FNR == NR {
		if (/^#/ || NF == 0)
			next
		if (NF < 4 || $2 !~ /^[0-9]+$/ || $3 !~ /^[0-9]+$/)
			fail("no counts or no reason: " $0)
		lines_of[$1] = $2
		branches_of[$1] = $3
		next
	}
	{
		all += $2
		left += $3
		points += $4
		untaken += $5
		if (!($1 in lines_of)) {
			others += $4
			others_untaken += $5
			if ($3 > 0)
				fail($1 ": " $3 " lines not executed, not listed")
			next
		}
		listed++
		if ($3 > lines_of[$1])
			fail($1 ": " $3 " lines not executed, " lines_of[$1] \
				" listed")
		if ($5 > branches_of[$1])
			fail($1 ": " $5 " branches not taken, " \
				branches_of[$1] " listed")
		if ($3 == 0)
			fail($1 ": listed, and executed")
		else if ($3 < lines_of[$1] || $5 < branches_of[$1])
			print $1 ": could be listed with " $3 " and " $5
		found[$1] = 1
	}
	END {
		for (name in lines_of)
			if (!(name in found))
				fail(name ": listed, and not there")
		printf "lines: %d of %d executed (%.1f%%), %d of %d functions " \
			"listed\n", all - left, all, 100 * (all - left) / all, \
			listed, FNR
		part = 100 * (others - others_untaken) / others
		printf "branches: %d of %d taken (%.1f%%); in the functions " \
			"that are not listed %.1f%%, and %d%% are asked\n", \
			points - untaken, points, \
			100 * (points - untaken) / points, part, limit
		exit bad > 0 || part < limit
	}' "$source/tests/coverage.txt" -
