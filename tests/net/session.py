# SPDX-License-Identifier: ISC
"""Sessions for the network tests.

http PORT               keep-alive server: X-Ask comes back as X-Heard, a body too
smtp PORT FILE          server that writes all it receives to FILE
lines PORT              server that answers each line, prints how sessions end
talk HOST PORT COUNT    a line, its answer, the next; prints all answers
say HOST PORT           each line of standard input; prints its answer
ends HOST PORT          two sessions, one says foo; prints how they end
echo HOST TEXT          an ICMP or ICMPv6 echo; prints what comes back
"""

import http.server
import os
import socket
import socketserver
import struct
import sys
import threading
import time

LIMIT = 20


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = daemon_threads = True

    def __init__(self, port, handler):
        super().__init__(("::", int(port)), handler)


class Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def do_GET(self):
        self.answer(self.path.encode() * 20000)

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body):
        self.send_response(200)
        self.send_header("X-Say", "bar")
        self.send_header("X-Heard", self.headers["X-Ask"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Smtp(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("220 lab greets")
        data = False
        with open(sys.argv[3], "wb") as out:
            for line in self.rfile:
                out.write(line)
                out.flush()
                if data:
                    if line == b".\r\n":
                        data = False
                        self.say("250 taken")
                elif line.startswith(b"DATA"):
                    data = True
                    self.say("354 go on")
                elif line.startswith(b"QUIT"):
                    self.say("221 bye")
                    return
                else:
                    self.say("250 fine")


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        last = b"nothing"
        try:
            for line in self.rfile:
                last = line.strip()
                self.wfile.write(b"heard " + line)
            how = "end"
        except OSError as error:
            how = error.strerror
        print(last.decode(), how, sep=": ", flush=True)


def connect(host, port):
    sock = socket.create_connection((host, int(port)), LIMIT)
    return sock, sock.makefile("rwb")


def ask(file, line):
    file.write(line.encode() + b"\n")
    file.flush()
    return file.readline().decode().rstrip("\n")


def talk(host, port, count):
    sock, file = connect(host, port)
    for number in range(int(count)):
        print(ask(file, f"line {number}"), flush=True)
    sock.shutdown(socket.SHUT_WR)
    print(file.read().decode(), end="")


def say(host, port):
    _, file = connect(host, port)
    for line in sys.stdin:
        print(ask(file, line.rstrip("\n")), flush=True)


def ends(host, port):
    """Does not stop at the end of standard input."""
    shifted, plain = connect(host, port), connect(host, port)
    print(ask(shifted[1], "foo"), ask(plain[1], "bar"), sep="\n", flush=True)
    sys.stdin.read()
    shifted[0].settimeout(2)
    try:
        how = shifted[0].recv(100) or "end"
    except OSError as error:
        how = error.strerror or "timed out"
    print(how, ask(plain[1], "still here"), sep="\n")


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def echo(host, text):
    v6 = ":" in host
    sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET,
                         socket.SOCK_RAW,
                         socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP)
    sock.settimeout(LIMIT)
    kind, reply = (128, 129) if v6 else (8, 0)
    text = text.encode()
    data = struct.pack(">BBHHH", kind, 0, 0, os.getpid() & 0xffff, 1) + text
    if not v6:
        data = data[:2] + struct.pack(
            ">H", checksum(data + b"\0" * (len(data) % 2))) + data[4:]
    sock.sendto(data, (host, 0))
    while True:
        data = sock.recv(65536)
        data = data if v6 else data[20:]
        if data[0] == reply:
            print(data[8:].decode())
            return


def main(command, *args):
    servers = {"http": Http, "smtp": Smtp, "lines": Lines}
    if command in servers:
        Server(args[0], servers[command]).serve_forever()
    else:
        globals()[command](*args)


main(*sys.argv[1:])
