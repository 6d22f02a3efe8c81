# SPDX-License-Identifier: ISC
#
# stranger.py UID NUMBER [SERVICE]: as user UID, connects NUMBER times to the
# hand-over socket in /proc/net/unix, or that of its service, and reads only at the
# end.  Prints how often it was accepted, refused, and given a descriptor.

import array
import os
import re
import resource
import socket
import struct
import sys

NO = 2, 4  # another user; a writer is there already

uid, number = int(sys.argv[1]), int(sys.argv[2])
service = sys.argv[3] if len(sys.argv) > 3 else ""
with open("/proc/net/unix") as f:
    names = re.findall(rf"@(divert-\d+-[0-9a-f]{{16}}{service})$", f.read(),
                       re.MULTILINE)
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
