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
server='' servers='' clients='' # processes that run now
count=0

# shellcheck disable=SC2317 # called by the trap
finish() {
	trap '' EXIT HUP INT TERM
	for pid in $server $servers $clients; do
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
		sed 's/^/# /' "$@" 2>&1
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
	: >"$said" # before the child does: it may hold an older server's words
	"$@" >"$said" 2>&1 </dev/null &
	server=$!
	tries=200
	until grep -qs "$pattern" "$said"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] && kill -0 "$server" 2>/dev/null || return 1
		sleep 0.05
	done
}

# Ends a server of our own, whose status matters.
stop() {
	kill "$server" && wait "$server" ||
		result 'not ok' "our server's status is $?" "$said"
	server=
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
sys.exit(not ssl.OPENSSL_VERSION.startswith("OpenSSL ") or
    sys.version_info < (3, 8))' 2>/dev/null ||
			echo 'there is no Python 3.8 with ssl over OpenSSL'
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
	timeout 60 openssl s_client -connect "127.0.0.1:$2" "$(option "$1")" \
		-cipher DEFAULT:@SECLEVEL=0 </dev/null
}

client_curl() {
	timeout 60 curl -q -sS -v -k --noproxy '*' --tlsv"$(dotted "$1")" \
		--tls-max "$(dotted "$1")" --ciphers DEFAULT:@SECLEVEL=0 \
		"https://127.0.0.1:$2/"
}

client_gnutls_cli() {
	timeout 60 gnutls-cli --insecure --port "$2" --priority \
		"NORMAL:-VERS-ALL:+VERS-TLS$(dotted "$1")" 127.0.0.1 </dev/null
}

client_python_client() {
	timeout 60 python3 -W ignore "$srcdir/tests/peers.py" client "$1" "$2"
}

# The program that only ever is headless does not go by these versions.
client_chromium() {
	timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic \
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
		start "$1.$version" '^ACCEPT' timeout 300 openssl s_server \
			-accept 127.0.0.1:0 "$(option "$version")" -www \
			-cipher DEFAULT:@SECLEVEL=0 \
			-cert "$tmp/rsa.pem" -key "$tmp/rsa.pem" \
			-dcert "$tmp/ec.pem" -dkey "$tmp/ec.pem" || continue
		servers="$servers $server"
		ports="$ports $version=$(sed -n 's/^ACCEPT .*://p' "$said")"
	done
}

# It cannot be told an address, so for these seconds it listens on all, nor does
# it say which port it took.
server_gnutls_serv() {
	for version in $versions; do
		for _ in 1 2 3; do
			port=$("$party" ports 1)
			start "$1.$version" 'IPv4.*done$' timeout 300 \
				gnutls-serv --http --port "$port" --priority \
				"NORMAL:-VERS-ALL:+VERS-TLS$(dotted "$version")" \
				--x509certfile "$tmp/rsa.pem" \
				--x509keyfile "$tmp/rsa.pem" \
				--x509certfile "$tmp/ec.pem" \
				--x509keyfile "$tmp/ec.pem" || continue
			servers="$servers $server"
			ports="$ports $version=$port"
			break
		done
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
	for _ in 1 2 3; do
		: >"$tmp/nginx.ports"
		"$party" ports 4 | nginx_blocks >"$tmp/nginx.blocks"
		start "$1" 'event method' timeout 300 nginx -p "$tmp" \
			-e stderr -c "$tmp/nginx.conf" || continue
		servers=$server
		ports=$(cat "$tmp/nginx.ports")
		break
	done
}

