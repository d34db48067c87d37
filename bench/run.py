# SPDX-License-Identifier: MIT
"""run.py [--rounds N]: what "tlspolicy run" costs.  Runs in a build folder.

Instructions, under callgrind: of a program that makes both ends of full
handshakes of TLS 1.2 with an ECDSA key, so that little is done beside the
records; as it is, under it, and with a policy to check.  A run of 60 less one
of 10 leaves out all that is done once.  No other work of the machine shows in
them; calls of the kernel are not counted.

Time: nginx with one worker, as it is and under it with a policy to check, takes
full handshakes of openssl s_time in turn, a second of each in a round.  Counted
are handshakes for each second that the worker ran: those of a server that has
nothing else to do.  The result is the median of the rounds' quotients with its
quartiles.
"""
import os
import re
import shutil
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../tests"))
from running import (Log, Running, accepts, certificate,  # noqa: E402
                     environment, free_port, have, tmp, under)


def nginx(port, cert, key):
    folder = f"{tmp}/{port}"
    os.mkdir(folder)
    with open(f"{folder}/conf", "w") as file:
        file.write(f"""
            daemon off;
            worker_processes 1;
            pid {folder}/pid;
            error_log {folder}/log crit;
            events {{}}
            http {{
                access_log off;
                client_body_temp_path {folder}/a;
                proxy_temp_path {folder}/b;
                fastcgi_temp_path {folder}/c;
                uwsgi_temp_path {folder}/d;
                scgi_temp_path {folder}/e;
                server {{
                    listen 127.0.0.1:{port} ssl;
                    ssl_certificate {cert};
                    ssl_certificate_key {key};
                    ssl_session_tickets off;
                }}
            }}""")
    return ["nginx", "-e", f"{folder}/log", "-p", folder, "-c",
            f"{folder}/conf"]


def busy(server):
    """Seconds that the one worker has run."""
    pid = server.process.pid
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        worker = file.read().split()[0]
    with open(f"/proc/{worker}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


def rate(port, server):
    """Handshakes in a second of the worker's time."""
    begin = busy(server)
    done = subprocess.run(
        ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new",
         "-time", "1"], capture_output=True, text=True)
    number = re.search(r"^(\d+) connections in \d+ real seconds",
                       done.stdout, re.M)[1]
    return int(number) / (busy(server) - begin)


def instructions(before):
    """Those of one handshake, both ends."""
    # At level 3 no RSA key is made, which takes another number each time.
    with open(f"{tmp}/level", "w") as file:
        file.write("openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n"
                   "[c]\nCipherString=DEFAULT:@SECLEVEL=3\n")
    count = []
    for number in ("10", "60"):
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--trace-children=yes",
             f"--callgrind-out-file={tmp}/out.%p", *before, "tests/awkward",
             "shakes", number], capture_output=True, text=True, check=True,
            env=environment(OPENSSL_CONF=f"{tmp}/level"))
        # The program's own come last: the command becomes it.
        count.append(int(re.findall(r"Collected : (\d+)", done.stderr)[-1]))
    return (count[1] - count[0]) / 50


def count_instructions():
    plain = instructions([])
    print(f"plain         {plain:10.0f} instructions")
    for name, options in (("run", []),
                          ("run, policy", ["--policy", "intermediate"])):
        number = instructions(under(options, Log(), []))
        print(f"{name:13} {number:10.0f} instructions, "
              f"{100 * (number / plain - 1):+.2f}%")


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 25
    missing = have("valgrind")
    if missing:
        print(f"run.py: no instructions: {missing}", file=sys.stderr)
    else:
        count_instructions()
    missing = have("nginx", "openssl")
    if missing:
        print(f"run.py: {missing}", file=sys.stderr)
        return 2
    key, cert, _ = certificate()
    log = Log()
    port = {kind: free_port() for kind in ("plain", "run")}
    servers = {
        "plain": Running(nginx(port["plain"], cert, key),
                         lambda _: accepts(port["plain"])),
        "run": Running(under(["--policy", "intermediate"], log,
                             nginx(port["run"], cert, key)),
                       lambda _: accepts(port["run"]))}
    rates = {kind: [] for kind in port}
    for i in range(rounds):
        # Each is the first of a round as often as the other.
        for kind in sorted(port, reverse=i % 2 == 0):
            rates[kind].append(rate(port[kind], servers[kind]))
    quotient = [with_it / without for with_it, without in
                zip(rates["run"], rates["plain"])]
    low, middle, high = statistics.quantiles(quotient, n=4)
    for kind, values in rates.items():
        print(f"{kind:6} {statistics.median(values):8.0f} handshakes/s")
    print(f"run/plain {middle:.3f} ({low:.3f} to {high:.3f}), "
          f"{len(log.events('connection'))} records; the goal is 0.95: "
          f"{'met' if middle >= 0.95 else 'not met'}")
    for server in servers.values():
        server.end()
    shutil.rmtree(tmp, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
