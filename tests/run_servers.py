# SPDX-License-Identifier: MIT
"""Servers that people run, under "tlspolicy run": plain, with a policy and with
--enforce, beside what openssl s_client and psql say that they got.
"""
import os
import re
import shutil
import signal
import subprocess

from running import (Log, MODES, PATIENCE, Running, accepts, certificate,
                     environment, finish, free_port, have, result, run, skip,
                     table, tmp, under)
import running

key = cert = both = None


def write(name, text):
    path = f"{tmp}/{name}"
    with open(path, "w") as file:
        file.write(text)
    return path


def client(port, version, host="localhost", more=()):
    """s_client's view: version, cipher, group; None where it was refused."""
    output, _ = run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}",
                     f"-{version}", "-servername", host, *more])
    protocol = re.search(r"^ *Protocol *: (TLS\S+)", output, re.M)
    new = re.search(r"^New, (TLSv1\.3), ", output, re.M)
    cipher = re.search(r"^New, .*, Cipher is (\S+)$", output, re.M)
    group = re.search(r"^Server Temp Key: ([^,\s]+)(?:, ([^,\s]+))?", output,
                      re.M)
    if cipher is None or cipher[1] == "(NONE)":
        return None, output
    name = group[1] if group else None
    if name == "ECDH":
        name = group[2]
    return (new[1] if new else protocol[1], cipher[1], name), output


# The servers: what is run on a port, and how it is known to be ready.

def s_server(port, *more):
    return ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert",
            cert, "-key", key, *more]


def nginx(port):
    conf = write("nginx.conf", f"""
        daemon off;
        worker_processes 2;
        pid {tmp}/nginx.pid;
        error_log {tmp}/nginx.log;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path {tmp}/a;
            proxy_temp_path {tmp}/b;
            fastcgi_temp_path {tmp}/c;
            uwsgi_temp_path {tmp}/d;
            scgi_temp_path {tmp}/e;
            ssl_certificate {cert};
            ssl_certificate_key {key};
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_session_ticket_key {tmp}/ticket;
            server {{ listen 127.0.0.1:{port} ssl; }}
            server {{
                listen 127.0.0.1:{port} ssl;
                server_name a.example;
            }}
            server {{
                listen 127.0.0.1:{port} ssl;
                server_name level.example;
                ssl_ciphers DEFAULT:@SECLEVEL=1;
            }}
            server {{
                listen 127.0.0.1:{port} ssl;
                server_name host.example;
                ssl_ciphers ECDHE-RSA-AES128-SHA256:@SECLEVEL=0;
            }}
        }}""")
    return ["nginx", "-e", f"{tmp}/nginx.log", "-p", tmp, "-c", conf]


def haproxy(port):
    conf = write("haproxy.cfg", f"""
        defaults
            mode http
            timeout connect 10s
            timeout client 10s
            timeout server 10s
        frontend test
            bind 127.0.0.1:{port} ssl crt {both} ssl-min-ver TLSv1.2
            http-request return status 200
        """.replace("\n        ", "\n"))
    return ["haproxy", "-db", "-f", conf]


def apache(port):
    modules = "/usr/lib/apache2/modules"
    conf = write("apache.conf", f"""
        ServerRoot {tmp}
        ServerName localhost
        PidFile {tmp}/apache.pid
        Listen 127.0.0.1:{port}
        User nobody
        Group nogroup
        ErrorLog {tmp}/apache.log
        LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
        LoadModule authz_core_module {modules}/mod_authz_core.so
        LoadModule ssl_module {modules}/mod_ssl.so
        StartServers 2
        Mutex file:{tmp} default
        SSLEngine on
        SSLProtocol TLSv1.2 +TLSv1.3
        SSLCertificateFile {cert}
        SSLCertificateKeyFile {key}
        """)
    return ["apache2", "-D", "FOREGROUND", "-f", conf]


def stunnel(port):
    conf = write("stunnel.conf", f"""
        foreground = yes
        pid =
        [test]
        accept = 127.0.0.1:{port}
        exec = /bin/echo
        execArgs = echo hello
        cert = {both}
        sslVersionMin = TLSv1.2
        """)
    return ["stunnel4", conf]


