#!/bin/sh
# SPDX-License-Identifier: MIT
# The tlspolicy command: each subcommand, its JSON, its exit statuses, and scans
# of servers that behave and of some that do not.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"
# shellcheck source=tests/asked.sh
. "${srcdir:-.}/tests/asked.sh"

logs=0

# For s_server, with the host's openssl.cnf.
openssl req -x509 -nodes -batch -newkey rsa:2048 -keyout "$tmp/key" \
    -out "$tmp/cert" -subj /CN=localhost >/dev/null 2>&1

# The first run of a libtool wrapper may link: one at a time.
for name in "$command" examples/server; do
	"./$name" --help >/dev/null 2>&1 </dev/null
done

# The command itself

check 'help' gives 0 '^usage: tlspolicy COMMAND' --help
check 'version' gives 0 '^tlspolicy [0-9.]*, library [0-9.]*$' --version
for sub in info list show compare scan; do
	check "help of $sub" gives 0 "^usage: tlspolicy $sub" $sub --help
	check "$sub tells its exit statuses" says '^Exit status: 0 .*'
	check "$sub: an option that is none" fails 'option of it: --none' \
	    $sub --none
done
check 'no command' fails 'no command'
check 'a command that is none' fails 'not a command: shwo' shwo modern
check 'an escape sequence is not passed on' \
    fails 'not a command: \\x1b\[31m' "$(printf '\033[31m')"
check 'an operand too many' fails 'too many: extra' list extra
check 'an operand too few' fails 'more arguments: B, .*missing' compare modern
check 'no operand' fails 'more arguments: A and B' compare
check 'no target' fails 'more arguments: HOST:PORT' scan
check 'no policy to export' fails 'POLICY is missing' export nginx
check 'help, without dashes' gives 0 '^usage: tlspolicy COMMAND' help
check 'help scan' gives 0 '^usage: tlspolicy scan' help scan
check 'help help' gives 0 '^usage: tlspolicy COMMAND' help help
check 'help of what is none' fails 'not a command: shwo' help shwo
check 'help of two' fails 'too many: info' help scan info
check 'an argument of an option is missing' fails 'missing: --policy' \
    scan --policy
check 'no targets are lost' fails 'given twice: --targets other' \
    scan --targets one --targets other
if [ -c /dev/full ]; then
	full() {
		"$command" "$@" >/dev/full 2>"$tmp/err"
		[ $? -eq 2 ] && grep -q 'cannot write' "$tmp/err"
	}
	check 'a full disk' full list
	check 'a full disk, with JSON' full show --json modern
else
	skip 'a full disk' 'there is no /dev/full'
	skip 'a full disk, with JSON' 'there is no /dev/full'
fi

# info

check 'info' gives 0 '^Runtime: .*OpenSSL [1-9]' info
check 'info: all of it' says '^Library: .*libtlspolicy ' \
    '^Headers: .*OpenSSL .* (0x' '^TLS: .*TLSv1\.2 TLSv1\.3$' \
    '^DTLS: .*DTLSv1\.2' '^QUIC:' '^Post-quantum:' \
    '^Security level: *[0-5] by default' '^A fresh context: .*TLSv1' \
    '^openssl.cnf: '
tells 'info' 0 'r["tls"][-1] == "TLSv1.3" and r["runtime"]["major"] >= 1 and
"quic" in r and "post_quantum" in r and 0 <= r["security_level"] <= 5' \
    info --json
cat >"$tmp/floor.cnf" <<'END'
openssl_conf = init
[init]
ssl_conf = ssl
[ssl]
system_default = floor
today = today
hole = hole
[floor]
MinProtocol = TLSv1.3
CipherString = ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=3
[today]
MinProtocol = TLSv1.2
MaxProtocol = TLSv1.2
CipherString = ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=2
[hole]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
Protocol = -TLSv1.1
END
sed '/^system_default/d' "$tmp/floor.cnf" >"$tmp/user.cnf"
OPENSSL_CONF=$tmp/floor.cnf
export OPENSSL_CONF
check "info: the host's floor" \
    gives 0 '^A fresh context: TLSv1\.3 to TLSv1\.3, security level 3' info
check 'info: who has set it' says 'floor.cnf, which sets' 'min=TLSv1\.3' \
    'level=3'
