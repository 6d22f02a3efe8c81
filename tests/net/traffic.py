# SPDX-License-Identifier: ISC
"""Traffic for the network tests.

send tcp HOST PORT MB [WORD [text]]
                               random bytes or text, sprinkled with WORD
recv tcp PORT [WORD [halves]]  one stream: see report()
sent MB [WORD [text|halves]]   the report for an unchanged stream
send udp HOST PORT COUNT RATE  numbered datagrams
recv udp PORT COUNT            until COUNT arrived or none for some seconds
both HOST|- PORT MB EDITS [again]
                               a stream each way at once, - listens: see both()
answer PORT                    TCP and UDP echo, until killed
ask tcp|udp HOST PORT TEXT S   one question within S seconds, prints the answer
pieces HOST PORT TEXT          asks TEXT once for each way to cut it into two
                               segments; prints the answers, counted
"""

import collections
import hashlib
import os
import random
import re
import select
import socket
import sys
import threading
import time

IDLE = 5        # seconds without a datagram: no more will come
LIMIT = 60


PRINTABLE = bytes(32 + byte % 95 for byte in range(256))


def stream(megabytes, word="", kind=""):
    """Random bytes without foo, and a word about every 500 bytes."""
    rng = random.Random(megabytes)
    size = megabytes * 1000 * 1000
    data = rng.randbytes(size)
    if kind == "text":
        data = data.translate(PRINTABLE)
    data = bytearray(data.replace(b"foo", b"---"))
    if word:
        for at in range(0, size - 500, 500):
            at += rng.randrange(500 - len(word))
            data[at:at + len(word)] = word.encode()
    return data


def report(data, word="", kind=""):
    """The bytes, their digest after s/foo/bar/g, and the number of foo.  Halves:
    the editor knows no retransmissions, and may have edited a part of a foo."""
    if word:
        left = data.count(word.encode())
        what = rb"[fb][oa][or]" if kind == "halves" else re.escape(word).encode()
        data = re.sub(what, b"bar", data)
    else:
        left = 0
    return f"{len(data)} {hashlib.sha1(data).hexdigest()} {left}"


def listen(kind, port):
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    for option in socket.SO_RCVBUF, 33:         # SO_RCVBUFFORCE
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, 8 << 20)
        except PermissionError:
            pass
    sock.bind(("::", port))
    return sock


