#!/bin/sh
# SPDX-License-Identifier: MIT
# What tlspolicy scan and sslscan each find of the same servers, as people run
# them: versions, ciphers, the preferred one, and groups are to be the same.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"
# shellcheck source=tests/servers.sh
. "${srcdir:-.}/tests/servers.sh"

pid=
PATH=$PATH:/usr/sbin

ends() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	wait
	pid=
	pids=
}

[ "${TLSPOLICY_PEERS:-}" != no ] || all 'TLSPOLICY_PEERS=no'
[ -e "$command" ] || all 'the command is not built'
sslscan --version >/dev/null 2>&1 || all 'there is no sslscan'
python3 -c 'import json' 2>/dev/null || all 'there is no python3'
openssl req -x509 -nodes -batch -newkey rsa:2048 -keyout "$tmp/key" \
    -out "$tmp/cert" -subj /CN=localhost 2>/dev/null ||
    all 'there is no openssl program'
cat "$tmp/cert" "$tmp/key" >"$tmp/both"
chmod 644 "$tmp/key" "$tmp/both"
chmod 755 "$tmp"

# A port that was free just now: of a server that got it from the kernel.
free_port() {
	: >"$tmp/port"
	openssl s_server -accept 127.0.0.1:0 -cert "$tmp/cert" \
	    -key "$tmp/key" -www >"$tmp/port" 2>/dev/null </dev/null &
	holder=$!
	tries=200
	until grep -q '^ACCEPT .*:' "$tmp/port" || [ "$tries" -eq 0 ]; do
		tries=$((tries - 1))
		sleep 0.05
	done
	kill -KILL "$holder"
	wait "$holder" 2>/dev/null
	port=$(sed -n 's/^ACCEPT .*://p' "$tmp/port")
	[ -n "$port" ]
}

# The servers: each in the foreground, on $port, with versions $low to $high,
# all the ciphers that it has by itself, and its own preference.

serve_s_server() {
	set --
	for version in 1.0 1.1 1.2 1.3; do
		case $versions in
		*" $version "*) ;;
		*) set -- "$@" "-no_tls$(echo "${version%.0}" | tr . _)" ;;
		esac
	done
	exec openssl s_server -accept "127.0.0.1:$port" -cert "$tmp/cert" \
	    -key "$tmp/key" -www -serverpref -cipher 'DEFAULT:@SECLEVEL=0' "$@"
}

serve_nginx() {
	{
		nginx_head
		echo "ssl_protocols$(echo "$versions" |
			sed 's/ \(1\.[0-9]\)/ TLSv\1/g; s/v1\.0/v1/');
		ssl_ciphers DEFAULT:@SECLEVEL=0; ssl_prefer_server_ciphers on;
		} }"
	} >"$tmp/nginx.conf"
	exec nginx -e stderr -p "$tmp" -c "$tmp/nginx.conf"
}

serve_haproxy() {
	cat >"$tmp/haproxy.cfg" <<-END
		global
			ssl-default-bind-ciphers DEFAULT:@SECLEVEL=0
		defaults
			mode http
			timeout connect 10s
			timeout client 10s
			timeout server 10s
		frontend test
			bind 127.0.0.1:$port ssl crt $tmp/both ssl-min-ver TLSv$low ssl-max-ver TLSv$high
			http-request return status 200
	END
	exec haproxy -db -f "$tmp/haproxy.cfg"
}

serve_apache2() {
	{
		apache_head
		echo "SSLProtocol -all$(echo "$versions" |
			sed 's/ \(1\.[0-9]\)/ +TLSv\1/g; s/v1\.0/v1/')
		SSLCipherSuite DEFAULT:@SECLEVEL=0
		SSLHonorCipherOrder on"
	} >"$tmp/apache2.conf"
	exec apache2 -X -f "$tmp/apache2.conf"
}

# It knows no address; what it serves to the world is its own greeting.
serve_gnutls_serv() {
	exec gnutls-serv --quiet --http --disable-client-cert --port "$port" \
	    --x509certfile "$tmp/cert" --x509keyfile "$tmp/key" \
	    --priority "NORMAL:-VERS-ALL:%SERVER_PRECEDENCE$(echo "$versions" |
	        sed 's/ \(1\.[0-9]\)/:+VERS-TLS\1/g; s/ $//')"
}

