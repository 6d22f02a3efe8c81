# SPDX-License-Identifier: ISC
"""What it costs to count: divcat FILE | divstat -N beside two cats over the same
bytes, and beside tshark on the same capture; and the memory for a million flows.

Interleaved rounds, medians, the least and the most in brackets.  BENCH_ROUNDS
and BENCH_PACKETS say how much.
"""

import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
PACKETS = int(os.environ.get("BENCH_PACKETS", 500000))
FLOWS = 1000000


def capture(path, packets, flows):
    """TCP one way in many connections, a third of it acknowledgements."""
    rng = random.Random(1)
    seqs = [rng.randrange(2**31) for _ in range(flows)]
    stamp = 1700000000 * 10**9
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 101))
        for number in range(packets):
            flow = rng.randrange(flows) if packets > flows else number
            size = rng.choice((0, 0, 100, 600, 1448, 1448))
            if flows == FLOWS:
                size = 0
            stamp += 10000
            out.write(struct.pack("<IIII", stamp // 10**9, stamp % 10**9,
                                  40 + size, 40 + size))
            out.write(struct.pack(">BBHHHBBHII", 0x45, 0, 40 + size, 0, 0, 64,
                                  6, 0, 0x0a000000 + (flow >> 10),
                                  0x0b000001))
            out.write(struct.pack(">HHIIBBHHH", 1024 + flow % 1024, 80,
                                  seqs[flow], 1, 0x50, 0x10, 1000, 0, 0))
            out.write(bytes(size))
            seqs[flow] = (seqs[flow] + size) % 2**32


def seconds(command):
    start = time.monotonic()
    subprocess.run(["sh", "-c", command], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def main():
    with tempfile.TemporaryDirectory() as tmp:
        pcap, frames = f"{tmp}/pcap", f"{tmp}/frames"
        capture(pcap, PACKETS, 1000)
        subprocess.run(f"divcat {pcap} >{frames}", shell=True, check=True)
        commands = {
            "two cats, frames": f"cat {frames} | cat",
            "divstat, frames": f"divcat {frames} | divstat -N",
            "two cats, capture": f"cat {pcap} | cat",
            "divstat, capture": f"divcat {pcap} | divstat -N",
            "divstat -E, capture": f"divcat {pcap} | divstat -N -E",
            "divstat -k size -n 10, capture":
                f"divcat {pcap} | divstat -N -k size -k flow -n 10",
            "tshark, capture": f"tshark -q -z conv,ip -r {pcap}",
        }
        base = {name: "two cats, " + name.split(", ")[1] for name in commands}
        took = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                took[name].append(seconds(command))
        for name, here in took.items():
            ratios = [a / b for a, b in zip(here, took[base[name]])]
            print(f"{name:34}{statistics.median(here):8.3f} s "
                  f"[{min(here):.3f}-{max(here):.3f}]"
                  f"{statistics.median(ratios):8.2f}x")
        ratio = statistics.median(
            a / b for a, b in zip(took["tshark, capture"],
                                  took["divstat, capture"]))
        print(f"tshark to divstat: {ratio:.0f}x")

        capture(pcap, FLOWS, FLOWS)
        stat = subprocess.Popen(["divstat", "-N", "-n", "10"],
                                stdin=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)
        cat = subprocess.Popen(["divcat", pcap], stdout=stat.stdin)
        cat.wait()
        with open(f"/proc/{stat.pid}/status") as status:
            most = [line.split()[1] for line in status if "VmHWM" in line]
        stat.stdin.close()
        stat.wait()
        print(f"a million flows: {int(most[0]) / 1024:.1f} MiB")


sys.exit(main())
