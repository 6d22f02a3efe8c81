# SPDX-License-Identifier: ISC
"""Single datagrams for the network tests.  TEXT*N is TEXT and N times ~.

log PORT                    a line for each that arrives: see show()
say HOST PORT TEXT [COUNT]  COUNT datagrams, numbered, from as many source ports
join HOST PORT TEXT SIZE    TEXT as a super-packet of datagrams (UDP_SEGMENT)
echo HOST TEXT SECONDS      ICMP: prints the reply, if its checksum is valid
hex SRC DST PORT TEXT       prints an IPv6 datagram without checksum, in hex
"""

import socket
import struct
import sys

UDP_SEGMENT = 103
ECHO = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}


def data_of(text):
    text, _, pad = text.partition("*")
    return text.encode() + b"~" * int(pad or 0)


def show(data):
    """The length, and the text without the ~ at its end."""
    print(len(data), data.rstrip(b"~").decode(errors="replace"), flush=True)


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def log(port):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    sock.bind(("::", int(port)))
    while True:
        show(sock.recv(65536))


def say(host, port, text, count=None):
    for number in range(int(count or 1)):
        with socket.socket(family(host), socket.SOCK_DGRAM) as sock:
            sock.connect((host, int(port)))
            sock.send(data_of(f"{text} {number}" if count else text))


def join(host, port, text, size):
    with socket.socket(family(host), socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, int(size))
        sock.connect((host, int(port)))
        sock.send(data_of(text))


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def echo(host, text, seconds):
    """Over IPv6 the kernel makes and checks the checksums."""
    kind = family(host)
    ask, answer = ECHO[kind]
    v4 = kind == socket.AF_INET
    sock = socket.socket(kind, socket.SOCK_RAW,
                         socket.IPPROTO_ICMP if v4 else socket.IPPROTO_ICMPV6)
    sock.settimeout(float(seconds))
    packet = struct.pack(">BBHHH", ask, 0, 0, 1, 1) + data_of(text)
    if v4:
        packet = packet[:2] + struct.pack(">H", checksum(packet)) + packet[4:]
    sock.sendto(packet, (host, 0))
    while True:
        packet = sock.recv(65536)
        if v4:
            packet = packet[(packet[0] & 15) * 4:]
        if packet[0] == answer:
            break
    if v4 and checksum(packet) != 0:
        sys.exit("bad checksum")
    show(packet[8:])


def hexa(src, dst, port, text):
    data = data_of(text)
    udp = struct.pack(">HHHH", 4242, int(port), 8 + len(data), 0) + data
    packet = struct.pack(">IHBB", 6 << 28, len(udp), 17, 64) + \
        socket.inet_pton(socket.AF_INET6, src) + \
        socket.inet_pton(socket.AF_INET6, dst) + udp
    print(packet.hex(" "))


try:
    {"log": log, "say": say, "join": join, "echo": echo, "hex": hexa}[sys.argv[1]](
        *sys.argv[2:])
except OSError as error:
    sys.exit(f"datagram.py: {' '.join(sys.argv[1:])}: {error}")
