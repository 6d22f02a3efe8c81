# SPDX-License-Identifier: ISC
"""Datagrams whose every byte tells which they are.

send HOST PORT COUNT [LEAST]   of any length, or of each from LEAST to LEAST + 999
recv PORT SECONDS   until none has come for so long: distinct, damaged, again
"""

import random
import socket
import struct
import sys
import time

SOURCES = 16


def stamp(number, source, least=0):
    """The length and all bytes follow from these."""
    rng = random.Random(number)
    head = struct.pack("!IHH", number, source, least)
    return head + rng.randbytes(least + number % 1000 if least
                                else rng.randrange(1400))


def send(host, port, count, least=0):
    socks = [socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET,
                           socket.SOCK_DGRAM) for _ in range(SOURCES)]
    for sock in socks:
        sock.connect((host, int(port)))
    for number in range(int(count)):
        sock = socks[number % SOURCES]
        sock.send(stamp(number, sock.getsockname()[1], int(least)))
        if number % 32 == 31:
            time.sleep(0.005)


def recv(port, seconds):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    sock.bind(("::", int(port)))
    sock.settimeout(60)
    seen, damaged, again = set(), 0, 0
    try:
        while True:
            data, peer = sock.recvfrom(65536)
            sock.settimeout(float(seconds))
            number, _, least = struct.unpack("!IHH", data[:8])
            damaged += data != stamp(number, peer[1], least)
            again += number in seen
            seen.add(number)
    except TimeoutError:
        print(len(seen), damaged, again)


{"send": send, "recv": recv}[sys.argv[1]](*sys.argv[2:])
