#!/bin/sh
# SPDX-License-Identifier: MIT
# tlspolicy export: the program's own check takes the lines, and a scan of the
# running server finds what tlspolicy show says that the policy comes to.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"
# shellcheck source=tests/servers.sh
. "${srcdir:-.}/tests/servers.sh"

PATH=$PATH:/usr/sbin

[ -e "$command" ] || all 'the command is not built'
"$command" --version >/dev/null # a libtool wrapper may link

# What it says, without any program.
says() { # STATUS PATTERN ARGUMENT...
	status=$1
	pattern=$2
	shift 2
	"$command" export "$@" >"$tmp/out" 2>"$tmp/err"
	[ $? -eq "$status" ] && cat "$tmp/out" "$tmp/err" |
	    grep -q -e "$pattern"
}
check 'versions in a list' says 0 '^ssl_protocols TLSv1.2 TLSv1.3;$' \
    nginx min=TLSv1.2
check 'bounds' says 0 '^sslVersionMin = TLSv1.2$' stunnel min=TLSv1.2
check 'nothing but what the policy sets' says 0 '^# system' nginx system
check 'nothing' [ "$(wc -l <"$tmp/out")" -eq 1 ]
check 'what an old program cannot be told' says 1 \
    '^# cannot be told: ciphersuites=' --from 1.18.0 nginx intermediate
check 'the others are' says 1 '^ssl_ciphers .*@SECLEVEL=2;$' \
    --from 1.18.0 nginx intermediate
check 'groups of HAProxy before 2.2' says 1 '^# cannot be told: groups=' \
    --from 2.1.12 haproxy intermediate
check 'its signature algorithms, from 2.8 on' says 1 \
    '^# cannot be told: sigalgs=' --from 2.6.12 haproxy sigalgs=ed25519
check 'a list without a level' says 0 '^ciphers = AES128-SHA$' stunnel \
    ciphers=AES128-SHA
check 'a level of its own' says 0 '^securityLevel = 2$' stunnel level=2
check 'options in one line' says 0 \
    '^Options = -ServerPreference,NoRenegotiation$' openssl-conf intermediate
check 'a format that is none' says 2 'iis: not a format; give' iis modern
check 'a version that is none' says 2 'from new: not a version' \
    --from new nginx modern
broken() { # white space of a policy may be a new line
	"$command" export nginx "$(printf 'min=TLSv1.2\nlevel=2')" >"$tmp/out" \
	    2>"$tmp/err"
	! grep -q '^level' "$tmp/out"
}
check 'a policy of two lines is in one comment' broken
check 'a policy that is none' says 2 'column 1' nginx moderm

servers=yes
[ "${TLSPOLICY_PEERS:-}" != no ] || servers=no
python3 -c 'import json' 2>/dev/null || servers=no
openssl req -x509 -nodes -batch -newkey rsa:2048 -keyout "$tmp/key" \
    -out "$tmp/cert" -subj /CN=localhost 2>/dev/null || servers=no
if [ "$servers" = no ]; then
	skip 'servers' 'they, openssl(1) or python3 are not there'
	echo "1..$n"
	exit 0
fi
cat "$tmp/cert" "$tmp/key" >"$tmp/both"
chmod 644 "$tmp/key" "$tmp/both"
chmod 755 "$tmp"

# The servers: the head of a configuration, the lines, the rest; a check.

configure_nginx() {
	nginx_head
	cat "$tmp/lines"
	echo '} }'
}
check_nginx() {
	nginx -t -e stderr -p "$tmp" -c "$tmp/conf"
}
serve_nginx() {
	exec nginx -e stderr -p "$tmp" -c "$tmp/conf"
}

configure_apache() {
	apache_head
	cat "$tmp/lines"
}
check_apache() {
	apache2 -t -f "$tmp/conf"
}
serve_apache() {
	exec apache2 -X -f "$tmp/conf"
}

configure_haproxy() {
	echo global
	cat "$tmp/lines"
	cat <<-END
		defaults
			mode http
			timeout connect 10s
			timeout client 10s
			timeout server 10s
		frontend test
			bind 127.0.0.1:$port ssl crt $tmp/both
			http-request return status 200
	END
}
check_haproxy() {
	haproxy -c -f "$tmp/conf"
}
serve_haproxy() {
	exec haproxy -db -f "$tmp/conf"
}

configure_lighttpd() {
	cat <<-END
		server.modules = ( "mod_openssl" )
		server.document-root = "$tmp"
		server.bind = "127.0.0.1"
		server.port = $port
		ssl.engine = "enable"
		ssl.pemfile = "$tmp/both"
	END
	cat "$tmp/lines"
}
check_lighttpd() {
	lighttpd -tt -f "$tmp/conf"
}
serve_lighttpd() {
	exec lighttpd -D -f "$tmp/conf"
}

