# SPDX-License-Identifier: ISC
"""pace.py FRAMES RATE SECONDS: diverted frames from a file, so many a second."""

import sys
import time

SIZE = 180                      # bytes of a frame with a packet of 100

path, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
with open(path, "rb") as frames:
    data = bytearray(frames.read(SIZE * rate))
for at in range(0, len(data), SIZE):
    data[at + 5] = 1            # a packet
    data[at + 40:at + 48] = b"\0" * 7 + b"\1"
data = memoryview(data)
start = time.monotonic()
sent = 0
while sent < rate * seconds:
    due = min(int((time.monotonic() - start) * rate), int(rate * seconds))
    while sent < due:
        at = sent % rate
        count = min(due - sent, rate - at)
        sys.stdout.buffer.write(data[at * SIZE:(at + count) * SIZE])
        sent += count
    sys.stdout.buffer.flush()
    time.sleep(0.0005)
