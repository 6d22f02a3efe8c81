# SPDX-License-Identifier: ISC
"""Connections that a plain socket does not make.

decoy HOST PORT COUNT   two lines and their answers; between them COUNT times the
                        next segment and a datagram, with wrong checksums
grow HOST PORT          short words and their answers, then 100000 bytes, all to
                        a server that returns them; prints how many came
"""

import socket
import struct
import sys
import time

LIMIT = 20
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
REPAIR_OFF = -1         # without a window probe
RECV_QUEUE, SEND_QUEUE = 1, 2
ACK_PSH = 0x18
WRONG = 0x1111


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def numbers(sock):
    """The connection's next sequence number and acknowledgement."""
    def number(queue):
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
        return sock.getsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ) & 0xffffffff

    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    pair = number(SEND_QUEUE), number(RECV_QUEUE)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, REPAIR_OFF)
    return pair


def pseudo(ours, theirs, proto, size):
    if len(ours) == 4:
        return ours + theirs + struct.pack(">HH", proto, size)
    return ours + theirs + struct.pack(">II", size, proto)


class Raw:
    """Sends segments and datagrams of a connection, with wrong checksums."""

    def __init__(self, sock):
        self.family = sock.family
        self.theirs, self.ours = sock.getpeername(), sock.getsockname()
        self.sock = {proto: socket.socket(self.family, socket.SOCK_RAW, proto)
                     for proto in (socket.IPPROTO_TCP, socket.IPPROTO_UDP)}

    def send(self, proto, data, at):
        ends = [socket.inet_pton(self.family, end[0])
                for end in (self.ours, self.theirs)]
        total = checksum(pseudo(*ends, proto, len(data)) + data) ^ WRONG
        data = data[:at] + struct.pack(">H", total) + data[at + 2:]
        self.sock[proto].sendto(data, (self.theirs[0], 0))

    def segment(self, seq, ack, text):
        self.send(socket.IPPROTO_TCP, struct.pack(
            ">HHIIBBHHH", self.ours[1], self.theirs[1], seq, ack, 5 << 4,
            ACK_PSH, 500, 0, 0) + text, 16)

    def datagram(self, text):
        self.send(socket.IPPROTO_UDP, struct.pack(
            ">HHHH", self.ours[1], self.theirs[1], 8 + len(text), 0) + text, 6)


def ask(sock, line):
    sock.sendall(line + b"\n")
    print(sock.makefile().readline().rstrip(), flush=True)


def decoy(host, port, count):
    sock = socket.create_connection((host, int(port)), LIMIT)
    ask(sock, b"one foo")
    raw = Raw(sock)
    seq, ack = numbers(sock)
    for _ in range(int(count)):
        raw.segment(seq, ack, b"DAMAGED!\n")
        raw.datagram(b"damaged foo\n")
    ask(sock, b"GOOD 123")


def grow(host, port):
    sock = socket.create_connection((host, int(port)), LIMIT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data, last, stall = b"", time.monotonic(), 0
    for text in [b"grow"] * 20 + [b"Z" * 100000]:
        sock.sendall(text)
        if text != b"grow":
            sock.shutdown(socket.SHUT_WR)
        wanted = len(data) + 1400
        while text != b"grow" or len(data) < wanted:
            chunk = sock.recv(1 << 16)
            stall, last = max(stall, time.monotonic() - last), time.monotonic()
            if not chunk:
                break
            data += chunk
    print(data.count(b"x"), data.count(b"Z"), stall < 2)


try:
    {"decoy": decoy, "grow": grow}[sys.argv[1]](*sys.argv[2:])
except OSError as error:
    sys.exit(f"network.py: {' '.join(sys.argv[1:])}: {error}")
