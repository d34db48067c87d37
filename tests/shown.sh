#!/bin/sh
# SPDX-License-Identifier: MIT
# What the command says beside a policy: names that OpenSSL drops of a list, the
# registry's names, lines of openssl.cnf that do not do what they seem to, and
# how it all looks on a terminal.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"
# shellcheck source=tests/asked.sh
. "${srcdir:-.}/tests/asked.sh"

"$command" --help >/dev/null 2>&1 # a libtool wrapper may link at first

# Lists of ciphers

OPENSSL_CONF=$tmp/none.cnf
export OPENSSL_CONF
: >"$OPENSSL_CONF"
for list in AES128-SHA ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA RSA+AES \
    'HIGH:!ECDH:!DH'; do
	check "show --ciphers $list can be pasted" pasted --ciphers "$list"
done
gcm=ECDHE-RSA-AES128-GCM-SHA256
while IFS='|' read -r list why; do
	check "show --ciphers: $list" notes 0 "^# not in the list: $why" \
	    show --ciphers "$list"
done <<END
$gcm:ECDHE-ECDSA-AES128-GCM-SHA265|ECDHE-.*265: .*is it ECDHE-.*-SHA256?
$gcm:NO-SUCH-CIPHER|NO-SUCH-CIPHER: .*spelling
$gcm:AES128SHA|AES128SHA: .*spelling
$gcm:ECDHE+AESGCMM|ECDHE+AESGCMM: .*spelling
$gcm:GOST2012-GOST8912-GOST8912|GOST.*provider
$gcm:EXP-RC4-MD5|EXP-RC4-MD5: export
$gcm,RC2-CBC-MD5|RC2-CBC-MD5: RC2
$gcm ECDH-RSA-AES128-SHA|ECDH-RSA-AES128-SHA: fixed ECDH
$gcm:TLS_AES_128_GCM_SHA256|TLS_AES_128_GCM_SHA256: .*ciphersuites
$gcm:TLS_AES_NOSUCH|TLS_AES_NOSUCH: .*ciphersuites, and this
$gcm:TLS_RSA_WITH_SEED_CBC_SHA|TLS_RSA_WITH_SEED_CBC_SHA: the registry
$gcm:!aNUL|aNUL: it takes nothing out
$gcm:CAMELLIA128-SHAX|CAMELLIA128-SHAX: this \(OpenSSL has none\|build\)
$gcm:AES128-SHA:@SECLEVEL=3|AES128-SHA: kept out by security level 3
END
check 'show --ciphers: nothing to drop' notes 0 nearest \
    show --ciphers "$gcm:!aNULL:!RC4:!3DES:!EXPORT:!DES-CBC3-SHA:@STRENGTH"
none_dropped() {
	! grep -q 'not in the list' "$tmp/err"
}
check 'show --ciphers: and none is told' none_dropped
check 'show --ciphers: TLS 1.3 suites alone' fails 'belongs in ciphersuites' \
    show --ciphers TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384
check 'show --ciphers: an operator without a name' \
    fails '^tlspolicy: --ciphers .*: AESGCMM: .*spelling' \
    show --ciphers "$gcm:AESGCMM:!"
tells 'show --ciphers' 0 'r["format"] == 1 and r["left_out"] is None and
r["dropped"] == [] and r["lines"] == [] and r["nearest"]["profile"] and
"ffdhe2048" not in r["nearest"]["without"]["groups"]' \
    show --json --ciphers "$gcm"
for pair in TLS_RSA_WITH_AES_128_CBC_SHA=AES128-SHA \
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256=$gcm; do
	check "show: ${pair%=*} as a cipher" \
	    fails "column 9: .*registry.*OpenSSL calls ${pair%=*} ${pair#*=};" \
	    show "ciphers=${pair%=*}"
	check "show: ${pair%=*} as a suite" gives 1 \
	    "OpenSSL calls ${pair%=*} ${pair#*=}\$" show "ciphersuites=${pair%=*}"
done

# Lines of openssl.cnf: LINE|STATE|WHY, on each release.
section() { # LINE
	printf '%s\n' 'openssl_conf = init' '[init]' 'ssl_conf = ssl' '[ssl]' \
	    'system_default = tls' '[tls]' 'MinProtocol = TLSv1.3' "$1" \
	    >"$tmp/line.cnf"
}
# noted_anyhow LINE WHY: OpenSSL takes it; whether it can be applied is not asked.
noted_anyhow() {
	"$command" show --openssl-conf system_default >"$tmp/out" \
	    2>"$tmp/err" </dev/null
	[ $? -le 1 ] && [ "$(wc -l <"$tmp/out")" -eq 1 ] &&
	    noted "^# $1 (.*$2"
}
OPENSSL_CONF=$tmp/line.cnf
while IFS='|' read -r line state why; do
	section "$line"
	check "info: $line" gives 0 "^ *$line ($state): .*$why" info
	if [ "$state" = refused ]; then
		check "show --openssl-conf: $line" fails \
		    "^tlspolicy: --openssl-conf system_default: $line: .*$why" \
		    show --openssl-conf system_default
	else
		check "show --openssl-conf: $line" noted_anyhow "$line" "$why"
	fi
