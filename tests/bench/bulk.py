# SPDX-License-Identifier: ISC
"""Bulk data at little cost for the two ends.

bulk.py sink PORT...                          answers with the number of bytes
bulk.py send MEGABYTES HOST PORT...   one connection to each port; prints seconds,
                                      and by how many bytes more arrived
bulk.py udp COUNT HOST PORT           datagrams, as fast as they go
"""

import selectors
import socket
import sys
import threading
import time

CHUNK = 1 << 20
END = b"\n"
arrived = []  # bytes of each connection, as its sink says


def drain(conn):
    """Until the end mark: a proxy may not pass on an end of one direction."""
    buffer = bytearray(CHUNK)
    got = 0
    while n := conn.recv_into(buffer):
        got += n
        if buffer[n - 1:n] == END:
            break
    conn.sendall(str(got).encode())
    conn.close()


def sink(*ports):
    selector = selectors.DefaultSelector()
    for port in ports:
        listener = socket.create_server(
            ("", int(port)), family=socket.AF_INET6, dualstack_ipv6=True)
        selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            threading.Thread(target=drain, daemon=True,
                             args=(key.fileobj.accept()[0],)).start()


def stream(megabytes, host, port):
    chunk = bytes(CHUNK)
    conn = socket.create_connection((host, port), 10)
    conn.settimeout(120)
    for _ in range(megabytes):
        conn.sendall(chunk)
    conn.sendall(END)
    answer = b""
    while more := conn.recv(4096):
        answer += more
    arrived.append(int(answer or 0))


def send(megabytes, host, *ports):
    threads = [threading.Thread(target=stream, args=(
        int(megabytes) // len(ports), host, port)) for port in ports]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.monotonic() - start
    sent = (int(megabytes) // len(ports) * CHUNK + 1) * len(ports)
    print(taken, sum(arrived) - sent)


def udp(count, host, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(int(count)):
        sock.sendto(bytes(36), (host, int(port)))


{"sink": sink, "send": send, "udp": udp}[sys.argv[1]](*sys.argv[2:])
