#!/bin/sh
# SPDX-License-Identifier: MIT
# tlspolicy run: its options and statuses; that a program without --enforce
# cannot tell; that none is outside an enforced policy; and what goes wrong.
# Programs of others: run_clients.sh, run_servers.sh.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

object=tools/.libs/tlspolicy-run.so
log=$tmp/log

[ -e "$object" ] || {
	echo '1..0 # SKIP the preloaded object is not built'
	exit 0
}
# The object comes before a sanitizer's own, in programs that have that, too.
export ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}"
case "${TP_LDFLAGS:-} $(nm -D "$object" 2>/dev/null)" in
*-fsanitize* | *__tsan_* | *__asan_*) sanitized=yes ;;
*) sanitized= ;;
esac
# Programs of others need the C library of this build, and no sanitizer.
others=yes
[ -z "$sanitized${TLSPOLICY_EXPECT:-}" ] || others=
"$command" --version >/dev/null 2>&1

# run STATUS ARGUMENT...: of the command; output to out, errors to err.
run() {
	want=$1
	shift
	timeout 120 "$command" run "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] && return
	echo "# status $got, not $want: run $*"
	return 1
}

says() { # FILE PATTERN...
	file=$tmp/$1
	shift
	for pattern; do
		grep -q -e "$pattern" "$file" || {
			echo "# not there: $pattern"
			return 1
		}
	done
}