SERVERS = {
    "s_server": s_server,
    "s_server -www": lambda port: s_server(port, "-www"),
    "s_server -rev": lambda port: s_server(port, "-rev"),
    "nginx": nginx,
    "apache2": apache,
    "haproxy": haproxy,
    "stunnel4": stunnel,
}


def why_not(name):
    missing = have("openssl" if name.startswith("s_server") else name)
    if missing:
        return missing
    if name == "apache2" and not os.path.exists(
            "/usr/lib/apache2/modules/mod_ssl.so"):
        return "Apache's mod_ssl is not where Debian has it"
    return None


def start(name, mode, log, options=None):
    """On a port that was free just now, so it may take a second attempt."""
    for _ in range(3):
        port = free_port()
        server = Running(
            under(MODES[mode] if options is None else options, log,
                  SERVERS[name](port)), lambda _: accepts(port))
        if server.ready:
            return server, port
        server.end()
    return None, server.output()


def record_of(log, number):
    rows = log.wait("connection", number + 1, 5)
    return rows[number] if len(rows) > number else None


def is_same(row, saw, mode, name):
    if row is None or saw is None:
        return False
    if name in ("apache2", "haproxy"):  # with BIOs of their own
        peer = row["peer"] is None
    else:
        peer = (row["peer"] or "").startswith("127.0.0.1:")
    within = None if mode == "plain" else saw[0] == "TLSv1.3"
    return (row["role"] == "server" and row["version"] == saw[0] and
            row["cipher"] == saw[1] and row["group"] == saw[2] and
            row["within"] == within and row["servername"] == "localhost" and
            peer)


def serve(name, mode):
    log = Log()
    server, port = start(name, mode, log)
    if server is None:
        result(False, f"{name}, {mode}: it starts", port)
        return
    number = 0
    for version in ("tls1_2", "tls1_3"):
        saw, output = client(port, version)
        if mode == "enforce" and version == "tls1_2":
            # It was looked at by connections that say nothing, too.
            failures = [row for row in log.wait("failure", 1)
                        if "no version" in (row["explain"] or "")]
            result(saw is None and len(failures) >= 1 and
                   not log.events("connection"),
                   f"{name}, {mode}: refuses TLS 1.2", saw, output,
                   log.text())
            table.append(f"{name} x {mode}, a client of TLS 1.2: failed; the "
                         f"peer saw {saw}")
            continue
        row = record_of(log, number)
        number += 1
        result(is_same(row, saw, mode, name), f"{name}, {mode}: a record of "
               f"{version}", row, saw, output[-800:], server.output())
        table.append(f"{name} x {mode}: {row and row['version']} "
                     f"{row and row['cipher']} {row and row['group']} within "
                     f"{row and row['within']}; the peer saw {saw}")
    if name == "nginx":
        hosts(port, mode, log)
        reload(server, port, mode, log)
    server.end(signal.SIGQUIT if name == "nginx" else signal.SIGTERM)
    if name == "nginx":
        # Its workers leave by exit(): the one, or the two, that had one.
        rows = log.wait("summary", 1)
        total = sum(row["connections"] for row in rows)
        result(total == len(log.events("connection")),
               f"nginx, {mode}: summaries of its workers", log.text())


def is_held(log, number, saw):
    """Refused, or brought in line with the policy."""
    if saw is None:
        return len(log.events("connection")) == number
    row = record_of(log, number)
    return row is not None and row["within"] and row["cipher"] == saw[1]


def hosts(port, mode, log):
    """A virtual host with a weaker cipher list and level of its own."""
    number = len(log.events("connection"))
    saw, output = client(port, "tls1_2", "host.example")
    if mode != "enforce":
        row = record_of(log, number)
        good = row is not None and row["cipher"] == "ECDHE-RSA-AES128-SHA256" \
            and saw[1] == row["cipher"]
    else:
        good = is_held(log, number, saw)
    result(good, f"nginx, {mode}: a virtual host of its own", saw, output,
           log.text())