def connect(host, port):
    """Retries: the other end may not listen yet."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            return socket.create_connection((host, port), LIMIT)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def recv_tcp(port, *word):
    sock = listen(socket.SOCK_STREAM, int(port))
    sock.listen()
    sock.settimeout(LIMIT)
    data = bytearray()
    try:
        sock = sock.accept()[0]
        sock.settimeout(LIMIT)
        while chunk := sock.recv(1 << 20):
            data += chunk
    except OSError as error:
        print(f"traffic.py: recv tcp: {error}", file=sys.stderr)
    print(report(data, *word))


def send_tcp(host, port, megabytes, *what):
    data = stream(int(megabytes), *what)
    sock = connect(host, int(port))
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)
    sock.recv(1)                                # the receiver has all


def mixed(megabytes, side):
    """Random bytes; now and then a run of one letter, longer than a segment."""
    rng = random.Random(f"{megabytes} {side}")
    size = int(float(megabytes) * 1000 * 1000)
    data = bytearray(rng.randbytes(size))
    for at in range(0, size - 8000, 200 * 1000):
        run = rng.randrange(1, 4000)
        at += rng.randrange(4000)
        data[at:at + run] = rng.choice(b"abc").to_bytes(1, "big") * run
    return data


def edited(data, edits):
    """The edits of divsed: s/X/YY/g, separated by semicolons."""
    for edit in edits.split(";") if edits else ():
        _, old, new, _ = edit.split("/")
        data = data.replace(old.encode(), new.encode())
    return data


def both(host, port, megabytes, edits, again=False):
    """Prints a report on the received stream, the seconds, and the longest time
    without data.  Again: parts may arrive unedited."""
    server = host == "-"
    data = mixed(megabytes, server)
    want = memoryview(edited(mixed(megabytes, not server), edits))
    if server:
        sock = listen(socket.SOCK_STREAM, int(port))
        sock.listen()
        sock.settimeout(LIMIT)
        sock = sock.accept()[0]
    else:
        sock = connect(host, int(port))
    sock.settimeout(LIMIT)
    start = time.monotonic()

    def send():
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            print(f"traffic.py: both: {error}", file=sys.stderr)

    sender = threading.Thread(target=send)
    sender.start()
    size, state, stall = 0, "same", 0
    time.sleep(float(os.environ.get("LAB_PAUSE", 0)))
    last = time.monotonic()
    try:
        while chunk := sock.recv(1 << 20):
            now = time.monotonic()
            stall, last = max(stall, now - last), now
            if again:
                chunk = edited(chunk, edits)
            if chunk != want[size:size + len(chunk)] and state == "same":
                at = next((i for i, (a, b) in enumerate(zip(
                    chunk, want[size:])) if a != b), len(want) - size)
                state = f"other from {size + at} on"
            size += len(chunk)
        if size < len(want) and state == "same":
            state = f"cut at {size}"
    except OSError as error:
        state = f"{error} at {size}"
    sender.join()
    now = time.monotonic()
    print(state, f"{now - start:.2f}", f"{max(stall, now - last):.2f}", sep="\t")


def payload(number):
    """A datagram of random size, with the word at a random place."""
    return b"%d %s foo %s" % (number, b"." * (number % 61),
                              b"x" * (number * 7 % 701))


def recv_udp(port, count):
    """Prints how many arrived, and a report on them."""
    sock = listen(socket.SOCK_DGRAM, int(port))
    sock.settimeout(LIMIT)  # the sender may start late
    seen, number, foo, bar, bad = set(), -1, 0, 0, 0
    try:
        while len(seen) < int(count):
            data = sock.recv(65536)
            sock.settimeout(IDLE)
            number = int(data.split(None, 1)[0])
            want = payload(number)
            if data == want:
                foo += 1
            elif data == want.replace(b"foo", b"bar"):
                bar += 1
            else:
                bad += 1
            if number in seen:
                bad += 1
            seen.add(number)
    except TimeoutError:
        pass
    print(f"{len(seen)} foo {foo} bar {bar} bad {bad} last {number}")


def send_udp(host, port, count, rate):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.connect((host, int(port)))
    at = time.monotonic()
    for number in range(int(count)):
        # bursts of 10 ms at most, after a pause
        at = max(at + 1 / float(rate), time.monotonic() - 0.01)
        if at - time.monotonic() > 0.001:
            time.sleep(max(0, at - time.monotonic()))
        while True:
            try:
                sock.send(payload(number))
                break
            except ConnectionRefusedError:      # about an earlier datagram
                pass


def answer(port):
    udp = listen(socket.SOCK_DGRAM, int(port))
    tcp = listen(socket.SOCK_STREAM, int(port))
    tcp.listen()
    socks = [udp, tcp]
    while True:
        for sock in select.select(socks, [], [])[0]:
            if sock is udp:
                udp.sendto(*udp.recvfrom(65536))
            elif sock is tcp:
                socks.append(tcp.accept()[0])
            elif data := sock.recv(65536):
                sock.sendall(data)
            else:
                socks.remove(sock)
                sock.close()


def ask(proto, host, port, text, seconds):
    """Repeats a datagram every 50 ms: the path may not be up yet."""
    end = time.monotonic() + float(seconds)
    if proto == "tcp":
        sock = socket.create_connection((host, int(port)), float(seconds))
    else:
        info = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
        sock = socket.socket(info[0], socket.SOCK_DGRAM)
        sock.connect(info[4])  # with the scope of an address of the link
    while True:
        sock.send(text.encode())
        left = end - time.monotonic()
        if left <= 0:
            sys.exit("no answer")
        sock.settimeout(left if proto == "tcp" else min(left, 0.05))
        try:
            print(sock.recv(65536).decode())
            return
        except (TimeoutError, ConnectionRefusedError):
            pass


def pieces(host, port, text):
    sock = connect(host, int(port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = collections.Counter()
    data = text.encode() + b"\n"
    for cut in range(1, len(data)):
        sock.send(data[:cut])
        sock.send(data[cut:])
        answers[sock.makefile().readline().rstrip()] += 1
    for line, count in answers.items():
        print(count, line)


def main(command, *args):
    if command == "sent":
        print(report(stream(int(args[0]), *args[1:]), *args[1:]))
    elif command in ("both", "answer", "ask", "pieces"):
        globals()[command](*args)
    else:
        globals()[f"{command}_{args[0]}"](*args[1:])


try:
    main(*sys.argv[1:])
except OSError as error:
    sys.exit(f"traffic.py: {' '.join(sys.argv[1:])}: {error}")
