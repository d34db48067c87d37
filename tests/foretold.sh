#!/bin/sh
# SPDX-License-Identifier: MIT
# What tlspolicy_would_accept() says of clients of others, beside what comes of
# each policy when a server applies it.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

[ "${TLSPOLICY_PEERS:-yes}" != no ] || {
	echo '1..0 # SKIP the clients are of the host, with its OpenSSL'
	exit 0
}

certificate() { # NAME OPTION...
	name=$1
	shift
	openssl req -x509 -nodes -batch "$@" -keyout "$tmp/$name.key" \
		-out "$tmp/$name.pem" -subj /CN=localhost >"$tmp/$name.log" 2>&1
}
certificate rsa -newkey rsa:2048 &&
	certificate ec -newkey ec -pkeyopt ec_paramgen_curve:P-256 || {
	echo '1..0 # SKIP openssl makes no certificates'
	exit 0
}

s_client() {
	timeout 20 openssl s_client -connect "127.0.0.1:$port" "$@"
}

curls() {
	timeout 20 curl -q -sS -k --noproxy '*' "$@" "https://127.0.0.1:$port/"
}

gnutls() {
	timeout 20 gnutls-cli --insecure --port "$port" --priority "$1" 127.0.0.1
}

python() { # STATEMENT about the context c
	timeout 20 python3 -c "import socket, ssl
c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
c.check_hostname = False
c.verify_mode = ssl.CERT_NONE
$1
s = c.wrap_socket(socket.create_connection(('127.0.0.1', $port), 20))
s.send(b'GET / HTTP/1.0\\r\\n\\r\\n')
s.read()"
}

why_not() { # CLIENT
	case $1 in
	curls) command -v curl >/dev/null || echo 'there is no curl' ;;
	gnutls)
		command -v gnutls-cli >/dev/null || echo 'there is no gnutls-cli'
		;;
	python)
		python3 -c 'import ssl' 2>/dev/null ||
			echo 'there is no Python with ssl'
		;;
	esac
}

# The same client once more than there are policies, whatever comes of it.
told() { # CERTIFICATE CLIENT ARGUMENT...
	pem=$tmp/$1.pem
	key=$tmp/$1.key
	shift
	rm -f "$tmp/out" # the last one's port is in it
	./tests/foretold "$pem" "$key" modern intermediate compat \
		groups=P-521 max=TLSv1.2,ciphers=ECDHE-ECDSA-AES256-GCM-SHA384 \
		>"$tmp/out" 2>"$tmp/err" </dev/null &
	server=$!
	pids="$pids $server"
	tries=200
	until grep -qs '^listening' "$tmp/out"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] && kill -0 "$server" || return 1
		sleep 0.05
	done
	port=$(sed -n 's/^listening on //p' "$tmp/out")
	for _ in 1 2 3 4 5 6; do
		"$@" >"$tmp/client" 2>&1 </dev/null || :
	done
	wait "$server" || {
		sed 's/^/# client: /' "$tmp/client" | head -n 5
		return 1
	}
}

row() { # CERTIFICATE CLIENT ARGUMENT...
	why=$(why_not "$2")
	if [ -n "$why" ]; then
		n=$((n + 1))
		echo "ok $n - $* # SKIP $why"
	else
		check "$*" told "$@"
	fi
}

for certificate in rsa ec; do
	row "$certificate" s_client
	row "$certificate" s_client -tls1_2
	row "$certificate" curls --tls-max 1.2 --ciphers ECDHE-RSA-AES128-SHA
	row "$certificate" gnutls NORMAL
	row "$certificate" gnutls NORMAL:-VERS-TLS1.3
	row "$certificate" python 'c.maximum_version = ssl.TLSVersion.TLSv1_2'
done
row rsa s_client -tls1_2 -fallback_scsv
row rsa s_client -groups P-384
row rsa s_client -sigalgs RSA+SHA256
row ec s_client -groups P-521:X25519
row rsa curls
row rsa curls --tls-max 1.2 --ciphers AES128-SHA
row ec curls --curves P-256
row rsa gnutls NORMAL:-GROUP-ALL:+GROUP-SECP521R1
row ec gnutls NORMAL:-VERS-ALL:+VERS-TLS1.2:-GROUP-ALL:+GROUP-SECP384R1
row rsa gnutls NORMAL:-KX-ALL:+RSA:-VERS-TLS1.3
row rsa python pass
row ec python 'c.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")'
echo "1..$n"