def reload(server, port, mode, log):
    """Workers of a reload: the master's environment is gone by then."""
    before = {row["pid"] for row in log.events("connection")}
    number = len(log.events("connection"))
    server.process.send_signal(signal.SIGHUP)
    row = None
    for _ in range(50):
        saw, _ = client(port, "tls1_3")
        row = record_of(log, number)
        number += 1
        if row is None or row["pid"] not in before:
            break
    result(row is not None and row["pid"] not in before and
           is_same(row, saw, mode, "nginx"), f"nginx, {mode}: after a reload", row,
           saw, log.text())


def weaker_host():
    """TLS 1.2 stays, but the virtual host's ciphers are out of it."""
    log = Log()
    server, port = start("nginx", None, log, [
        "--policy", "intermediate", "--enforce"])
    if server is None:
        result(False, "nginx: it starts", port)
        return
    good, _ = client(port, "tls1_2")
    number = len(log.wait("connection", 1))
    saw, output = client(port, "tls1_2", "host.example")
    result(good is not None and is_held(log, number, saw),
           "nginx: a virtual host is not weaker than the policy", good, saw,
           output, log.text())
    server.end(signal.SIGQUIT)


def plain_hosts():
    """Virtual hosts without a wish of their own are served."""
    for policy in ("intermediate", "modern"):
        log = Log()
        server, port = start("nginx", None, log, [
            "--policy", policy, "--enforce"])
        if server is None:
            result(False, "nginx: it starts", port)
            return
        number = 0
        for host in ("localhost", "a.example", "level.example"):
            for version in ("tls1_2", "tls1_3"):
                saw, output = client(port, version, host)
                if policy == "modern" and version == "tls1_2":
                    result(saw is None, f"nginx, {policy} enforced: {host}, "
                           f"{version} is refused", saw, log.text())
                    continue
                row = record_of(log, number)
                number += 1
                result(saw is not None and row is not None and row["within"]
                       and row["servername"] == host,
                       f"nginx, {policy} enforced: {host}, {version}", saw,
                       row, output[-600:], log.text())
        server.end(signal.SIGQUIT)


def old_session():
    """One of before the policy, which resumes past a list of ciphers."""
    session, saw = f"{tmp}/session", []
    for options, more in ((
            [], ["-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-sess_out"]), (
            [], ["-sess_in"]), (
            ["--enforce", "--policy",
             "ciphers=ECDHE-RSA-AES256-GCM-SHA384"], ["-sess_in"])):
        log = Log()
        server, port = start("nginx", None, log, options)
        if server is None:
            result(False, "nginx: it starts", port)
            return
        saw.append(client(port, "tls1_2", more=[*more, session])[1])
        rows = log.wait("connection", 1)
        failures = log.events("failure")
        server.end(signal.SIGQUIT)
        if len(saw) == 2:
            result(rows and rows[0]["resumed"] and "Reused, " in saw[1],
                   "nginx: a resumed session", saw[1], log.text())
    result(rows and rows[0]["resumed"] and rows[0]["within"] is False and
           len(failures) == 1 and "was negotiated with the resumed session"
           in failures[0]["why"],
           "nginx: a session of before is ended", saw[2], log.text())


# PostgreSQL, which tells of each connection by itself.

def postgres_programs():
    folders = sorted(
        os.path.join("/usr/lib/postgresql", name, "bin")
        for name in (os.listdir("/usr/lib/postgresql")
                     if os.path.isdir("/usr/lib/postgresql") else []))
    return folders[-1] if folders else None


def psql(folder, port, **settings):
    env = environment(PGSSLMODE="require", PGCONNECT_TIMEOUT="10", **settings)
    return ([f"{folder}/psql", "-h", "127.0.0.1", "-p", str(port), "-U",
             "postgres", "-d", "postgres", "-X", "-A", "-t", "-F", " ", "-c",
             "select version, cipher from pg_stat_ssl "
             "where pid = pg_backend_pid()"], env)


