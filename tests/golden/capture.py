# SPDX-License-Identifier: ISC
"""A capture of connections in trouble, and of others, on standard output.

capture.py SEED CONNECTIONS

Raw IP packets, seen half way between the ends: segments are lost before this
place or behind it, overtake each other, are acknowledged again and again, meet
closed windows and keep-alives; ports are used again.
"""

import random
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
START = 1700000000 * 10**9


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip(src, dst, proto, data, rng):
    if len(src) == 16:
        return struct.pack(">IHBB", 6 << 28, len(data), proto,
                           rng.choice((64, 57))) + src + dst + data
    head = struct.pack(">BBHHHBBH", 0x45, rng.choice((0, 0x48)),
                       20 + len(data), rng.randrange(65536), 0x4000,
                       rng.choice((64, 57)), proto, 0) + src + dst
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + data


def transport(src, dst, proto, data, at):
    pseudo = src + dst + struct.pack(">II", len(data), proto)
    return (data[:at] + struct.pack(">H", checksum(pseudo + data)) +
            data[at + 2:])


class End:
    def __init__(self, addr, port, rng):
        self.addr, self.port = addr, port
        self.seq = rng.randrange(2**32)
        self.window = rng.randrange(1000, 60000)
        self.seen = 0                       # acknowledged to the peer


class Connection:
    def __init__(self, rng, addresses, ports, start):
        self.rng = rng
        self.ends = [End(addresses[i], ports[i], rng) for i in (0, 1)]
        self.time = start
        self.rtt = rng.randrange(200 * 1000, 50 * 1000 * 1000)
        self.out = []

    def wait(self, part=1.0):
        self.time += int(self.rtt * part * self.rng.uniform(0.3, 1.2))

    def segment(self, who, flags, seq, size=0, window=None):
        me, peer = self.ends[who], self.ends[not who]
        data = struct.pack(
            ">HHIIBBHHH", me.port, peer.port, seq % 2**32,
            peer.seen % 2**32 if flags & ACK else 0, 0x50, flags,
            me.window if window is None else window, 0, 0) + b"x" * size
        data = transport(me.addr, peer.addr, 6, data, 16)
        self.out.append((self.time, ip(me.addr, peer.addr, 6, data,
                                       self.rng)))

    def open(self):
        a, b = self.ends
        for _ in range(self.rng.choice((1, 1, 1, 2))):
            self.segment(0, SYN, a.seq)
            self.wait()
        if self.rng.random() < 0.1:         # refused
            b.seq = 0
            a.seen = a.seq + 1
            self.segment(1, RST | ACK, 0)
            return False
        if self.rng.random() < 0.05:        # no reply
            return False
        a.seq += 1
        a.seen = a.seq
        self.segment(1, SYN | ACK, b.seq)
        b.seq += 1
        b.seen = b.seq
        self.wait()
        self.segment(0, ACK, a.seq)
        return True

    def acknowledge(self, who, again=1):
        for _ in range(again):
            self.wait(0.02)
            self.segment(who, ACK, self.ends[who].seq)

    def burst(self, who):
        """Some segments, in some trouble."""
        rng, me = self.rng, self.ends[who]
        sizes = [rng.choice((1, 100, 536, 1448)) for _ in
                 range(rng.randrange(1, 9))]
        parts = []
        for size in sizes:
            parts.append((me.seq, size))
            me.seq += size
        trouble = rng.choice(("none", "none", "before", "behind", "swap",
                              "twice"))
        at = rng.randrange(len(parts))
        order = list(parts)
        if trouble == "swap" and at:
            order[at - 1], order[at] = order[at], order[at - 1]
        if trouble == "before":
            del order[at]
        for seq, size in order:
            self.wait(0.01)
            self.segment(who, ACK | PSH, seq, size)
        if trouble == "before" or trouble == "behind":
            self.wait(0.5)
            me.seen = parts[at][0]
            self.acknowledge(not who, rng.choice((1, 3, 4)))
            self.wait(rng.choice((0.1, 1, 3)))
            self.segment(who, ACK | PSH, *parts[at])
        me.seen = me.seq
        self.wait(0.5)
        self.acknowledge(not who)
        if trouble == "twice":
            self.segment(who, ACK | PSH, *parts[at])
            self.acknowledge(not who)

    def close_window(self, who):
        """The other end closes its window; a probe; it opens again."""
        me, peer = self.ends[who], self.ends[not who]
        self.wait(0.1)
        self.segment(not who, ACK, peer.seq, 0, 0)
        self.wait()
        self.segment(who, ACK, me.seq, 1)
        self.wait()
        self.segment(not who, ACK, peer.seq, 0, 0)
        self.wait()
        self.segment(not who, ACK, peer.seq)

    def keep_alive(self, who):
        self.wait(5)
        self.segment(who, ACK, self.ends[who].seq - 1)
        self.acknowledge(not who)

    def close(self):
        a, b = self.ends
        how = self.rng.choice(("fin", "fin", "fin", "reset", "open"))
        if how == "reset":
            self.segment(self.rng.randrange(2), RST | ACK, a.seq)
        if how != "fin":
            return
        self.segment(0, FIN | ACK, a.seq)
        a.seq += 1
        a.seen = a.seq
        self.wait()
        self.segment(1, FIN | ACK, b.seq)
        b.seq += 1
        b.seen = b.seq
        self.wait()
        self.segment(0, ACK, a.seq)

    def run(self):
        if not self.open():
            return self
        for _ in range(self.rng.randrange(12)):
            self.wait()
            self.rng.choice((self.burst, self.burst, self.burst,
                             self.close_window, self.keep_alive))(
                self.rng.randrange(2))
        self.wait()
        self.close()
        return self


