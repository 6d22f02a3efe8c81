# SPDX-License-Identifier: ISC
#
# stranger.py UID NUMBER: as that user, connects so many times to the hand-over
# sockets that /proc names, without ever reading before the end.  Prints how
# often it was let in, told no, and given a descriptor.

import array
import os
import re
import resource
import socket
import struct
import sys

NO = 2, 4  # another user; a writer is there already

uid, number = int(sys.argv[1]), int(sys.argv[2])
with open("/proc/net/unix") as f:
    names = re.findall(r"@(divert-\S+)", f.read())
if uid != os.getuid():
    os.setgid(uid)
    os.setuid(uid)
name = b"\0" + names[0].encode() if names else b"\0divert-8000-0"
connections = []
told = given = 0
_, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
for i in range(number):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        s.connect(name)
    except OSError:
        continue
    s.settimeout(10)
    connections.append(s)
for s in connections:
    data, control, _, _ = s.recvmsg(64, socket.CMSG_SPACE(64))
    told += len(data) >= 8 and struct.unpack("@Q", data[:8])[0] in NO
    for _, _, fds in control:
        given += len(array.array("i", fds))
print(len(connections), told, given)
