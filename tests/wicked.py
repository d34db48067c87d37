#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""wicked.py CERT KEY MODE...: servers that misbehave, for tests/wicked.sh.

Each MODE is a server on a port of the kernel's, which is printed.  It looks at
the ClientHello, misbehaves or not, and hands the connection on to a server of
TLS 1.2 and 1.3 with few ciphers, one of them outside every profile:

  plain              does nothing else
  close:N            hangs up on its Nth connection; reset, stall, garble too
  every-close:N      on every Nth; reset, garble too
  first-alert:N      refuses all on its first N
  last-close:N       on its Nth and all that follow; stall, alert too
  suites-close:N     on hellos with more than N suites; alert, stall too
  bytes-close:N      on hellos of more than N bytes; alert, stall too
  rare-close:N       the same, and has a curve that few have
  retry-alert        on hellos without a key share; close too
  reads:N            reads no more than N suites
  shuffle            prefers another cipher each time
  two                two servers by turns, of which one has less
  refuses-close      hangs up where others send an alert
  refuses-error      says "internal error" there
  escapes            answers what a terminal must not see
  flood              answers without an end
  smtp, xmpp         begins without TLS, in words that few have
  dhe                speaks TLS 1.2 with DHE and 3DES, for clients that offer no
                     group of RFC 7919
  lean:N             hangs up instead of refusing, reads no more than N suites,
                     and has RC4 too, and 3DES for clients that offer such a
                     group
  short:G            takes hellos of 300 bytes, and has 3DES for clients that
                     offer group G
  ssl3               speaks SSL 3.0 and no other, with RC4 and one without a name
"""
import os
import random
import socket
import ssl
import struct
import sys
import threading

CERT, KEY = sys.argv[1:3]
CIPHERS = ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
           "AES128-SHA"]
ALERT = b"\x15\x03\x01\x00\x02\x02"


def context(ciphers, curve):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(CERT, KEY)
    c.set_ciphers(":".join(ciphers) + ":@SECLEVEL=0")
    c.set_ecdh_curve(curve)
    c.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    c.minimum_version = ssl.TLSVersion.TLSv1_2
    return c


def read_hello(sock):
    head = sock.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)
    if len(head) < 5:
        return head
    size = 5 + struct.unpack(">H", head[3:])[0]
    return sock.recv(size, socket.MSG_PEEK | socket.MSG_WAITALL)


def suites_of(hello):
    at = 44 + hello[43]
    size = struct.unpack(">H", hello[at:at + 2])[0]
    return [hello[i:i + 2] for i in range(at + 2, at + 2 + size, 2)]


def extension_of(hello, wanted):
    at = 44 + hello[43]
    at += 6 + struct.unpack(">H", hello[at:at + 2])[0]
    while at + 4 <= len(hello):
        kind, size = struct.unpack(">HH", hello[at:at + 4])
        at += 4 + size
        if kind == wanted:
            return hello[at - size:at]
    return None


def groups_of(hello):
    codes = (extension_of(hello, 10) or b"")[2:]
    return [group for (group,) in struct.iter_unpack(">H", codes)]


def offers_ffdhe(hello):
    return any(group >> 8 == 1 for group in groups_of(hello))


def bad(sock, how, hello):
    """Misbehaves; how is a word of the modes."""
    if how == "stall":
        threading.Event().wait(30)
    elif how == "garble":
        sock.sendall(b"\x16\x03\x03\x00\x04\x02\x00\x00\x00\x99\x00junk")
    elif how == "alert":
        sock.sendall(ALERT + bytes([40]))
    elif how == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        return  # with bytes unread, close sends a reset
    if how != "reset":
        sock.recv(len(hello), socket.MSG_WAITALL)


def relay(sock, hello, ciphers, refusal, curve="prime256v1"):
    """By memory BIOs, so that what is sent can be looked at."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context(ciphers, curve).wrap_bio(into, out, server_side=True)
    sock.recv(len(hello), socket.MSG_WAITALL)
    into.write(hello)
    while True:
        try:
            tls.do_handshake()
            sock.sendall(out.read())
            sock.recv(1)
            return
        except ssl.SSLWantReadError:
            sock.sendall(out.read())
            data = sock.recv(65536)
            if not data:
                return
            into.write(data)
        except ssl.SSLError:
            if refusal == "error":
                sock.sendall(ALERT + bytes([80]))
            elif refusal != "close":
                sock.sendall(out.read())
            return


def misbehaves(mode, value, n, hello):
    """How, or None."""
    when, _, how = mode.rpartition("-")
    if when == "" and how in ("close", "reset", "stall", "garble"):
        return how if n == value else None
    if when == "every":
        return how if n % value == 0 else None
    if when == "first":
        return how if n <= value else None
    if when == "last":
        return how if n >= value else None
    if when == "suites":
        return how if len(suites_of(hello)) > value else None
    if when in ("bytes", "rare"):
        return how if len(hello) - 5 > value else None
    if when == "retry":
        return how if extension_of(hello, 51) == b"\0\0" else None
    return None


