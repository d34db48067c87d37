#!/bin/sh
# SPDX-License-Identifier: MIT
# The interface as programs are compiled and linked against it: the header
# without its comments, what is exported, and libtool's version of it, beside
# what tests/abi.txt has of the last release.  "abi.sh --record" writes that
# file anew, once -version-info says that the interface is another one.
set -eu
top=${srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
record=$top/tests/abi.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

version() {
	sed -n 's/.*-version-info \([0-9][0-9:]*\).*/\1/p' "$top/Makefile.am"
}

# A declaration or a directive a line; the header has comments of C alone.
declarations() {
	awk '{
		out = ""
		for (line = $0; line != "";) {
			i = index(line, inside ? "*/" : "/*")
			if (!inside)
				out = out (i ? substr(line, 1, i - 1) : line)
			line = i ? substr(line, i + 2) : ""
			if (i)
				inside = !inside
		}
		print out
	}' "$1" | awk '
	/^#/ && !directive && text != "" { print text; text = "" }
	$0 ~ /^#/ || directive {
		directive = sub(/\\$/, "")
		text = text " " $0
		if (!directive) { print text; text = "" }
		next
	}
	{ text = text " " $0 }
	/;[ \t]*$/ { print text; text = "" }
	END { print text }' | sed 's/[ 	][ 	]*/ /g; s/^ //; s/ $//; /^$/d'
}

{
	echo "version-info $(version)"
	sed 's/[ 	][ 	]*/ /g; s/^ //; /^$/d; /^\/\*.*\*\/$/d' \
		"$top/lib/tlspolicy.map"
	declarations "$top/include/tlspolicy.h"
} >"$work/now"

if [ "${1:-}" = --record ]; then
	if [ -e "$record" ] && ! cmp -s "$work/now" "$record" &&
		[ "version-info $(version)" = "$(head -n 1 "$record")" ]; then
		echo "the interface differs and -version-info is the same:" \
			"raise it first, see Makefile.am" >&2
		exit 1
	fi
	cp "$work/now" "$record"
	exit 0
fi

echo 1..1
if diff "$record" "$work/now" >"$work/diff"; then
	echo "ok 1 - the interface is the recorded one"
else
	sed 's/^/# /' "$work/diff"
	echo "# raise -version-info by the rule in Makefile.am, then run"
	echo "# tests/abi.sh --record"
	echo "not ok 1 - the interface is the recorded one"
	exit 1
fi