def addresses(rng):
    if rng.random() < 0.3:
        return [b"\xfd" + bytes(14) + bytes([i]) for i in
                (rng.randrange(1, 9), rng.randrange(10, 19))]
    return [bytes([10, 0, i, rng.randrange(1, 9)]) for i in (1, 2)]


def datagrams(rng, time):
    """A question, and mostly its answer; an echo, and mostly its reply."""
    a, b = addresses(rng)
    name = rng.choice(("example.org", "www.Example.org", "divio.test"))
    port = rng.randrange(1024, 65536)
    question = struct.pack(">HHHHHH", rng.randrange(65536), 0x100, 1, 0, 0, 0)
    for label in name.split("."):
        question += bytes([len(label)]) + label.encode()
    question += b"\0\0\1\0\1"
    out = []
    for src, dst, ports in ((a, b, (port, 53)), (b, a, (53, port))):
        data = struct.pack(">HHHH", *ports, 8 + len(question), 0) + question
        out.append((time, ip(src, dst, 17, transport(src, dst, 17, data, 6),
                             rng)))
        time += rng.randrange(10**6, 10**8)
    if len(a) == 4:
        for src, dst, kind in ((a, b, 8), (b, a, 0)):
            data = struct.pack(">BBHHH", kind, 0, 0, 1, 2) + bytes(56)
            data = data[:2] + struct.pack(">H", checksum(data)) + data[4:]
            out.append((time, ip(src, dst, 1, data, rng)))
            time += rng.randrange(10**6, 10**8)
    return out[:rng.choice((1, 2, 3, 4, 4, 4))]


def main(seed, count):
    rng = random.Random(seed)
    packets = []
    for i in range(count):
        start = START + rng.randrange(20 * 10**9)
        # few ports, so that some are reused later
        ports = [20000 + i % (count * 4 // 5 + 1), rng.choice((80, 443))]
        rng2 = random.Random(ports[0])
        made = Connection(rng, addresses(rng2), ports,
                          start + i // (count * 4 // 5 + 1) * 300 * 10**9)
        packets += made.run().out
        packets += datagrams(rng, start)
    out = sys.stdout.buffer
    out.write(struct.pack(">IHHIIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 101))
    for time, packet in sorted(packets, key=lambda item: item[0]):
        out.write(struct.pack(">IIII", time // 10**9, time % 10**9,
                              len(packet), len(packet)) + packet)


main(int(sys.argv[1]), int(sys.argv[2]))