tells 'info: floor' 0 'r["host"]["changes"]["level"] == "3" and
r["host"]["security_level"] == 3 and r["security_level"] < 3' info --json
OPENSSL_CONF=$tmp/none.cnf
check 'info: a file that is not there' gives 0 'none.cnf, which cannot be' info
OPENSSL_CONF=$tmp/floor.cnf
check 'show: tightened by the host' \
    gives 0 '^level *2 *3 *3 *tightened by the host' show intermediate
check 'show: so is the minimum' says '^min *TLSv1\.2 *TLSv1\.3 *TLSv1\.3 *tight'
check 'show: an item that the host does not have' \
    says 'ECDHE-RSA-AES128-GCM-SHA256 *left out'
check 'show --override' gives 0 '^level *2 *3 *2 *used' \
    show --override intermediate
check 'show --override: the minimum' says '^min *TLSv1\.2 *TLSv1\.3 *TLSv1\.2 '
check 'show: the host leaves nothing' \
    gives 1 '^Applied: *NO, nothing usable left: .*TLSv1\.3' \
    show intermediate,max=TLSv1.2
check 'show legacy: the host is stricter' \
    gives 1 '^Applied: *NO, .*OVERRIDE' show legacy
tells 'show: it cannot be applied' 1 'not r["applied"] and r["error"] and
r["result"] is None' show --json intermediate,max=TLSv1.2
OPENSSL_CONF=$tmp/user.cnf

# list and show

check 'list' gives 0 '^intermediate@2026 .*recommended' list
check 'list: all' [ "$(wc -l <"$tmp/out")" -eq 11 ]
tells 'list' 0 '[p["name"].split("@")[0] for p in r["profiles"]] ==
["modern", "intermediate", "compat", "compat", "legacy", "system", "cnsa1",
"cnsa2", "cnsa2-interop", "nist", "ncsc-nl"]' list --json
for profile in modern intermediate compat system; do
	check "show $profile" gives 0 '^Applied: *yes$' show $profile
	check "show $profile by its text" gives 0 "^Profile: *$profile@2026" \
	    show "$(sed -n 's/^Policy: *//p' "$tmp/out")"
	tells "show $profile" 0 'r["applied"] and r["error"] is None and
all(i["state"] in ("used", "dropped") or
k == "groups" and i["state"] == "left out" for k, l in r["lists"].items()
for i in l) and r["versions"]["TLSv1.3"] == "available"' show --json $profile
done
check 'show nist' gives 0 '^Applied: *yes$' show nist
check 'show nist: by its text' gives 0 '^Profile: *nist@2025-09' \
    show "$(sed -n 's/^Policy: *//p' "$tmp/out")"
check 'show cnsa2: what it takes' \
    gives 1 '^Applied: *NO, .*\(MLKEM1024\|OVERRIDE\)' show cnsa2
check 'show legacy --override' gives 0 '^Applied: *yes, with' \
    show --override legacy
check 'show: required, and not there' \
    gives 1 'TLS_NO_SUCH_SUITE *MISSING: required' \
    show 'ciphersuites=TLS_AES_128_GCM_SHA256:TLS_NO_SUCH_SUITE'
check 'show: the others of that list' says 'TLS_AES_128_GCM.* in this OpenSSL'
check 'show: optional, and not there' gives 0 'NO-SUCH-CIPHER *dropped' \
    show 'ciphers=ECDHE-RSA-AES128-GCM-SHA256:?NO-SUCH-CIPHER'
tells 'show: required, and not there' 1 'r["status"] and
[i["state"] for i in r["lists"]["groups"]] == ["missing", "available"]' \
    show --json 'groups=no_such_group:prime256v1'
check 'show: policy text that is wrong' fails 'column 14.*tlspolicy(7)' \
    show intermediate,mini=TLSv1.2
check 'show: no policy' fails 'needs a policy' show
check 'show: a policy, and a cipher list' fails 'either' \
    show --ciphers ALL modern

check 'show --ciphers' notes 0 '^# nearest profile: [a-z]' \
    show --ciphers 'HIGH:!aNULL'
check 'show --ciphers: its text' \
    says '^min=.*,ciphers=.*ECDHE-RSA-AES128-GCM-SHA256'
check 'show --ciphers: the difference' noted \
    '^# beyond it: ciphers=.* and [0-9]* more$' '^# beyond it: groups=.*X448'
check 'show --ciphers can be pasted' pasted --ciphers 'HIGH:!aNULL'
check 'show --ciphers: one cipher' notes 0 nearest \
    show --ciphers ECDHE-RSA-AES128-GCM-SHA256