# mistake PATTERN ARGUMENT...: status 2, one line, and nothing is run.
mistake() {
	pattern=$1
	shift
	rm -f "$tmp/was-run"
	run 2 "$@" touch "$tmp/was-run" && [ ! -e "$tmp/was-run" ] &&
		[ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -q "^tlspolicy: .*; ." "$tmp/err" && says err "$pattern"
}

# json EXPRESSION: true of the log, whose lines are the list r.
json() {
	python3 -c 'import json, sys
r = [json.loads(line) for line in open(sys.argv[1])]
of = lambda kind: [row for row in r if row["event"] == kind]
sys.exit(0 if eval("(" + sys.argv[2] + ")") else
    "# not so: " + sys.argv[2])' "$log" "$1"
}

# logs NAME EXPRESSION ARGUMENT...: a run that ends well, and what its log says.
logs() {
	test_name=$1
	expression=$2
	shift 2
	rm -f "$log"
	if python3 -c 'import json' 2>/dev/null; then
		check "$test_name" logs_so "$@"
	else
		skip "$test_name" 'there is no python3'
	fi
}

logs_so() {
	run 0 --json --log "$log" "$@" && [ ! -s "$tmp/err" ] &&
		json "$expression"
}

# Options and statuses

check 'no program' run 2
check '--enforce without a policy' mistake 'needs a policy' --enforce
check '--override without --enforce' mistake 'add --enforce' \
	--policy modern --override
check 'a policy that is none' mistake 'policy text' --policy mim=TLSv1.2
check 'a log that cannot be written' mistake 'No such file' \
	--log "$tmp/none/log"

statuses() {
	run 127 -- "$tmp/none" && says err 'none: No such file' &&
		run 127 -- there-is-no-such-program &&
		run 126 -- "$tmp" && says err 'Permission denied' &&
		run 126 -- "$srcdir/include/tlspolicy.h" &&
		run 3 -- sh -c 'exit 3' && run 0 -- true && run 1 false &&
		run 143 -- sh -c 'kill -TERM $$'
}
unprivileged() { # as root the header might be run
	[ ! -x "$srcdir/include/tlspolicy.h" ]
}
if unprivileged && [ -n "$others" ]; then
	check 'the status is the program'"'"'s, or 126, or 127' statuses
fi

own_process() {
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'echo $$; exec "$@"' sh "$command" run -- sh -c 'echo $$' \
		2>/dev/null | uniq | wc -l | grep -q '^ *1$'
}
own_signals() {
	grep '^Sig[IC]' /proc/self/status >"$tmp/want"
	"$command" run -- grep '^Sig[IC]' /proc/self/status >"$tmp/got" \
		2>/dev/null
	diff "$tmp/want" "$tmp/got" >"$tmp/out"
}
arguments() {
	run 0 --policy modern printf '%s\n' --policy -- 'a b' '' &&
		printf '%s\n' --policy -- 'a b' '' | diff - "$tmp/out"
}
if [ -n "$others" ]; then
	check 'no process stays between' own_process
	[ ! -e /proc/self/status ] || check 'its signals are its own' own_signals
	check 'options end where the program begins' arguments
	check 'no connection: one line says so' eval \
		'run 0 -- true && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		says err "^tlspolicy\[[0-9]*\] no connection was seen: "'
	forks() { # its children say nothing of themselves
		# shellcheck disable=SC2016 # for the shell that is run
		run 0 -- bash -c 'x=$(echo a); y=$(echo b); (:); echo "$x$y"' &&
			says out '^ab$' && [ "$(wc -l <"$tmp/err")" -eq 1 ]
	}
	if command -v bash >/dev/null; then
		check 'no connection: one line, whatever it forks' forks
	else
		skip 'no connection: one line, whatever it forks' 'no bash'
	fi
fi

# Programs that are not reached

cat >"$tmp/plain.c" <<'END'
int main(void) { return 0; }
END
static_program() {
	mkdir -p "$tmp/folder/static" &&
		PATH=$tmp/folder:$tmp:$PATH run 2 --policy modern --enforce \
			static && says err 'static cannot be reached' || return 1
	run 0 -- "$tmp/static" && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		says err 'cannot be reached: .* statically linked' &&
		run 2 --policy modern --enforce -- "$tmp/static" &&
		says err 'not run'
}
privileged_program() {
	cp /bin/cat "$tmp/privileged" &&
		chmod u+s "$tmp/privileged" && run 0 -- "$tmp/privileged" &&
		[ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		says err 'cannot be reached: .*set-user-id' &&
		run 2 --policy modern --enforce -- "$tmp/privileged"
}
renamed_loader() { # the same one by another name
	run 0 -- "$tmp/renamed" && says err 'no connection was seen'
}
foreign_program() { # its loader would end it, for what it cannot preload
	run 0 -- "$tmp/foreign" && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		says err 'cannot be reached: .*another C library' &&
		run 2 --policy modern --enforce -- "$tmp/foreign"
}
if [ -z "$others" ]; then
	:
elif ${CC:-cc} "$tmp/plain.c" -o "$tmp/plain" &&
	loader=$(readelf -l "$tmp/plain" |
		sed -n 's/.*interpreter: \(.*\)]/\1/p') && [ -n "$loader" ] &&
	cp "$loader" "$tmp/ld-other.so.1" && ${CC:-cc} "$tmp/plain.c" \
	-o "$tmp/foreign" -Wl,--dynamic-linker="$tmp/ld-other.so.1" &&
	ln -s "$loader" "$tmp/ld-same.so.1" && ${CC:-cc} "$tmp/plain.c" \
	-o "$tmp/renamed" -Wl,--dynamic-linker="$tmp/ld-same.so.1"; then
	check 'a program of another C library' foreign_program
	check 'a program of this one, by another name' renamed_loader
else
	skip 'a program of another C library' 'none can be linked'
fi
if [ -z "$others" ]; then
	:
elif ${CC:-cc} -static "$tmp/plain.c" -o "$tmp/static" 2>/dev/null; then
	check 'a static program' static_program
else
	skip 'a static program' 'none can be linked'
fi
[ -z "$others" ] || check 'a set-user-id program' privileged_program

# copies NAME [VERSION]: a program with a libssl of its own.
copies() {
	cat >"$tmp/own.c" <<-'END'
		int SSL_connect(void *ssl) { return ssl == 0 ? 4242 : 0; }
		int SSL_do_handshake(void *ssl) { return SSL_connect(ssl); }
		void *SSL_CTX_new(void *method) { return method; }
	END
	cat >"$tmp/user.c" <<-'END'
		#include <stdio.h>
		int SSL_connect(void *);
		int SSL_do_handshake(void *);
		void *SSL_CTX_new(void *);
		int main(void)
		{
			printf("%d %d %d\n", SSL_connect(0),
			    SSL_do_handshake(0), SSL_CTX_new("") != 0);
			return 0;
		}
	END
	mkdir -p "$tmp/$1" && {
		[ -z "${2:-}" ] || echo "$2 { *; };" >"$tmp/$1/map"
	} && ${CC:-cc} -shared -fPIC -o "$tmp/$1/libssl.so.9" "$tmp/own.c" \
		-Wl,-soname,libssl.so.9 ${2:+-Wl,--version-script="$tmp/$1/map"} &&
		${CC:-cc} -o "$tmp/$1/user" "$tmp/user.c" \
			"$tmp/$1/libssl.so.9" -Wl,-rpath,"$tmp/$1" &&
		run 0 -- "$tmp/$1/user" && says out '^4242 4242 1$' &&
		says err 'no connection was seen: .*libssl.so.9'
}
if [ -n "$others" ]; then
	check 'a copy of OpenSSL without versions' copies unversioned
	check 'an OpenSSL of another major version' copies other OPENSSL_1_1_0
	within_it() { # and shows its names, as Node.js does
		echo 'char SSL_get_version; int main(void) { return 0; }' |
			${CC:-cc} -w -rdynamic -xc - -o "$tmp/within" &&
			run 0 -- "$tmp/within" &&
			says err 'no connection was seen: it made none' &&
			mkdir -p "$tmp/libssl" &&
			cp "$tmp/within" "$tmp/libssl/" &&
			run 0 -- "$tmp/libssl/within" &&
			says err 'no connection was seen: it made none'
	}
	check 'an OpenSSL within the program' within_it
	if command -v gnutls-cli >/dev/null; then
		gnutls() {
			run 0 -- gnutls-cli --version &&
				says err 'libgnutls.so.* is not reached'
		}
		check 'GnuTLS' gnutls
	else
		skip 'GnuTLS' 'there is no gnutls-cli'
	fi
fi

# Without --enforce the program cannot tell

invisible() { # ARGUMENT... for the command; what it is told is in $what
	# shellcheck disable=SC2086 # nothing, or a word
	./tests/invisible $what >"$tmp/want" &&
		run 0 --log "$log" "$@" -- ./tests/invisible $what &&
		[ ! -s "$tmp/err" ] && [ "$(wc -l <"$tmp/out")" -gt 2000 ] &&
		diff "$tmp/want" "$tmp/out" >"$tmp/diff" || {
		sed 's/^/# /' "$tmp/diff" "$tmp/err" | head -n 40
		return 1
	}
}
what=
check 'nothing is to be seen: plain' invisible
check 'nothing is to be seen: with a policy' invisible --policy modern
check 'nothing is to be seen: as JSON' invisible --policy intermediate --json
what=all
check 'nothing at all with --no-explain' invisible --policy modern --no-explain

# With it, none is outside

logs 'enforced: no connection is outside' \
	'len(of("connection")) > 4 and all(row["within"] is True and
	row["version"] == "TLSv1.3" for row in of("connection")) and
	len(of("failure")) > 10' --policy modern --enforce -- ./tests/invisible
logs 'enforced: what a callback sets, too' \
	'not [row for row in of("connection") if row["role"] == "server" and
	row["servername"] and row["version"] != "TLSv1.3"] and
	[row for row in of("failure") if "nothing in common" in
	(row["why"] or "")]' --policy modern --enforce -- ./tests/invisible
