#!/bin/sh
# SPDX-License-Identifier: MIT
# Standards and their profiles: every item of a profile has a source, the page
# of the standards is what the command says, and so is the comparison in the
# manual.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

golden=$srcdir/tests/golden
sources=$srcdir/tests/sources.txt
page=$srcdir/docs/standards.md

# Sources

# items GOLDEN: "key|item" of its bound and lists, sorted, without "?".
items() {
	tr ',' '\n' <"$1" | awk -F '=' '
		$1 ~ /^(min|ciphers|ciphersuites|groups|sigalgs)$/ {
			n = split($2, item, ":")
			for (i = 1; i <= n; i++) {
				sub(/^\?/, "", item[i])
				print $1 "|" item[i]
			}
		}' | sort
}

# sourced NAME GOLDEN SOURCES: exactly its items have a document, a section and
# a date there.
sourced() {
	items "$2" >"$tmp/have" &&
		sed -e '/^#/d' -e '/^$/d' "$3" | awk -F '|' -v name="$1" '
		NF != 6 || $4 !~ /[A-Za-z]/ || $5 == "" ||
		$6 !~ /^20[0-9][0-9](-[01][0-9](-[0-3][0-9])?)?$/ {
			print "a line without all its six fields: " $0
		}
		$1 == name { print $2 "|" $3 }' | sort >"$tmp/want" &&
		diff "$tmp/want" "$tmp/have" >"$tmp/out"
}

# dated NAME SOURCES: the edition is the month of its newest source.
dated() {
	[ "${1#*@}" = "$(awk -F '|' -v name="$1" '$1 == name { print $6 }' "$2" |
		sort | tail -n 1 | cut -c 1-7)" ]
}

profiles=
for file in "$golden"/*@*.txt; do
	profile=${file##*/}
	profile=${profile%.txt}
	profiles="$profiles $profile"
	check "$profile: each item has a source" \
	    sourced "$profile" "$file" "$sources"
	case $profile in
	*@2026 | compat@*) ;; # the library's own dates
	*) check "$profile: its edition" dated "$profile" "$sources" ;;
	esac
done
: >"$tmp/out"
check 'every line is of a profile' [ -z "$(sed -e '/^#/d' -e '/^$/d' \
    -e 's/|.*//' "$sources" | sort -u | while read -r profile; do
	[ -e "$golden/$profile.txt" ] || echo "$profile"
done)" ]

# The check itself: what is planted is found.
planted() { # GOLDEN SOURCES
	! sourced nist@2025-09 "$1" "$2"
}
sed 's/,groups=/&X25519:/' "$golden/nist@2025-09.txt" >"$tmp/golden"
check 'planted: an item without a source' planted "$tmp/golden" "$sources"
sed '/^nist.*|secp384r1|/d' "$sources" >"$tmp/sources"
check 'planted: a source less' planted "$golden/nist@2025-09.txt" "$tmp/sources"
sed 's/^nist\(.*\)|secp384r1|/&\n&/' "$sources" >"$tmp/sources"
check 'planted: a line that is broken' planted "$golden/nist@2025-09.txt" \
    "$tmp/sources"
sed 's/^\(nist.*|secp384r1|.*|\).*|/\1|/' "$sources" >"$tmp/sources"
check 'planted: no section' planted "$golden/nist@2025-09.txt" "$tmp/sources"
sed 's/^\(nist.*|secp384r1|.*|\).*/\1/' "$sources" >"$tmp/sources"
check 'planted: no date' planted "$golden/nist@2025-09.txt" "$tmp/sources"
(
	cat "$sources"
	echo 'nist@2025-09|groups|X448|somewhere|1|2025-09'
) >"$tmp/sources"
check 'planted: a source without its item' \
    planted "$golden/nist@2025-09.txt" "$tmp/sources"
sed 's/2025-09-18/2025-10-01/' "$sources" >"$tmp/sources"
later() {
	! dated nist@2025-09 "$tmp/sources"
}
check 'planted: a newer source' later

if [ ! -e "$command" ]; then
	skip 'coverage' 'the command is not built'
	echo "1..$n"
	exit 0
fi

# Coverage

# block NAME: what the page has below that heading, without the indent.
block() {
	awk -v heading="## $1" '
		/^## / { inside = $0 == heading }
		inside && /^(    |$)/ { print substr($0, 5) }' "$page" |
		sed -e '/./,$!d' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

shown() { # NAME: as the page has it
	"$command" list --coverage "$1" >"$tmp/says" 2>"$tmp/err" &&
		block "$1" >"$tmp/page" && diff "$tmp/page" "$tmp/says" >"$tmp/out"
}

# as_json NAME: the same in JSON: every row is in the text.
as_json() {
	"$command" list --coverage "$1" --json >"$tmp/json" 2>"$tmp/err" &&
		python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
text = open(sys.argv[2]).read()
assert r["profile"] == sys.argv[3] and r["standard"] in text
assert "no certificate" in r["note"] and len(r["sources"]) > 0
for row in r["requirements"]:
    assert row["requirement"] in text, row
    said = [row[k] for k in ("enforced", "visible", "operator")]
    assert any(said), row
    assert all(s in text for s in said if s), row
    assert (row["requirement"] + " *" in text) == row["checked"], row
    assert row["section"] is None or row["section"] in text, row
for word in [w["what"] for w in r["left_out"]] + r["unverified"] + [
        s["document"] for s in r["sources"]]:
    assert word in text, word
' "$tmp/json" "$tmp/says" "$1" >"$tmp/out" 2>&1
}

same_by_bare_name() { # BARE FULL
	"$command" list --coverage "$1" >"$tmp/bare" &&
		"$command" list --coverage "$2" | diff - "$tmp/bare" >"$tmp/out"
}

refused() { # PATTERN ARGUMENT...: status 2, and one line that says why
	pattern=$1
	shift
	"$command" list "$@" >"$tmp/out" 2>"$tmp/err"
	[ $? -eq 2 ] && [ ! -s "$tmp/out" ] &&
		[ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q -e "$pattern" "$tmp/err"
}

for profile in $profiles; do
	case $profile in
	*@20??-??)
		check "$profile: the page says what the command does" \
		    shown "$profile"
		if python3 -c 'import json' 2>/dev/null; then
			check "$profile: in JSON, too" as_json "$profile"
		else
			skip "$profile: in JSON, too" 'there is no python3'
		fi
		check "$profile: by its bare name" \
		    same_by_bare_name "${profile%@*}" "$profile"
		;;
	*)
		check "$profile: no standard" refused 'ask for one of .*nist@' \
		    --coverage "$profile"
		;;
	esac
done
check 'coverage: no such profile' refused 'no such profile; see' \
    --coverage bsi
check 'coverage: of what?' refused 'an argument is missing' --coverage

# The manual

# quoted A B: what the manual shows of their comparison.
quoted() {
	"$command" compare "$1" "$2" >"$tmp/says" 2>"$tmp/err"
	[ $? -eq 1 ] &&
		awk -v line="\$ tlspolicy compare $1 $2" '
			$0 == line { inside = 1; next }
			/^\.Ed/ { inside = 0 }
			inside' "$srcdir/docs/tlspolicy.1" |
		# Lines of a page are short: they go on after a backslash.
			sed -e :a -e '/\\e$/{N;s/\\e\n *//;ba' -e '}' \
				>"$tmp/page" &&
		diff "$tmp/page" "$tmp/says" >"$tmp/out"
}
check 'the manual shows what compare says' quoted ncsc-nl nist
echo "1..$n"
