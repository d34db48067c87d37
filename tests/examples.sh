#!/bin/sh
# SPDX-License-Identifier: MIT
# The example programs, with each other and with openssl(1) where it is there.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

bin=./examples
program=server

# run STATUS COMMAND...: standard output to out, errors to err.
run() {
	want=$1
	shift
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] && return
	echo "# status $got, not $want: $*"
	return 1
}

# serve NAME OPTION...: $program in the background; sets $pid and $port, which
# is empty where none came up.
serve() {
	log=$tmp/$1.log
	ca=$tmp/$1.pem
	shift
	"$bin/$program" --seconds 300 "$@" >"$log" 2>&1 </dev/null &
	pid=$!
	pids="$pids $pid"
	tries=200
	until grep -qs '^listening' "$log" || [ "$tries" -eq 0 ]; do
		kill -0 "$pid" 2>/dev/null || break
		tries=$((tries - 1))
		sleep 0.1
	done
	port=$(sed -n 's/^listening on .*://p' "$log")
	[ -n "$port" ]
}

# client STATUS PATTERN OPTION...: of the server that serve() started last.
client() {
	want=$1
	pattern=$2
	shift 2
	run "$want" "$bin/client" --timeout 20 "$@" &&
	    grep -q "$pattern" "$tmp/out" "$tmp/err"
}

# refuses STATUS PATTERN OPTION...: a server that never listens.
refuses() {
	want=$1
	pattern=$2
	shift 2
	run "$want" "$bin/server" --seconds 20 "$@" &&
	    [ ! -s "$tmp/out" ] && grep -q "$pattern" "$tmp/err"
}

# sends PATTERN: what openssl(1) sends from standard input, the server answers.
sends() {
	cat >"$tmp/in"
	openssl s_client -quiet -connect "$at" <"$tmp/in" >"$tmp/out" \
	    2>"$tmp/err"
	grep -q "$1" "$tmp/out"
}

stops() {
	kill "$1"
	wait "$1"
	got=$?
	[ "$got" -eq 0 ] || echo "# status $got"
	return "$got"
}

# logs TIMES PATTERN: whether the server comes to have that many such lines.
logs() {
	tries=100
	until [ "$(grep -c "$2" "$log")" -ge "$1" ]; do
		tries=$((tries - 1))
		if [ "$tries" -eq 0 ]; then
			sed 's/^/# /' "$log"
			return 1
		fi
		sleep 0.1
	done
}

# reload TIMES PATTERN LINE...: gives $program another file of hosts.
reload() {
	times=$1
	pattern=$2
	shift 2
	printf '%s\n' "$@" >"$tmp/hosts"
	kill -HUP "$pid"
	logs "$times" "$pattern"
}

# wrong PATTERN LINE...: a file of hosts that sni does not begin with.
wrong() {
	pattern=$1
	shift
	printf '%s\n' "$@" >"$tmp/wrong"
	run 2 "$bin/sni" --seconds 20 "$tmp/wrong" &&
	    grep -q "wrong, line $pattern" "$tmp/err"
}

# The first run of a libtool wrapper may link: one at a time.
for name in version server client sni rollout curl event; do
	[ -x "$bin/$name" ] || continue
	check "$name has --help" run 0 "$bin/$name" --help
	check "$name says its usage" grep -q '^usage: ' "$tmp/out"
done

check 'version runs' run 0 "$bin/version"
cp "$tmp/out" "$tmp/version"
for line in '^headers: OpenSSL .* major [1-9].* number 0x' \
    '^loaded:  OpenSSL .* major [1-9].* number 0x' \
    '^can speak: .*TLSv1\.2 TLSv1\.3$' \
    '^TLS 1\.2 alone (.*): TLSv1\.2, ' \
    '^the best, .* (min=TLSv1\.2): TLSv1\.3, TLS_'; do
	check "version prints $line" grep -q "$line" "$tmp/version"
done

# Says nothing, and has its answer by the end of all other tests.
if openssl version >/dev/null 2>&1 && serve slow; then
	openssl s_client -quiet -connect "127.0.0.1:$port" >"$tmp/silent" \
	    2>&1 </dev/null &
	silent=$!
	pids="$pids $silent"
else
	silent=
fi
check 'a server listens' \
    serve main --write-ca "$tmp/main.pem" --policy intermediate
