# SPDX-License-Identifier: ISC
"""A filter that was taken over: it takes references, and forges them.

honest   passes all on
grab     tries to change the memory
slot, id, epoch, flags, again   every reference after the tenth is followed by
         one of which that is forged
"""

import fcntl
import mmap
import os
import socket
import struct
import sys

FLAG = 0x20
SLOT = 68 * 1024
ENTRIES = 8
SEALS = 1033, 1034  # F_ADD_SEALS, F_GET_SEALS


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def connect(name):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.connect(name)
    return sock


def lend(head):
    """The memory of the reader that emitted a frame."""
    epoch, = struct.unpack("!Q", head[40:48])
    port, = struct.unpack("!H", head[56:58])
    name = f"\0divert-{port}-{epoch:016x}-slots-2"
    spare = os.memfd_create("spare")
    try:
        # descriptors that nobody asked for
        socket.send_fds(connect(name), [b"x"], [spare, spare, spare])
    except OSError:
        pass
    sock = connect(name)
    fd = socket.recv_fds(sock, 1, 1)[1][0]
    lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET,
                       epoch & (1 << 62) - 1, 1, 0)
    fcntl.fcntl(0, fcntl.F_SETLK, lock)
    return fd


def denied(what, *args):
    try:
        what(*args)
    except (OSError, ValueError):
        return 1
    return 0


def grab(fd):
    size = os.fstat(fd).st_size
    attempts = (
        (mmap.mmap, fd, size, mmap.MAP_SHARED, mmap.PROT_WRITE),
        (os.pwrite, fd, b"x" * SLOT, ENTRIES),
        (os.ftruncate, fd, 0),
        (os.ftruncate, fd, size + 4096),
        (os.posix_fallocate, fd, size, 4096),
    )
    say("denied", sum(denied(*attempt) for attempt in attempts),
        "of", len(attempts))


def forged(kind, frame):
    """A frame by reference that the reader did not emit."""
    frame = bytearray(frame)
    slot, = struct.unpack("!Q", frame[32:40])
    number, = struct.unpack("!Q", frame[24:32])
    if kind == "slot":
        slot += 1
    elif kind == "id":
        number -= 5
    elif kind == "epoch":
        frame[47] ^= 1
    elif kind == "flags":
        frame[59] |= 7
    frame[32:40] = struct.pack("!Q", slot)
    frame[24:32] = struct.pack("!Q", number)
    return bytes(frame)


def main(kind):
    src, dst = sys.stdin.buffer, sys.stdout.buffer
    count = 0
    memory = None
    while head := src.read(80):
        hdrlen, caplen = struct.unpack("!HI", head[6:12])
        frame = head + src.read(hdrlen + caplen - 80)
        if memory is None:
            memory = lend(head)
            if kind == "grab":
                grab(memory)
        refers = head[59] & FLAG and caplen == 0
        count += refers != 0
        # the next process takes references by then
        dst.write(frame)
        dst.flush()
        if refers and count > 10 and kind not in ("honest", "grab"):
            dst.write(forged(kind, frame))
            dst.flush()
    say("references", count > 10)


main(sys.argv[1])
