# SPDX-License-Identifier: ISC
"""hold.py COUNT: a filter that writes frames in batches of COUNT."""

import os
import sys

count = int(sys.argv[1])
data = b""
held = []
while chunk := os.read(0, 1 << 20):
    data += chunk
    at = 0
    while at + 12 <= len(data):
        end = at + int.from_bytes(data[at + 6:at + 8], "big") + \
            int.from_bytes(data[at + 8:at + 12], "big")
        if end > len(data):
            break
        held.append(data[at:end])
        at = end
        if len(held) == count:
            sys.stdout.buffer.write(b"".join(held))
            sys.stdout.buffer.flush()
            held = []
    data = data[at:]
sys.stdout.buffer.write(b"".join(held))
