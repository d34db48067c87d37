#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual beside the header: each function on one page, with its prototype;
# each constant; and no other.  exports.sh holds the header against the library.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

header=$srcdir/include/tlspolicy.h
docs=$srcdir/docs

none() { # a list that has to be empty, what
	cp "$tmp/$1" "$tmp/out"
	[ ! -s "$tmp/out" ]
	result $? "$2"
}

name='tlspolicy_[a-z0-9_]*'
constant='TLSPOLICY_[A-Z0-9_]*'

# One spelling for a prototype in the header and on a page.
normal() {
	tr '\n\t' '  ' | tr ';' '\n' |
		sed -e 's/extern "C" {//' -e 's/TLSPOLICY_MUST_CHECK//' \
			-e 's/  */ /g' -e 's/^ //' -e 's/ $//' -e 's/ *( */(/' \
			-e 's/ *)/)/' -e 's/\* */*/g' |
		grep "^[a-z].*$name(" | LC_ALL=C sort
}

# What a page's SYNOPSIS declares, in C.
synopsis() {
	awk '
	function plain(text) { gsub(/"/, "", text); return text }
	/^\.Sh/ { on = $2 == "SYNOPSIS"; next }
	!on { next }
	/^\.Ft/ { printf "%s ", plain(substr($0, 5)) }
	/^\.Fn/ {
		printf "%s(", $2
		rest = substr($0, 6 + length($2))
		sub(/^"/, "", rest)
		gsub(/" "/, ", ", rest)
		print plain(rest) ");"
	}
	/^\.Fo/ { printf "%s(", $2; comma = "" }
	/^\.Fa/ { printf "%s%s", comma, plain(substr($0, 5)); comma = ", " }
	/^\.Fc/ { print ");" }' "$1"
}

awk -f "$srcdir/tests/bare.awk" "$header" >"$tmp/bare"
grep -v '^#' "$tmp/bare" | normal >"$tmp/declared"
sed -n "s/^# *define \($name([a-z, ]*)\).*/\1/p" "$tmp/bare" >"$tmp/macros"
{
	sed "s/.*[ *]\($name\)(.*/\1/" "$tmp/declared"
	sed 's/(.*//' "$tmp/macros"
} | LC_ALL=C sort >"$tmp/functions"
grep -o "\<\(struct\|enum\) $name" "$tmp/bare" | sed 's/.* //' |
	sort -u >"$tmp/types"
[ "$(wc -l <"$tmp/functions")" -gt 40 ] && [ -s "$tmp/macros" ] >"$tmp/out"
result $? 'the header declares functions and a macro'

# NAME: each function on one page, which is called by the first of its names.
for page in "$docs"/*.3; do
	base=${page##*/}
	base=${base%.3}
	awk '/^\.Sh/ { on = $2 == "NAME" } on && $1 == ".Nm" { print $2 }' \
		"$page" >"$tmp/names"
	[ "$(sed 1q "$tmp/names")" = "$base" ] || echo "$base: the first name"
	for section in NAME SYNOPSIS DESCRIPTION 'RETURN VALUES' EXAMPLES \
		'SEE ALSO'; do
		grep -q "^\\.Sh $section\$" "$page" || echo "$base: no $section"
	done
	grep "^$name\$" "$tmp/names" | LC_ALL=C sort >"$tmp/own"
	cat "$tmp/own" >>"$tmp/named"
	synopsis "$page" | normal >"$tmp/here"
	cat "$tmp/here" >>"$tmp/shown"
	sed "s/.*[ *]\($name\)(.*/\1/" "$tmp/here" | LC_ALL=C sort |
		diff "$tmp/own" - | sed -n "s/^[<>]/$base: NAME or SYNOPSIS:/p"
	sed -n "s/^\\.Fn \($name\).*/\1/p" "$page" | sort -u |
		grep -vxF -f "$tmp/own" -e '' |
		sed "s/^/$base: not this page's function: /"
done >"$tmp/pages"
none pages 'each page has its sections, and shows what it names'
LC_ALL=C sort "$tmp/named" >"$tmp/all"
same functions all 'each function is on one page'

# A macro has no types in the header: its name and parameters.
sed 's/(.*/(/' "$tmp/macros" >"$tmp/macro.names"
grep -vF -f "$tmp/macro.names" "$tmp/shown" | LC_ALL=C sort >"$tmp/prototypes"
same declared prototypes 'a prototype is that of the header'
grep -F -f "$tmp/macro.names" "$tmp/shown" |
	sed "s/.*[ *]\($name\)(.*[ *]\([a-z]*\))\$/\1(\2)/" >"$tmp/macro.pages"
same macros macro.pages 'a macro has the parameters of the header'

# Whatever looks like one of ours, in running text too.
cat "$tmp/functions" "$tmp/types" | sort -u >"$tmp/known"
grep -o "\<$name" "$docs"/*.[37] "$docs"/*.md "$srcdir"/*.md |
	sed 's,.*/,,' | sort -u |
	awk -F: 'NR == FNR { known[$1]; next } !($2 in known)' "$tmp/known" - \
		>"$tmp/unknown"
none unknown 'the documents speak of no function that is not there'
cat "$docs"/*.[37] | grep -v '^\.Dt' | grep -o "\<$constant" |
	LC_ALL=C sort -u >"$tmp/constants"
grep -o "\<$constant" "$tmp/bare" |
	grep -vx -e TLSPOLICY_H -e TLSPOLICY_MUST_CHECK | LC_ALL=C sort -u \
	>"$tmp/wanted"
same wanted constants "the manual has the header's constants"

# enumerators ENUM PAGE: a list on the page has all, in the header's order.
enumerators() {
	sed -n "/^enum $1 {/,/}/s/^[[:space:]]*\($constant\).*/\1/p" \
		"$tmp/bare" >"$tmp/enum"
	awk '$1 == ".It" && $2 == "Dv" {
		for (i = 3; i <= NF; i++)
			if ($i != ",")
				print $i
	}' "$docs/$2" >"$tmp/listed"
	[ -s "$tmp/enum" ]
	result $? "the header has enum $1"
	same enum listed "$2 lists enum $1"
}
enumerators tlspolicy_status tlspolicy_strerror.3
sed '/^\.Sh ERRORS/,$d' "$docs/tlspolicy_inspect.3" >"$tmp/inspect"
docs=$tmp enumerators tlspolicy_verdict inspect

