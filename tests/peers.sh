#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that people run, as clients and as servers, against each profile in
# each version of TLS: what comes out must be what tlspolicy_inspect predicts.
#
# Each peer speaks one version at a time, at security level 0.  Whether it can
# speak that version at all is asked first, by a handshake with a reference that
# permits everything; where it cannot, the cells of that version are skipped.
#
# TLSPOLICY_PEERS=no        skips all
# TLSPOLICY_PEERS_TABLE     a file for the table
set -u

srcdir=${srcdir:-.}
party=./tests/party
versions='TLSv1 TLSv1.1 TLSv1.2 TLSv1.3'
profiles='modern intermediate compat legacy system'
tmp=$(mktemp -d) || exit 1
pids=
count=0

# shellcheck disable=SC2317 # called by the trap
finish() {
	trap '' EXIT HUP INT TERM
	for pid in $pids; do
		kill "$pid" 2>/dev/null
	done
	wait
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# result ok|'not ok' NAME [FILE...]: a test, and what the files say of it.
result() {
	count=$((count + 1))
	echo "$1 $count - $2"
	[ "$1" = ok ] || {
		shift 2
		sed 's/^/# /' "$@" /dev/null
	}
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# start LOG PATTERN COMMAND...: in the background, as $server; waits until it
# says so.
start() {
	said=$1 pattern=$2
	shift 2
	("$@") >"$said" 2>&1 </dev/null &
	server=$!
	pids="$pids $server"
	tries=200
	until grep -qs "$pattern" "$said"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] && kill -0 "$server" 2>/dev/null || return 1
		sleep 0.05
	done
}

# Of our own servers, whose status matters.
stop() {
	kill "$server" && wait "$server" || echo "status $?" >>"$said"
}

flags() { # PROFILE
	[ "$1" != legacy ] || echo --override
}

# party PROFILE ROLE...: our side; "reference" has no policy.
party() {
	if [ "$1" = reference ]; then
		shift
		exec "$party" "$@"
	fi
	name=$1
	shift
	# shellcheck disable=SC2046 # no flag is no argument
	exec "$party" --policy "$name" $(flags "$name") "$@"
}

# Peers.  A client is client_NAME VERSION PORT, and prints what it says.  A server
# is server_NAME LOG, and sets $ports to VERSION=PORT of each version that it
# has, $servers to its processes.

why_not() { # NAME: why it is not to be had
	case $1 in
	s_client | s_server)
		openssl version 2>&1 | grep -q '^OpenSSL ' ||
			echo 'there is no openssl of OpenSSL'
		;;
	curl)
		curl --version 2>&1 | grep -q '^curl .* OpenSSL/' ||
			echo 'there is no curl over OpenSSL'
		;;
	gnutls-* | nginx | chromium)
		command -v "$1" >/dev/null || echo "there is no $1"
		;;
	python-*)
		python3 -c 'import ssl, sys
sys.exit(not ssl.OPENSSL_VERSION.startswith("OpenSSL "))' 2>/dev/null ||
			echo 'there is no python3 with ssl over OpenSSL'
		;;
	esac
}

missing() { # NAME
	why=$(why_not "$1")
	[ -n "$why" ] && skip "$1" "$why"
}

option() { # VERSION, as s_client and s_server name it
	echo "$1" | sed 's/TLSv/-tls/; s/\./_/'
}

dotted() { # VERSION, as curl and GnuTLS name it
	case $1 in
	TLSv1) echo 1.0 ;;
	*) echo "${1#TLSv}" ;;
	esac
}

client_s_client() {
	openssl s_client -connect "127.0.0.1:$2" "$(option "$1")" \
		-cipher DEFAULT:@SECLEVEL=0 </dev/null
}

client_curl() {
	curl -q -sS -v -k --noproxy '*' --tlsv"$(dotted "$1")" \
		--tls-max "$(dotted "$1")" --ciphers DEFAULT:@SECLEVEL=0 \
		"https://127.0.0.1:$2/"
}

client_gnutls_cli() {
	gnutls-cli --insecure --port "$2" --priority \
		"NORMAL:-VERS-ALL:+VERS-TLS$(dotted "$1")" 127.0.0.1 </dev/null
}

client_python_client() {
	python3 -W ignore "$srcdir/tests/peers.py" client "$1" "$2"
}

# The program that only ever is headless does not go by these versions.
client_chromium() {
	chromium --headless --no-sandbox --disable-gpu --disable-quic \
		--no-first-run --disable-background-networking \
		--disable-component-update --disable-sync \
		--ignore-certificate-errors --user-data-dir="$tmp/profile.$1" \
		--ssl-version-min="tls$(dotted "$1")" \
		--ssl-version-max="tls$(dotted "$1")" \
		--dump-dom "https://127.0.0.1:$2/"
	rm -rf "$tmp/profile.$1"
}

