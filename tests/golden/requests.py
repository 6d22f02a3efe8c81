# SPDX-License-Identifier: ISC
#
# requests.py SEED [OPTION ...]: random segments of requests through divmark -u,
# reordered, repeated and overlapping.  Prints the connections on which a whole
# request for the listed host passes unmarked, or on which another has a mark.

import os
import random
import ssl
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
LISTED, OTHER = "blocked.test", "other.test"


def http(host):
    return (f"GET /{'x' * random.randrange(30)} HTTP/1.1\r\n"
            f"X: {'y' * random.randrange(200)}\r\n"
            f"Host: {host}\r\nA: b\r\n\r\n").encode()


def tls(host):
    output = ssl.MemoryBIO()
    client = CONTEXT.wrap_bio(ssl.MemoryBIO(), output, server_hostname=host)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = output.read()[5:]
    size = random.choice([1, 7, 100, 16384])
    return b"".join(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part
                    for part in cut(hello, lambda: size).values())


def cut(data, size):
    """Pieces of data, by their offsets."""
    parts, i = {}, 0
    while i < len(data):
        n = size()
        parts[i] = data[i:i + n]
        i += n
    return parts


def segments(request, syn):
    """The first one stays so, unless a SYN was seen."""
    order = list(cut(request, lambda: random.choice([1, 3, 10, 40, 100, 400]))
                 .items())
    first = [] if syn else [order.pop(0)]
    random.shuffle(order)
    for _ in range(random.randrange(4)):
        at = random.randrange(len(request))
        order.insert(random.randrange(len(order) + 1),
                     (at, request[at:at + random.randrange(1, 60)]))
    return first + order


class Connection:
    def __init__(self, port, ids):
        self.port = port
        self.host = random.choice([LISTED, OTHER])
        self.request = random.choice([http, tls])(self.host)
        self.syn = random.random() < 0.6
        self.seq = random.choice([5, 2**32 - 20, random.randrange(2**32)])
        self.parts = [(next(ids), at, data)
                      for at, data in segments(self.request, self.syn)]

    def line(self, number, at, rest):
        seq = (self.seq + at) % 2**32
        return f"tcp4 id={number} sport={self.port} seq={seq} {rest}\n"

    def text(self):
        lines = [self.line(0, -1, "tcpflags=2")] if self.syn else []
        return "".join(lines + [
            self.line(number, at,
                      "-- " + "".join(f"\\x{c:02x}" for c in data))
            for number, at, data in self.parts])

    def is_right(self, passed, marked):
        if self.host == OTHER:
            return not any(part[0] in marked for part in self.parts)
        got = set()
        for number, at, data in self.parts:
            if number in passed:
                got.update(range(at, at + len(data)))
        return len(got) < len(self.request)


def run(args, data):
    return subprocess.run(args, input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def main():
    random.seed(int(sys.argv[1]))
    ids = iter(range(1, 2**30))
    connections = [Connection(port, ids) for port in range(1, 201)]
    text = "".join(c.text() for c in connections).encode()
    frames = ["perl", os.path.join(HERE, "frames.pl")]
    with open("listed", "w", encoding="ascii") as f:
        f.write(LISTED + "\n")
    out = run(["divmark", *sys.argv[2:], "-u", "listed"],
              run(frames + ["make"], text))
    passed, marked = set(), set()
    for line in run(["divcat", "-o", "text"], out).decode().splitlines():
        number = line.split("\t")[0]
        # a segment that came again, or a hold record
        if not number.startswith(("drop", "hold")):
            (marked if "mark=0x00000001" in line else passed).add(int(number))
    for c in connections:
        if not c.is_right(passed, marked):
            print(c.port, c.host, [(i, at, len(d)) for i, at, d in c.parts])


main()
