# SPDX-License-Identifier: ISC
"""Bulk data that cost the ends little: zeros.py sink PORT, and
zeros.py send HOST PORT MEGABYTES."""

import socket
import sys


def sink(port):
    listener = socket.create_server(("", port))
    buffer = bytearray(1 << 20)
    while True:
        conn, _ = listener.accept()
        while conn.recv_into(buffer):
            pass
        conn.close()


def send(host, port, megabytes):
    chunk = bytes(1 << 20)
    conn = socket.create_connection((host, port), 10)
    conn.settimeout(60)
    for _ in range(megabytes):
        conn.sendall(chunk)
    conn.shutdown(socket.SHUT_WR)
    while conn.recv(4096):
        pass


if sys.argv[1] == "sink":
    sink(int(sys.argv[2]))
else:
    send(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
