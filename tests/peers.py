# SPDX-License-Identifier: MIT
"""Python's ssl as a peer, for tests/peers.sh.

peers.py client VERSION PORT   connects in that version alone, prints it
peers.py server PEM...         a port for each version; prints VERSION=PORT
"""
import socket
import ssl
import sys
import threading

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
PATIENCE = 10


def context(purpose, version):
    ctx = ssl.SSLContext(purpose)
    ctx.set_ciphers("DEFAULT:@SECLEVEL=0")
    # In this order, or a bound would pass the other.
    ctx.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    ctx.maximum_version = VERSIONS[version]
    ctx.minimum_version = VERSIONS[version]
    return ctx


def client(version, port):
    ctx = context(ssl.PROTOCOL_TLS_CLIENT, version)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as plain:
        with ctx.wrap_socket(plain) as tls:
            tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while tls.recv(4096):
                pass
            print("negotiated", tls.version())


def serve(ctx, listener):
    while True:
        plain = listener.accept()[0]
        plain.settimeout(PATIENCE)
        try:
            with ctx.wrap_socket(plain, server_side=True) as tls:
                tls.recv(4096)
                tls.sendall(b"negotiated " + tls.version().encode() + b"\n")
                tls.unwrap()
        except OSError as why:
            print(why, file=sys.stderr)
        finally:
            plain.close()


def server(files):
    for version in VERSIONS:
        try:
            ctx = context(ssl.PROTOCOL_TLS_SERVER, version)
        except ValueError as why:
            print(version, why, file=sys.stderr)
            continue
        for file in files:
            ctx.load_cert_chain(file)
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(ctx, listener)).start()
        print(f"{version}={listener.getsockname()[1]}")
    print("ready", flush=True)


if sys.argv[1] == "client":
    client(sys.argv[2], int(sys.argv[3]))
else:
    server(sys.argv[2:])
