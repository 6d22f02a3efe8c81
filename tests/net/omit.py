# SPDX-License-Identifier: ISC
"""A filter that omits frames without drop records.

omit.py third   every third UDP packet
omit.py first   the first packet, and the first with a TCP payload
"""

import sys

UDP = 17
src, dst = sys.stdin.buffer, sys.stdout.buffer
third = sys.argv[1] == "third"
count = 0
data = False

while head := src.read(16):
    hdrlen = int.from_bytes(head[6:8], "big")
    caplen = int.from_bytes(head[8:12], "big")
    frame = head + src.read(hdrlen + caplen - 16)
    packet = frame[hdrlen:]
    if third:
        count += (packet[6] if packet[0] >> 4 == 6 else packet[9]) == UDP
        omit = count == 3
        count %= 3
    else:
        count += 1
        size = 40 if packet[0] >> 4 == 6 else 20
        full = len(packet) > size + (packet[size + 12] >> 4) * 4
        omit = count == 1 or full and not data
        data |= full
    if not omit:
        dst.write(frame)
        dst.flush()
