# SPDX-License-Identifier: ISC
"""A filter that was taken over: it takes references, and forges them.

honest   passes all on
grab     tries to change the memory
slot, id, epoch, flags, again   every reference after the tenth is followed by
         one of which that is forged
edit     puts packets into its memory for edited ones
edit-slot, edit-id, edit-length, edit-filter, edit-none   of one of them after
         the tenth, that is forged
"""

import fcntl
import mmap
import os
import socket
import struct
import sys
import time

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
    number, fds, _, _ = socket.recv_fds(connect(name), 1, 2)
    lock = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET,
                       epoch & (1 << 62) - 1, 1, 0)
    fcntl.fcntl(0, fcntl.F_SETLK, lock)
    return (*fds, number[0])


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


class Edits:
    """The packets, and the memory of this filter for edited ones."""

    def __init__(self, packets, edits, number):
        size = os.fstat(packets).st_size
        self.packets = mmap.mmap(packets, size, mmap.MAP_SHARED,
                                 mmap.PROT_READ)
        self.edits = mmap.mmap(edits, os.fstat(edits).st_size)
        self.number = number

    @staticmethod
    def slot(memory, slot):
        """The offsets of an entry and its slot."""
        count, size = struct.unpack("=II", memory[:8])
        return (8 + 16 * (slot - 1),
                (8 + 16 * count + 63) // 64 * 64 + size * (slot - 1))

    def edit(self, frame, kind):
        """A reference to a copy, in the third slot when the sink has left it."""
        slot, = struct.unpack("!Q", frame[32:40])
        entry, start = self.slot(self.packets, slot)
        number, at, length = struct.unpack("=QII",
                                           self.packets[entry:entry + 16])
        packet = self.packets[start + at:start + at + length]
        entry, start = self.slot(self.edits, 3)
        for _ in range(100):
            if self.edits[entry:entry + 8] == bytes(8):
                break
            time.sleep(0.01)
        self.edits[start:start + length] = packet
        if kind == "edit-id":
            number += 1
        if kind == "edit-length":
            length = SLOT + 1
        self.edits[entry + 8:entry + 16] = struct.pack("=II", 0, length)
        self.edits[entry:entry + 8] = struct.pack("=Q", number)
        other = {"edit-filter": self.number + 1, "edit-none": 9}
        where = other.get(kind, self.number) << 32 | 3 + (kind == "edit-slot")
        return frame[:32] + struct.pack("!Q", where) + frame[40:]


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
                grab(memory[0])
            if kind.startswith("edit"):
                edits = Edits(*memory)
        refers = head[59] & FLAG and caplen == 0
        count += refers != 0
        # the next process takes references by then
        if refers and count > 10 and kind.startswith("edit"):
            dst.write(edits.edit(frame, kind))
            dst.flush()
            continue
        dst.write(frame)
        dst.flush()
        if refers and count > 10 and kind not in ("honest", "grab"):
            dst.write(forged(kind, frame))
            dst.flush()
    say("references", count > 10)


main(sys.argv[1])
