# SPDX-License-Identifier: ISC
#
# forge_tcp.py PORT SECONDS: a stranger, who knows the addresses and ports of the connections
# of this host (/proc/net/tcp6), but no numbers: sends forged segments in its
# name, and SYNs of connections that there are not.  Prints how many there were.

import glob
import random
import socket
import struct
import sys
import time

FIN, SYN, RST, ACK = 1, 2, 4, 16
KINDS = [  # flags, bytes of data, whether the checksum is right
    (ACK, 100, True), (ACK | FIN, 0, True), (ACK | FIN, 10, True),
    (ACK, 0, True), (SYN, 0, True), (SYN | ACK, 0, True), (RST, 0, True),
    (RST | ACK, 0, True), (0, 100, True), (ACK, 1400, True),
    (ACK, 100, False), (RST, 0, False),
]
# A SYN to an end that waits for one opens its connection (RFC 9293, 3.5), and one
# that comes between SYN and ACK takes the place of the first, as the listener keeps
# nothing while it sends cookies; without us as well.  So the server's name sends
# none, and no handshake gets any.
ANSWERS = [kind for kind in KINDS if kind[0] != SYN]
HANDSHAKE = "02", "03"  # SYN-SENT, SYN-RECEIVED
port = int(sys.argv[1])
sent = {"forged": 0, "flood": 0}


def address(text):
    words = struct.unpack("=4I", bytes.fromhex(text))
    return struct.pack(">4I", *words)


def connections():
    for name in glob.glob("/proc/net/tcp6"):
        with open(name) as f:
            for line in f.readlines()[1:]:
                fields = line.split()
                (src, sport), (dst, dport) = (
                    end.split(":") for end in fields[1:3])
                ports = int(sport, 16), int(dport, 16)
                if port in ports and fields[3] != "0A":
                    yield fields[3], address(src), address(dst), *ports


def checksum(data):
    data += b"\0" * (len(data) % 2)
    n = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff


def packet(src, dst, sport, dport, flags, length, right=True):
    payload = random.randbytes(length)
    segment = struct.pack(
        ">HHIIBBHHH", sport, dport, random.getrandbits(32),
        random.getrandbits(32), 5 << 4, flags, random.getrandbits(16), 0, 0)
    pseudo = src + dst + struct.pack(">II", len(segment) + length, 6)
    n = checksum(pseudo + segment + payload)
    if not right:
        n ^= 0x1234
    segment = segment[:16] + struct.pack(">H", n) + segment[18:] + payload
    return struct.pack(">IHBB", 6 << 28, len(segment), 6, 64) + src + dst + \
        segment


raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    for state, src, dst, sport, dport in connections():
        to = socket.inet_ntop(socket.AF_INET6, dst), 0, 0, 0
        for _ in range(20):
            flags, length, right = random.choice(
                ANSWERS if sport == port or state in HANDSHAKE else KINDS)
            raw.sendto(packet(src, dst, sport, dport, flags, length, right),
                       to)
            sent["forged"] += 1
        for _ in range(20):
            raw.sendto(packet(src, dst, random.randrange(1024, 65536), dport,
                              SYN, 0), to)
            sent["flood"] += 1
    time.sleep(0.05)
print(sent["forged"], "forged,", sent["flood"], "SYNs")