main=$pid
check '--write-ca has both certificates' \
    [ "$(grep -c '^-----BEGIN CERT' "$tmp/main.pem")" -eq 2 ]
at=127.0.0.1:$port
for profile in modern intermediate compat system; do
	check "client: $profile" \
	    client 0 '^TLSv1.3 TLS_' --policy $profile --ca "$ca" "$at"
done
check 'client: legacy with --override' client 0 '^TLSv1.3 TLS_' \
    --policy legacy --override --ca "$ca" "$at"
check 'by name' client 0 '^TLSv1.3 ' --ca "$ca" --name localhost "$at"
check 'TLS 1.2' client 0 '^TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256 ' \
    --policy intermediate,max=TLSv1.2 --ca "$ca" "$at"
check 'HTML' client 0 '<dt>profile</dt><dd>intermediate@2026</dd>' \
    --body --ca "$ca" "$at"
check 'JSON' client 0 '^{"version":"TLSv1.3",.*"policy":"min=TLSv1.2,.*"}$' \
    --body --json --ca "$ca" "$at"
check 'no trust' client 1 'client: not the server .*: self.signed' "$at"
check 'another name' client 1 'client: not the server .*: .*mismatch' \
    --name example.org --ca "$ca" "$at"
check 'another address' client 1 'client: not the server .*: .*mismatch' \
    --name 127.0.0.2 --ca "$ca" "$at"
check 'nothing in common' client 1 'client: no connection: .*handshake fail' \
    --policy compat,max=TLSv1.2,ciphers=AES128-SHA --ca "$ca" "$at"
check 'a policy that is wrong' client 2 'policy text, column 14' \
    --policy intermediate,mini=TLSv1.2 "$at"
check 'a CA file that is missing' client 2 'client: --ca: No such file' \
    --ca "$tmp/none" "$at"
check 'a host without a port' client 2 '^usage: ' localhost
check 'nobody there' client 1 'client: no connection: Connection refused' \
    --timeout 2 127.0.0.1:1

check 'server: a policy that is wrong' refuses 2 'policy text, column 14' \
    --policy intermediate,,level=2
check 'server: a profile that is not there' refuses 2 'server: --policy: ' \
    --policy modern@1999
check 'server: a port that is none' refuses 2 '^usage: ' --port 65536
check 'server: an address that is not loopback' refuses 2 '^usage: ' \
    --address 0.0.0.0
check 'server: a port in use' refuses 1 'Address already in use' --port "$port"
check 'server: a certificate that is missing' refuses 1 'No such file' \
    --cert "$tmp/none" --key "$tmp/none"

if openssl version >/dev/null 2>&1; then
	check '405' sends '^HTTP/1.1 405 ' <<-END
		POST / HTTP/1.1
		Host: localhost

	END
	check 'HEAD' sends '^HTTP/1.1 200 ' <<-END
		HEAD / HTTP/1.1
		Host: localhost

	END
	check 'HEAD: no body' [ "$(grep -c '<' "$tmp/out")" -eq 0 ]
	check '400 for garbage' sends '^HTTP/1.1 400 ' <<-END
		what is this?

	END
	check '431 for too much' sends '^HTTP/1.1 431 ' <<-END
		GET / HTTP/1.1
		Host: $(printf '%08192d' 0)

	END
	check 'certificate for a file' openssl req -x509 -nodes -batch \
	    -newkey rsa:2048 -keyout "$tmp/key" -out "$tmp/file.pem" \
	    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	    2>"$tmp/err"
	check 'a server with it' \
	    serve file --cert "$tmp/file.pem" --key "$tmp/key" \
	    --policy compat@2026
	check 'RSA key exchange' client 0 '^TLSv1.2 AES128-SHA -$' --ca "$ca" \
	    --policy compat,max=TLSv1.2,ciphers=AES128-SHA \
	    --name localhost "127.0.0.1:$port"
	check 'it stops' stops "$pid"
else
	for name in 405 HEAD body 400 431 certificate server RSA it; do
		skip "$name" 'there is no openssl program'
	done
fi
if curl --version >/dev/null 2>&1; then
	curl -s "http://$at/" >/dev/null
	check 'plain HTTP' grep -q '^failed: http request' "$tmp/main.log"