export AWKWARD_NEW=yes
logs 'enforced: TLS 1.3 goes on' \
	'[row["within"] for row in of("connection")] == [True, True]' \
	--policy modern --enforce -- ./tests/awkward name x
unset AWKWARD_NEW

# DTLS and QUIC, both ends in one program

if ./tests/datagram quic | grep -q '^no QUIC'; then
	quic=
else
	quic=yes
fi

# unseen MODE: nothing is to be seen, plain and with a policy
unseen() {
	./tests/datagram "$1" | sort >"$tmp/want"
	for policy in '' intermediate; do
		run 0 --log "$log" ${policy:+--policy "$policy"} -- \
			./tests/datagram "$1" && [ ! -s "$tmp/err" ] &&
			sort "$tmp/out" | diff "$tmp/want" - || return 1
	done
}
# told MODE VERSION POLICY WITHIN [ARGUMENT...]: two ends are, and so.
told() {
	mode=$1 version=$2 policy=$3 within=$4
	shift 4
	# shellcheck disable=SC2086 # a mode, or that and a list
	logs "$mode: $version, within $policy: $within ${*:+enforced}" \
		'sorted(row["role"] for row in of("connection")) ==
		["client", "server"] and not of("failure") and
		all(row["version"] == "'"$version"'" and
		row["within"] is '"$within"' and
		(row["role"] == "server" or row["version"] == "QUICv1" or
		row["peer"].startswith("127.0.0.1:"))
		for row in of("connection")) and
		sorted(row["role"] for row in of("context")) ==
		["client", "server"] and all(row["versions"] ==
		["'"${version%QUICv1}"'" or "TLSv1.3"]
		for row in of("context"))' \
		--policy "$policy" "$@" -- ./tests/datagram $mode
}
# denied MODE POLICY SENTENCE OUTPUT...: none within, and the program is told
denied() {
	mode=$1 policy=$2 sentence=$3
	shift 3
	# shellcheck disable=SC2086 # a mode, or that and a list
	logs "$mode: none of $policy, enforced" \
		'not [row for row in of("connection") if row["within"]] and
		[row for row in of("failure") if row["role"] == "client" and
		"'"$sentence"'" in row["why"]]' \
		--policy "$policy" --enforce -- ./tests/datagram $mode
	check "$mode: what the program sees of it" says out "$@"
}
for mode in dtls listen; do
	check "$mode: nothing is to be seen" unseen "$mode"
	told "$mode" DTLSv1.2 intermediate True
	told "$mode" DTLSv1.2 intermediate True --enforce
	told "$mode" DTLSv1.2 modern False
	denied "$mode" min=TLSv1.3 'the policy' \
		'^client: failed, error 1, .*the policy' \
		'^server: nothing is left'
