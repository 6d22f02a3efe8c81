# SPDX-License-Identifier: ISC
"""A million frames, and statistics of those that divdelay makes of them.

delays.py make GAP                  frames without packets, so many ns apart
delays.py dist GAP MEAN JITTER CORRELATION NAME
                                    delays of this distribution: a
                                    Kolmogorov-Smirnov test, and the correlation
                                    of neighbours
delays.py event P CORRELATION early|twice
                                    how many went at once, or twice

Tests of the exit status: the seed is given, so that they do the same each time.
A test rejects one good seed in a thousand.
"""

import array
import bisect
import math
import operator
import statistics
import sys

COUNT = 1000000
WORDS = 10                  # of 64 bits in a frame without a packet
TIME, ID = 2, 3
START = 10**18
KOLMOGOROV = 1.95           # of sqrt(n) D, at 0.001
SIGMAS = 3.3


def make(gap):
    head = b"DIVF\1\3\0P" + bytes(72)
    words = array.array("Q", head * COUNT)
    words[TIME::WORDS] = array.array("Q", range(START, START + COUNT * gap,
                                                gap))
    words[ID::WORDS] = array.array("Q", range(COUNT))
    # all but these two are bytes
    for at in TIME, ID:
        part = words[at::WORDS]
        part.byteswap()
        words[at::WORDS] = part
    sys.stdout.buffer.write(words.tobytes())


def read():
    """The ids and times of frames."""
    words = array.array("Q", sys.stdin.buffer.read())
    ids, times = words[ID::WORDS], words[TIME::WORDS]
    ids.byteswap()
    times.byteswap()
    return ids, times


def delays(gap):
    ids, times = read()
    found = [0] * COUNT
    for number, time in zip(ids, times):
        found[number] = time - START - number * gap
    return found


NORMAL = statistics.NormalDist().inv_cdf


def pareto(u):
    return min(((1 - u)**(-1 / 3) - 1.5) * 4 / 3, 32767 / 8192)


QUANTILES = {
    "uniform": lambda u: 2 * u - 1,
    "normal": NORMAL,
    "pareto": pareto,
    "paretonormal": lambda u: (NORMAL(u) + 3 * pareto(u)) / 4,
}


def correlation(values):
    count, total = len(values), sum(values)
    cross = sum(map(operator.mul, values, values[1:]))
    square = sum(map(operator.mul, values, values))
    return (cross - total * total / count) / (square - total * total / count)


def spread(rho):
    """By how much correlation widens the error of a frequency."""
    return math.sqrt((1 + rho) / (1 - rho))


def check(name, value, want, error):
    print(f"{name} {value:.6f}, wanted {want:.6f} +- {error:.6f}")
    return abs(value - want) <= error


def dist(gap, mean, jitter, rho, name):
    found = delays(gap)
    print("delays", found[:5])
    ordered = sorted(found)
    worst = 0.0
    for step in range(1, 2000):
        u = step / 2000
        x = int(mean + jitter * QUANTILES[name](u))
        worst = max(worst, bisect.bisect_left(ordered, x) / COUNT - u,
                    u - bisect.bisect_right(ordered, x) / COUNT)
    good = check("D", worst, 0, KOLMOGOROV * spread(rho) / math.sqrt(COUNT))
    # ranks of normal values, seen as uniform ones
    if name == "uniform":
        rho = 6 / math.pi * math.asin(rho / 2)
    if name in ("uniform", "normal"):
        good &= check("correlation", correlation(found), rho,
                      SIGMAS / math.sqrt(COUNT))
    return good


def event(p, rho, kind):
    hit = [0] * COUNT
    ids, times = read()
    if kind == "twice":
        hit = [-1] * COUNT
        for number in ids:
            hit[number] += 1
    else:
        for number, time in zip(ids, times):
            hit[number] = time - START == number * 10000
    sigma = math.sqrt(p * (1 - p) / COUNT)
    good = check("frequency", sum(hit) / COUNT, p, SIGMAS * sigma * spread(rho))
    # rare events say less about their correlation
    good &= check("correlation", correlation(hit), rho,
                  SIGMAS * spread(rho) / math.sqrt(COUNT) / math.sqrt(p * 2))
    return good


def main(mode, *args):
    if mode == "make":
        make(int(args[0]))
        return True
    if mode == "dist":
        return dist(*map(int, args[:3]), float(args[3]), args[4])
    return event(float(args[0]), float(args[1]), args[2])


sys.exit(not main(*sys.argv[1:]))
