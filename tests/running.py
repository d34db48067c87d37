# SPDX-License-Identifier: MIT
"""What tests/run_clients.py and tests/run_servers.py share: TAP, programs that
are run under "tlspolicy run", and what its lines say.
"""
import atexit
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

COMMAND = os.path.abspath("tools/tlspolicy")
PATIENCE = 20
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else \
    sys.executable
os.environ["PATH"] += ":/usr/sbin:/sbin"
os.environ.pop("TLSPOLICY_RUN_OBJECT", None)
tmp = tempfile.mkdtemp()
os.chmod(tmp, 0o755)
count = 0
table = []


def result(good, name, *details):
    global count
    count += 1
    print(("ok" if good else "not ok"), count, "-", name)
    if not good:
        for detail in details:
            for line in str(detail).splitlines()[:40]:
                print("#", line)
    sys.stdout.flush()


def skip(name, why):
    global count
    count += 1
    print("ok", count, "-", name, "# SKIP", why)


def finish():
    shutil.rmtree(tmp, ignore_errors=True)
    for row in table:
        print("#", row)
    print(f"1..{count}")


def have(*programs):
    """Why it is not to be had, or None."""
    for program in programs:
        if shutil.which(program) is None:
            return f"there is no {program}"
    return None


def certificate():
    """Key and certificate in one file, and each alone."""
    key, cert, both = (f"{tmp}/{name}" for name in ("key", "cert", "both"))
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-batch", "-newkey", "rsa:2048",
         "-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True)
    with open(both, "w") as out:
        for part in (cert, key):
            with open(part) as file:
                out.write(file.read())
    for name in (key, both):
        os.chmod(name, 0o644)
    return key, cert, both


# Modes of a run: the options, and the name of the policy in its lines.
MODES = {
    "plain": [],
    "policy": ["--policy", "modern"],
    "enforce": ["--policy", "modern", "--enforce"],
}


class Log:
    """The lines of one run, as JSON."""

    def __init__(self):
        handle, self.path = tempfile.mkstemp(dir=tmp)
        os.close(handle)
        os.chmod(self.path, 0o644)

    def events(self, kind=None):
        with open(self.path) as file:
            rows = [json.loads(line) for line in file]
        return [row for row in rows if kind in (None, row["event"])]

    def wait(self, kind, number, patience=PATIENCE):
        """Other processes write it: some may be late."""
        end = time.time() + patience
        while len(self.events(kind)) < number and time.time() < end:
            time.sleep(0.02)
        return self.events(kind)

    def text(self):
        with open(self.path) as file:
            return file.read()


def under(options, log, command):
    return [COMMAND, "run", *options, "--json", "--log", log.path, "--",
            *command]


def run(command, env=None):
    """Its output, both streams, and its status."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=60, env=env)
    return done.stdout.decode(errors="replace"), done.returncode


def environment(**more):
    env = dict(os.environ)
    env.update(more)
    return env


class Server:
    """Python's ssl, not under the command, on a port of the kernel's; what it
    saw of each connection: a version and a cipher, or None, and bytes."""

    def __init__(self, cert, minimum, maximum):
        self.ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ctx.load_cert_chain(cert)
        self.ctx.minimum_version = minimum
        self.ctx.maximum_version = maximum
        self.seen = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            plain = self.listener.accept()[0]
            plain.settimeout(PATIENCE)
            self.serve_one(plain)

    def serve_one(self, plain):
        size, saw = 0, None
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.ctx.wrap_bio(incoming, outgoing, server_side=True)
        try:
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    data = plain.recv(16384)
                    size += len(data)
                    if not data:
                        raise OSError("closed") from None
                    incoming.write(data)
            plain.sendall(outgoing.read())
            saw = (tls.version(), tls.cipher()[0])
            tls.write(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nyes")
            plain.sendall(outgoing.read())
            plain.settimeout(2)
            while plain.recv(16384):
                pass
        except OSError:
            try:
                plain.sendall(outgoing.read())
                plain.shutdown(socket.SHUT_WR)
                plain.settimeout(2)
                while plain.recv(16384):
                    pass
            except OSError:
                pass
        finally:
            self.seen.append((saw, size))
            plain.close()

    def saw(self, number):
        """What the connection of that number was seen as."""
        end = time.time() + PATIENCE
        while len(self.seen) <= number and time.time() < end:
            time.sleep(0.01)
        return self.seen[number] if number < len(self.seen) else ("gone", -1)


class Running:
    """A program in the background, ended by its pid, whatever happens here."""

    all = []

    def __init__(self, command, ready, env=None, user=None):
        handle, self.path = tempfile.mkstemp(dir=tmp)
        self.process = subprocess.Popen( # one that reads waits for words
            command, stdin=subprocess.PIPE, stdout=handle, stderr=handle,
            env=env, user=user, cwd=tmp,
            start_new_session=True)  # Apache ends its whole group
        os.close(handle)
        Running.all.append(self)
        self.ready = self.wait(ready)

    def output(self):
        with open(self.path, errors="replace") as file:
            return file.read()

    def wait(self, ready):
        end = time.time() + PATIENCE
        while time.time() < end and self.process.poll() is None:
            if ready(self.output()):
                return True
            time.sleep(0.02)
        return ready(self.output())

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()


@atexit.register
def end_all():
    for program in Running.all:
        if program.process.poll() is None:
            program.end()
    shutil.rmtree(tmp, ignore_errors=True)


# What ends this ends those.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def accepts(port):
    """Whether something takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def free_port():
    """One that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