server_python_server() {
	start "$1" '^ready' timeout 300 python3 -W ignore \
		"$srcdir/tests/peers.py" server "$tmp/rsa.pem" "$tmp/ec.pem" || return
	servers=$server
	ports=$(grep '^TLS.*=' "$said")
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

: >"$tmp/can" # NAME.VERSION of what peers can speak
printf '| peer | profile | TLSv1 | TLSv1.1 | TLSv1.2 | TLSv1.3 |\n%s\n' \
	'|---|---|---|---|---|---|' >"$tmp/table"

# ours LOG VERSION: how our side says that it came out.  Who goes away without
# a word has not been refused; Chromium does that beside its real connection.
ours() {
	sed -n "s/^$2 connects \([^ ]*\) .*/\1/p; s/^$2 \(refused\) .*/\1/p" \
		"$1" | sort -u | paste -sd, -
}

# outcome_of NAME PROFILE VERSION: as $outcome.  Both sides must say the same,
# and our side that it was TLS that refused.
outcome_of() {
	outcome=$(ours "$tmp/$1.$2" "$3")
	words=$(claimed "$1" "$tmp/$1.$2.$3")
	[ "$outcome" = "${words:-refused}" ] || {
		[ -z "$outcome$words" ] && outcome=none ||
			outcome="unclear (${outcome:-none} and ${words:-none})"
	}
}

# judge NAME PROFILE VERSION: one cell, of our log and of what the peer says.
judge() {
	grep -qxF "$1.$3" "$tmp/can" || {
		row="$row peer cannot |"
		skip "$1, $2, $3" 'peer cannot'
		return
	}
	outcome_of "$1" "$2" "$3"
	prediction=$(sed -n "s/^$3 predicts //p" "$tmp/$1.$2")
	case $prediction in
	connects*) wanted=$3 ;;
	refused*) wanted=refused ;;
	*) wanted='no prediction' ;;
	esac
	if [ "$outcome" = "$wanted" ]; then
		row="$row $outcome = $wanted |"
		result ok "$1, $2, $3: $outcome; inspect: $prediction"
	else
		row="$row $outcome, NOT $wanted |"
		result 'not ok' "$1, $2, $3: $outcome; inspect: $prediction" \
			"$tmp/$1.$2" "$tmp/$1.$2.$3"
	fi
}

judge_all() { # NAME PROFILE: a row of the table
	row="| $1 | $2 |"
	for version in $versions; do
		judge "$1" "$2" "$version"
	done
	echo "$row" >>"$tmp/table"
}

# judge_reference NAME: what the peer can speak.  One that speaks nothing new,
# or that nobody understands, would leave nothing to compare.
judge_reference() {
	good=ok found=
	for version in $versions; do
		outcome_of "$1" reference "$version"
		found="$found, $version: $outcome"
		case $outcome in
		"$version") echo "$1.$version" >>"$tmp/can" ;;
		unclear*) good='not ok' ;;
		esac
	done
	grep -q "^$1\\.TLSv1\\.[23]$" "$tmp/can" || good='not ok'
	result "$good" "$1 with the reference$found" "$tmp/$1".*
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
	for version in $versions; do
		: >"$log.$version"
	done
	for version in $(able "$1" "$2"); do
		port=$(sed -n "s/^$version port //p" "$log")
		"client_$(echo "$1" | tr - _)" "$version" "$port" \
			>"$log.$version" 2>&1 &
		clients="$clients $!"
	done
	# shellcheck disable=SC2086 # a list of pids; of none it would be all
	[ -z "$clients" ] || wait $clients
	clients=
	stop
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
s/^failed: \(unexpected eof\|connection closed\)/$version gone \1/
s/^failed:/$version refused/p" "$log.server" >>"$log"
	done
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
	(party "$2" client $where) >"$log" 2>&1 </dev/null ||
		result 'not ok' "our client's status is $?" "$log"
	for version in $versions; do
		grep "^$version says " "$log" >"$log.$version"
	done
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
	judge_reference "$name"
	for profile in $profiles; do
		if [ "$name" = chromium ]; then
			on_page "$profile"
		else
			as_client "$name" "$profile"
		fi
		judge_all "$name" "$profile"
	done
done
for name in s_server gnutls-serv nginx python-server; do
	missing "$name" && continue
	ports=
	"server_$(echo "$name" | tr - _)" "$tmp/$name"
	as_server "$name" reference
	judge_reference "$name"
	for profile in $profiles; do
		as_server "$name" "$profile"
		judge_all "$name" "$profile"
	done
	for server in $servers; do
		kill "$server"
		wait "$server"
	done 2>/dev/null
	server='' servers=''
done

sed 's/^/# /' "$tmp/table"
[ -z "${TLSPOLICY_PEERS_TABLE:-}" ] ||
	cp "$tmp/table" "$TLSPOLICY_PEERS_TABLE" || exit 1
echo "1..$count"
