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

# until_ready FILE PATTERN PID: whether it comes to say that, while it runs.
until_ready() {
	tries=200
	until grep -qs "$2" "$1"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] && kill -0 "$3" 2>/dev/null || return 1
		sleep 0.05
	done
}

# party PROFILE ROLE...: our side; "reference" has no policy.
party() {
	profile=$1
	shift
	case $profile in
	reference) exec "$party" "$@" ;;
	legacy) exec "$party" --policy legacy --override "$@" ;;
	*) exec "$party" --policy "$profile" "$@" ;;
	esac
}

# Peers.  Each that is a client is client_NAME VERSION PORT, and prints what it
# says.  Each that is a server is server_NAME, and sets $ports to VERSION=PORT
# of each version that it has.  why_not NAME says why a peer is not to be had.

why_not() {
	case $1 in
	s_client | s_server)
		openssl version 2>&1 | grep -q '^OpenSSL ' ||
			echo 'there is no openssl of OpenSSL'
		;;
	curl)
		curl --version 2>&1 | grep -q '^curl .* OpenSSL/' ||
			echo 'there is no curl over OpenSSL'
		;;
	gnutls-*) command -v "$1" >/dev/null || echo "there is no $1" ;;
	nginx)
		command -v nginx >/dev/null || echo 'there is no nginx'
		;;
	python)
		python3 -c 'import ssl, sys
sys.exit(not ssl.OPENSSL_VERSION.startswith("OpenSSL "))' 2>/dev/null ||
			echo 'there is no python3 with ssl over OpenSSL'
		;;
	esac
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

client_python() {
	python3 -W ignore "$srcdir/tests/peers.py" client "$1" "$2"
}

# Reads the version out of what a peer says, as OpenSSL writes it; s_client's
# session comes before any handshake as well, so it must have a cipher.
said() { # NAME FILE
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
	*) sed -nE 's/^(.* says )?negotiated (TLSv[0-9.]+).*/\2/p' "$2" ;;
	esac | sed 's/^TLSv1\.0$/TLSv1/' | sort -u | paste -sd, -
}

# Outcomes

# A list of NAME.VERSION, of what peers can speak.
: >"$tmp/can"

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
	peer=$(said "$1" "$words")
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
			"$log" "$words"
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

# as_client NAME PROFILE: our server, and the peer in each version at once.
as_client() {
	log=$tmp/$1.$2
	(party "$2" server) >"$log" 2>&1 </dev/null &
	server=$!
	pids="$pids $server"
	until_ready "$log" '^ready' "$server"
	clients=
	for version in $versions; do
		port=$(sed -n "s/^$version port //p" "$log")
		"client_$(echo "$1" | tr - _)" "$version" "$port" \
			>"$log.$version" 2>&1 &
		clients="$clients $!"
	done
	# shellcheck disable=SC2086 # a list of pids
	wait $clients
	kill "$server" && wait "$server" ||
		echo "$2 server: status $?" >>"$log"
	judge_all "$1" "$2"
}

"$party" --help >/dev/null 2>&1 </dev/null

for name in s_client curl gnutls-cli python; do
	why=$(why_not "$name")
	if [ -n "$why" ]; then
		skip "$name" "$why"
		continue
	fi
	for profile in reference $profiles; do
		as_client "$name" "$profile"
	done
done

sed 's/^/# /' "$tmp/table"
echo "1..$count"
