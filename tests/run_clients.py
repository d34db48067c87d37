# SPDX-License-Identifier: MIT
"""Clients that people run, under "tlspolicy run": plain, with a policy and with
--enforce, against a server that says what it saw.
"""
import os
import ssl
import subprocess
from xml.etree import ElementTree

from running import (Log, MODES, PYTHON, Server, certificate, finish, have,
                     result, run, skip, table, tmp, under)

BLOCKING = """
import socket, ssl, sys
ctx = ssl._create_unverified_context()
if sys.argv[2:]:
    ctx.minimum_version = ssl.TLSVersion.TLSv1_3
plain = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
with ctx.wrap_socket(plain, server_hostname="localhost") as tls:
    print("negotiated", tls.version(), tls.recv(100))
"""
NONBLOCKING = """
import select, socket, ssl, sys
ctx = ssl._create_unverified_context()
if sys.argv[2:]:
    ctx.minimum_version = ssl.TLSVersion.TLSv1_3
plain = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
plain.setblocking(False)
tls = ctx.wrap_socket(plain, server_hostname="localhost",
                      do_handshake_on_connect=False)
while True:
    try:
        tls.do_handshake()
        break
    except ssl.SSLWantReadError:
        select.select([tls], [], [], 20)
    except ssl.SSLWantWriteError:
        select.select([], [tls], [], 20)
print("negotiated", tls.version())
"""
ASYNCIO = """
import asyncio, ssl, sys
ctx = ssl._create_unverified_context()
if sys.argv[2:]:
    ctx.minimum_version = ssl.TLSVersion.TLSv1_3
async def main():
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", int(sys.argv[1]), ssl=ctx, server_hostname="localhost")
    print("negotiated", writer.get_extra_info("ssl_object").version())
    writer.close()
asyncio.run(main())
"""
PYOPENSSL = """
import socket, sys
from OpenSSL import SSL
ctx = SSL.Context(SSL.TLS_CLIENT_METHOD)
if sys.argv[2:]:
    ctx.set_min_proto_version(SSL.TLS1_3_VERSION)
tls = SSL.Connection(ctx, socket.create_connection(
    ("127.0.0.1", int(sys.argv[1]))))
tls.set_tlsext_host_name(b"localhost")
tls.set_connect_state()
tls.send(b"GET / HTTP/1.0\\r\\n\\r\\n")
print("negotiated", tls.get_protocol_version_name())
"""
PERL = """
use IO::Socket::SSL;
my ($port, $high) = @ARGV;
my $tls = IO::Socket::SSL->new(PeerHost => "127.0.0.1", PeerPort => $port,
    SSL_hostname => "localhost", SSL_verify_mode => 0,
    ($high ? (SSL_version => "TLSv1_3") : ()))
    or die "failed: $SSL_ERROR";
print "negotiated ", $tls->get_sslversion, "\\n";
"""


def python(code):
    return lambda port, high: [PYTHON, "-W", "ignore", "-c", code, str(port)
                               ] + (["high"] if high else [])


# Each of a port, and whether its own minimum is TLS 1.3.
CLIENTS = {
    "curl": lambda port, high: [
        "curl", "-q", "-sS", "-v", "-k", "--noproxy", "*", *(
            ["--tlsv1.3"] if high else []), f"https://localhost:{port}/",
        "--resolve", f"localhost:{port}:127.0.0.1"],
    "s_client": lambda port, high: [
        "openssl", "s_client", "-connect", f"127.0.0.1:{port}",
        "-servername", "localhost", *(["-tls1_3"] if high else [])],
    "python": python(BLOCKING),
    "python-nonblocking": python(NONBLOCKING),
    "asyncio": python(ASYNCIO),
    "pyOpenSSL": python(PYOPENSSL),
    "perl": lambda port, high: ["perl", "-e", PERL, str(port)] + (
        ["high"] if high else []),
}
# Those whose socket is OpenSSL's, so that the peer's address is known.
WITH_PEER = ("s_client", "python", "python-nonblocking", "pyOpenSSL", "perl")


def why_not(name):
    if name in ("curl", "perl"):
        missing = have(name)
        if missing:
            return missing
    if name == "curl" and " OpenSSL/" not in run(["curl", "--version"])[0]:
        return "there is no curl over OpenSSL"
    if name == "perl" and run(["perl", "-MIO::Socket::SSL", "-e", "1"])[1]:
        return "there is no IO::Socket::SSL"
    if name == "pyOpenSSL" and run([PYTHON, "-c", "import OpenSSL"])[1]:
        return "there is no pyOpenSSL"
    return None


def matches(log, server, number, port, name, policy):
    """What is wrong with the one connection's record, or None."""
    saw, _ = server.saw(number)
    rows = log.events("connection")
    if log.events("failure") or len(rows) != 1 or saw is None:
        return f"saw {saw}: {log.text()}"
    row = rows[0]
    within = None if policy is None else saw[0] == "TLSv1.3"
    want = {"role": "client", "servername": "localhost", "version": saw[0],
            "cipher": saw[1], "resumed": False, "policy": policy,
            "within": within, "explain": None, "peer":
            f"127.0.0.1:{port}" if name in WITH_PEER else None}
    wrong = {key: row[key] for key in want if row[key] != want[key]}
    if within is False and not row["why"]:
        wrong["why"] = row["why"]
    return f"{wrong} of {row}, seen {saw}" if wrong else None


