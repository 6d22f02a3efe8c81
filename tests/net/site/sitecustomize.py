# SPDX-License-Identifier: ISC
"""The sockets of all programs in Python, as LAB_TCP and LAB_WINDOW want them.

Python imports this module by its name when it starts.
"""

import os
import socket

MPTCP = 262                 # IPPROTO_MPTCP
FASTOPEN_CONNECT = 30       # TCP_FASTOPEN_CONNECT
RCVBUFFORCE = 33            # SO_RCVBUFFORCE

KIND = os.environ.get("LAB_TCP", "")
WINDOW = int(os.environ.get("LAB_WINDOW", 0))


class Socket(socket.socket):
    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        stream = type == socket.SOCK_STREAM and fileno is None and \
            family in (socket.AF_INET, socket.AF_INET6)
        if stream and KIND.startswith("mptcp") and proto in (-1, 0):
            proto = MPTCP
        super().__init__(family, type, proto, fileno)
        if stream and WINDOW:
            super().setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)

    def setsockopt(self, level, option, *value):
        if not WINDOW or level != socket.SOL_SOCKET or \
                option not in (socket.SO_RCVBUF, RCVBUFFORCE):
            super().setsockopt(level, option, *value)

    def connect(self, address):
        if KIND == "fastopen" and self.type == socket.SOCK_STREAM:
            super().setsockopt(socket.IPPROTO_TCP, FASTOPEN_CONNECT, 1)
        super().connect(address)


socket.socket = Socket
