# SPDX-License-Identifier: ISC
#
# names.py whole|unknown|SIZE HOST PORT: sends HTTP requests in odd forms, each on
#   a connection of its own, in one segment or in segments of SIZE bytes
# names.py tls HOST PORT: the same with a ClientHello
#
# Prints the name of each form and what came back: blocked, default, a status,
# none, or done after a handshake.

import socket
import ssl
import sys
import time

HOST = b"Host: blocked.test\r\n"


def get(line, fields=HOST):
    return line + b"\r\n" + fields + b"\r\n"


def fields(text):
    return get(b"GET / HTTP/1.1", text)


def target(text):
    return get(b"GET " + text + b" HTTP/1.1", b"Host: other.test\r\n")


OTHER = fields(b"Host: other.test\r\n")

FORMS = {
    "plain": fields(HOST),
    "blank after the version": get(b"GET / HTTP/1.1 "),
    "blanks after the version": get(b"GET / HTTP/1.1   "),
    "tab after the version": get(b"GET / HTTP/1.1\t"),
    "HTTP/1.10": get(b"GET / HTTP/1.10"),
    "HTTP/1.999": get(b"GET / HTTP/1.999"),
    "HTTP/2.0": get(b"GET / HTTP/2.0"),
    "HTTP/0.9": get(b"GET / HTTP/0.9"),
    "HTTP/0.9, absolute": b"GET http://blocked.test/\r\n",
    "HTTP/0.9 with a field": get(b"GET /"),
    "blanks": get(b"GET   /   HTTP/1.1"),
    "tabs": get(b"GET\t/\tHTTP/1.1"),
    "a blank in the target": get(b"GET /a b HTTP/1.1"),
    "CR before the version": get(b"GET /\rHTTP/1.1"),
    "lower case method": get(b"get / HTTP/1.1"),
    "odd method": get(b"FOO_BAR / HTTP/1.1"),
    "M-SEARCH": get(b"M-SEARCH / HTTP/1.1"),
    "long method": get(b"A" * 1000 + b" / HTTP/1.1"),
    "empty lines": b"\r\n\r\n" + fields(HOST),
    "empty lines of LF": b"\n\n\n" + fields(HOST),
    "CR in front": b"\r\r" + fields(HOST),
    "blank in front": b" " + fields(HOST),
    "absolute": target(b"http://blocked.test/"),
    "absolute, field": get(b"GET http://other.test/ HTTP/1.1"),
    "absolute, user": target(b"http://u:p@blocked.test:80/"),
    "absolute, port": target(b"http://blocked.test:80/"),
    "absolute, no path": target(b"http://blocked.test"),
    "absolute, query": target(b"http://blocked.test?x"),
    "absolute, upper case": target(b"HTTP://BLOCKED.TEST/"),
    "absolute, dot": target(b"http://blocked.test./"),
    "absolute, percent": target(b"http://%62locked.test/"),
    "absolute, ftp": target(b"ftp://blocked.test/"),
    "absolute, odd scheme": target(b"x+y.z-1://blocked.test/"),
    "absolute, empty": get(b"GET http:/// HTTP/1.1"),
    "absolute, 1.0": get(b"GET http://blocked.test/ HTTP/1.0", b""),
    "CONNECT": get(b"CONNECT blocked.test:80 HTTP/1.1"),
    "LF only": b"GET / HTTP/1.1\nHost: blocked.test\n\n",
    "CR CR LF": fields(b"Host: blocked.test\r\r\n"),
    "CR CR LF everywhere": fields(HOST).replace(b"\r", b"\r\r"),
    "CR as an end": fields(b"A: b\r" + HOST),
    "CR CR LF before": fields(b"A: b\r\n\r\r\n" + HOST),
    "blank before the colon": fields(b"Host : blocked.test\r\n"),
    "no blank": fields(b"Host:blocked.test\r\n"),
    "tabs around": fields(b"Host:\t \tblocked.test\t \r\n"),
    "dot": fields(b"Host: blocked.test.\r\n"),
    "dot and port": fields(b"Host: blocked.test.:80\r\n"),
    "upper case": fields(b"HOST: BLOCKED.TEST\r\n"),
    "port": fields(b"Host: blocked.test:8080\r\n"),
    "port of letters": fields(b"Host: blocked.test:xyz\r\n"),
    "port and user": fields(b"Host: blocked.test:80@other.test\r\n"),
    "folded": fields(b"Host:\r\n blocked.test\r\n"),
    "folded by a tab": fields(b"Host:\r\n\tblocked.test\r\n"),
    "folded after": fields(b"Host: blocked.test\r\n x\r\n"),
    "folded field": fields(b"X: a\r\n " + HOST),
    "empty and Host": fields(b"Host:\r\n" + HOST),
    "Host and empty": fields(HOST + b"Host:\r\n"),
    "second Host": fields(b"Host: other.test\r\n" + HOST),
    "first Host": fields(HOST + b"Host: other.test\r\n"),
    "line without colon": fields(b"foo\r\n" + HOST),
    "NUL in a field": fields(b"A\0: x\r\n" + HOST),
    "long field": fields(b"X: " + b"a" * 1000 + b"\r\n" + HOST),
    "long target": get(b"GET /" + b"a" * 1000 + b" HTTP/1.1"),
    "many fields": fields(b"X: a\r\n" * 100 + HOST),
    "second request": OTHER + fields(HOST),
    "after a body": fields(b"Host: other.test\r\nContent-Length: 3\r\n")
    + b"abc" + fields(HOST),
    "after chunks": fields(b"Host: other.test\r\n"
                           b"Transfer-Encoding: chunked\r\n")
    + b"1;x\r\na\r\n0\r\n\r\n" + fields(HOST),
}