# What strerror.3 calls one function's only is on no other page's ERRORS.
awk '$1 == ".It" { status = $3 } $1 == ".Xr" { name = $2 } $1 == "only:" || \
	$2 == "only:" { print status, name }' "$docs/tlspolicy_strerror.3" |
	while read -r status name; do
		for page in "$docs"/tlspolicy_*.3; do
			sed '1,/^\.Sh ERRORS/d' "$page" |
				grep -q "^\.It Dv.*$status" &&
				! grep -q "^\.Nm $name" "$page" &&
				echo "$name: $status is on ${page##*/}, too"
		done
	done >"$tmp/only"
none only 'a status is no function'"'"'s only that others return'

# The overview leads to each, and each reference somewhere.
grep -o "Xr $name 3" "$docs/tlspolicy.3" | cut -d ' ' -f 2 |
	LC_ALL=C sort -u >"$tmp/index"
same functions index 'tlspolicy(3) leads to every function'
grep -o "Xr tlspolicy[a-z0-9_]* [137]" "$docs"/*.[1-7] | sed 's,.*/,,' |
	while IFS=': ' read -r page _ to section; do
		grep -qx "$to" "$tmp/functions" && [ "$section" = 3 ] ||
			[ -e "$docs/$to.$section" ] ||
			echo "$page: $to($section)"
	done >"$tmp/nowhere"
none nowhere 'no reference leads nowhere'

# Manuals of OpenSSL need not be here, nor in the section that they are of.
if mandoc -T ascii "$docs/tlspolicy.3" >/dev/null 2>&1; then
	for page in "$docs"/*.[1-7]; do
		mandoc -T lint -W style "$page" 2>/dev/null
	done | grep -v 'referenced manual not found' >"$tmp/lint"
	none lint 'mandoc finds nothing to say'
else
	skip 'mandoc finds nothing to say' 'there is no mandoc'
fi

# One release, and the day of it.
version=$(sed -n 's/^AC_INIT(\[libtlspolicy\], \[\(.*\)\], .*/\1/p' \
	"$srcdir/configure.ac")
day='20[0-9][0-9]-[01][0-9]-[0-3][0-9]'
debian=$srcdir/packaging/debian/changelog spec=$srcdir/packaging/rpm
for name in NEWS README.md changelog spec SECURITY.md; do
	echo "$name $version"
done >"$tmp/wanted"
{
	sed -n "1s/^libtlspolicy \(.*\), $day\$/NEWS \1/p" "$srcdir/NEWS"
	sed -n '/^## Status/,$s/^\([0-9.]*\): .*/README.md \1/p' \
		"$srcdir/README.md"
	sed -n '1s/^libtlspolicy (\(.*\)-[0-9]*) .*/changelog \1/p' "$debian"
	sed -n 's/^Version: *//p' "$spec/libtlspolicy.spec" | sed 's/^/spec /'
	grep -q "^The newest release .* ${version%.*}\.\$" \
		"$srcdir/SECURITY.md" && echo "SECURITY.md $version"
} >"$tmp/told"
same wanted told 'NEWS, README.md, SECURITY.md and packaging/ name one release'
echo "1..$n"