else
	skip 'plain HTTP' 'there is no curl'
fi

check 'a server of TLS 1.3 alone' \
    serve modern --policy modern --write-ca "$tmp/modern.pem"
check 'no version in common' client 1 'protocol version' \
    --policy intermediate,max=TLSv1.2 --ca "$ca" "127.0.0.1:$port"
check "another server's certificate" client 1 'not the server .*certificate' \
    --ca "$tmp/main.pem" "127.0.0.1:$port"
check 'it says why' grep -q '^failed: unsupported protocol' "$log"
kill -STOP "$pid"
check 'a server that says nothing' client 1 'client: .*timed out' \
    --timeout 1 --ca "$ca" "127.0.0.1:$port"
kill -CONT "$pid"
check 'it stops' stops "$pid"

# What a stricter policy would lose, without losing it.
program=rollout
check 'rollout' serve rollout --write-ca "$tmp/rollout.pem" --clients 4
program=server
set -- --ca "$tmp/rollout.pem" --body "127.0.0.1:$port"
check 'a client of today is served' client 0 '^TLSv1.3 ' "$@"
check 'a second hello is' client 0 '^TLSv1.3 ' \
    --policy intermediate,groups=P-521:X25519 "$@"
check 'a client of TLS 1.2 is' client 0 '^TLSv1.2 ECDHE-' \
    --policy intermediate,max=TLSv1.2 "$@"
check 'a client of CBC is' client 0 '^TLSv1.2 ECDHE-.*SHA' \
    --policy compat,max=TLSv1.2,ciphers=ECDHE-ECDSA-AES128-SHA "$@"
program=rollout
check 'it counts what intermediate would lose' logs 1 \
    '^20[0-9-]* intermediate: 1 of 4 clients lost$'
check 'and why' logs 1 '^ *1 no cipher in common for TLSv1\.2$'
check 'it counts what modern would lose' logs 1 \
    '^20[0-9-]* modern: 2 of 4 clients lost$'
check 'and why not' logs 1 '^ *2 no version in common: .*TLSv1\.2, .*TLSv1\.3$'
program=server

# Hosts: the first by address, which is no name for a client to send.
printf '%s\n' '# comment' '' 'first.test modern' 'localhost compat@2026' >"$tmp/hosts"
program=sni
check 'hosts' serve sni --write-ca "$tmp" "$tmp/hosts"
program=server
first=127.0.0.1:$port
old=intermediate,max=TLSv1.2
set -- --name localhost --ca "$tmp/localhost.pem"
check 'no name: the first host' client 0 '^TLSv1.3 ' \
    --ca "$tmp/first.test.pem" "$first"
check 'the first host refuses TLS 1.2' client 1 'protocol version' \
    --policy $old --ca "$tmp/first.test.pem" "$first"
check 'it says why' logs 1 '^first\.test failed: .*TLSv1\.3'
check 'another name: the first host' client 1 'protocol version' \
    --policy $old --name other.test "$first"
check 'the second host has TLS 1.3' client 0 '^TLSv1.3 ' "$@" "$first"
check 'the second host has TLS 1.2' client 0 '^TLSv1.2 ECDHE-' \
    --policy $old "$@" "$first"
check 'it is within its policy' logs 1 '^localhost TLSv1\.2 ECDHE.*: within'
check 'the second host has CBC' client 0 '^TLSv1.2 AES128-SHA -$' \
    --policy compat,max=TLSv1.2,ciphers=AES128-SHA "$@" "$first"
check 'the second host has its page' client 0 '<dd>compat@2026</dd>' \
    --body "$@" "$first"
check 'a second hello' client 0 '^TLSv1.3 .* [xX]25519$' \
    --policy intermediate,groups=P-521:X25519 "$@" "$first"
check 'a file that is wrong' reload 1 'hosts, line 2: .*column 2' \
    'first.test compat@2026' 'localhost moderm'
check 'leaves the first host' client 1 'protocol version' \
    --policy $old "$first"
check 'leaves the second host' client 0 '^TLSv1.2 ECDHE-' \
    --policy $old "$@" "$first"
