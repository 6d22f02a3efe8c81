# SPDX-License-Identifier: ISC
"""slow.py SECONDS: a filter that keeps the first packet for so long, and says
nothing of it."""

import sys
import time

src, dst = sys.stdin.buffer, sys.stdout.buffer
kept = None
while head := src.read(16):
    rest = int.from_bytes(head[6:8], "big") + int.from_bytes(head[8:12], "big")
    frame = head + src.read(rest - 16)
    if kept is None:
        kept = frame
        continue
    dst.write(frame)
    dst.flush()
    if kept:
        time.sleep(float(sys.argv[1]))
        dst.write(kept)
        dst.flush()
        kept = b""
