#!/bin/sh
# SPDX-License-Identifier: MIT
# The code in the documents: EXAMPLES of the manual's section 3, and the fenced
# blocks of README.md, docs/migrating.md and docs/adopting.md.
#   C with a main()        compiled, linked and run: see runs() below
#   C with an #include     compiled as it stands
#   other C                the inside of a function of a client's ctx, as
#                          fragment() has it: run, and nothing may fail
#   Python                 run, where there is Python and the module
#   policy                 each line is read; so is the first policy in a last
#                          column that is called "policy"
# Of the tables of setters and of SSL_CONF, both sides are applied and compared.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"


# A page's examples, as NAME-1.c and so on.
from_page() {
	awk -v to="$tmp/$2" '
	/^\.Sh/ { on = $2 == "EXAMPLES"; next }
	on && /^\.Bd -literal/ { file = to "-" ++count ".c"; next }
	/^\.Ed/ { file = ""; next }
	file != "" {
		gsub(/\\e/, "\\")
		gsub(/\\&/, "")
		print >file
	}' "$1"
}

from_markdown() {
	awk -v to="$tmp/$2" '
	/^```/ && file == "" {
		file = to "-" ++count "." substr($0, 4)
		next
	}
	/^```/ { file = ""; next }
	{ if (file != "") print >file }' "$1"
}