def choose(sock, hello, version, suites):
    """Of a server that has nothing but its choice."""
    chosen = [c for c in suites
              if c in suites_of(hello) and hello[9:11] == version]
    if not chosen:
        sock.sendall(b"\x15" + version + b"\x00\x02\x02\x28")
        return
    body = version + bytes(32) + b"\x00" + chosen[0] + b"\x00"
    body = b"\x02" + struct.pack(">I", len(body))[1:] + body
    body += b"\x0e\x00\x00\x00"
    sock.sendall(b"\x16" + version + struct.pack(">H", len(body)) + body)


def dhe(sock, hello):
    choose(sock, hello, b"\x03\x03",
           [] if offers_ffdhe(hello) else [b"\x00\x16"])


def lean(sock, hello, most):
    rare = [b"\x00\x8a"] + [b"\x00\x16"] * offers_ffdhe(hello)
    has = set(suites_of(hello)[:most])
    if has & {b"\xc0\x2f", b"\x13\x01", b"\x13\x02", b"\x13\x03"}:
        relay(sock, hello, CIPHERS[:1], "close")
        return
    sock.recv(len(hello), socket.MSG_WAITALL)
    if has & set(rare):
        choose(sock, hello, b"\x03\x03", [c for c in rare if c in has])


def short(sock, hello, group):
    if len(hello) - 5 > 300:
        bad(sock, "close", hello)
    elif b"\xc0\x2f" in suites_of(hello) or extension_of(hello, 43):
        relay(sock, hello, CIPHERS[:1], "")
    else:
        sock.recv(len(hello), socket.MSG_WAITALL)
        choose(sock, hello, b"\x03\x03",
               [b"\x00\x16"] * (group in groups_of(hello)))


def say(sock, *parts):
    """By turns: what is said, and how the answer to it ends."""
    for text, end in parts:
        sock.sendall(text)
        heard = b""
        while end not in heard:
            data = sock.recv(1)
            if not data:
                raise OSError
            heard += data


def smtp(sock):
    say(sock, (b"220 ftp.localhost ESMTP\r\n", b"\n"),
        (b"250-localhost\r\n250 starttls\r\n", b"\n"), (b"220 go\r\n", b""))


def xmpp(sock):
    ns = b"xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    say(sock, (b"", b"'>"), (b"<stream:stream>", b""),
        (b"<stream:features><starttls " + ns + b"</stream:features>\r\n",
         b"/>"), (b"<proceed " + ns, b""))


def serve(sock, mode, value, n):
    sock.settimeout(60)
    if mode == "escapes":
        sock.recv(4096)
        sock.sendall(b"\x1b]0;owned\x07\x1b[31mHTTP/1.1 \x9b31m\r\n")
        return
    if mode == "flood":
        while True:
            sock.sendall(b"\x16\x03\x03\x00\x40" + bytes(64))
    if mode in ("smtp", "xmpp"):
        globals()[mode](sock)
    hello = read_hello(sock)
    if len(hello) < 44:
        return
    if mode in ("ssl3", "dhe"):
        sock.recv(len(hello), socket.MSG_WAITALL)
        if mode == "dhe":
            dhe(sock, hello)
        else:
            choose(sock, hello, b"\x03\x00", (b"\x00\x05", b"\xfe\xfe"))
        return
    if mode in ("lean", "short"):
        globals()[mode](sock, hello, value)
        return
    how = misbehaves(mode, value, n, hello)
    if how:
        bad(sock, how, hello)
        return
    ciphers = list(CIPHERS)
    if mode == "shuffle":
        random.shuffle(ciphers)
    if mode == "two" and n % 2:
        ciphers = ciphers[:2]
    refusal = mode.partition("-")[2] if mode.startswith("refuses") else ""
    if mode == "reads":
        has = {s for s in suites_of(hello)[:value]}
        codes = {b"\xc0\x2f": 0, b"\xc0\x30": 1, b"\x00\x2f": 2}
        kept = [ciphers[i] for code, i in codes.items() if code in has]
        if not kept and not has & {b"\x13\x01", b"\x13\x02", b"\x13\x03"}:
            sock.recv(len(hello), socket.MSG_WAITALL)
            sock.sendall(ALERT + bytes([40]))
            return
        ciphers = kept or ciphers
    relay(sock, hello, ciphers, refusal,
          "secp224r1" if mode.startswith("rare") else "prime256v1")


def accept(listener, mode, value):
    n = 0
    while True:
        sock, _ = listener.accept()
        n += 1

        def run(sock=sock, n=n):
            try:
                with sock:
                    serve(sock, mode, value, n)
            except OSError:
                pass
        threading.Thread(target=run, daemon=True).start()


def main():
    for text in sys.argv[3:]:
        mode, _, value = text.partition(":")
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        threading.Thread(target=accept, daemon=True, args=(
            listener, mode, int(value or 0))).start()
        print(listener.getsockname()[1], text, flush=True)
    threading.Timer(600, os._exit, (1,)).start()
    threading.Event().wait()


main()
