# SPDX-License-Identifier: ISC
"""Connections and datagrams that are rejected.

serve PORT             answers "a b" with "B", prints how connections end
talk HOST PORT LINE... prints the answer to each line, and how it ended
udp HOST PORT TEXT     prints the answer to a datagram, or its error
"""

import errno
import socket
import sys
import threading

LIMIT = 5


def ending(error):
    if isinstance(error, TimeoutError):
        return "nothing"
    return errno.errorcode.get(error.errno, str(error))


def answer(sock):
    end = "end"
    try:
        with sock, sock.makefile("rwb") as lines:
            for line in lines:
                lines.write(line.split(b" ", 1)[1].upper())
                lines.flush()
    except OSError as error:
        end = ending(error)
    print(end, flush=True)


def serve(port):
    sock = socket.create_server(("::", int(port)), family=socket.AF_INET6,
                                dualstack_ipv6=True)
    while True:
        conn = sock.accept()[0]
        conn.settimeout(LIMIT)
        threading.Thread(target=answer, args=(conn,)).start()


def talk(host, port, *lines):
    said = []
    try:
        with socket.create_connection((host, int(port)), LIMIT) as sock, \
                sock.makefile("rwb") as stream:
            for line in lines:
                stream.write(line.encode() + b"\n")
                stream.flush()
                said.append(stream.readline().decode().rstrip() or "end")
    except OSError as error:
        said.append(ending(error))
    print(*said)


def udp(host, port, text):
    family = socket.getaddrinfo(host, port)[0][0]
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(LIMIT)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.connect((host, int(port)))
        sock.send(text.encode())
        try:
            print(sock.recv(100))
        except OSError as error:
            print(ending(error))


{"serve": serve, "talk": talk, "udp": udp}[sys.argv[1]](*sys.argv[2:])
