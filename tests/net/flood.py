# SPDX-License-Identifier: ISC
#
# flood.py idle HOST PORT COUNT GO     connections, each edited once; when the
#                                      file GO can be opened, each speaks again:
#                                      prints how many are right
# flood.py syn FROM TO PORT COUNT      SYNs from the network of address FROM

import socket
import struct
import sys


def idle(host, port, count, go):
    connections = [socket.create_connection((host, int(port)), 10)
                   for _ in range(int(count))]

    def speak(sock):
        sock.settimeout(5)
        try:
            sock.sendall(b"foo\n")
            return sock.recv(100) == b"barbar\n"
        except OSError:
            return False

    print(sum(map(speak, connections)), flush=True)
    open(go, "rb").close()
    print(sum(map(speak, connections)), flush=True)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~((total >> 16) + total) & 0xffff


def syn(source, to, port, count):
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    net, to = socket.inet_aton(source)[:3], socket.inet_aton(to)
    for i in range(int(count)):
        address = net + bytes([10 + i % 200])
        tcp = struct.pack("!HHIIBBHHH", 1024 + i // 200, int(port), i, 0,
                          5 << 4, 2, 1024, 0, 0)
        pseudo = address + to + struct.pack("!HH", socket.IPPROTO_TCP, len(tcp))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
        head = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64,
                           socket.IPPROTO_TCP, 0)
        sock.sendto(head + address + to + tcp, (socket.inet_ntoa(to), 0))


{"idle": idle, "syn": syn}[sys.argv[1]](*sys.argv[2:])
