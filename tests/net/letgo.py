# SPDX-License-Identifier: ISC
"""Downloads for the network tests: a connection whose first bytes name a host.

serve PORT MB       answers each connection's first bytes with so many megabytes
load HOST PORT NAME the bytes that come after a ClientHello with this name, the
                    rate in MB/s and how the connection ended
"""

import socket
import ssl
import sys
import threading
import time


def hello(name):
    """A ClientHello."""
    out = ssl.MemoryBIO()
    context = ssl.create_default_context()
    tls = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def answer(connection, size):
    block = bytes(1 << 16)
    try:
        connection.recv(1 << 16)
        while size > 0:
            size -= connection.send(block[:size])
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
    except OSError:
        pass
    connection.close()


def serve(port, megabytes):
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("::", int(port)))
    listener.listen()
    while True:
        connection = listener.accept()[0]
        threading.Thread(target=answer, daemon=True, args=(
            connection, int(megabytes) * 1000 * 1000)).start()


def load(host, port, name):
    size, start = 0, time.monotonic()
    with socket.create_connection((host, int(port)), timeout=20) as server:
        server.sendall(hello(name))
        how = "closed"
        try:
            while part := server.recv(1 << 20):
                size += len(part)
        except OSError as error:
            how = error.strerror or "timeout"
    rate = size / 1e6 / (time.monotonic() - start)
    print(size, round(rate), how)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