server_s_server() {
	for version in $versions; do
		start "$1.$version" '^ACCEPT' openssl s_server \
			-accept 127.0.0.1:0 "$(option "$version")" -www \
			-cipher DEFAULT:@SECLEVEL=0 \
			-cert "$tmp/rsa.pem" -key "$tmp/rsa.pem" \
			-dcert "$tmp/ec.pem" -dkey "$tmp/ec.pem" || continue
		servers="$servers $server"
		ports="$ports $version=$(sed -n 's/^ACCEPT .*://p' "$said")"
	done
}

# It cannot be told an address, nor say which port it took.
server_gnutls_serv() {
	for version in $versions; do
		port=$("$party" ports 1)
		start "$1.$version" 'IPv4.*done$' gnutls-serv --http \
			--port "$port" --priority \
			"NORMAL:-VERS-ALL:+VERS-TLS$(dotted "$version")" \
			--x509certfile "$tmp/rsa.pem" \
			--x509keyfile "$tmp/rsa.pem" \
			--x509certfile "$tmp/ec.pem" \
			--x509keyfile "$tmp/ec.pem" || continue
		servers="$servers $server"
		ports="$ports $version=$port"
	done
}

nginx_blocks() {
	for version in $versions; do
		read -r port
		cat <<-END_OF_BLOCK
			server {
				listen 127.0.0.1:$port ssl;
				ssl_protocols $version;
				return 200 "negotiated \$ssl_protocol\\n";
			}
		END_OF_BLOCK
		echo "$version=$port" >>"$tmp/nginx.ports"
	done
}

server_nginx() {
	: >"$tmp/nginx.ports"
	"$party" ports 4 | nginx_blocks >"$tmp/nginx.blocks"
	cat >"$tmp/nginx.conf" <<-END_OF_FILE
		daemon off;
		master_process off;
		pid $tmp/nginx.pid;
		error_log stderr notice;
		events {
		}
		http {
			access_log off;
			client_body_temp_path $tmp/nginx.body;
			proxy_temp_path $tmp/nginx.proxy;
			fastcgi_temp_path $tmp/nginx.fastcgi;
			uwsgi_temp_path $tmp/nginx.uwsgi;
			scgi_temp_path $tmp/nginx.scgi;
			ssl_certificate $tmp/rsa.pem;
			ssl_certificate_key $tmp/rsa.pem;
			ssl_certificate $tmp/ec.pem;
			ssl_certificate_key $tmp/ec.pem;
			ssl_ciphers DEFAULT:@SECLEVEL=0;
			include $tmp/nginx.blocks;
		}
	END_OF_FILE
	start "$1" 'event method' nginx -p "$tmp" -e stderr \
		-c "$tmp/nginx.conf" || return
	servers=$server
	ports=$(cat "$tmp/nginx.ports")
}

server_python_server() {
	start "$1" '^ready' python3 -W ignore "$srcdir/tests/peers.py" server \
		"$tmp/rsa.pem" "$tmp/ec.pem" || return
	servers=$server
	ports=$(grep = "$said")
}

# What version a peer says it is, as OpenSSL writes it.  s_client has a session
# to show before any handshake as well, but no cipher.
claimed() { # NAME FILE
	case $1 in
	s_client | s_server)
		grep -qE '^(.* says )?New, .*, Cipher is [^(]' "$2" &&
			sed -nE 's/^.*Protocol( version)? *: (TLSv[0-9.]+).*/\2/p
s/^(.* says )?New, (TLSv1\.3), Cipher is .*/\2/p' "$2"
		;;
	curl) sed -n 's/^\* SSL connection using \(TLSv[0-9.]*\) .*/\1/p' "$2" ;;
	gnutls-cli) sed -n 's/^- Description: (TLS\([0-9.]*\).*/TLSv\1/p' "$2" ;;
	gnutls-serv)
		sed -nE 's/^.* says .*[Pp]rotocol version.*TLS([0-9.]+).*/TLSv\1/p' \
			"$2"
		;;
	chromium) sed -n 's/^.*<dd>\(TLSv[0-9.]*\)<.*/\1/p' "$2" ;;
	*) sed -nE 's/^(.* says )?negotiated (TLSv[0-9.]+).*/\2/p' "$2" ;;
	esac | sed 's/^TLSv1\.0$/TLSv1/' | sort -u | paste -sd, -
}

# Outcomes

# A list of NAME.VERSION, of what peers can speak.
: >"$tmp/can"
printf '| peer | profile | TLSv1 | TLSv1.1 | TLSv1.2 | TLSv1.3 |\n%s\n' \
	'|---|---|---|---|---|---|' >"$tmp/table"

# ours LOG VERSION: what our side says of the handshakes on that port.
ours() {
	sed -n "s/^$2 connects \([^ ]*\) .*/\1/p; s/^$2 \(refused\) .*/\1/p
s/^$2 \(failed .*\)/\1/p" "$1" | sort -u | paste -sd, -
}