done
check 'listen: so is the listener' says out '^listen: failed, .*the policy'
told old DTLSv1 intermediate False
told old DTLSv1 min=TLSv1.1,level=0 True --enforce
denied old intermediate 'nothing in common' \
	'^client: failed, error 1, .*nothing in common' \
	'^server: failed, error 1, .*nothing in common' '^server: nothing is left'
if [ -n "$quic" ]; then
	check 'quic: nothing is to be seen' unseen quic
	told quic QUICv1 modern True
	told quic QUICv1 modern True --enforce
	check 'quic: a stream' says out '^stream: 1 hello$'
	told 'quic P-521' QUICv1 modern False
	denied 'quic P-521' modern 'secp521r1' \
		'^client: failed, error 1, .*secp521r1' \
		'^stream: failed, error 1, .*secp521r1'
	told 'suites TLS_AES_256_GCM_SHA384' QUICv1 modern True --enforce
	denied 'suites TLS_AES_128_GCM_SHA256' \
		ciphersuites=TLS_AES_256_GCM_SHA384 'TLS_AES_128_GCM_SHA256' \
		'^client: failed, error 1, .*TLS_AES_128_GCM_SHA256' \
		'^server: no connection' '^stream: failed, error 1, '
else
	skip 'QUIC' 'no QUIC, or no servers, before OpenSSL 3.5'
fi

# What a record has

