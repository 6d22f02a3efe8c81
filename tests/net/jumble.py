# SPDX-License-Identifier: ISC
"""A filter that sends some frames twice, and some after those that follow.

jumble.py PERCENT SEED
"""

import os
import random
import select
import signal
import sys

SIZE = 1 << 20
QUIET = 0.005       # seconds: then nothing is held back any longer

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
percent = float(sys.argv[1])
rng = random.Random(int(sys.argv[2]))
data = b""
count = 0
held = []           # when, frame


def out(frames):
    view = memoryview(b"".join(frames))
    while view:
        view = view[os.write(1, view):]


while True:
    if held and not select.select([0], [], [], QUIET)[0]:
        out(frame for _, frame in held)
        held = []
    if not (chunk := os.read(0, SIZE)):
        break
    data += chunk
    at = 0
    ready = []
    while at + 12 <= len(data):
        end = at + int.from_bytes(data[at + 6:at + 8], "big") + \
            int.from_bytes(data[at + 8:at + 12], "big")
        if end > len(data):
            break
        frame = data[at:end]
        at = end
        count += 1
        chance = rng.random() * 100
        if chance < percent:
            held.append((count + rng.randrange(1, 10), frame))
            continue
        ready.append(frame)
        if chance > 100 - percent:
            ready.append(frame)
        while held and held[0][0] <= count:
            ready.append(held.pop(0)[1])
    data = data[at:]
    out(ready)
out(frame for _, frame in held)
