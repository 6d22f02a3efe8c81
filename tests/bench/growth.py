# SPDX-License-Identifier: ISC
"""How cost grows: CPU time per packet, of all processes together."""

import statistics

import files
import live
from table import IN, NOTHING, OUT, Live

ROUNDS = 3
PACKETS = 60000
COPIES = 10     # makes the time of the start negligible


def of_files(make, command):
    """make(n) writes the file for command(n), returns its packets."""
    def cost(n):
        packets = make(n)
        return statistics.median(
            files.run(command(n))[1] for _ in range(ROUNDS)) / packets * 1e6
    return cost


def flows(n):
    packets = max(n, 200000)
    files.connections("flows", packets, n, (0, 100))
    return packets


def sized(n):
    packets = min(300000, 400000000 // n)
    block = files.record(1, files.udp(1, n, bytes(n - 28)))
    files.repeat("sized", files.header(files.RAW), block, packets)
    return packets


def small(n):
    files.datagrams("small", 100, 20)
    return files.times(20, 7000 * 116) * 7000


def patterns(n):
    """Patterns, without the time to compile them."""
    with open(f"{files.DIR}/patterns", "w") as out:
        out.writelines(f"{i}\tpattern {i * i} of {n}\n" for i in range(n))
    files.letters("text", 0, 1448, 100)
    taken = [min(files.run(command)[1] for _ in range(ROUNDS)) for command in (
        f"cat{' text' * COPIES} | divmark -f patterns",
        "divmark -f patterns </dev/null")]
    packets = files.times(100, 1568000) * 1000 * COPIES
    return (taken[0] - taken[1]) / packets * 1e6


def pending(n):
    """Pending packets before the first verdict."""
    stages = (IN, f"python3 tests/bench/hold.py {n}", OUT)
    got = []
    spec = Live(stages, "-Q 65000", ports=())
    for _ in range(ROUNDS):
        live.divert(spec)
        pipe = live.Pipeline(spec, live.QUEUE)
        live.output(*live.inside("client", *live.BULK, "udp", str(PACKETS),
                                 "10.0.2.2", "9"))
        if not live.wait_for(lambda: pipe.packets() >= PACKETS and
                             pipe.line()[0][2] == "0"):
            raise live.Failed(f"{n} pending: {pipe.line()}")
        got.append(pipe.cpu("divcat") / PACKETS * 1e6)
        pipe.stop()
        live.iptables("-F")
    return statistics.median(got)


TABLES = (
    ("flows, divstat", (1, 1000, 10000, 100000, 1000000),
     of_files(flows, lambda n: "divcat flows | divstat -N -M 1024")),
    ("flows, divsed -s", (1, 1000, 10000, 100000, 1000000),
     of_files(flows, lambda n: "divcat flows | divsed -s s/foo/bar/")),
    ("pending packets", (1, 10, 100, 1000, 10000, PACKETS), pending),
    ("packet size", (64, 576, 1500, 9000, 65531),
     of_files(sized, lambda n: f"divcat sized | {NOTHING} | divcat -o pcap")),
    ("filters in a pipe", (1, 2, 4, 6, 8),
     of_files(small, lambda n: "divcat small" + f" | {NOTHING}" * n)),
    ("patterns", (1, 10, 100, 1000, 10000), patterns),
)


def main(names):
    for name, sizes, cost in TABLES:
        if names and not name.startswith(tuple(names)):
            continue
        print(f"{name:34}{'us CPU a packet':>16}{'to the first':>14}")
        first = None
        for n in sizes:
            is_now = cost(n)
            first = first or is_now
            print(f"{n:34}{is_now:16.3f}{is_now / first:14.2f}", flush=True)
        print()