# judge NAME PROFILE VERSION: one cell, of our log and the peer's words.
judge() {
	log=$tmp/$1.$2
	words=$tmp/$1.$2.$3
	outcome=$(ours "$log" "$3")
	peer=$(claimed "$1" "$words")
	# Both sides say the same, and our side that it was TLS that refused.
	[ "$outcome" = "${peer:-refused}" ] ||
		outcome="unclear, ours ${outcome:-no handshake}, peer's ${peer:-no version}"
	if [ "$2" = reference ]; then
		[ "$outcome" != "$3" ] || echo "$1.$3" >>"$tmp/can"
		return
	fi
	prediction=$(sed -n "s/^$3 predicts //p" "$log")
	case $prediction in
	connects*) wanted=$3 ;;
	refused*) wanted=refused ;;
	*) wanted=nothing ;;
	esac
	cell="$outcome = $wanted"
	if ! grep -qxF "$1.$3" "$tmp/can"; then
		cell='peer cannot'
		skip "$1, $2, $3" 'peer cannot'
	elif [ "$outcome" = "$wanted" ]; then
		result ok "$1, $2, $3: $outcome; inspect: $prediction"
	else
		cell="$outcome, NOT $wanted"
		result 'not ok' "$1, $2, $3: $outcome; inspect: $prediction" \
			"$log" "$words" "$tmp/$1"*
	fi
	row="$row $cell |"
}

# judge_all NAME PROFILE: a row of the table; of the reference, whether the peer
# speaks anything, without which nothing would be compared.
judge_all() {
	row="| $1 | $2 |"
	for version in $versions; do
		judge "$1" "$2" "$version"
	done
	if [ "$2" != reference ]; then
		echo "$row" >>"$tmp/table"
	elif grep -q "^$1\\.TLSv1\\.[23]$" "$tmp/can"; then
		result ok "$1 speaks: $(sed -n "s/^$1\\.TLS/TLS/p" "$tmp/can" |
			paste -sd' ' -)"
	else
		result 'not ok' "$1 speaks neither TLS 1.2 nor 1.3" \
			"$tmp/$1.reference" "$tmp/$1.reference."*
	fi
}

# able NAME PROFILE: the versions that are worth trying.
able() {
	for version in $versions; do
		[ "$2" != reference ] && ! grep -qxF "$1.$version" "$tmp/can" ||
			echo "$version"
	done
}

# as_client NAME PROFILE: our server, and the peer in each version at once.
as_client() {
	log=$tmp/$1.$2
	start "$log" '^ready' party "$2" server
	clients=
	for version in $(able "$1" "$2"); do
		port=$(sed -n "s/^$version port //p" "$log")
		"client_$(echo "$1" | tr - _)" "$version" "$port" \
			>"$log.$version" 2>&1 &
		clients="$clients $!"
	done
	# shellcheck disable=SC2086 # a list of pids
	wait $clients
	stop
	judge_all "$1" "$2"
}

# on_page PROFILE: Chromium, on the page of the example; one at a time, as the
# example does not say which port it was.
on_page() {
	log=$tmp/chromium.$1
	(party "$1" predict) >"$log"
	for version in $(able chromium "$1"); do
		# shellcheck disable=SC2046 # no flag is no argument
		start "$log.server" '^listening' ./examples/server \
			--policy "$1" $(flags "$1") --seconds 60
		client_chromium "$version" "$(sed -n '1s/.*://p' "$log.server")" \
			>"$log.$version" 2>&1
		stop
		sed -n "s/^TLS/$version connects &/p
s/^failed:/$version refused/p" "$log.server" >>"$log"
	done
	judge_all chromium "$1"
}

# as_server NAME PROFILE: the ports of the peer, and our client.
as_server() {
	log=$tmp/$1.$2
	where=
	for version in $(able "$1" "$2"); do
		for port in $ports; do
			[ "${port%=*}" != "$version" ] || where="$where $port"
		done
	done
	# shellcheck disable=SC2086 # a list of ports
	(party "$2" client $where) >"$log" 2>&1 </dev/null
	for version in $versions; do
		grep "^$version says " "$log" >"$log.$version"
	done
	judge_all "$1" "$2"
}

[ "${TLSPOLICY_PEERS:-}" != no ] || skip_all 'TLSPOLICY_PEERS=no'
[ -x "$party" ] || skip_all 'tests/party is not built: it needs Check'
# The first run of a libtool wrapper may link: one at a time.
"$party" predict || exit 1
./examples/server --help >/dev/null 2>&1
"$party" keys "$tmp/rsa.pem" "$tmp/ec.pem" || exit 1

for name in s_client curl gnutls-cli python-client chromium; do
	missing "$name" && continue
	as_client "$name" reference
	for profile in $profiles; do
		if [ "$name" = chromium ]; then
			on_page "$profile"
		else
			as_client "$name" "$profile"
		fi
	done
done
for name in s_server gnutls-serv nginx python-server; do
	missing "$name" && continue
	ports= servers=
	"server_$(echo "$name" | tr - _)" "$tmp/$name"
	for profile in reference $profiles; do
		as_server "$name" "$profile"
	done
	for server in $servers; do
		kill "$server"
		wait "$server"
	done 2>/dev/null
done

sed 's/^/# /' "$tmp/table"
[ -z "${TLSPOLICY_PEERS_TABLE:-}" ] ||
	cp "$tmp/table" "$TLSPOLICY_PEERS_TABLE" || exit 1
echo "1..$count"
