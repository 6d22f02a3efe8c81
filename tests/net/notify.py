# SPDX-License-Identifier: ISC
"""Prints the first datagram that comes to a Unix socket, as a service manager
gets it; a name that begins with @ is an abstract one."""

import socket
import sys

name = sys.argv[1]
if name[0] == "@":
    name = "\0" + name[1:]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(name)
print("bound", flush=True)
manager.settimeout(60)
print(manager.recv(4096).decode(), flush=True)
