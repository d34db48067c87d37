#!/bin/sh
# SPDX-License-Identifier: MIT
# tlspolicy scan of several targets: formats, statuses, the baseline, and that
# one target does not hold up the others.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"


[ -e "$command" ] || all 'the command is not built'
[ "${TLSPOLICY_PEERS:-}" != no ] || all 'TLSPOLICY_PEERS=no'
python3 -c 'import ssl' 2>/dev/null || all 'there is no python3'
openssl req -x509 -nodes -batch -newkey rsa:2048 -keyout "$tmp/key" \
    -out "$tmp/cert" -subj /CN=localhost 2>/dev/null ||
    all 'there is no openssl program'
"$command" --version >/dev/null # a libtool wrapper may link

: >"$tmp/ports"
python3 "$srcdir/tests/wicked.py" "$tmp/cert" "$tmp/key" plain plain \
    last-stall:1 >"$tmp/ports" 2>"$tmp/errors" &
pids=$!
# s_server ARGUMENT...: $port is its port.
s_server() {
	: >"$tmp/log"
	openssl s_server -www -accept 127.0.0.1:0 -cert "$tmp/cert" \
	    -key "$tmp/key" "$@" >"$tmp/log" 2>&1 </dev/null &
	pids="$pids $!"
	tries=100
	until grep -q '^ACCEPT .*:' "$tmp/log" || [ "$tries" -eq 0 ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
	port=$(sed -n 's/^ACCEPT .*://p' "$tmp/log" | head -n 1)
}
tries=100
until [ "$(wc -l <"$tmp/ports")" -eq 3 ] || [ "$tries" -eq 0 ]; do
	tries=$((tries - 1))
	sleep 0.1
done
first=127.0.0.1:$(sed -n '1s/ .*//p' "$tmp/ports")
second=127.0.0.1:$(sed -n '2s/ .*//p' "$tmp/ports")
silent=127.0.0.1:$(sed -n '3s/ .*//p' "$tmp/ports")
s_server -tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256 -groups P-256
new=127.0.0.1:$port

# scans STATUS ARGUMENT...: of several.
scans() {
	status=$1
	shift
	timeout 120 "$command" scan --timeout 1 "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ "$got" -eq "$status" ] && return
	echo "# status $got, not $status"
	return 1
}

python() { # EXPRESSION: of the lines l, and the text t, of the last output
	python3 -c 'import json, sys, csv, io, xml.dom.minidom as dom
t = open(sys.argv[1]).read()
l = t.splitlines()
sys.exit(not eval("(" + sys.argv[2] + ")"))' "$tmp/out" "$1"
}

cat >"$tmp/targets" <<END
# all of them
$first
$silent	- other.example	# with a name
$second www.example
127.0.0.1:1 smtp
END

check 'several targets' scans 1 --policy intermediate "$first" "$second"
check 'each has its part, and there is a sum' python '
t.count("outside: intermediate") == 2 and
l[-1] == "2 targets: 2 outside, 0 could not be told"'
check 'all within' scans 0 --policy modern "$new" "$new"
check 'none within, one untold: outside' scans 1 --policy modern "$first" \
    127.0.0.1:1
check 'within, and untold' scans 2 --policy modern "$new" 127.0.0.1:1
start=$(date +%s)
check 'from a file' scans 1 --policy intermediate --jobs 2 --json \
    --targets "$tmp/targets"
check 'in time' [ "$(($(date +%s) - start))" -lt 30 ]
check 'one object a line, in their order' python '
[r["verdict"] for r in map(json.loads, l)] == ["outside", "could not tell",
    "outside", "could not tell"]'
check 'names and protocols' python '
[(r["servername"], r["starttls"]) for r in map(json.loads, l)] == [
    (None, None), ("other.example", None), ("www.example", None),
    (None, "smtp")]'
check 'codes, and the certificate' python '
(lambda r: r["certificate"]["key"] == "RSA" and
    r["certificate"]["size"] == 2048 and
    r["certificate"]["subject"] == "CN=localhost" and
    r["certificate"]["signature"] == "sha256WithRSAEncryption" and
    ("AES128-SHA", "0x002f") in [(c["name"], c["code"])
        for v in r["versions"] for c in v["ciphers"]])(json.loads(l[0]))'

named() { # a name has no dot behind, and an address is none
	scans 2 --json --servername www.example. "$first" 127.0.0.1:1 &&
	    python 'all(json.loads(x)["servername"] == "www.example" for x in l)' &&
	    scans 2 --json "127.1:${first#*:}" '[fe80::1%lo]:1' &&
	    python 'all(json.loads(x)["servername"] is None for x in l)'
}
check 'names as RFC 6066 has them' named

check 'CSV' scans 1 --policy intermediate --format csv "$first" "$new"
check 'CSV: its columns' python '
l[0] == "target,version,kind,code,name,within" and
all(len(r) == 6 for r in csv.reader(l))'
check 'CSV: its rows' python '
"'"$first"',TLSv1.2,cipher,0x002f,AES128-SHA,false" in l and
"'"$new"',TLSv1.3,version,0x0304,TLSv1.3,true" in l and
"'"$new"',TLSv1.3,group,0x0017,prime256v1,true" in l'

check 'JUnit' scans 1 --policy intermediate --format junit "$first" \
    127.0.0.1:1
check 'JUnit: counts and cases agree' python '
all(int(s.getAttribute("tests")) == len(s.getElementsByTagName("testcase")) and
    int(s.getAttribute("failures")) ==
        len(s.getElementsByTagName("failure")) and
    int(s.getAttribute("errors")) == len(s.getElementsByTagName("error"))
    for s in dom.parseString(t).getElementsByTagName("testsuite"))'
check 'JUnit: what fails' python '
[c.getAttribute("name") for c in
    dom.parseString(t).getElementsByTagName("testcase")
    if c.getElementsByTagName("failure")] == ["TLSv1.2 cipher AES128-SHA"]'
check 'JUnit: what is an error' python '
[c.getAttribute("name") for c in
    dom.parseString(t).getElementsByTagName("testcase")
    if c.getElementsByTagName("error")] == ["connection"]'

cat >"$tmp/named" <<END
$new a.example
$new b.example
END
check 'JUnit: one server of two names' scans 0 --format junit \
    --targets "$tmp/named"
check 'JUnit: each by its own' python '
[s.getAttribute("name") for s in
    dom.parseString(t).getElementsByTagName("testsuite")] ==
    ["'"$new"' (a.example)", "'"$new"' (b.example)"]'

check 'HTML' scans 1 --policy intermediate --format html "$new" "$first" \
    127.0.0.1:1
check 'HTML: stands alone' python '
"<script" not in t and "http" not in t.replace("HTTP", "") and
"src=" not in t'
check 'HTML: outside first' python '
t.index("'"$first"'") < t.index("127.0.0.1:1<") < t.index("'"$new"'")'

check 'a baseline' scans 0 --json "$new"
cp "$tmp/out" "$tmp/base"
check 'nothing new' scans 0 --baseline "$tmp/base" "$new"
python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
v = r["versions"][3]
v["groups"] = []
v["ciphers"].append({"name": "TLS_X", "code": "0x1309"})
json.dump(r, open(sys.argv[1], "w"))' "$tmp/base"
check 'something new' scans 1 --json --policy modern --baseline "$tmp/base" \
    "$new"
check 'which, and what is gone' python '
(lambda r: r["new"] == 1 and r["versions"][3]["groups"][0]["new"] and
    [g["code"] for g in r["gone"]] == ["0x1309"] and
    r["verdict"] == "within")(json.loads(t))'
check 'in words' scans 1 --baseline "$tmp/base" "$new"
check 'in words: which' python '
"prime256v1   NEW" in t and "gone since: TLSv1.3 cipher TLS_X" in t'
check 'a target that was not there' scans 1 --baseline "$tmp/base" "$first"
check 'a baseline of one server of two names' scans 0 --json \
    --targets "$tmp/named"
# The first has had all, the second nothing.
python3 -c 'import json, sys
l = [json.loads(x) for x in open(sys.argv[1])]
l[1]["versions"] = []
print(*map(json.dumps, l), sep="\n")' "$tmp/out" >"$tmp/base"
check 'new for the second' scans 1 --json --baseline "$tmp/base" \
    --targets "$tmp/named"
check 'not for the first' python '
[json.loads(x)["new"] > 0 for x in l] == [False, True]'
# As reports were before: with a dot behind, and an address for a name.
check 'a baseline with a name' scans 0 --json --servername a.example "$new"
sed 's/"a\.example"/"a.example."/' "$tmp/out" >"$tmp/base"
check 'the same name, with a dot then' scans 0 --baseline "$tmp/base" \
    --servername a.example "$new"
check 'another name' scans 1 --baseline "$tmp/base" --servername b.example \
    "$new"
check 'a baseline of an address' scans 0 --json "127.1:${new#*:}"
sed 's/"servername": null/"servername": "127.1"/' "$tmp/out" >"$tmp/base"
check 'the same address, a name then' scans 0 --baseline "$tmp/base" \
    "127.1:${new#*:}"
echo '{"versions": 1}' >"$tmp/none"
for bad in '--baseline '"$tmp/none" "--baseline $tmp/nowhere" '--jobs 0' \
    '--format xml' "--targets $tmp/nowhere"; do
	# shellcheck disable=SC2086 # two words
	check "wrong: ${bad%% *}" scans 2 $bad "$new"
	check "says so: ${bad%% *}" grep -q '^tlspolicy: scan: --.*; ' \
	    "$tmp/err"
done
echo 'host:1 2 3 4' >"$tmp/targets"
check 'a line that is wrong' scans 2 --targets "$tmp/targets"
check 'its number is told' grep -q 'line 1 is wrong' "$tmp/err"
check 'no target' scans 2
echo '# none yet' >"$tmp/targets"
check 'no target in a file' scans 2 --targets "$tmp/targets"
check 'the file is told' grep -q -- '--targets .*: no target in it' "$tmp/err"
echo "$new smtp name more" >"$tmp/more"
printf '\000%s\n' "$new" | cat - "$tmp/named" >"$tmp/zero"
printf '%s\000\n' "$new" >"$tmp/last"
for wrong in more zero last; do
	check "a line that is wrong: $wrong" scans 2 --targets "$tmp/$wrong"
	check "its number is told: $wrong" grep -q 'line 1 is wrong' "$tmp/err"
done

if [ -c /dev/full ]; then
	"$command" scan --json 127.0.0.1:1 127.0.0.1:2 >/dev/full 2>"$tmp/err"
	check 'a full disk: status' [ $? -eq 2 ]
	check 'a full disk: why' grep -q 'No space left' "$tmp/err"
else
	skip 'a full disk' 'there is no /dev/full'
fi
terminal() { # a target must not steer it
	printf '\033[31m127.0.0.1:1\n127.0.0.1:1\n' >"$tmp/targets"
	python3 -c 'import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
try:
    while data := os.read(fd, 4096):
        os.write(1, data)
except OSError:
    pass
os.waitpid(pid, 0)' "$command" scan --targets "$tmp/targets" >"$tmp/out" &&
	    grep -q '2 of 2 targets' "$tmp/out" &&
	    ! grep -q "$(printf '\033')\[31m" "$tmp/out"
}
alone() { # those that scan end after the one that waits for them
	"$command" scan --timeout 1 "$silent" "$silent" >/dev/null 2>&1 &
	pid=$!
	sleep 0.3
	children=$(ps -o pid= --ppid "$pid")
	[ -n "$children" ] || return
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	tries=20
	# Nobody may be there to wait for them.
	while [ "$tries" -gt 0 ] && for child in $children; do
		ps -o stat= -p "$child" | grep -v Z
	done | grep -q .; do
		tries=$((tries - 1))
		sleep 0.1
	done
	[ "$tries" -gt 0 ]
}
check 'a name that would steer a terminal' terminal
if ps --ppid "$$" >/dev/null 2>&1; then
	check 'nobody scans for nobody' alone
else
	skip 'nobody scans for nobody' 'ps(1) tells no children'
fi
echo "1..$n"