check 'show --ciphers: that one' says ',ciphers=ECDHE-RSA-AES128-GCM-SHA256,'
check 'show --ciphers: a list that is none' fails '^tlspolicy: --ciphers NONE' \
    show --ciphers NONE
check 'show --openssl-conf' notes 0 nearest show --openssl-conf today
check 'show --openssl-conf: its text' \
    says '^min=TLSv1.2,max=TLSv1.2,ciphers=ECDHE-RSA-AES128-GCM-SHA256,'
check 'show --openssl-conf can be pasted' pasted --openssl-conf today
tells 'show --openssl-conf' 0 'r["policy"].startswith("min=TLSv1.2,max=TLSv1.2")
and r["error"] is None' show --json --openssl-conf today
check 'show --openssl-conf: both' notes 0 nearest \
    show --openssl-conf today --ciphers ECDHE-RSA-AES256-GCM-SHA384
check 'show --openssl-conf: the text of both' \
    says '^min=TLSv1.2,max=TLSv1.2,ciphers=ECDHE-RSA-AES256-GCM-SHA384,'
check 'show --openssl-conf: a section that is none' \
    fails '^tlspolicy: --openssl-conf none: .*OPENSSL_CONF' \
    show --openssl-conf none
check 'show --ciphers: what the host has anyway' \
    notes 0 '^# equals system@2026' show --ciphers DEFAULT
# A section of what intermediate comes to, by this OpenSSL's names.
run 0 show --override --json intermediate
part() {
	sed -n "s/.*\"result\": .*[\",]$1=\([^,\"]*\).*/\1/p" "$tmp/out"
}
cat >>"$tmp/user.cnf" <<END
[same]
MinProtocol = TLSv1.2
CipherString = $(part ciphers):@SECLEVEL=2
Ciphersuites = $(part ciphersuites)
Groups = $(part groups)
Options = NoRenegotiation
END
sed 's/^today = today/&\nsame = same/' "$tmp/user.cnf" >"$tmp/same.cnf"
OPENSSL_CONF=$tmp/same.cnf
check 'show --openssl-conf: the same as a profile' notes 0 \
    '^# equals intermediate@2026' show --openssl-conf same
check 'show --openssl-conf: within others' noted '^# within intermediate@2026' \
    '^# within compat@2026' '^# within legacy@2026'
run 0 export openssl-conf cnsa1
cp "$tmp/out" "$tmp/cnsa1.cnf"
OPENSSL_CONF=$tmp/cnsa1.cnf
check 'show --openssl-conf: the host is a profile, and system that too' \
    notes 0 '^# equals cnsa1@2022-04' show --openssl-conf system_default
OPENSSL_CONF=$tmp/user.cnf
check 'show --openssl-conf: a hole' notes 1 '^# cannot be applied: .*TLSv1.1' \
    show --openssl-conf hole

# compare

check 'compare: equal' gives 0 '^equal' compare modern modern@2026
check 'compare: equal but for order and ?' gives 0 '^equal' \
    compare 'groups=X25519:P-256' 'groups=secp256r1:?x25519'
check 'compare: stricter' gives 1 '^stricter' compare modern intermediate
check 'compare: what it does not have' says '^B only: versions=TLSv1.2$' \
    '^B only: ciphers=ECDHE-ECDSA-AES128'
check 'compare: looser' gives 1 '^looser' compare compat@2026 intermediate
check 'compare: what it has more' says '^A only: .*:AES128-SHA' \
    '^A only: renegotiation=on$'
check 'compare: different' gives 1 '^different' \
    compare 'min=TLSv1.3,level=1' 'min=TLSv1.2,level=2'
check 'compare: each its own' says '^A only: level=1' \
    '^B only: versions=TLSv1.2'
check 'compare: a list with none' gives 1 '^A only: groups=all others$' \
    compare system groups=X25519