# The rows of a table whose last column is "policy": KIND, LEFT, POLICY.
rows() {
	awk -v OFS='\t' '
	function cell(text) {
		gsub(/^ +| +$/, "", text)
		gsub("\001", "|", text)
		return text
	}
	function code(text) {
		return match(text, /`[^`]*`/) ? \
			substr(text, RSTART + 1, RLENGTH - 2) : ""
	}
	!/^\|/ { kind = ""; next }
	{ gsub(/\\\|/, "\001"); count = split($0, part, "|") }
	kind == "" { kind = cell(part[2]); last = cell(part[count - 1]); next }
	/^\|-/ || last != "policy" { next }
	{ print kind, code(cell(part[2])), code(cell(part[count - 1])) }' "$1"
}

compile() { # name of a C file without .c; more options
	name=$1
	shift
	# shellcheck disable=SC2086 # lists of words
	${CC:-cc} -std=gnu11 -Wall -Wextra -Werror "$@" "-I$srcdir/include" \
		${OPENSSL_CFLAGS:-} -c "$tmp/$name.c" -o "$tmp/$name.o" \
		>"$tmp/out" 2>&1
}

link() {
	# shellcheck disable=SC2086
	${LIBTOOL:-./libtool} --quiet --tag=CC --mode=link ${CC:-cc} \
		${TP_LDFLAGS:-} -o "$tmp/$1" "$tmp/$1.o" libtlspolicy.la \
		${OPENSSL_LIBS:--lssl -lcrypto} >"$tmp/out" 2>&1
}

# run STATUS PATTERN PROGRAM ARGUMENT...
run() {
	want=$1 pattern=$2
	shift 2
	"$@" >"$tmp/out" 2>&1 </dev/null
	got=$?
	[ "$got" -eq "$want" ] && case $pattern in
	'') [ ! -s "$tmp/out" ] ;;
	*) grep -q -e "$pattern" "$tmp/out" ;;
	esac && return
	echo "status $got, not $want, or not \"$pattern\"" >>"$tmp/out"
	return 1
}

# What each program is given, what it returns, and what it writes.  Those that
# would connect get a policy that is wrong.
runs() {
	case $1 in
	tlspolicy-1) run 1 'unknown profile' "$2" localhost moderm ;;
	tlspolicy_apply-1) run 1 'unknown profile' "$2" moderm cert key ;;
	tlspolicy_covers-1) run 0 '^looser$' "$2" intermediate modern ;;
	tlspolicy_from_ctx-1) run 0 '^min=.*,ciphers=.*AES' "$2" 'HIGH:!aNULL' ;;
	tlspolicy_inspect-1) run 0 '^TLSv1.2: no usable certificate$' "$2" ;;
	tlspolicy_new-1) run 0 '^min=TLSv1.3,cipher' "$2" modern ;;
	tlspolicy_openssl_runtime-1) run 0 '^TLSv1.3: yes$' "$2" ;;
	tlspolicy_profile-1) run 0 '^modern@2026 *TLS 1.3' "$2" ;;
	tlspolicy_set_min_version-1) run 0 '' "$2" ;;
	tlspolicy_strerror-1) run 1 '^policy modem: error.*unknown prof' "$2" modem ;;
	*)
		echo "runs() does not know $1" >"$tmp/out"
		return 1
		;;
	esac
}

fragment() { # file, name
	cat - "$1" <<-'END' >"$tmp/$2.c"
		#include <stdio.h>
		#include <openssl/err.h>
		#include <tlspolicy.h>
		void fragment(SSL_CTX *ctx);
		int main(void)
		{
			SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

			fragment(ctx);
			SSL_CTX_free(ctx);
			return ERR_peek_error() != 0;
		}
		void fragment(SSL_CTX *ctx)
		{
			(void)ctx;
		#line 1 "fragment"
	END
	echo '}' >>"$tmp/$2.c"
}

c_block() { # name
	if grep -q '^main(' "$tmp/$1.c"; then
		compile "$1" && link "$1" && runs "$1" "$tmp/$1"
		result $? "$1: a program"
	elif grep -q '^#include' "$tmp/$1.c"; then
		compile "$1"
		result $? "$1: functions"
	else
		fragment "$tmp/$1.c" "in-$1"
		compile "in-$1" && link "in-$1" && "$tmp/in-$1" >"$tmp/printed" \
			2>"$tmp/out" && [ ! -s "$tmp/out" ]
		result $? "$1: a fragment"
	fi
}

python_block() { # file
	module=$(sed -n -e 's/^import //p' -e 's/^from \([A-Za-z]*\) .*/\1/p' "$1")
	what=${1##*/}
	# Debian's modules are for Debian's Python.
	for python in python3 /usr/bin/python3; do
		"$python" -W ignore -c "import $module" >/dev/null 2>&1 || continue
		"$python" -W ignore "$1" >"$tmp/out" 2>&1
		result $? "$what"
		return
	done
	skip "$what" "no Python here can import $module"
}

# Reads each policy of its standard input.
cat >"$tmp/read.c" <<'E2'
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <tlspolicy.h>

int
main(void)
{
	struct tlspolicy *policy;
	char line[8192];
	int wrong = 0;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (tlspolicy_parse(&policy, line) == TLSPOLICY_OK) {
			tlspolicy_free(policy);
			continue;
		}
		printf("%s\n", line);
		ERR_print_errors_fp(stdout);
		wrong = 1;
	}
	return wrong;
}
E2

# A case for each row: by the setter or the command, and by the policy.
cases() {
	awk -F '\t' '
	BEGIN { print "static int\nset(SSL_CTX *ctx, int row)\n{\n\tswitch (row) {" }
	$1 == "setter" { print "\tcase " count++ ":\n\t\t" $2 ";\n\t\treturn 1;" }
	$1 == "SSL_CONF" {
		split($2, part, " = ")
		print "\tcase " count++ ":\n\t\treturn command(ctx, \"" \
			part[1] "\", \"" part[2] "\");"
	}
	END { print "\tdefault:\n\t\treturn 0;\n\t}\n}\n" }' "$1"
	echo 'static const char *const policies[] = {'
	awk -F '\t' '$1 == "setter" || $1 == "SSL_CONF" {
		print "\t\"" $3 "\"," }' "$1"
	echo '};'
}

cat >"$tmp/equal.c" <<'E2'
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <tlspolicy.h>

static int
command(SSL_CTX *ctx, const char *name, const char *value)
{
	SSL_CONF_CTX *conf = SSL_CONF_CTX_new();
	int ret;

	SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT |
	    SSL_CONF_FLAG_SERVER);
	SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
	ret = SSL_CONF_cmd(conf, name, value) == 2 && SSL_CONF_CTX_finish(conf);
	SSL_CONF_CTX_free(conf);
	return ret;
}

#include "cases.h"

/* All that the row can take away. */
static SSL_CTX *
wide(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, 0);
	SSL_CTX_set_max_proto_version(ctx, 0);
	return ctx;
}

static int
text_of(SSL_CTX *ctx, char *text, size_t size)
{
	struct tlspolicy *policy;
	int len = 0;

	if (tlspolicy_from_ctx(&policy, ctx) == TLSPOLICY_OK) {
		len = tlspolicy_format(policy, text, size);
		tlspolicy_free(policy);
	}
	return len > 0 && (size_t)len < size;
}

int
main(void)
{
	static char raw[16384], ours[16384], before[16384];
	const int count = sizeof(policies) / sizeof(policies[0]);
	int wrong = count < 15;

	for (int row = 0; row < count; row++) {
		SSL_CTX *a = wide(), *b = wide();

		if (!text_of(a, before, sizeof(before)) || !set(a, row) ||
		    tlspolicy_apply_text(b, policies[row], TLSPOLICY_OVERRIDE) !=
			TLSPOLICY_OK ||
		    !text_of(a, raw, sizeof(raw)) ||
		    !text_of(b, ours, sizeof(ours)) || strcmp(raw, ours) != 0 ||
		    strcmp(raw, before) == 0) {
			printf("%s:\n%s\n%s\n", policies[row], raw, ours);
			ERR_print_errors_fp(stdout);
			wrong = 1;
		}
		SSL_CTX_free(a);
		SSL_CTX_free(b);
	}
	return wrong;
}
E2

for page in "$srcdir"/docs/*.3; do
	base=${page##*/}
	from_page "$page" "${base%.3}"
done
from_markdown "$srcdir/README.md" README
from_markdown "$srcdir/docs/migrating.md" migrating
from_markdown "$srcdir/docs/adopting.md" adopting
rows "$srcdir/docs/migrating.md" >"$tmp/rows"
rows "$srcdir/README.md" >>"$tmp/rows"

for block in "$tmp"/*-[0-9]*.c; do
	block=${block##*/}
	c_block "${block%.c}"
done
for block in "$tmp"/*-[0-9]*.python; do
	python_block "$block"
done

{
	cat "$tmp"/*-[0-9]*.policy
	cut -f 3 "$tmp/rows"
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl //p' "$srcdir/docs/tlspolicy.7"
	sed -n '/^\.Sh POLICY TEXT/,/^\.Ed/p' "$srcdir/docs/tlspolicy.7" |
		sed -n '/^\.Bd/,$p' | grep -v '^\.'
} >"$tmp/policies"
compile read && link read && [ "$(wc -l <"$tmp/policies")" -gt 40 ] &&
	"$tmp/read" <"$tmp/policies" >"$tmp/out" 2>&1
result $? 'every policy can be read'
cases "$tmp/rows" >"$tmp/cases.h"
compile equal && link equal && "$tmp/equal" >"$tmp/out" 2>&1
result $? 'what stands side by side is the same'
echo "1..$n"
