#!/bin/sh
# SPDX-License-Identifier: MIT
# tlspolicy scan and nmap's ssl-enum-ciphers, of the same servers: versions and
# ciphers are to be the same, item by item, also of those that this OpenSSL
# cannot speak: RC4, 3DES, NULL, anonymous and PSK.  nmap does not speak SRP.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

PATH=$PATH:/usr/sbin

[ "${TLSPOLICY_PEERS:-}" != no ] || all 'TLSPOLICY_PEERS=no'
[ -e "$command" ] || all 'the command is not built'
nmap --version >/dev/null 2>&1 || all 'there is no nmap'
python3 -c 'import json' 2>/dev/null || all 'there is no python3'
for kind in rsa:2048 ec; do
	case $kind in
	ec) options='ec -pkeyopt ec_paramgen_curve:prime256v1' ;;
	*) options=$kind ;;
	esac
	# shellcheck disable=SC2086 # a list of words
	openssl req -x509 -nodes -batch -newkey $options \
	    -keyout "$tmp/${kind%:*}.key" -out "$tmp/${kind%:*}.crt" \
	    -subj /CN=localhost 2>/dev/null ||
	    all 'there is no openssl program'
done
echo 'Client_identity:1a2b3c4d' >"$tmp/psk"
"$command" --version >/dev/null # a libtool wrapper may link