old_hosts() {
	reload "$1" '^2 hosts' 'first.test modern' 'localhost compat@2026'
}
new_hosts() {
	reload "$1" '^2 hosts' 'first.test compat@2026' 'localhost modern'
}
# A connection that has said nothing yet, in the background.
hold() {
	before=$(grep -c '^localhost TLSv1\.3' "$log")
	rm -f "$tmp/pipe"
	mkfifo "$tmp/pipe"
	openssl s_client -quiet -connect "$first" -servername LocalHost \
	    <"$tmp/pipe" >"$tmp/held" 2>&1 &
	held=$!
	pids="$pids $held"
	exec 3>"$tmp/pipe"
	logs $((before + 1)) '^localhost TLSv1\.3'
}
asks() {
	trap '' PIPE # should it be closed by now
	printf 'GET / HTTP/1.0\r\nAccept: application/json\r\n\r\n' >&3
	trap - PIPE
	wait "$held"
	exec 3>&-
	cp "$tmp/held" "$tmp/out"
	grep -q '"profile":"compat@2026"' "$tmp/held"
}
# The server waits for ten seconds: once more where this machine took them.
keeps() {
	asks && return
	grep -q ' 408 ' "$tmp/held" && old_hosts 3 && hold && new_hosts 4 && asks
}
if openssl version >/dev/null 2>&1; then
	check 'a connection is held' hold
	check 'another file' new_hosts 2
	check 'it keeps its host' keeps
else
	skip 'a connection is held' 'there is no openssl program'
	check 'another file' new_hosts 2
	skip 'it keeps its host' 'there is no openssl program'
fi
check 'the first host has TLS 1.2' client 0 '^TLSv1.2 ECDHE-' \
    --policy $old --ca "$tmp/first.test.pem" "$first"
check 'the second host refuses TLS 1.2' client 1 'protocol version' \
    --policy $old "$@" "$first"
check 'the second host has TLS 1.3' client 0 '^TLSv1.3 ' "$@" "$first"
check 'it stops' stops "$pid"
check 'sni: no host' wrong '1: there is no host' '# nothing'
check 'sni: no policy' wrong '1: .*empty' 'localhost'
check 'sni: no name' wrong '1: .*not a name' ' modern'
check 'sni: a name twice' wrong '2: .*one twice' 'a compat' 'a modern'
check 'sni: no file' run 2 "$bin/sni" --seconds 20 "$tmp/none"

# With libevent, where configure found it.
if [ -x "$bin/event" ]; then
	program=event
	check 'event listens' serve event --write-ca "$tmp/event.pem"
	program=server
	event=127.0.0.1:$port
	check 'event: its answer' client 0 '^TLSv1.3 TLS_[A-Z0-9_]*$' --body \
	    --ca "$ca" "$event"
	check 'event: TLS 1.2' client 0 '^TLSv1.2 ECDHE-' --policy $old \
	    --ca "$ca" "$event"
	check 'event: it is within the policy' logs 1 '^TLSv1\.2 ECDHE.*: within$'
	check 'event: nothing in common' client 1 'handshake fail' --ca "$ca" \
	    --policy compat,max=TLSv1.2,ciphers=AES128-SHA "$event"
	check 'event: it says why' logs 1 '^failed: The client offers no cipher '
	check 'event: a policy that is wrong' run 2 "$bin/event" --policy moderm
	check 'event: it says where' grep -q 'column 1: no profile' "$tmp/err"
else
	event=
	skip 'event' 'configure found no libevent'
fi
if [ -n "$event" ] && openssl version >/dev/null 2>&1; then
	mkfifo "$tmp/quiet"
	openssl s_client -quiet -connect "$event" <"$tmp/quiet" >/dev/null 2>&1 &
	held=$!
	pids="$pids $held"
	exec 3>"$tmp/quiet"
	before=$(grep -c ': within$' "$log")
	check 'event: one that waits' logs $((before + 1)) ': within$'
	check 'event: another meanwhile' client 0 '^TLSv1.3 ' --ca "$ca" "$event"
	exec 3>&-
	wait "$held"
else
	skip 'event: another meanwhile' 'there is no libevent or no openssl program'
fi

# With libcurl, where configure found it and it has the same OpenSSL.
unset https_proxy HTTPS_PROXY all_proxy ALL_PROXY
without=
[ -x "$bin/curl" ] || without='configure found no libcurl 7.80'
if [ -z "$without" ] && ! run 1 "$bin/curl" https://127.0.0.1:1/ &&
    grep -q '^curl: libcurl has' "$tmp/err"; then
	without=$(sed 's/^curl: //' "$tmp/err")
