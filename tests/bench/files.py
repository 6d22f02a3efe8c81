# SPDX-License-Identifier: ISC
"""Files of packets and frames, and commands that read them."""

import os
import random
import resource
import struct
import subprocess
import time

from live import Failed

MEGABYTES = int(os.environ.get("BENCH_FILE_MEGABYTES", 100))
LETTERS = "eeeeettttaaaaooooiiinnnsssrrrhhhddllluuccmmffwwggyyppbbvk    \n"
SNAPLEN = 262144
HERE = os.path.dirname(os.path.abspath(__file__))
DIR = os.environ["BENCH_TMP"]
RAW, ETHER = 101, 1
SCAPY = next((p for p in ("/usr/bin/python3", "python3") if subprocess.run(
    [p, "-c", "import scapy"], stderr=subprocess.DEVNULL).returncode == 0),
    "python3")


def header(link):
    return struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, SNAPLEN, link)


def ip(proto, length, number):
    return struct.pack(">BBHHHBBHII", 0x45, 0, length, number & 0xffff, 0, 64,
                       proto, 0, 0x0a000001 + number % 250, 0x0a000102)


def udp(number, length, payload):
    """UDP; one datagram in seven goes to port 54."""
    return ip(17, length, number) + struct.pack(
        ">HHHH", 10000 + number, 53 + number % 7, length - 20, 0) + payload


def tcp(flow, seq, payload):
    packet = ip(6, 40 + len(payload), 1)
    return packet[:12] + struct.pack(
        ">IIHHIIBBHHH", 0x0a000000 + (flow >> 10), 0x0b000001,
        1024 + flow % 1024, 80, seq, 1, 0x50, 0x10, 1000, 0, 0) + payload


def record(number, packet):
    return struct.pack("<IIII", number // 1000, number % 1000,
                       len(packet), len(packet)) + packet


def times(megabytes, length):
    """The number of packets of this length in so many bytes."""
    return megabytes * 1000000 // length


def repeat(path, head, block, count):
    with open(f"{DIR}/{path}", "wb") as out:
        out.write(head)
        for _ in range(count):
            out.write(block)


def datagrams(path, length, megabytes, link=b""):
    rng = random.Random(1)
    block = b"".join(
        record(i, link + udp(i, length, rng.randbytes(length - 28)))
        for i in range(7000))
    repeat(path, header(ETHER if link else RAW), block,
           times(megabytes, len(block)))


def connections(path, packets, flows, sizes=(0, 0, 100, 600, 1448, 1448)):
    """TCP in one direction; one packet of each flow comes first."""
    rng = random.Random(1)
    seqs = [1] * flows
    with open(f"{DIR}/{path}", "wb") as out:
        out.write(header(RAW))
        for number in range(packets):
            flow = number if number < flows else rng.randrange(flows)
            size = rng.choice(sizes)
            out.write(record(number, tcp(flow, seqs[flow], bytes(size))))
            seqs[flow] += size


def frame(number, packet):
    return struct.pack(
        ">4sBBHIIQQQQIIHBBI16s", b"DIVF", 1, 1, 80, len(packet), len(packet),
        0, number + 1, 1, 1, 0, 1, 8000, 3, 0, 0, b"eth0") + packet


def initials(path, count):
    """QUIC clients, each from a port of its own: keys are derived anew."""
    data = subprocess.run(["initial"], capture_output=True, check=True).stdout
    with open(f"{DIR}/{path}", "wb") as out:
        out.write(header(RAW))
        for i in range(count):
            ports = struct.pack(">HHHH", i % 60000, 443, len(data) + 8, 0)
            out.write(record(i, ip(17, len(data) + 28, i) + ports + data))


def letters(path, every, size, megabytes):
    """Frames of TCP; every n-th packet contains foo."""
    rng = random.Random(1)
    block = b""
    for number in range(1000):
        text = "".join(rng.choices(LETTERS, k=size)).replace("foo", "of ")
        if every and number % every == 0:
            text = text[:size // 2] + "foo" + text[size // 2 + 3:]
        block += frame(number, tcp(1, number, text.encode()))
    repeat(path, b"", block, times(megabytes, len(block)))


def make():
    # of these, a rate is measured, and not how long processes take to start
    datagrams("short", 100, 4 * MEGABYTES)
    datagrams("long", 1400, 4 * MEGABYTES)
    datagrams("some", 100, MEGABYTES // 5)
    datagrams("few", 100, MEGABYTES // 50)
    datagrams("ether", 100, MEGABYTES, bytes(12) + b"\x08\0")
    initials("initials", MEGABYTES * 300)
    connections("tcp", MEGABYTES * 1500, 1000)
    letters("letters", 0, 1448, MEGABYTES)
    letters("matches", 100, 1448, MEGABYTES)
    for name in "short", "tcp":
        run(f"divcat {name} >{name}.frames")


def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(command):
    """Wall-clock seconds, and CPU seconds of all processors."""
    before, start = used(), time.monotonic()
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=DIR,
                          text=True, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    taken = time.monotonic() - start
    if done.returncode != 0:
        raise Failed(f"{command}: {done.stderr}")
    return taken, used() - before


def measure(command):
    taken, _ = run(command.format(here=HERE, scapy=SCAPY))
    return {"time": taken, "speed": 1 / taken}
