#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A long stream of numbered lines, one of which a filter makes longer.

stream.py send HOST PORT N     says how the connection ended
stream.py recv PORT FILE       keeps what arrives; the end is its last line
stream.py check FILE N         is it a beginning of the edited stream?
"""

import socket
import sys

GROWS = 100  # the line with an @, which becomes 12345


def line(i, word):
    return b'%07d %s %s\n' % (i, word if i == GROWS else b'-', b'x' * 80)


def send(host, port, n):
    s = socket.create_connection((host, int(port)))
    s.settimeout(300)
    try:
        for i in range(int(n)):
            s.sendall(line(i, b'@'))
        s.shutdown(socket.SHUT_WR)
        s.recv(1)
        print('closed')
    except OSError as e:
        print(e.strerror)


def recv(port, name):
    s = socket.create_server(('::', int(port)), family=socket.AF_INET6,
                             dualstack_ipv6=True)
    c, _ = s.accept()
    c.settimeout(300)
    with open(name, 'wb') as f:
        try:
            while data := c.recv(65536):
                f.write(data)
            f.write(b'[closed]')
        except OSError as e:
            f.write(b'[%s]' % str(e.strerror or e).encode())


def check(name, n):
    with open(name, 'rb') as f:
        data = f.read()
    data, _, end = data.partition(b'[')
    whole = b''.join(line(i, b'12345') for i in range(int(n)))
    if not whole.startswith(data):
        print('wrong bytes')
    elif len(data) <= len(line(0, b'')) * GROWS:
        print('too short')
    else:
        print('all' if len(data) == len(whole) else 'a part',
              end.decode().rstrip(']'), sep=', ')


{'send': send, 'recv': recv, 'check': check}[sys.argv[1]](*sys.argv[2:])
