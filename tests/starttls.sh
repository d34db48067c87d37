#!/bin/sh
# SPDX-License-Identifier: MIT
# tlspolicy scan --starttls: of servers that people run, and of some that
# refuse.  Each is told for what it is without --starttls, too.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

PATH=$PATH:/usr/sbin:$(echo /usr/lib/postgresql/*/bin)

[ "${TLSPOLICY_PEERS:-}" != no ] || all 'TLSPOLICY_PEERS=no'
[ -e "$command" ] || all 'the command is not built'
python3 -c 'import json, ssl' 2>/dev/null || all 'there is no python3'
openssl req -x509 -nodes -batch -newkey rsa:2048 -keyout "$tmp/key" \
    -out "$tmp/cert" -subj /CN=localhost 2>/dev/null ||
    all 'there is no openssl program'
cat "$tmp/cert" "$tmp/key" >"$tmp/both"
chmod 755 "$tmp"
"$command" --version >/dev/null # a libtool wrapper may link

# Ports that were free just now.
free_ports() {
	python3 -c 'import socket, sys
l = [socket.create_server(("127.0.0.1", 0)) for i in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in l))' "$1"
}

# Whether something takes connections there, within 20 seconds.
takes() { # PORT
	python3 -c 'import socket, sys, time
for i in range(200):
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close()
        sys.exit(0)
    except OSError:
        time.sleep(0.1)
sys.exit(1)' "$1"
}

# A folder and a key for a server that runs as another user.
owned() { # USER
	mkdir -p "$tmp/$1"
	cp "$tmp/key" "$tmp/$1.key"
	chown "$1" "$tmp/$1" "$tmp/$1.key"
	chmod 600 "$tmp/$1.key"
}

# The servers: each in the foreground, with TLS 1.2 and 1.3.

serve_postfix() { # PORT, and one without TLS
	mkdir -p "$tmp/pf" "$tmp/queue" "$tmp/data"
	chown postfix "$tmp/data"
	cat >"$tmp/pf/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $tmp/queue
		data_directory = $tmp/data
		command_directory = /usr/sbin
		daemon_directory = /usr/lib/postfix/sbin
		mail_owner = postfix
		setgid_group = postdrop
		myhostname = localhost.localdomain
		inet_interfaces = 127.0.0.1
		maillog_file = /dev/stdout
		local_recipient_maps =
		alias_maps =
		alias_database =
		smtpd_tls_cert_file = $tmp/cert
		smtpd_tls_key_file = $tmp/key
		smtpd_tls_security_level = may
		smtpd_tls_protocols = >=TLSv1.2
		tls_random_source = dev:/dev/urandom
	END
	cat >"$tmp/pf/master.cf" <<-END
		127.0.0.1:$1 inet n - n - - smtpd
		127.0.0.1:$2 inet n - n - - smtpd -o smtpd_tls_security_level=none
		tlsmgr unix - - n 1000? 1 tlsmgr
		anvil unix - - n - 1 anvil
		rewrite unix - - n - - trivial-rewrite
		proxymap unix - - n - - proxymap
		postlog unix-dgram n - n - 1 postlogd
	END
	postfix -c "$tmp/pf" start-fg &
	trap 'kill $(cat "$tmp/queue/pid/master.pid"); wait; exit' TERM
	wait
}

serve_slapd() { # PORT, and one without TLS
	cat >"$tmp/slapd.conf" <<-END
		pidfile $tmp/slapd.pid
		TLSCertificateFile $tmp/cert
		TLSCertificateKeyFile $tmp/key
		TLSCipherSuite NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3
	END
	echo "pidfile $tmp/plain.pid" >"$tmp/plain.conf"
	slapd -h "ldap://127.0.0.1:$2" -f "$tmp/plain.conf" -d 0 &
	trap 'kill $!; wait' TERM
	slapd -h "ldap://127.0.0.1:$1" -f "$tmp/slapd.conf" -d 0 &
	trap 'kill $(cat "$tmp/slapd.pid" "$tmp/plain.pid"); wait; exit' TERM
	wait
}

serve_vsftpd() { # PORT
	mkdir -p "$tmp/empty"
	cat >"$tmp/vsftpd.conf" <<-END
		listen=YES
		listen_address=127.0.0.1
		listen_port=$1
		background=NO
		ssl_enable=YES
		rsa_cert_file=$tmp/both
		secure_chroot_dir=$tmp/empty
	END
	exec vsftpd "$tmp/vsftpd.conf"
}

serve_postgres() { # PORT, and one without TLS
	owned postgres
	for port in "$1" "$2"; do
		runuser -u postgres -- "$(command -v initdb)" \
		    -D "$tmp/postgres/$port" -A trust -N >/dev/null
	done
	start="exec $(command -v postgres) -c listen_addresses=127.0.0.1"
	start="$start -c unix_socket_directories=$tmp/postgres"
	runuser -u postgres -- sh -c "$start -D $tmp/postgres/$2 -p $2" &
	other=$!
	runuser -u postgres -- sh -c "$start -D $tmp/postgres/$1 -p $1 \
	    -c ssl=on -c ssl_cert_file=$tmp/cert \
	    -c ssl_key_file=$tmp/postgres.key" &
	trap 'kill $! $other; wait; exit' TERM
	wait
}

serve_mariadbd() { # PORT
	mkdir -p "$tmp/maria"
	exec mariadbd --no-defaults --user=root --skip-grant-tables \
	    --datadir="$tmp/maria" --port="$1" --bind-address=127.0.0.1 \
	    --socket="$tmp/maria/s" --ssl-cert="$tmp/cert" \
	    --ssl-key="$tmp/key" --skip-log-bin --tls-version=TLSv1.2,TLSv1.3
}

serve_prosody() { # PORT PORT
	owned prosody
	cat >"$tmp/prosody.cfg.lua" <<-END
		pidfile = "$tmp/prosody/pid"
		data_path = "$tmp/prosody"
		interfaces = { "127.0.0.1" }
		c2s_ports = { $1 }
		s2s_ports = { $2 }
		modules_enabled = { "tls"; "saslauth"; "disco" }
		modules_disabled = { "s2s_auth_certs" }
		log = { info = "*console" }
		VirtualHost "localhost"
		ssl = { key = "$tmp/prosody.key"; certificate = "$tmp/cert" }
	END
	exec runuser -u prosody -- prosody -F --config "$tmp/prosody.cfg.lua"
}

serve_dovecot() { # PORT PORT PORT PORT
	mkdir -p "$tmp/dovecot"
	cat >"$tmp/dovecot.conf" <<-END
		base_dir = $tmp/dovecot
		log_path = /dev/stderr
		protocols = imap pop3 lmtp sieve
		listen = 127.0.0.1
		ssl = yes
		ssl_cert = <$tmp/cert
		ssl_key = <$tmp/key
		passdb {
		  driver = static
		  args = password=none
		}
		service imap-login {
		  service_count = 0
		  inet_listener imap {
		    port = $1
		  }
		  inet_listener imaps {
		    port = 0
		  }
		}
		service pop3-login {
		  service_count = 0
		  inet_listener pop3 {
		    port = $2
		  }
		  inet_listener pop3s {
		    port = 0
		  }
		}
		service managesieve-login {
		  service_count = 0
		  inet_listener sieve {
		    port = $3
		  }
		}
		service lmtp {
		  inet_listener lmtp {
		    port = $4
		  }
		}
	END
	exec dovecot -F -c "$tmp/dovecot.conf"
}

# scanned PROTOCOL VERSIONS PORT: both lists of each are whole.
scanned() {
	"$command" scan --json --timeout 20 --servername localhost \
	    --starttls "$1" "127.0.0.1:$3" >"$tmp/out" 2>"$tmp/err"
	[ $? -eq 0 ] || return
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
got = [v["version"] for v in r["versions"] if v["outcome"] == "accepted"]
print("#", r["starttls"], *got)
sys.exit(not (" ".join(got) == sys.argv[2] and r["starttls"] == sys.argv[3] and
    all(v["complete"] for v in r["versions"]) and
    all(v["ciphers"] and v["groups"] for v in r["versions"]
        if v["outcome"] == "accepted") and
    r["certificate"]["subject"] == "CN=localhost"))' "$tmp/out" "$2" "$1"
}

# told STATUS PATTERN ARGUMENT...: in a line of either output.
told() {
	status=$1
	pattern=$2
	shift 2
	"$command" scan --timeout 20 "$@" >"$tmp/out" 2>"$tmp/err"
	[ $? -eq "$status" ] && cat "$tmp/out" "$tmp/err" |
	    grep -q -e "$pattern"
}

# row SERVER PROTOCOL[=MEANING]...: its ports are $port of each, then two more.
row() {
	server=$1
	shift
	if ! command -v "$server" >/dev/null 2>&1; then
		skip "$server" 'it is not there'
		return
	elif [ "$(id -u)" -ne 0 ]; then
		skip "$server" 'it has to be started by root'
		return
	fi
	ports=$(free_ports 5)
	: >"$tmp/$server.log"
	# shellcheck disable=SC2086 # a list of numbers
	("serve_$server" $ports) >"$tmp/$server.log" 2>&1 </dev/null &
	pid=$!
	pids="$pids $pid"
	for protocol; do
		port=${ports%% *}
		ports=${ports#* }
		cp "$tmp/$server.log" "$tmp/out"
		check "$server comes up" takes "$port"
		check "$server: ${protocol%%=*}" \
		    scanned "${protocol%%=*}" 'TLSv1.2 TLSv1.3' "$port"
		case $protocol in
		*=*) check "$server is ${protocol#*=}" told 2 \
		    "seems to be ${protocol#*=}" "127.0.0.1:$port" ;;
		esac
	done
	case $server in
	postfix | slapd | postgres)
		port=${ports%% *}
		check "$server without TLS comes up" takes "$port"
		check "$server without TLS is told" told 2 \
		    "it \(offers no\|refuses\) STARTTLS" \
		    --starttls "${1%%=*}" "127.0.0.1:$port"
		;;
	esac
	kill "$pid"
	wait "$pid" 2>/dev/null
}

row vsftpd 'ftp=an FTP server: --starttls ftp'
row slapd ldap
row postfix 'smtp=an SMTP server: --starttls smtp'
row postgres postgres
row mariadbd 'mysql=a MySQL server: --starttls mysql'
row prosody 'xmpp=an XMPP server: --starttls xmpp' xmpp-server
row dovecot 'imap=an IMAP server: --starttls imap' \
    'pop3=a POP3 server: --starttls pop3' \
    'sieve=a ManageSieve server: --starttls sieve' lmtp
check 'a protocol that is none' told 2 'gopher: not a protocol' \
    --starttls gopher 127.0.0.1:1
echo "1..$n"