configure_stunnel() {
	cat <<-END
		foreground = yes
		pid =
		syslog = no
		[test]
		accept = 127.0.0.1:$port
		connect = 127.0.0.1:1
		cert = $tmp/both
	END
	cat "$tmp/lines"
}
check_stunnel() { # it has none: it does not start with what it does not take
	:
}
serve_stunnel() {
	exec stunnel4 "$tmp/conf"
}

configure_openssl_conf() {
	cat "$tmp/lines"
}
check_openssl_conf() {
	OPENSSL_CONF=$tmp/conf openssl ciphers -s >/dev/null
}
serve_openssl_conf() {
	OPENSSL_CONF=$tmp/conf exec openssl s_server -quiet -www \
	    -accept "127.0.0.1:$port" -cert "$tmp/cert" -key "$tmp/key"
}

# What show says, for a certificate with an RSA key, beside what scan found.
cat >"$tmp/compare.py" <<'END'
import json, sys
show, scan = (json.load(open(name)) for name in sys.argv[1:3])
untold = sys.argv[3].split()
order = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
items = dict(part.split("=", 1) for part in show["result"].split(","))
low, high = order.index(items["min"]), order.index(items["max"])
wanted = {v: v in order[low:high + 1] for v in order + ["SSLv3"]}
bad = []
def same(what, a, b):
    if a != b:
        bad.append("%s: show %s, scan %s" % (what, sorted(a), sorted(b)))
ciphers = {c for c in items["ciphers"].split(":") if "ECDSA" not in c}
groups = set(items["groups"].split(":"))
found = set()
for v in scan["versions"]:
    same(v["version"], {wanted[v["version"]]}, {v["outcome"] == "accepted"})
    if v["outcome"] != "accepted":
        continue
    if "groups" not in untold:
        same("groups of " + v["version"], groups,
             {g["name"] for g in v["groups"]})
    if v["version"] == "TLSv1.3" and "ciphersuites" not in untold:
        same("ciphersuites", set(items["ciphersuites"].split(":")),
             {c["name"] for c in v["ciphers"]})
    elif v["version"] != "TLSv1.3":
        found |= {c["name"] for c in v["ciphers"]}
if low < 3:
    same("ciphers", ciphers, found)
print(*bad, sep="\n")
sys.exit(bool(bad))
END

comes_up() {
	for port in $(python3 -c 'import socket
l = [socket.create_server(("127.0.0.1", 0)) for i in range(3)]
print(*(s.getsockname()[1] for s in l))'); do
		"configure_$kind" >"$tmp/conf"
		("serve_$kind") >"$tmp/log" 2>&1 </dev/null &
		pid=$!
		pids="$pids $pid"
		tries=100
		while [ "$tries" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
			"$command" scan --json --timeout 10 \
			    "127.0.0.1:$port" >"$tmp/scan" 2>/dev/null &&
			    return 0
			tries=$((tries - 1))
			sleep 0.1
		done
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	cp "$tmp/log" "$tmp/out"
	return 1
}

equals() {
	"$command" show --override --json "$profile" >"$tmp/show" &&
	    python3 "$tmp/compare.py" "$tmp/show" "$tmp/scan" "$untold" \
	        >"$tmp/out" 2>&1
}

# row FORMAT PROGRAM VERSION [UNTOLD]
row() {
	format=$1
	program=$2
	version=$3
	untold=${4:-}
	kind=$(echo "$format" | tr - _)
	for profile in modern intermediate compat legacy; do
		if ! command -v "$program" >/dev/null 2>&1; then
			skip "$format, $profile" "there is no $program"
			continue
		fi
		port=1
		check "$format, $profile: exported" says \
		    "$([ -z "$untold" ]; echo $?)" . --from "$version" \
		    "$format" "$profile"
		cp "$tmp/out" "$tmp/lines"
		"configure_$kind" >"$tmp/conf"
		"check_$kind" >"$tmp/out" 2>&1
		result $? "$format, $profile: $program takes it"
		check "$format, $profile: $program comes up" comes_up
		check "$format, $profile: as show has it" equals
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}

# version COMMAND...: the first number of the kind that it prints.
version() {
	"$@" 2>&1 | sed -n 's/^[^0-9]*\([0-9][0-9]*\.[0-9.]*[0-9]\).*/\1/p' |
	    head -n 1
}

row nginx nginx "$(version nginx -v)"
row apache apache2 "$(version apache2 -v)"
row haproxy haproxy "$(version haproxy -v)"
row lighttpd lighttpd "$(version lighttpd -v)"
row stunnel stunnel4 "$(version stunnel4 -version)"
row openssl-conf openssl "$(version openssl version)"
echo "1..$n"