# comes_up COMMAND...: with PORT in its words; $port is set.
comes_up() {
	tries=3
	until [ "$((tries -= 1))" -lt 0 ]; do
		port=$(python3 -c 'import socket
print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
		words=
		for word; do
			words="$words '$(echo "$word" | sed "s/PORT/$port/")'"
		done
		eval "exec $words" >"$tmp/log" 2>&1 </dev/null &
		pid=$!
		pids="$pids $pid"
		if python3 -c 'import socket, sys, time
for i in range(100):
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()
        sys.exit(0)
    except OSError:
        time.sleep(0.1)
sys.exit(1)' "$port" && kill -0 "$pid" 2>/dev/null; then
			return 0
		fi
		ends
	done
	cp "$tmp/log" "$tmp/out"
	return 1
}

ends() {
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
}

cat >"$tmp/compare.py" <<'END'
import json, re, sys
registry, ours, theirs = sys.argv[1:4]
codes = {}
for code, name in re.findall(r'\{ 0x(\w{4}),\s*"(\w+)" \}',
                             open(registry).read()):
    codes.setdefault(name, int(code, 16))
codes["TLS_AKE_WITH_AES_128_GCM_SHA256"] = 0x1301  # nmap's own names
codes["TLS_AKE_WITH_AES_256_GCM_SHA384"] = 0x1302
codes["TLS_AKE_WITH_CHACHA20_POLY1305_SHA256"] = 0x1303
codes["TLS_AKE_WITH_AES_128_CCM_SHA256"] = 0x1304
codes["TLS_AKE_WITH_AES_128_CCM_8_SHA256"] = 0x1305
names = {"TLSv1.0": "TLSv1"}
a, b, version = set(), set(), None
for v in json.load(open(ours))["versions"]:
    a |= {(v["version"], int(c["code"], 16)) for c in v["ciphers"]}
for line in open(theirs, errors="replace"):
    m = re.match(r"^\|   (SSLv3|TLSv1\.\d):", line)
    version = names.get(m[1], m[1]) if m else version
    m = re.match(r"^\|       (TLS_\w+|SSL_\w+)", line)
    if m:
        b.add((version, codes[m[1]]))
for item in sorted(a - b):
    print("tlspolicy only: %s 0x%04x" % item)
for item in sorted(b - a):
    print("nmap only: %s 0x%04x" % item)
print("%d and %d ciphers" % (len(a), len(b)))
sys.exit(a != b or not a)
END

scanned() { # STATUS
	"$command" scan --json --timeout 20 --policy intermediate \
	    "127.0.0.1:$port" >"$tmp/ours" 2>"$tmp/out"
	[ $? -eq "$1" ]
}

equal() {
	nmap -Pn -p "$port" --script +ssl-enum-ciphers 127.0.0.1 \
	    >"$tmp/theirs" 2>&1
	python3 "$tmp/compare.py" "$srcdir/tools/registry.c" "$tmp/ours" \
	    "$tmp/theirs" >"$tmp/out" 2>&1
	status=$?
	sed -n '$s/^/# /p' "$tmp/out"
	return "$status"
}

# row NAME STATUS COMMAND...
row() {
	title=$1
	status=$2
	shift 2
	if ! command -v "$1" >/dev/null 2>&1; then
		skip "$title" "there is no $1"
		return
	fi
	check "$title comes up" comes_up "$@"
	check "$title is scanned" scanned "$status"
	check "$title: as nmap has it" equal
	ends
}

s_server() { # NAME STATUS OPTION...
	title="s_server, $1"
	status=$2
	shift 2
	row "$title" "$status" openssl s_server -accept 127.0.0.1:PORT -www \
	    -cert "$tmp/rsa.crt" -key "$tmp/rsa.key" "$@"
}

gnutls() { # NAME STATUS PRIORITY OPTION...
	title="gnutls-serv, $1"
	status=$2
	priority=$3
	shift 3
	row "$title" "$status" gnutls-serv --quiet --http --port PORT \
	    --disable-client-cert --x509certfile "$tmp/rsa.crt" \
	    --x509keyfile "$tmp/rsa.key" --priority "$priority" "$@"
}

base='NONE:+COMP-NULL:+SIGN-ALL:+GROUP-SECP256R1:+GROUP-FFDHE2048'
old='+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2'
s_server 'ECDSA' 0 -dcert "$tmp/ec.crt" -dkey "$tmp/ec.key" \
    -cipher ECDHE+AESGCM -curves P-256
# TLS 1.0 and 1.1 end in "internal error": no signature is left for them.
whole() {
	python3 -c 'import json, sys
versions = json.load(open(sys.argv[1]))["versions"]
print("#", *(v["version"] for v in versions if not v["complete"]))
sys.exit(not all(v["complete"] for v in versions))' "$tmp/ours"
}
s_server 'level 2' 1 -no_tls1_3 -cipher 'ECDHE:@SECLEVEL=2' -curves P-256 \
    -cert "$tmp/ec.crt" -key "$tmp/ec.key"
check "$title: its lists are whole" whole
s_server 'old ones' 1 -cipher 'DEFAULT:@SECLEVEL=0' -curves P-256
s_server 'PSK' 1 -tls1_2 -psk 1a2b3c4d -curves P-256 -cipher \
    'ECDHE-RSA-AES128-GCM-SHA256:PSK-AES128-CBC-SHA:PSK-NULL-SHA:@SECLEVEL=0'
s_server 'no TLS 1.2' 1 -no_tls1_2 -cipher 'ALL:@SECLEVEL=0' -curves P-256
s_server 'CCM and CBC' 1 -tls1_2 -curves P-256 \
    -cipher AES128-CCM8:ECDHE-RSA-AES256-SHA384
gnutls 'RC4 and 3DES' 1 "$base:$old:+AES-128-GCM:+3DES-CBC:+ARCFOUR-128:+AEAD:+SHA1:+ECDHE-RSA:+RSA"
gnutls 'NULL' 1 "$base:$old:+NULL:+AES-128-CBC:+SHA1:+SHA256:+MD5:+RSA"
gnutls 'anonymous' 1 "$base:+VERS-TLS1.2:+AES-128-CBC:+AES-128-GCM:+3DES-CBC:+AEAD:+SHA1:+ANON-ECDH:+ANON-DH"
gnutls 'PSK' 1 "$base:+VERS-TLS1.2:+AES-128-CBC:+AES-128-GCM:+ARCFOUR-128:+NULL:+AEAD:+SHA1:+PSK:+DHE-PSK:+ECDHE-PSK:+RSA-PSK" \
    --pskpasswd "$tmp/psk"
gnutls 'Camellia' 1 "$base:+VERS-TLS1.2:+CAMELLIA-128-CBC:+CAMELLIA-256-GCM:+AES-256-CCM-8:+AEAD:+SHA1:+SHA256:+ECDHE-RSA:+DHE-RSA:+RSA"
gnutls 'TLS 1.0 alone' 1 "$base:+VERS-TLS1.0:+AES-128-CBC:+3DES-CBC:+SHA1:+DHE-RSA:+RSA"
gnutls 'TLS 1.3' 1 "$base:+VERS-TLS1.3:+AES-128-CCM:+AES-128-CCM-8:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD"
gnutls 'as it is' 1 NORMAL

# SRP: what nmap does not see.
has() { # CODE...: in TLS 1.2, and no more.
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
got = sorted(c["code"] for v in r["versions"] for c in v["ciphers"]
    if v["version"] == "TLSv1.2")
print("#", *got)
sys.exit(got != sorted(sys.argv[2:]))' "$tmp/ours" "$@"
}
: >"$tmp/srpv"
if openssl srp -srpvfile "$tmp/srpv" -add -passout pass:secret user \
    >/dev/null 2>&1; then
	check 's_server, SRP comes up' comes_up openssl s_server \
	    -accept 127.0.0.1:PORT -www -tls1_2 -cert "$tmp/rsa.crt" \
	    -key "$tmp/rsa.key" -srpvfile "$tmp/srpv" \
	    -cipher SRP-AES-128-CBC-SHA:SRP-RSA-AES-256-CBC-SHA
	check 's_server, SRP is scanned' scanned 1
	check 's_server, SRP: both' has 0xc01d 0xc021
	ends
else
	skip 's_server, SRP' 'this OpenSSL has none'
fi
if srptool --create-conf "$tmp/srp.conf" >/dev/null 2>&1; then
	: >"$tmp/srpusers"
	check 'gnutls-serv, SRP comes up' comes_up gnutls-serv --quiet --http \
	    --port PORT --srppasswd "$tmp/srpusers" \
	    --srppasswdconf "$tmp/srp.conf" --x509certfile "$tmp/rsa.crt" \
	    --x509keyfile "$tmp/rsa.key" \
	    --priority 'NORMAL:-KX-ALL:+SRP:+SRP-RSA:-VERS-ALL:+VERS-TLS1.2'
	check 'gnutls-serv, SRP is scanned' scanned 1
	check 'gnutls-serv, SRP: all' has 0xc01d 0xc01e 0xc020 0xc021
	ends
else
	skip 'gnutls-serv, SRP' 'there is no srptool'
fi
echo "1..$n"