fi
if [ -z "$without" ]; then
	set -- "$bin/curl" --timeout 20 --ca "$tmp/main.pem"
	check 'curl: a page' run 0 "$@" "https://$at/"
	check 'curl: the whole page' grep -q '<dd>intermediate@2026</dd>' \
	    "$tmp/out"
	check 'curl: held against the policy' \
	    grep -q '^curl: TLSv1\.3 TLS_.*within the policy$' "$tmp/err"
	check 'curl: TLS 1.2' run 0 "$@" --policy $old "https://$at/"
	check 'curl: it is TLS 1.2' grep -q '^curl: TLSv1\.2 ECDHE' "$tmp/err"
	check 'curl: nothing in common' run 1 "$@" \
	    --policy compat,max=TLSv1.2,ciphers=AES128-SHA "https://$at/"
	check 'curl: it says why' grep -q 'The server found nothing to agree on' \
	    "$tmp/err"
	check 'curl: no trust' run 1 "$bin/curl" "https://$at/"
	check 'curl: that too' grep -q 'certificate did not pass' "$tmp/err"
	check 'curl: a policy that takes more' run 1 "$@" --policy legacy \
	    "https://$at/"
	check 'curl: what it takes' grep -q 'TLSPOLICY_OVERRIDE' "$tmp/err"
	check 'curl: with that' run 0 "$@" --policy legacy --override \
	    "https://$at/"
	check 'curl: a policy that is wrong' run 2 "$@" --policy moderm \
	    "https://$at/"
	check 'curl: a URL without TLS' run 2 "$@" "http://$at/"
else
	skip 'curl' "$without"
fi
if [ -z "$without" ] && [ -n "$event" ]; then
	check 'curl with event' run 0 "$bin/curl" --timeout 20 \
	    --ca "$tmp/event.pem" "https://$event/"
	check 'its answer' grep -q '^TLSv1\.3 TLS_' "$tmp/out"
else
	skip 'curl with event' 'one of them is not there'
fi
if [ -n "$event" ]; then
	check 'event stops' stops "$pid"
else
	skip 'event stops' 'configure found no libevent'
fi

if serve six --address ::1 --write-ca "$tmp/six.pem" --requests 1; then
	check 'IPv6' client 0 '^TLSv1.3 ' --ca "$ca" "[::1]:$port"
	check '--requests' wait "$pid"
else
	skip 'IPv6' 'there is no ::1'
	skip '--requests' 'there is no ::1'
fi

check 'after all that the first still answers' \
    client 0 '^TLSv1.3 ' --ca "$tmp/main.pem" "$at"
check 'and stops' stops "$main"

if [ -n "$silent" ]; then
	wait "$silent"
	check '408 for silence' grep -q '^HTTP/1.1 408 ' "$tmp/silent"
else
	skip '408 for silence' 'there is no openssl program'
fi
check 'minimal' run 0 "$bin/minimal"
check 'minimal has the profile, or less: 3.5 has no SecP256r1MLKEM768 by default' \
    grep -Eq '^(Profile|Keeps to): *intermediate@2026(,|$)' "$tmp/out"
check 'minimal: unknown' run 1 "$bin/minimal" nosuch
check 'minimal: unknown, said' grep -q 'no profile "nosuch"' "$tmp/err"
for program in server client sni version curl event; do
	[ -e "$bin/$program" ] || continue
	check "$program --help" run 0 "$bin/$program" --help
	check "$program --help says it" grep -q "^usage: $program" "$tmp/out"
done
program=server

check 'demo' run 0 sh "$srcdir/examples/demo" .
check 'demo has every pair' [ "$(grep -c ' TLSv1\.3 ' "$tmp/out")" -eq 25 ]
check 'demo opens with the table' [ "$(grep -n -m 1 '^TLS 1\.2 ' "$tmp/out" |
    cut -d : -f 1)" -lt 10 ]
check 'demo says what to try next' grep -q '^What to try next' "$tmp/out"
check 'demo has refusals' grep -q ' refused .*protocol version$' "$tmp/out"
echo "1..$n"
