# SPDX-License-Identifier: ISC
"""Random expressions of pcap-filter(7), and packets for them.

expressions COUNT SEED   one expression a line
packets FILE             a capture with an Ethernet header before each packet
                         (DLT_EN10MB); the last four bytes number them
numbers COUNT FILE LIST  for each line of LIST: the numbers of the packets in the
                         captures FILE.1 to FILE.COUNT
"""

import random
import socket
import struct
import sys

HOSTS4 = ["192.0.2.1", "192.0.2.2", "198.51.100.7", "203.0.113.9"]
HOSTS6 = ["2001:db8::1", "2001:db8::2", "2001:db8:5::7"]
PORTS = [53, 80, 443, 4242]
EN10MB = 1
PACKETS = 150


def udp(rng, payload):
    return struct.pack("!4H", *rng.sample(PORTS, 2), 8 + len(payload), 0) + payload


def tcp(rng, payload):
    flags = rng.choice([2, 16, 18, 24, 17, 4])
    return struct.pack("!2H2I2B3H", *rng.sample(PORTS, 2), rng.getrandbits(32),
                       rng.getrandbits(32), 5 << 4, flags, 1000, 0, 0) + payload


def icmp(rng, payload):
    return struct.pack("!2B3H", rng.choice([0, 8, 3]), 0, 0, 1, 1) + payload


def esp(rng, payload):
    return struct.pack("!2I", 7, rng.getrandbits(32)) + payload


PROTOCOLS = {17: udp, 6: tcp, 50: esp}


def ipv4(rng, number, data):
    proto, make = rng.choice([*PROTOCOLS.items(), (1, icmp)])
    src, dst = rng.sample(HOSTS4, 2)
    body = make(rng, data)
    offset = rng.choice([0] * 9 + [0x2000, 0x2003, 3])
    return struct.pack("!2B3H2BH", 0x45, rng.choice([0, 0x10]), 20 + len(body),
                       number + 1, offset, 64, proto, 0) \
        + socket.inet_aton(src) + socket.inet_aton(dst) + body


def ipv6(rng, _, data):
    proto, make = rng.choice(list(PROTOCOLS.items()))
    src, dst = rng.sample(HOSTS6, 2)
    body = make(rng, data)
    if rng.random() < 0.2:  # a fragment header
        body = struct.pack("!2BHI", proto, 0, rng.choice([0, 1, 8]), 9) + body
        proto = 44
    return struct.pack("!I H2B", 6 << 28, len(body), proto, 64) \
        + socket.inet_pton(socket.AF_INET6, src) \
        + socket.inet_pton(socket.AF_INET6, dst) + body


def packets(path):
    rng = random.Random(1)
    with open(path, "wb") as f:
        f.write(struct.pack("<I2H4I", 0xa1b2c3d4, 2, 4, 0, 0, 65535, EN10MB))
        for number in range(PACKETS):
            make, kind = rng.choice([(ipv4, 0x800), (ipv6, 0x86dd)])
            data = bytes(rng.randrange(120)) + struct.pack("!I", number)
            frame = bytes(12) + struct.pack("!H", kind) + make(rng, number, data)
            f.write(struct.pack("<4I", 0, 0, len(frame), len(frame)) + frame)


def numbers_of(path):
    with open(path, "rb") as f:
        data = f.read()
    at, found = 24, []
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        at += 16 + size
        found.append(struct.unpack_from("!I", data, at - 4)[0])
    # the kernel sends packets of its own: router solicitations
    return sorted(number for number in found if number < PACKETS)


def numbers(count, path, names):
    with open(names) as f:
        for number, name in zip(range(1, int(count) + 1), f):
            print(name.strip(), *numbers_of(f"{path}.{number}"))


def primitive(rng):
    way = rng.choice(["", "", "src ", "dst "])
    proto = rng.choice(["", "tcp ", "udp "])
    port = rng.choice(PORTS)
    return rng.choice([
        f"{way}host {rng.choice(HOSTS4 + HOSTS6)}",
        f"{proto}{way}port {port}",
        f"{proto}{way}portrange {port}-{port + rng.randrange(400)}",
        f"{way}net {rng.choice(['192.0.2.0/24', '198.51.0.0/16', '2001:db8::/48'])}",
        rng.choice(["ip", "ip6", "tcp", "udp", "icmp", "esp"]),
        f"{rng.choice(['ip', 'ip6'])} proto {rng.choice([6, 17, 50])}",
        f"{rng.choice(['less', 'greater'])} {rng.randrange(28, 160)}",
        f"tcp[tcpflags] & {rng.choice(['tcp-syn', 'tcp-ack', 'tcp-fin'])} != 0",
        f"ip[6:2] & 0x3fff {rng.choice(['=', '!='])} 0",
        f"udp[4:2] > {rng.randrange(8, 140)}",
        f"ip6[6] = {rng.choice([6, 17, 44])}",
        f"ip[1] = {rng.choice([0, 16])}",
        f"len % {rng.randrange(2, 5)} = 1",
    ])


def expression(rng, depth):
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(["", "", "", "not "]) + primitive(rng)
    left, right = expression(rng, depth - 1), expression(rng, depth - 1)
    text = f"({left}) {rng.choice(['and', 'or'])} ({right})"
    return f"not ({text})" if rng.random() < 0.2 else text


def expressions(count, seed):
    rng = random.Random(int(seed))
    for _ in range(int(count)):
        print(expression(rng, 2))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