def postgres_start(folder, options, log, user):
    for _ in range(3):
        port = free_port()
        command = [f"{folder}/postgres", "-D", f"{tmp}/data", "-p",
                   str(port), "-c", "listen_addresses=127.0.0.1", "-c",
                   "ssl=on", "-c", f"ssl_cert_file={tmp}/data/cert", "-c",
                   f"ssl_key_file={tmp}/data/key", "-c",
                   "unix_socket_directories="]
        if options is not None:
            command = under(options, log, command)
        server = Running(command, lambda said: "ready to accept" in said,
                         user=user)
        if server.ready:
            return server, port
        server.end(signal.SIGINT)
    return None, server.output()


def postgres_data(folder):
    """A cluster of the user that it wants, which is not root."""
    user = "postgres" if os.getuid() == 0 else None
    data = f"{tmp}/data"
    os.mkdir(data, 0o700)
    if user:
        shutil.chown(data, user, user)
    subprocess.run(
        [f"{folder}/initdb", "-D", data, "-U", "postgres", "-A", "trust",
         "--no-sync", "--no-instructions"], check=True, capture_output=True,
        user=user, cwd="/")
    for name in ("cert", "key"):
        shutil.copy(f"{tmp}/{name}", data)
        os.chmod(f"{data}/{name}", 0o600)
        if user:
            shutil.chown(f"{data}/{name}", user, user)
    return user


def postgres_server(folder, user, mode):
    log = Log()
    os.chmod(log.path, 0o666)
    server, port = postgres_start(folder, MODES[mode], log, user)
    if server is None:
        result(False, f"postgres, {mode}: it starts", port)
        return
    number = 0
    for version in ("TLSv1.2", "TLSv1.3"):
        command, env = psql(folder, port, PGSSLMAXPROTOCOLVERSION=version)
        output, status = run(command, env)
        if mode == "enforce" and version == "TLSv1.2":
            result(status != 0 and log.wait("failure", 1) and
                   not log.events("connection"),
                   f"postgres, {mode}: refuses TLS 1.2", output, log.text())
            continue
        row = record_of(log, number)
        number += 1
        result(row is not None and row["role"] == "server" and
               output.split() == [row["version"], row["cipher"]] and
               (row["peer"] or "").startswith("127.0.0.1:"),
               f"postgres, {mode}: a record of {version}", row, output,
               log.text())
        table.append(f"postgres x {mode}: {row and row['version']} "
                     f"{row and row['cipher']}; it says {output.strip()}")
    server.end(signal.SIGINT)


def postgres_client(folder, user):
    server, port = postgres_start(folder, None, None, user)
    if server is None:
        result(False, "psql: a server starts", port)
        return
    for mode, options in MODES.items():
        log = Log()
        command, env = psql(folder, port)
        output, _ = run(under(options, log, command), env)
        rows = log.events("connection")
        result(len(rows) == 1 and rows[0]["role"] == "client" and
               output.split() == [rows[0]["version"], rows[0]["cipher"]] and
               rows[0]["peer"] == f"127.0.0.1:{port}",
               f"psql, {mode}: a record", output, log.text())
        table.append(f"psql x {mode}: {rows and rows[0]['version']} "
                     f"{rows and rows[0]['cipher']}; the peer saw "
                     f"{output.strip()}")
    log = Log()
    command, env = psql(folder, port, PGSSLMINPROTOCOLVERSION="TLSv1.3")
    output, status = run(
        under(["--policy", "max=TLSv1.2", "--enforce"], log, command), env)
    result(status != 0 and "nothing" in output and
           len(log.events("failure")) == 1,
           "psql: what cannot be given is not made", output, log.text())
    server.end(signal.SIGINT)


def postgres():
    folder = postgres_programs()
    if folder is None:
        skip("postgres", "there is no PostgreSQL")
        return
    user = postgres_data(folder)
    for mode in MODES:
        postgres_server(folder, user, mode)
    postgres_client(folder, user)


def main():
    global key, cert, both
    key, cert, both = certificate()
    with open(f"{tmp}/ticket", "wb") as file:
        file.write(os.urandom(80))
    for name in SERVERS:
        why = why_not(name)
        if why:
            skip(name, why)
            continue
        for mode in MODES:
            serve(name, mode)
    if not why_not("nginx"):
        weaker_host()
        plain_hosts()
        old_session()
    postgres()
    finish()


if __name__ == "__main__":
    main()