tells 'compare' 1 'r["result"] == "looser" and
r["a_only"]["versions"] == ["TLSv1.2"] and
not any(r["b_only"].values())' compare --json intermediate modern
# What each has more is there exactly where the answer says so.
agree() {
	for a; do
		for b; do
			"$command" compare --json "$a" "$b" >"$tmp/out"
			[ $? -le 1 ] && json '{"equal": (0, 0),
"stricter": (0, 1), "looser": (1, 0), "different": (1, 1)}[r["result"]] ==
(any(r["a_only"].values()), any(r["b_only"].values()))' || return 1
		done
	done
}
if python3 -c 'import json' 2>/dev/null; then
	check 'compare: answer and lists agree' agree modern intermediate \
	    compat legacy system renegotiation=off level=3 max=TLSv1.1 \
	    max=TLSv1.1,sigalgs=ed25519 modern,ciphers=AES128-SHA
else
	skip 'compare: answer and lists agree' 'there is no python3'
fi
check 'compare: wrong text' fails 'column 1' compare modern moderm

# scan

check 'scan: no port' fails 'not HOST:PORT' scan 127.0.0.1
check 'scan: an address without brackets' fails 'in brackets' scan ::1
check 'scan: a port that is none' fails 'port 65536' scan 127.0.0.1:65536
check 'scan: a host that is none' fails 'no such host' scan no.such.invalid:443
check 'scan: a time that is none' fails 'timeout 0:' \
    scan --timeout 0 127.0.0.1:1
check 'scan: nobody there' fails 'Connection refused' scan 127.0.0.1:1
check 'scan: a policy that is wrong' fails 'column 14' \
    scan --policy intermediate,mini=TLSv1.2 127.0.0.1:1

# came_up PATTERN: the port of the server that $pid is; $log has its output.
came_up() {
	pids="$pids $pid"
	tries=200
	until grep -qs "$1" "$log" || [ "$tries" -eq 0 ]; do
		kill -0 "$pid" 2>/dev/null || break
		tries=$((tries - 1))
		sleep 0.1
	done
	port=$(sed -n "s/$1//p" "$log" | head -n 1)
	[ -n "$port" ]
}

# server OPTION...: the example's, on a port of the kernel's.
server() {
	log=$tmp/log.$((logs += 1))
	examples/server --seconds 300 "$@" >"$log" 2>&1 </dev/null &
	pid=$!
	came_up '^listening on .*:'
}

# s_server OPTION...: of openssl(1).
s_server() {
	log=$tmp/log.$((logs += 1))
	openssl s_server -www -accept 127.0.0.1:0 -cert "$tmp/cert" \
	    -key "$tmp/key" "$@" >"$log" 2>&1 </dev/null &
	pid=$!
	came_up '^ACCEPT .*:'
}

ends() {
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
}

# accepted: the versions, in one word; blank where none.
accepted() {
	sed -n 's/^\(TLSv[0-9.]*\) *accepted.*/\1/p' "$tmp/out" | tr '\n' ' '
}

# scans STATUS VERSIONS ARGUMENT...: of the server that came up last.
scans() {
	status=$1
	these=$2
	shift 2
	run "$status" scan --timeout 20 "$@" && [ ! -s "$tmp/err" ] &&
	    [ "$(accepted)" = "$these" ]
}

for profile in modern intermediate compat; do
	check "a server of $profile" server --policy $profile
	versions='TLSv1.2 TLSv1.3 '
	[ $profile != modern ] || versions='TLSv1.3 '
	at=127.0.0.1:$port
	check "scan $profile" scans 0 "$versions" "$at"
	check "scan $profile: within its policy" \
	    scans 0 "$versions" --policy $profile "$at"
	check "scan $profile: says so" says "^within: $profile" \
	    'its certificate is not verified' 'asked for no name'
	if [ $profile = modern ]; then
		check 'scan modern: within all' \
		    scans 0 "$versions" --policy compat "$at"
		check 'scan modern: other groups' \
		    scans 1 "$versions" --policy modern,groups=P-384 "$at"
		check 'scan modern: which' says 'prime256v1 *OUTSIDE' \
		    'secp384r1$' '^outside: modern'
		check 'scan modern: other ciphersuites' scans 1 "$versions" \
		    --policy modern,ciphersuites=TLS_AES_128_GCM_SHA256 "$at"
		check 'scan modern: why it refuses' \
		    says '^TLSv1.2 *refused (protocol version)'
	else
		check "scan $profile: outside modern" \
		    scans 1 "$versions" --policy modern "$at"
		check "scan $profile: the version is" \
		    says '^TLSv1.2 .*OUTSIDE$' '^outside: modern'
	fi
	tells "scan $profile" 0 'r["verdict"] == "within" and not r["verified"]