keys='event pid role peer servername version cipher group resumed policy
within why explain'
logs 'the keys of a record' \
	'all(set(row) == set("""'"$keys"'""".split())
	for row in of("connection") + of("failure")) and
	all(set(row) == set("event pid role versions policy within why".split())
	for row in of("context")) and len(of("context")) > 20 and
	all(set(row) == set("event pid connections versions failures outside"
	.split()) for row in of("summary")) and len(of("summary")) == 1 and
	of("summary")[0]["connections"] == len(of("connection")) and
	sum(of("summary")[0]["failures"].values()) == len(of("failure"))' \
	--policy modern -- ./tests/invisible
logs 'a policy that is no profile has its text' \
	'all(row["policy"] == "min=TLSv1.3" and row["within"] is False
	for row in of("connection")) and
	of("summary")[0]["outside"]["min=TLSv1.3"] == 2' \
	--policy min=TLSv1.3 -- ./tests/awkward name x
# shellcheck disable=SC2016 # not for the shell
logs 'a name that would steer a terminal' \
	'[row["servername"] for row in of("connection")] == 2 * [
	"a\"b\\x5b\\x1b[1m\\x0a{}".replace("\\x5b", "\\")]' \
	-- ./tests/awkward name "$(printf 'a"b\\\033[1m\n{}')"
words() {
	run 0 --policy modern -- ./tests/awkward name host.example &&
		says err '^tlspolicy\[[0-9]*\] context client: TLSv1.2, TLSv1.3, OUTSIDE modern@2026: ' \
			'^tlspolicy\[[0-9]*\] client - (host.example): TLSv1.2 ECDHE[^ ]* X25519, OUTSIDE modern@2026: TLSv1.2 was negotiated' \
			'^tlspolicy\[[0-9]*\] summary: 2 connections: 2 TLSv1.2; outside .*modern@2026: 2, '
}
check 'the words of the text' words

# Faults

file_is_empty() { # MODE ARGUMENT...
	mode=$1
	shift
	rm -f "$tmp/taken"
	run 0 "$@" -- ./tests/awkward "$mode" "$tmp/taken" &&
		[ -e "$tmp/taken" ] && [ ! -s "$tmp/taken" ]
}
closed() {
	rm -f "$log"
	file_is_empty close --log "$log" &&
		grep -q 'client - (localhost): TLSv1.2' "$log"
}
check 'all descriptors are closed, and others have their numbers' closed
closed_stderr() {
	file_is_empty close && file_is_empty stderr &&
		says err 'client - (localhost): TLSv1.2'
}
check 'standard error is another file' closed_stderr
without_stderr() {
	"$command" run -- ./tests/awkward name x >"$tmp/out" 2>&- </dev/null &&
		says out '^completed 1$'
}
check 'no standard error' without_stderr
full() {
	run 0 --log /dev/full -- ./tests/awkward name x &&
		says out '^completed 1$' && [ ! -s "$tmp/err" ]
}
if [ -c /dev/full ]; then
	check 'a log that is full' full
else
	skip 'a log that is full' 'there is no /dev/full'