# comes_up SERVER: until it takes connections; another port if that was taken.
comes_up() {
	for attempt in 1 2 3 4 5; do
		free_port || continue
		("serve_$1") >"$tmp/log" 2>&1 </dev/null &
		pid=$!
		pids=$pid
		tries=100
		while [ "$tries" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
			"$command" scan "127.0.0.1:$port" >/dev/null 2>&1
			[ $? -eq 2 ] || return 0
			tries=$((tries - 1))
			sleep 0.1
		done
		echo "# $1: attempt $attempt"
		ends
	done
	cp "$tmp/log" "$tmp/out"
	return 1
}

# Prints what each of the two has found, to be the same.
cat >"$tmp/digest.py" <<'EOF_PY'
import json, re, sys
SAME = {"secp256r1": "prime256v1", "x25519": "X25519", "x448": "X448"}
what, ours, theirs = sys.argv[1:]
ours = json.load(open(ours))["versions"]
text = open(theirs, errors="replace").read()

def dotted(version):
    return version if "." in version else version + ".0"

def versions():
    a = [dotted(v["version"]) for v in ours if v["outcome"] == "accepted"]
    b = re.findall(r"^(TLSv1\.\d) +enabled", text, re.M)
    return sorted(a), sorted(b)

def ciphers():
    a = [(dotted(v["version"]), c["name"]) for v in ours for c in v["ciphers"]]
    b = re.findall(r"^(?:Preferred|Accepted) +(TLSv\S+) +\d+ bits +(\S+)",
        text, re.M)
    return sorted(a), sorted(b)

def preferred():
    a = [(dotted(v["version"]), v["cipher"]) for v in ours if v["cipher"]]
    b = re.findall(r"^Preferred +(TLSv\S+) +\d+ bits +(\S+)", text, re.M)
    return sorted(a), sorted(b)

# sslscan asks for the groups of TLS 1.2 and 1.3; RFC 7919's are no groups of
# TLS 1.2 to OpenSSL's client.
def groups():
    a = [(v["version"], g["name"]) for v in ours for g in v["groups"]
        if v["version"] > "TLSv1.1"]
    b = re.findall(r"^(TLSv1\.[23]) +\d+ bits +([\w-]+)", text, re.M)
    return sorted(a), sorted((v, SAME.get(g, g)) for v, g in b
        if v != "TLSv1.2" or not g.startswith("ffdhe"))

a, b = globals()[what]()
for item in a:
    if item not in b:
        print("tlspolicy only:", *([item] if isinstance(item, str) else item))
for item in b:
    if item not in a:
        print("sslscan only:", *([item] if isinstance(item, str) else item))
if what == "versions":
    print(*a)
sys.exit(0 if a == b and a else 1)
EOF_PY

digest() { # WHAT
	python3 "$tmp/digest.py" "$1" "$tmp/ours" "$tmp/theirs" >"$tmp/out" 2>&1
}

# row SERVER PROGRAM LOW HIGH: four tests.
row() {
	server=$1
	program=$2
	low=$3
	high=$4
	title="$program $low-$high"
	versions=' '
	for version in 1.0 1.1 1.2 1.3; do
		case $(printf '%s\n' "$low" "$version" "$high" | sort -c 2>&1) in
		'') versions="$versions$version " ;;
		esac
	done
	if ! command -v "$program" >/dev/null 2>&1; then
		skip "$title" "there is no $program"
		return
	fi
	comes_up "$server"
	result $? "$title comes up"
	"$command" scan --json --servername localhost --timeout 20 \
	    "127.0.0.1:$port" >"$tmp/ours" 2>"$tmp/out"
	result $? "$title is scanned"
	sslscan --no-colour --no-heartbleed --no-renegotiation \
	    --no-compression --no-fallback --no-check-certificate --timeout=20 \
	    --sni-name=localhost "127.0.0.1:$port" >"$tmp/theirs" 2>&1
	digest versions && [ "$(sed 's/TLSv//g' "$tmp/out")" = \
	    "$(echo "$versions" | sed 's/^ //; s/ $//')" ]
	result $? "$title: versions, as configured"
	for what in ciphers preferred groups; do
		digest $what
		result $? "$title: $what"
	done
	ends
}

ranges='1.0_1.3 1.2_1.3'
[ "${TLSPOLICY_TIER:-}" = short ] || ranges="$ranges 1.0_1.2 1.2_1.2 1.3_1.3"
for range in $ranges; do
	row s_server openssl "${range%_*}" "${range#*_}"
	row nginx nginx "${range%_*}" "${range#*_}"
	row haproxy haproxy "${range%_*}" "${range#*_}"
	row apache2 apache2 "${range%_*}" "${range#*_}"
	row gnutls_serv gnutls-serv "${range%_*}" "${range#*_}"
done
echo "1..$n"
