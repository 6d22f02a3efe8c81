# SPDX-License-Identifier: ISC
"""A sender that hides the word "secret" from a filter, by a TCP of its own.

serve PORT FILE          appends what each connection brings, a line each
HOST PORT NUMBER MEANS   one connection from port 20000 + NUMBER; with MEANS as
                         its first word, then the word
"""

import random
import select
import socket
import struct
import sys
import threading
import time

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
WORD = b"secret\n"
TTL = 63  # the host's own resets have another one


def serve(port, name):
    lock = threading.Lock()

    def save(conn):
        data = b""
        conn.settimeout(3)
        try:
            while piece := conn.recv(65536):
                data += piece
        except OSError:
            pass
        with lock, open(name, "ab") as out:
            out.write(data.replace(b"\n", b".") + b"\n")

    listener = socket.create_server(("", int(port)))
    while True:
        conn = listener.accept()[0]
        threading.Thread(target=save, args=(conn,)).start()


def checksum(data):
    data += b"\0" * (len(data) % 2)
    n = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff


class Sender:
    def __init__(self, host, port, sport):
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        probe.connect((host, port))
        self.ends = (socket.inet_aton(probe.getsockname()[0]),
                     socket.inet_aton(host))
        self.ports = (sport, port)
        self.host = host
        self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                 socket.IPPROTO_RAW)
        self.sniff = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                   socket.htons(0x0800))
        self.start = random.randrange(1 << 32)
        self.rcv = 0

    def tcp(self, seq, ack, flags, data, urgent=0, bad=0):
        h = struct.pack("!HHIIBBHHH", *self.ports, seq % 2**32, ack, 5 << 4,
                        flags, 64000, 0, urgent) + data
        pseudo = b"".join(self.ends) + struct.pack("!BBH", 0, 6, len(h))
        return h[:16] + struct.pack("!H", checksum(pseudo + h) ^ bad) + h[18:]

    def ip(self, data, ident=0, frag=0):
        h = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(data), ident, frag,
                        TTL, 6, 0, *self.ends)
        self.raw.sendto(h + data, (self.host, 0))

    def answer(self, seconds):
        """The next segment of the other end: number, flags, bytes of data."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.sniff], [], [], left)[0]:
                break
            p = self.sniff.recv(65536)
            at = (p[0] & 15) * 4
            if p[9] == 6 and p[12:16] == self.ends[1] and \
               struct.unpack("!HH", p[at:at + 4]) == self.ports[::-1]:
                n = struct.unpack("!H", p[2:4])[0] - at - (p[at + 12] >> 4) * 4
                return struct.unpack("!I", p[at + 4:at + 8])[0], p[at + 13], n
        return None

    def connect(self, tag):
        for _ in range(5):
            self.ip(self.tcp(self.start, 0, SYN, b""))
            got = self.answer(1)
            if got and got[1] & SYN:
                break
        else:
            sys.exit("no answer")
        self.rcv = (got[0] + 1) % 2**32
        self.start += 1
        self.ip(self.tcp(self.start, self.rcv, ACK, b""))
        self.ip(self.tcp(self.start, self.rcv, ACK | PSH, tag))
        self.start += len(tag)
        time.sleep(0.1)

    def at(self, off, data, flags=ACK | PSH, **more):
        self.ip(self.tcp(self.start + off, self.rcv if flags & ACK else 0,
                         flags, data, **more))

    def close(self, off):
        """Ends the connection, and answers until the other end has ended it."""
        time.sleep(0.1)
        self.at(off, b"", FIN | ACK)
        while got := self.answer(0.4):
            if got[1] & FIN:
                self.rcv = (got[0] + 1) % 2**32
                self.at(off + 1, b"", ACK)
                break


def pause():
    time.sleep(1.5)


def fragments(s):
    p = s.tcp(s.start, s.rcv, ACK | PSH, WORD + b" " * 40)
    s.ip(p[:32], 77, 0x2000)
    s.ip(p[32:], 77, 4)


# each with the offset of its end
MEANS = {
    "cut": lambda s: [s.at(i, WORD[i:i + 1]) for i in range(7)],
    "swapped": lambda s: (s.at(3, b"ret\n"), s.at(0, b"sec")),
    "middle": lambda s: (s.at(0, b"se"), s.at(4, b"et\n"), s.at(2, b"cr")),
    "pause": lambda s: (s.at(0, b"sec"), pause(), s.at(3, b"ret\n")),
    "equal": lambda s: (s.at(0, b"sec"), s.at(2, b"cret\n")),
    "other": lambda s: (s.at(0, b"sec"), s.at(0, b"XXXret\n")),
    "held": lambda s: (s.at(3, b"ret\n"), s.at(0, b"secXXX")),
    "again": lambda s: (s.at(0, b"sec"), pause(), s.at(0, WORD)),
    "probe": lambda s: (s.at(0, b"sec"), s.at(2, b"X"), s.at(3, b"ret\n")),
    "damaged": lambda s: (s.at(0, b"sec"), s.at(3, b"XXXX", bad=1),
                          s.at(3, b"ret\n")),
    "noack": lambda s: (s.at(0, b"sec"), s.at(3, b"XXXX", PSH),
                        s.at(3, b"ret\n")),
    "far": lambda s: (s.at(0, b"sec"), s.at(1 << 30, b"XXXX"),
                      s.at(3, b"ret\n")),
    "reset": lambda s: (s.at(0, b"sec"), s.at(1 << 30, b"", RST),
                        s.at(3, b"ret\n")),
    "syn": lambda s: (s.at(0, b"sec"), s.at(1 << 30, b"", SYN),
                      s.at(3, b"ret\n")),
    "urgent": lambda s: s.at(0, b"secXret", ACK | URG, urgent=4),
    "fragments": fragments,
}

if sys.argv[1] == "serve":
    serve(*sys.argv[2:])
else:
    host, port, number, means = sys.argv[1:]
    sender = Sender(host, int(port), 20000 + int(number))
    sender.connect(means.encode() + b":")
    MEANS[means](sender)
    sender.close(7)