done <<'END'
Options = SSL_OP_NO_RENEGOTIATION|refused|SSL_OP_NO_RENEGOTIATION
Options = NoRenegotiation,Bogus|refused|refuses Bogus
Groups = P-521:nosuch|refused|refuses nosuch
Curves = nosuch:P-256|refused|refuses nosuch
SignatureAlgorithms = ECDSA+SHA256:nosuch|refused|refuses nosuch
ClientSignatureAlgorithms = RSA+SHA256:nosuch|refused|refuses nosuch
CipherString = AES256-GCM-SHA384x:@SECLEVEL=1|refused|is it AES256-GCM-SHA384?
MaxProtocol = TLSv1_3|refused|TLSv1_3: versions are
NoSuchCommand = 1|refused|no command
CipherString = ECDHE+AESGCM:NOSUCH|partly|NOSUCH: .*spelling
CipherString = AES128-SHA:TLS_AES_128_GCM_SHA256|partly|belongs in ciphersuites
MaxProtocol = TLSv1.2|leaves nothing|no version is left
CipherString = DEFAULT|no effect|changes nothing
Options = UnsafeLegacyRenegotiation|matters|RFC 5746
Options = -SessionTicket,Bugs|matters|off SessionTicket
Options = AllowNoDHEKEX|matters|resumption
Options = PrioritizeChaCha|matters|ChaCha20
Options = -EncryptThenMac|matters|RFC 7366
ClientSignatureAlgorithms = RSA+SHA256|matters|may sign with
VerifyMode = Peer|matters|checked
NumTickets = 0|matters|tickets
RecordPadding = 64|matters|padding
END
printf '%s\n' 'openssl_conf = init' '[init]' 'ssl_conf = ssl' '[ssl]' \
    'system_default = tls' '[tls]' 'MinProtocol = TLSv1' \
    'CipherString = DEFAULT@SECLEVEL=4' >"$tmp/line.cnf"
check 'info: a minimum that the level rules out' gives 0 \
    '^ *MinProtocol = TLSv1 (no effect): .*security level 4' info
tells 'info: lines' 0 '[l["state"] for l in r["host"]["lines"]] ==
["no effect"] and r["host"]["lines"][0]["line"] == "MinProtocol = TLSv1"' \
    info --json
printf '%s\n' 'openssl_conf = init' '[init]' 'ssl_conf = ssl' '[ssl]' \
    'system_default = tls' '[tls]' 'DTLS.MinProtocol = DTLSv1.2' \
    >"$tmp/line.cnf"
check 'info: nothing to tell' gives 0 'line.cnf, which changes nothing' info
OPENSSL_CONF=$tmp/none.cnf
check 'show: renegotiation that is not banned' \
    gives 0 '^renegotiation  *- *not banned *not banned *unset' show system
tells 'show: renegotiation' 0 'r["renegotiation_by_clients"] == "banned" and
r["nearest"]["profile"].startswith("intermediate") and r["format"] == 1' \
    show --json intermediate

# On a terminal, 60 columns wide.
wrapped() {
	python3 -c 'import os, pty, fcntl, termios, struct, sys
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
out = b""
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    out += part
sys.stdout.write(out.decode().replace("\r\n", "\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' \
	    "$command" "$@" >"$tmp/out" 2>"$tmp/err" &&
	    [ "$(awk 'length > 60' "$tmp/out" | wc -l)" -eq 0 ]
}
if python3 -c 'import pty' 2>/dev/null; then
	check 'a terminal: long lines are wrapped' wrapped show intermediate
	check 'a terminal: the verdict first' \
	    sh -c "sed -n 1p '$tmp/out' | grep -q '^Applied:  yes'"
	check 'a terminal: nothing is lost' says 'CHACHA20-POLY1305,$' \
	    '^preference  *client'
else
	skip 'a terminal: long lines are wrapped' 'there is no python3'
	skip 'a terminal: the verdict first' 'there is no python3'
	skip 'a terminal: nothing is lost' 'there is no python3'
fi
echo "1..$n"
