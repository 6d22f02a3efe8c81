# SPDX-License-Identifier: ISC
"""Fragments for the network tests.

split           a filter: long TCP segments become fragments, the last one first
serve PORT      a line, then bytes when the client has asked
ask HOST PORT   prints the number of bytes, whether they are right, the server's
                question
"""

import signal
import socket
import struct
import sys
import time

TCP = 6
FRAGMENT = 44
PIECE = 496         # bytes of a fragment
DATA = b"".join(b"%07d\n" % i for i in range(12500))


def write(out, head, packet, kind):
    head = bytearray(head)
    head[5] = kind
    head[8:12] = struct.pack(">I", len(packet))
    out.write(head + packet)


def fragments4(packet, ident):
    data = packet[20:]
    for at in range(0, len(data), PIECE):
        piece = data[at:at + PIECE]
        field = at // 8 | (0x2000 if at + PIECE < len(data) else 0)
        yield packet[:2] + struct.pack(">HHH", 20 + len(piece), ident,
                                       field) + packet[8:20] + piece


def fragments6(packet, ident):
    data = packet[40:]
    for at in range(0, len(data), PIECE):
        piece = data[at:at + PIECE]
        more = at + PIECE < len(data)
        yield packet[:4] + struct.pack(">HB", 8 + len(piece), FRAGMENT) + \
            packet[7:40] + struct.pack(">BBHI", TCP, 0, at | more, ident) + \
            piece


def split():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    src, out = sys.stdin.buffer, sys.stdout.buffer
    ident = 0
    while head := src.read(80):
        packet = src.read(int.from_bytes(head[8:12], "big"))
        if len(packet) < 2 * PIECE:
            out.write(head + packet)
        else:
            ident += 1
            make = fragments6 if packet[0] >> 4 == 6 else fragments4
            write(out, head, b"", 2)
            for piece in reversed(list(make(packet, ident))):
                write(out, head, piece, 3)
        out.flush()


def serve(port):
    sock = socket.create_server(("", int(port)), family=socket.AF_INET6,
                                dualstack_ipv6=True)
    sock.settimeout(20)
    sock = sock.accept()[0]
    sock.settimeout(20)
    sock.sendall(b"a foo\n")
    question = sock.recv(10)
    sock.sendall(DATA)
    sock.sendall(question.upper().rjust(8))
    sock.close()


def connect(host, port):
    """Retries: the other end may not listen yet."""
    for _ in range(200):
        try:
            return socket.create_connection((host, port), 20)
        except ConnectionRefusedError:
            time.sleep(0.05)
    sys.exit("nobody listens")


def ask(host, port):
    sock = connect(host, int(port))
    sock.settimeout(10)
    got = b""
    while b"\n" not in got:
        got += sock.recv(100)
    sock.sendall(b"go")
    try:
        while chunk := sock.recv(65536):
            got += chunk
    except TimeoutError:
        pass
    data = got[got.index(b"\n") + 1:]
    right = got.startswith(b"a barbar\n") and DATA.startswith(data[:len(DATA)])
    print(len(data), "right" if right else "wrong",
          data[len(DATA):].decode().strip())


{"split": split, "serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:])
