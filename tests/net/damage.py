# SPDX-License-Identifier: ISC
"""Damaged packets for the network tests.

flip PERCENT SEED      a filter: one bit of some packets is wrong
say udp|tcp HOST PORT TEXT [bad]
                       one IPv4 packet from a raw socket, its checksum wrong
"""

import random
import signal
import socket
import struct
import sys

PROTOS = {"udp": 17, "tcp": 6}


def flip(percent, seed):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    src, dst = sys.stdin.buffer, sys.stdout.buffer
    rng = random.Random(int(seed))
    while head := src.read(16):
        hdrlen = int.from_bytes(head[6:8], "big")
        caplen = int.from_bytes(head[8:12], "big")
        frame = bytearray(head + src.read(hdrlen + caplen - 16))
        first = 40 if caplen > 0 and frame[hdrlen] >> 4 == 6 else 20
        if caplen > first and rng.random() * 100 < float(percent):
            bit = rng.randrange(first * 8, caplen * 8)
            frame[hdrlen + bit // 8] ^= 1 << bit % 8
        dst.write(frame)
        dst.flush()


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def transport(proto, port, text):
    if proto == "udp":
        return struct.pack(">HHHH", 4242, port, 8 + len(text), 0) + text, 6
    return struct.pack(">HHIIBBHHH", 4242, port, 1, 1, 5 << 4, 0x18, 500, 0,
                       0) + text, 16


def say(proto, host, port, text, bad=""):
    """The kernel fills in the IP header's source, length and checksum."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, 1))
        src = socket.inet_aton(probe.getsockname()[0])
    dst = socket.inet_aton(host)
    data, at = transport(proto, int(port), text.encode())
    pseudo = src + dst + struct.pack(">HH", PROTOS[proto], len(data))
    total = checksum(pseudo + data) ^ (0x1111 if bad else 0)
    data = data[:at] + struct.pack(">H", total) + data[at + 2:]
    packet = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(data), 1, 0, 64,
                         PROTOS[proto], 0) + src + dst + data
    with socket.socket(socket.AF_INET, socket.SOCK_RAW,
                       socket.IPPROTO_RAW) as sock:
        sock.sendto(packet, (host, 0))


{"flip": flip, "say": say}[sys.argv[1]](*sys.argv[2:])