and [v["outcome"] for v in r["versions"]][3] == "accepted" and
all(v["complete"] for v in r["versions"]) and
all(c["within"] for v in r["versions"] for c in v["ciphers"] + v["groups"])' \
	    scan --json --policy $profile "$at"
	if [ $profile = compat ]; then
		check 'scan compat: outside intermediate, and only the last' \
		    scans 1 "$versions" --policy intermediate "$at"
		check 'scan compat: by what it prefers less' \
		    says ' ECDHE-RSA-AES128-SHA *OUTSIDE$' \
		    'ECDHE-ECDSA-AES128-GCM-SHA256$'
		check 'scan: by name' scans 0 "$versions" --policy compat \
		    "localhost:$port"
		check 'scan: asks for it' says 'asked for localhost;'
		check 'scan: asks for another' scans 0 "$versions" \
		    --servername example.org "$at"
		check 'scan: it did' says 'asked for example.org;'
		check 'scan: a name too long' fails 'shorten' scan \
		    --servername "$(printf '%0300d' 0)" "$at"
		kill -STOP "$pid"
		check 'scan: a server that never answers' \
		    scans 2 '' --timeout 1 --policy compat "$at"
		check 'scan: it says so' says '^could not tell: compat' \
		    '^TLSv1.3 *undecided (timed out)'
		kill -CONT "$pid"
	fi
	ends
done
check 'a server of nist' server --policy nist
check 'scan nist: within its policy' scans 0 'TLSv1.2 TLSv1.3 ' \
    --policy nist "127.0.0.1:$port"
check 'scan nist: within that of others' scans 0 'TLSv1.2 TLSv1.3 ' \
    --policy ncsc-nl "127.0.0.1:$port"
check 'scan nist: says which' says '^within: ncsc-nl'
check 'scan nist: outside cnsa1' scans 1 'TLSv1.2 TLSv1.3 ' \
    --policy cnsa1 "127.0.0.1:$port"
check 'scan nist: by what' says 'prime256v1 *OUTSIDE$' \
    'ECDHE-ECDSA-AES128-GCM-SHA256 *OUTSIDE$' 'secp384r1$'
ends
check 'legacy' server --policy legacy --override
run 0 info
versions=$(sed -n 's/^TLS: *//p' "$tmp/out")
check 'scan legacy: what this OpenSSL has' \
    scans 0 "$versions " --policy legacy "127.0.0.1:$port"
OPENSSL_CONF=$tmp/floor.cnf
check "scan legacy: whatever this host's floor is" \
    scans 0 "$versions " --policy legacy "127.0.0.1:$port"
OPENSSL_CONF=$tmp/user.cnf
check 'scan legacy: outside compat' \
    scans 1 "$versions " --policy compat "127.0.0.1:$port"
ends
if server --address ::1; then
	check 'scan: IPv6' scans 0 'TLSv1.2 TLSv1.3 ' --policy intermediate \
	    "[::1]:$port"
	check 'scan: IPv6, in brackets' says "^\[::1\]:$port, asked for no name"
	ends
else
	skip 'scan: IPv6' 'there is no ::1'
	skip 'scan: IPv6, in brackets' 'there is no ::1'
fi

if [ -s "$tmp/cert" ]; then
	for version in 2 3; do
		check "s_server: TLS 1.$version" s_server -tls1_$version
		check "scan: TLS 1.$version alone" scans 0 "TLSv1.$version " \
		    "127.0.0.1:$port"
		ends
	done
	check 's_server: one cipher' s_server -tls1_2 \
	    -cipher ECDHE-RSA-AES256-GCM-SHA384 -curves P-384:P-256
	check 'scan: that, and both groups' scans 0 'TLSv1.2 ' --policy \
	    'ciphers=ECDHE-RSA-AES256-GCM-SHA384,groups=P-256:P-384' \
	    "127.0.0.1:$port"
	check 'scan: the last group alone is outside' scans 1 'TLSv1.2 ' \
	    --policy groups=P-384 "127.0.0.1:$port"
	ends
	check 's_server: a client certificate' s_server -Verify 1 -tls1_2
	check 'scan: it accepts all else' scans 0 'TLSv1.2 ' "127.0.0.1:$port"
	check 'scan: and says so' says '(asks for a client certificate)'
	ends
else
	skip 's_server' 'there is no openssl program'
fi

