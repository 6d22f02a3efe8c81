# SPDX-License-Identifier: ISC
"""rtt.py HOST PORT COUNT: round trips of UDP in ms: least, median and p99."""

import socket
import sys
import time

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
family = socket.AF_INET6 if ":" in host else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.settimeout(10)
s.connect((host, port))
times = []
for number in range(count):
    start = time.monotonic()
    s.send(b"%d" % number)
    while s.recv(2000) != b"%d" % number:
        pass
    times.append((time.monotonic() - start) * 1000)
times.sort()
print("%.3f %.3f %.3f" % (times[0], times[count // 2], times[count * 99 // 100]))