# These end in an answer of the default host, and with -D in none.
UNKNOWN = {
    "HTTP/0.9": b"GET /\r\n",
    "no Host": get(b"GET / HTTP/1.0", b""),
}


def answer(s):
    """What nginx sent; an answer of the other host may come first."""
    got = b""
    s.settimeout(2)
    try:
        while data := s.recv(65536):
            got += data
            if b"BLOCKED" in got:
                break
    except OSError:
        if not got:
            return "none"
    if b"BLOCKED" in got:
        return "blocked"
    if b"DEFAULT" in got:
        return "default"
    return got.split(b" ")[1].decode() if got.startswith(b"HTTP") else "none"


def connect(host, port):
    s = socket.create_connection((host, port), 5)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def write(s, pieces):
    try:
        for piece in pieces:
            s.sendall(piece or b"")
            time.sleep(0.003 if piece else 0.5)
    except OSError:
        pass


def send(host, port, pieces):
    with connect(host, port) as s:
        write(s, pieces)
        return answer(s)


def cut(text, size):
    return [text[i:i + size] for i in range(0, len(text), size)]


class Hello:
    """A TLS client whose ClientHello is sent by others."""

    def __init__(self, alpn=()):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(list(alpn) or ["http/1.1"])
        self.input, self.output = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.input, self.output,
                                    server_hostname="blocked.test")
        self.step()
        self.first = self.output.read()

    def step(self):
        try:
            self.tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False

    def records(self, size):
        return b"".join(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part
                        for part in cut(self.first[5:], size))

    def finish(self, s):
        s.settimeout(2)
        try:
            while data := s.recv(65536):
                self.input.write(data)
                if self.step():
                    return "done"
                s.sendall(self.output.read())
        except (OSError, ssl.SSLError):
            pass
        return "none"


LARGE = ["%0200d" % i for i in range(100)]

HELLOS = {
    "whole": lambda h: [h.first],
    "in two": lambda h: [h.first[:60], h.first[60:]],
    "one byte first": lambda h: [h.first[:1], h.first[1:]],
    "in two, late": lambda h: [h.first[:60], None, h.first[60:]],
    "in pieces": lambda h: cut(h.first, 20),
    "records of 10": lambda h: [h.records(10)],
    "records of 1": lambda h: [h.records(1)],
    "records in pieces": lambda h: cut(h.records(7), 30),
    "an empty record": lambda h: [b"\x16\x03\x01\0\0" + h.first],
    "an empty record first": lambda h: [b"\x16\x03\x01\0\0", h.first],
    "version 2": lambda h: [b"\x16\x02" + h.first[2:]],
    "version 3.9": lambda h: [b"\x16\x03\x09" + h.first[3:]],
    "an alert": lambda h: [b"\x15\x03\x01\0\2\x01\x5a" + h.first],
}


def hello(host, port, make, alpn=()):
    h = Hello(alpn)
    with connect(host, port) as s:
        write(s, make(h))
        return h.finish(s)


def main():
    what, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if what == "tls":
        for name, make in HELLOS.items():
            print(name, hello(host, port, make), sep="\t", flush=True)
        print("large", hello(host, port, HELLOS["whole"], LARGE), sep="\t")
        return
    for name, form in (UNKNOWN if what == "unknown" else FORMS).items():
        pieces = cut(form, int(what) if what.isdigit() else len(form))
        print(name, send(host, port, pieces), sep="\t", flush=True)


main()