# Servers that do not speak TLS, or not for long: each in a few lines of Perl.
wicked() {
	log=$tmp/log.$((logs += 1))
	perl -MIO::Socket::INET -e '
		$| = 1;
		alarm 300;
		$SIG{PIPE} = "IGNORE";
		my $s = IO::Socket::INET->new(Listen => 64,
			LocalAddr => "127.0.0.1") or die;
		print "port ", $s->sockport, "\n";
		while (my $c = $s->accept) {
			sysread($c, my $hello, 4096);
			my $bytes = (eval "\"$ARGV[0]\"") x $ARGV[1];
			1 while syswrite($c, $bytes) && $ARGV[1] > 1;
		}' "$1" "$2" >"$log" 2>&1 </dev/null &
	pid=$!
	came_up '^port '
}

# odd NAME BYTES PATTERN: none of them can be told.
odd() {
	if ! perl -MIO::Socket::INET -e 1 2>/dev/null; then
		skip "scan: $1" 'there is no perl'
		return
	fi
	wicked "$2" "${4:-1}"
	check "scan: $1" scans 2 '' --policy modern --timeout "${5:-20}" \
	    "127.0.0.1:$port"
	check "scan: $1: says so" says "^TLSv1.2 *$3" '^could not tell: modern'
	ends
}
odd 'plain HTTP' 'HTTP/1.1 400 Bad Request\r\n\r\n' 'undecided (.*not TLS)'
odd 'terminal codes' '\e]0;a\a\e[31m' 'undecided (.*not TLS)'
odd 'a server that hangs up' '' 'undecided (it hangs up, '
odd 'an alert that is none' '\x15\x03\x01\x00\x02\x02\xc7' 'refused (unknown)'
odd 'a hello of garbage' \
    '\x16\x03\x03\x00\x08\x02\x00\x00\x04\x03\x03\xff\xff' 'undecided ('

# Messages that OpenSSL passes over, without end.
odd 'a flood' '\x16\x03\x03\x00\x40@{[chr(0) x 64]}' 'undecided (timed out)' \
    1000 1

# Before the example's server: hangs up after MOST connections, and on hellos of
# TLS 1.1 and below, as servers did that knew no better.
before() { # MOST
	log=$tmp/log.$((logs += 1))
	perl -MIO::Socket::INET -MIO::Select -e '
		$| = 1;
		alarm 300;
		$SIG{PIPE} = "IGNORE";
		my ($port, $most) = @ARGV;
		my $s = IO::Socket::INET->new(Listen => 64,
			LocalAddr => "127.0.0.1") or die;
		print "port ", $s->sockport, "\n";
		while (my $c = $s->accept) {
			sysread($c, my $hello, 4096);
			next if ord(substr($hello, 10)) < 3 || $most-- <= 0;
			my $t = IO::Socket::INET->new(
				PeerAddr => "127.0.0.1:$port") or die;
			syswrite($t, $hello);
			my $both = IO::Select->new($c, $t);
			PUMP: while (1) {
				for my $from ($both->can_read) {
					sysread($from, my $bytes, 65536)
						or last PUMP;
					syswrite($from == $c ? $t : $c, $bytes);
				}
			}
		}' "$port" "$1" >"$log" 2>&1 </dev/null &
	pid=$!
	came_up '^port '
}
if perl -MIO::Socket::INET -MIO::Select -e 1 2>/dev/null; then
	check 'a server to stand before' server --policy intermediate
	behind=$port
	check 'one that hangs up on old hellos' before 1000
	check 'scan: hanging up is refusing' scans 0 'TLSv1.2 TLSv1.3 ' \
	    --policy intermediate "127.0.0.1:$port"
	check 'scan: says which' says '^TLSv1 *refused (it hangs up)'
	ends
	port=$behind
	check 'one that hangs up in the end' before 4
	check 'scan: but not where it hangs up on all' scans 2 'TLSv1.2 ' \
	    --policy intermediate "127.0.0.1:$port"
	check 'scan: says so, too' says '^TLSv1.2 .*(it hangs up, for whatever' \
	    '^could not tell: intermediate'
	ends
	port=$behind
	check 'another one' before 4
	check 'scan: what is outside stays so' scans 1 'TLSv1.2 ' \
	    --policy modern "127.0.0.1:$port"
	ends
else
	skip 'scan: hanging up is refusing' 'there is no perl'
	skip 'scan: but not where it hangs up on all' 'there is no perl'
fi

echo "1..$n"
