# SPDX-License-Identifier: ISC
"""A bad line, as a filter: line.py [NAME=PERCENT ...] [seed=N]

loss        dropped
duplicate   comes twice
reorder     overtaken by up to nine
damage      one bit behind the IP header is wrong; needs divcat -w -C
fragment    cut in two, if longer than SHORT: all headers stay in the first
            (RFC 7112)
extension   IPv6: with hop-by-hop and destination options, to pad only
"""

import os
import random
import select
import signal
import sys

SIZE = 1 << 20
QUIET = 0.005       # seconds without input after which held frames are written
HEAD = 80           # offset of the packet in a frame of ours
DROP, INJECT = 2, 3
SHORT = 256         # bytes of an IP packet
HOP_BY_HOP, FRAGMENT, OPTIONS = 0, 44, 60
PAD = bytes([0, 1, 4, 0, 0, 0, 0])      # behind the number of the next header

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
options = dict(arg.split("=") for arg in sys.argv[1:])
rng = random.Random(int(options.pop("seed", 1)))
percent = {name: float(value) for name, value in options.items()}


def happens(name):
    return name in percent and rng.random() * 100 < percent[name]


def parse(frame):
    """The frame's header, and its packet."""
    size = int.from_bytes(frame[6:8], "big")
    return frame[:size], bytearray(frame[size:])


def join(head, packet):
    return head[:8] + len(packet).to_bytes(4, "big") + head[12:] + packet


def checksum(packet):
    total = sum(int.from_bytes(packet[at:at + 2], "big")
                for at in range(0, 20, 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    packet[10:12] = (~total & 0xffff).to_bytes(2, "big")


def drop(frame):
    head, _ = parse(frame)
    return join(head[:5] + bytes([DROP]) + head[6:], b"")


def damaged(frame):
    """A new packet: for the old one the kernel may know that it was right."""
    head, packet = parse(frame)
    start = 40 if packet[0] >> 4 == 6 else 20
    packet[rng.randrange(start, len(packet))] ^= 1 << rng.randrange(8)
    return join(head[:5] + bytes([INJECT]) + head[6:24] + bytes(8) + head[32:],
                packet)


def extended(frame):
    head, packet = parse(frame)
    if packet[0] >> 4 != 6 or packet[6] == HOP_BY_HOP:
        return frame
    packet[40:40] = bytes([OPTIONS, *PAD, packet[6], *PAD])
    packet[6] = HOP_BY_HOP
    packet[4:6] = (len(packet) - 40).to_bytes(2, "big")
    return join(head, packet)


def fragments4(packet):
    cut = (len(packet) - 20) // 16 * 8
    number = rng.randrange(1, 1 << 16).to_bytes(2, "big")
    for start, end, more in (0, cut, 1), (cut, len(packet) - 20, 0):
        piece = packet[:20] + packet[20 + start:20 + end]
        piece[2:4] = len(piece).to_bytes(2, "big")
        piece[4:6] = number
        piece[6:8] = (more << 13 | start >> 3).to_bytes(2, "big")
        piece[10:12] = bytes(2)
        checksum(piece)
        yield piece


def fragments6(packet):
    cut = (len(packet) - 40) // 16 * 8
    number = rng.randbytes(4)
    for start, end, more in (0, cut, 1), (cut, len(packet) - 40, 0):
        piece = packet[:40] + bytes([packet[6], 0]) + \
            (start | more).to_bytes(2, "big") + number + \
            packet[40 + start:40 + end]
        piece[6] = FRAGMENT
        piece[4:6] = (len(piece) - 40).to_bytes(2, "big")
        yield piece


def cut(frame):
    head, packet = parse(frame)
    if len(packet) < SHORT:
        return [frame]
    if packet[0] >> 4 == 6:
        return [join(head, piece) for piece in fragments6(packet)]
    if packet[0] != 0x45 or packet[6] & 0x3f:
        return [frame]
    return [join(head, piece) for piece in fragments4(packet)]


def frames(frame):
    """What comes of one packet, but for its place."""
    if len(frame) <= HEAD:
        return [frame]
    if happens("loss"):
        return [drop(frame)]
    if happens("extension"):
        frame = extended(frame)
    rest = []
    if happens("damage"):
        rest = [drop(frame)]
        frame = damaged(frame)
    pieces = cut(frame) if happens("fragment") else [frame]
    return (pieces * 2 if happens("duplicate") else pieces) + rest


def out(ready):
    view = memoryview(b"".join(ready))
    while view:
        view = view[os.write(1, view):]


def split(data):
    """Whole frames, and the rest."""
    at = 0
    whole = []
    while at + 12 <= len(data):
        end = at + int.from_bytes(data[at + 6:at + 8], "big") + \
            int.from_bytes(data[at + 8:at + 12], "big")
        if end > len(data):
            break
        whole.append(data[at:end])
        at = end
    return whole, data[at:]


def main():
    held = []           # when, frame
    count = 0
    data = b""
    while True:
        if held and not select.select([0], [], [], QUIET)[0]:
            out(frame for _, frame in held)
            held = []
        if not (chunk := os.read(0, SIZE)):
            break
        whole, data = split(data + chunk)
        ready = []
        for frame in whole:
            count += 1
            for piece in frames(frame):
                if happens("reorder"):
                    held.append((count + rng.randrange(1, 10), piece))
                else:
                    ready.append(piece)
            while held and held[0][0] <= count:
                ready.append(held.pop(0)[1])
        out(ready)
    out(frame for _, frame in held)


main()
