# SPDX-License-Identifier: ISC
"""A filter of text that inserts data into a connection.

speak.py inject WORDS   a packet of its own, after the line that ends in "3"
speak.py next WORDS     the same, without headers
speak.py ack WORDS      puts them into the first acknowledgement after that line
"""

import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
how, words = sys.argv[1:]
asked = set()
spoken = set()


def behind(hdr, size):
    """The same headers, for the data that follows."""
    tcp = 80 if hdr.startswith("6") else int(hdr[1], 16) * 8
    seq = (int(hdr[tcp + 8:tcp + 16], 16) + size) % (1 << 32)
    return f"{hdr[:tcp + 8]}{seq:08x}{hdr[tcp + 16:]}"


for line in sys.stdin:
    fields = line.rstrip("\n").split("\t")
    if len(fields) < 9:
        print(line, end="", flush=True)
        continue
    src, dst, payload, hdr = fields[4:8]
    flow = src, dst
    if how == "ack" and payload == "-" and flow in asked - spoken:
        fields[6] = words
        spoken.add(flow)
    print("\t".join(fields))
    if payload.endswith("3\\n") and dst.endswith(":5001"):
        if how == "inject" and flow not in asked:
            size = len(payload) - 1
            print("-", *fields[1:6], words, behind(hdr, size), "-", sep="\t")
        if how == "next" and flow not in asked:
            print("-", "-", "-", "tcp", *flow, words, "-", "-", sep="\t")
        asked.add(flow)
    sys.stdout.flush()