def completes(name, server, mode, high=False):
    number = len(server.seen)
    log = Log()
    command = CLIENTS[name](server.port, high)
    output, status = run(under(MODES[mode], log, command))
    wrong = matches(log, server, number, server.port, name,
                    "modern@2026" if mode != "plain" else None)
    summary = log.events("summary")
    version = server.saw(number)[0] and server.saw(number)[0][0]
    good = (wrong is None and len(summary) >= 1 and
            summary[-1]["versions"] == {version: 1} and
            summary[-1]["outside"]["modern@2026"] == (version != "TLSv1.3"))
    row = (log.events("connection") or [{}])[0]
    table.append(f"{name} x {mode}: {row.get('version')} {row.get('cipher')} "
                 f"within {row.get('within')}; the peer saw "
                 f"{server.saw(number)[0]}")
    result(good, f"{name}, {mode}: a record of {version}", wrong,
           output, status, log.text())
    return status


def refused(name, server, mode):
    """A server of TLS 1.2 under an enforced "modern"."""
    number = len(server.seen)
    log = Log()
    output, status = run(under(MODES[mode], log,
                               CLIENTS[name](server.port, False)))
    saw, _ = server.saw(number)
    failures = log.events("failure")
    good = (saw is None and status != 0 and len(failures) == 1 and
            not log.events("connection") and
            "permits none of the versions" in (failures[0]["explain"] or ""))
    table.append(f"{name} x {mode}, a server of TLS 1.2: failed; the peer "
                 f"saw {saw}")
    result(good, f"{name}, {mode}: refused by a server of TLS 1.2", saw,
           status, output, log.text())


def denied(name, server):
    """Its own minimum is above the policy's maximum: nothing is sent."""
    number = len(server.seen)
    log = Log()
    output, status = run(under(
        ["--policy", "max=TLSv1.2", "--enforce"], log,
        CLIENTS[name](server.port, True)))
    saw, size = server.saw(number)
    failures = log.events("failure")
    sentence = failures[0]["why"] if failures else "?"
    good = (saw is None and size == 0 and status != 0 and
            len(failures) == 1 and "nothing in common" in sentence and
            sentence in output)
    table.append(f"{name} x enforce, own minimum TLS 1.3 under max=TLSv1.2: "
                 f"failed; the peer saw {size} bytes")
    result(good, f"{name}: what cannot be given is not made", saw, size,
           status, output, log.text())


def overridden(server):
    """With --override the policy's bound counts: curl's own is lower."""
    number = len(server.seen)
    log = Log()
    output, _ = run(under(
        ["--policy", "max=TLSv1.3", "--enforce", "--override"], log,
        ["curl", "-q", "-sS", "-k", "--noproxy", "*", "--tls-max", "1.2",
         f"https://127.0.0.1:{server.port}/"]))
    saw, _ = server.saw(number)
    result(saw is not None and saw[0] == "TLSv1.3",
           "--override: as the policy says", saw, output, log.text())


def results(path):
    """Of each test of Python's own."""
    root = ElementTree.parse(path).getroot()
    return {row.get("name"): sorted(child.tag for child in row
                                    if child.tag != "system-out")
            for row in root.iter("testcase")}


def python_tests():
    """Python's own tests of ssl have the results that they have without it;
    TLSPOLICY_TIER=full for all of them."""
    classes = ("SimpleBackgroundTests", "MemoryBIOTests", "SSLObjectTests",
               "ContextTests")
    command = [PYTHON, "-W", "ignore", "-m", "test", "test_ssl"]
    if os.environ.get("TLSPOLICY_TIER") != "full":
        command += [word for name in classes for word in ("-m", name)]
    if run([PYTHON, "-c", "import test.test_ssl"])[1]:
        skip("Python's own tests of ssl", "they are not there")
        return
    log = Log()
    both = [subprocess.Popen(
        words + ["--junit-xml", f"{tmp}/{i}.xml"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        for i, words in enumerate((command, under(
            ["--policy", "modern", "--no-explain"], log, command)))]
    statuses = [process.wait(300) for process in both]
    want, got = (results(f"{tmp}/{i}.xml") for i in range(2))
    wrong = {name: (want.get(name), got.get(name)) for name in {**want, **got}
             if want.get(name) != got.get(name)}
    result(not wrong and len(want) > 50 and statuses[0] == statuses[1] and
           len(log.events("connection")) > 10,
           f"Python's own tests of ssl: {len(want)} with the same results",
           wrong, statuses)


def main():
    if not ssl.OPENSSL_VERSION.startswith("OpenSSL "):
        print("1..0 # SKIP Python's ssl is not over OpenSSL")
        return
    both = certificate()[2]
    old = Server(both, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
    new = Server(both, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    for name, command in CLIENTS.items():
        why = why_not(name)
        if why:
            skip(name, why)
            continue
        number = len(old.seen)
        alone = run(command(old.port, False))[1]
        old.saw(number)
        for mode in ("plain", "policy"):
            status = completes(name, old, mode)
            result(status == alone, f"{name}, {mode}: its own exit status",
                   status, alone)
            completes(name, new, mode)
        completes(name, new, "enforce")
        refused(name, old, "enforce")
        denied(name, new)
    if why_not("curl"):
        skip("--override", why_not("curl"))
    else:
        overridden(new)
    python_tests()
    finish()


if __name__ == "__main__":
    main()