fi
limited() { # by a size at which a signal would end the program
	echo full >"$log"
	(
		ulimit -f 0
		"$command" run --log "$log" -- ./tests/awkward name x
	) 2>/dev/null | grep -q '^completed 1$' && echo full | cmp - "$log"
}
# Coverage is written to files as well.
[ -n "$sanitized" ] || ls lib/*.gcno lib/.libs/*.gcno >/dev/null 2>&1 ||
	check 'a log at the limit of its size' limited
gone() { # a reader that goes: the program is not ended by SIGPIPE
	{
		"$command" run -- ./tests/awkward many 20 3>&1 >"$tmp/out" \
			2>&1 3>&- </dev/null | true
	}
	"$command" run -- ./tests/awkward name x 2>&1 >"$tmp/out" </dev/null |
		true
	sleep 0.5
	says out '^completed 1$'
}
check 'a reader that has gone' gone
removed() {
	rm -f "$log"
	run 0 --log "$log" -- sh -c "rm $log; ./tests/awkward name x" &&
		says out '^completed 1$'
}
[ -z "$others" ] || check 'a log that is removed' removed
logs 'a fork in the middle of a handshake' \
	'len(of("connection")) == 4 and len(of("summary")) == 2 and
	len({row["pid"] for row in of("connection")}) == 2' \
	-- ./tests/awkward fork
count=1000
[ -n "$others" ] && [ "${TLSPOLICY_TIER:-}" != short ] || count=100
logs 'a thousand processes' \
	"len(of('connection')) == 2 * $count and len(of('summary')) == $count + 1 and
	len({row['pid'] for row in of('summary')}) > $count / 2" \
	--policy modern -- ./tests/awkward many "$count"
# Given up beside a stale error, a descriptor that is none, no server.
logs 'causes of failures' \
	'[row["why"] for row in of("failure")][:2] ==
	["given up unfinished", "connection closed"] and
	len(of("failure")) == 3 and
	not of("failure")[2]["why"].startswith("reason ") and
	of("failure")[0]["explain"] is None' -- ./tests/awkward ends
export AWKWARD_NEW=yes
logs 'a client that closes its end is not refused' \
	'len(of("connection")) == 2 and not of("failure") and
	of("connection")[0]["version"] == "TLSv1.3"' -- ./tests/awkward shut
logs 'refused beside a stale error' \
	'of("failure")[-1]["role"] == "client" and
	of("failure")[-1]["why"].endswith("certificate required")' \
	-- ./tests/awkward refused
unset AWKWARD_NEW
ended() {
	run 0 -- ./tests/awkward under-way &&
		says err 'no connection was seen: .*ended before one was complete'
}
check 'one that ends in the middle of a handshake' ended
given_up() {
	run 0 -- ./tests/awkward given-up &&
		says err 'failed: Nothing failed yet: .* (given up unfinished)$'
}
check 'one that is given up' given_up
logs 'threads' \
	'len(of("connection")) == 160 and
	of("summary")[0]["connections"] == 160 and
	of("summary")[0]["outside"]["modern@2026"] == 160' \
	--policy modern -- ./tests/awkward threads 8
logs 'threads, enforced' \
	'not of("connection") and of("summary")[0]["connections"] == 0 and
	len(of("failure")) >= 80' \
	--policy modern --enforce -- ./tests/awkward threads 8
no_calloc() {
	run 0 --policy modern -- ./tests/awkward calloc &&
		says out '^completed 1$' &&
		run 0 --policy compat --enforce -- ./tests/awkward calloc &&
		says out '^completed 0$' && says out 'out of memory'
}
[ -n "$sanitized" ] || check 'no memory: told nothing, or not made' no_calloc
memory() {
	run 0 --policy modern --log "$log" -- ./tests/awkward memory 400
}
check 'no memory for OpenSSL' memory
logs 'no memory for OpenSSL, enforced' 'not of("connection")' \
	--policy modern --enforce -- ./tests/awkward memory 400
unloaded() {
	run 0 --log "$log" -- python3 -c 'import ctypes, _ctypes, sys
lib = ctypes.CDLL(sys.argv[1])
lib.TLS_method.restype = ctypes.c_void_p
lib.SSL_CTX_new.restype = ctypes.c_void_p
lib.SSL_CTX_free(ctypes.c_void_p(lib.SSL_CTX_new(
    ctypes.c_void_p(lib.TLS_method()))))
_ctypes.dlclose(lib._handle)' "$(ldd "$object" |
		sed -n 's/^[[:space:]]*libssl.* => \([^ ]*\) .*/\1/p')"
}
if [ -z "$others" ] || ! python3 -c 'import _ctypes' 2>/dev/null; then
	skip 'libssl is unloaded' 'no Python to do so'
else
	check 'libssl is unloaded' unloaded
fi
echo "1..$n"
