#!/bin/sh
# SPDX-License-Identifier: MIT
# tlspolicy scan of servers that misbehave: one that accepts a cipher outside
# the policy is never "within", and what could not be told is 2.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"


[ -e "$command" ] || all 'the command is not built'
python3 -c 'import ssl' 2>/dev/null || all 'there is no python3'
openssl req -x509 -nodes -batch -newkey rsa:2048 -keyout "$tmp/key" \
    -out "$tmp/cert" -subj /CN=localhost 2>/dev/null ||
    all 'there is no openssl program'
"$command" --version >/dev/null # a libtool wrapper may link

# Those that are seen through, and those that are not; a few of them again and
# again, where the suite runs under a sanitizer and the like.
seen='plain close:1 close:2 close:3 close:4 close:5 close:6 close:9 close:12
	close:15 close:18 close:21 reset:4 reset:8 garble:4 garble:5 garble:10
	stall:5 every-close:2 every-close:3 every-reset:4 every-garble:3
	suites-close:16 suites-close:64 suites-close:128 suites-alert:30
	suites-alert:100 suites-stall:100 bytes-close:300 bytes-close:511
	bytes-alert:300 bytes-alert:450 bytes-stall:400 reads:50 reads:200
	shuffle two refuses-close refuses-error first-alert:5'
unseen='escapes flood last-close:1 last-close:2 last-stall:2'
partly='last-close:7 last-stall:5 last-alert:8 retry-alert retry-close'
others='last-alert:9 rare-close:300 dhe lean:20 short:260 smtp xmpp ssl3'
if [ "${TLSPOLICY_TIER:-}" = short ] || [ "${TLSPOLICY_PEERS:-}" = no ]; then
	seen='plain close:5 reset:4 garble:5 every-close:3 suites-close:64
		suites-alert:30 bytes-close:300 reads:50 two refuses-close
		first-alert:5'
	unseen='escapes last-close:2'
	partly='last-close:7 last-alert:8 retry-alert'
fi
: >"$tmp/ports"
# shellcheck disable=SC2086 # lists of words
python3 "$srcdir/tests/wicked.py" "$tmp/cert" "$tmp/key" $seen $unseen $partly $others \
    >"$tmp/ports" 2>"$tmp/errors" &
pids=$!
wanted=$(echo "$seen $unseen $partly $others" | wc -w)
tries=100
until [ "$(wc -l <"$tmp/ports")" -eq "$wanted" ] || [ "$tries" -eq 0 ]; do
	tries=$((tries - 1))
	sleep 0.1
done

# scans MODE STATUS PATTERN...: each in a line of the output.
more=
scans() {
	port=$(sed -n "s/ $1\$//p" "$tmp/ports")
	status=$2
	shift 2
	# shellcheck disable=SC2086 # two words, or none
	timeout 100 "$command" scan --timeout 1 --policy intermediate $more \
	    "127.0.0.1:$port" >"$tmp/out" 2>"$tmp/err"
	got=$?
	if [ "$got" -ne "$status" ]; then
		echo "# status $got, not $status"
		return 1
	fi
	for pattern; do
		grep -q -e "$pattern" "$tmp/out" || {
			echo "# not there: $pattern"
			return 1
		}
	done
}

for mode in $seen; do
	check "$mode" scans "$mode" 1 ' AES128-SHA *OUTSIDE$' \
	    ' ECDHE-RSA-AES256-GCM-SHA384$' '^TLSv1.3 *accepted' \
	    '^SSLv3 *refused' '^outside: intermediate'
done
for mode in $unseen; do
	check "$mode" scans "$mode" 2 '^could not tell: intermediate'
done
# What is outside is so, whatever else could not be told.
for mode in $partly; do
	check "$mode" scans "$mode" 1 '^TLSv1.2 *accepted: ' \
	    ' AES128-SHA *OUTSIDE$' 'not told: whether' '^outside: intermediate'
done
clean() { # nothing but printable ASCII and the ends of lines
	scans escapes 2 && [ "$(tr -d '\n -~' <"$tmp/out" | wc -c)" -eq 0 ]
}
check 'nothing of it reaches a terminal' clean
check 'SSL 3.0' scans ssl3 1 '^SSLv3 *accepted: .*OUTSIDE' \
    ' TLS_RSA_WITH_RC4_128_SHA *OUTSIDE' '^TLSv1.2 *refused'
check 'refused by one that refuses all by then: undecided' \
    scans last-alert:9 1 '^TLSv1 *undecided' '^SSLv3 *undecided'
check 'rare curves, for one that takes short hellos' scans rare-close:300 1 \
    ' ECDHE-RSA-AES256-GCM-SHA384$' ' secp224r1 *OUTSIDE$'
check 'DHE without RFC 7919' scans dhe 1 \
    ' TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA *OUTSIDE$'
check 'what one that hangs up has not read, and DHE with RFC 7919' \
    scans lean:20 1 ' TLS_PSK_WITH_RC4_128_SHA *OUTSIDE$' \
    ' TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA *OUTSIDE$' '^TLSv1.3 *accepted'
check 'DHE with a group of RFC 7919 that is rare, in short hellos' \
    scans short:260 1 ' TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA *OUTSIDE$'
check 'a banner, by its capitals' scans smtp 2 'an SMTP server'
for mode in smtp xmpp; do
	more="--starttls $mode"
	check "STARTTLS: $mode" scans $mode 1 ' AES128-SHA *OUTSIDE$'
done
echo "1..$n"
