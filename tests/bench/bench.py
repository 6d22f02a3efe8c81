# SPDX-License-Identifier: ISC
"""bench.py [-cgj] [-n rounds] [-p plot.svg] [-r results] [row ...]

All rows of the table, or those whose names begin so, in interleaved rounds;
every figure is the median of the ratios within a round.

-c  fail when a ratio is more than 15 percent worse than in results
-g  how cost grows, in place of the table
-j  JSON
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys

import files
import growth
import live
from table import FILES, LIVE, MEASURES, ROWS

WORSE = 0.15


def machine():
    with open("/proc/cpuinfo") as cpuinfo:
        models = [line.split(":")[1].strip() for line in cpuinfo
                  if line.startswith("model name")]
    return {"cpus": os.cpu_count(), "model": (models or ["?"])[0],
            "kernel": platform.release(), "load": os.getloadavg()[2]}


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def rounds(rows, count):
    """{subject: [{measure: value} of each round]}; and why others failed"""
    wanted = {name for row in rows
              for name in (row.subject, row.against, row.less)}
    results, failed = {}, {}
    if wanted & FILES.keys():
        files.make()
    servers = live.serve() if wanted & LIVE.keys() else []
    for number in range(count):
        for name in filter(wanted.__contains__, (*LIVE, *FILES)):
            if name in failed:
                continue
            progress(f"round {number + 1} of {count}: {name}")
            try:
                if name in LIVE:
                    got = live.measure(name, LIVE[name])
                else:
                    got = files.measure(FILES[name])
            except live.Failed as why:
                failed[name] = why
                continue
            results.setdefault(name, []).append(got)
    progress("")
    for server in servers:
        server.kill()
    return results, failed


def ratios(row, results):
    def values(name):
        return [got[row.measure] for got in results[name]]

    less = values(row.less) if row.less else [0] * len(results[row.subject])
    return [(a - c) / (b - c) for a, b, c in
            zip(values(row.subject), values(row.against), less)]


def judge(row, results):
    """A line of the table."""
    here = ratios(row, results)
    is_less, unit = MEASURES[row.measure]
    # people compare times, so print the inverse of a speed
    shown = "time" if row.measure == "speed" else row.measure
    ratio = statistics.median(here)
    return {
        "name": row.name, "measure": row.measure, "unit": unit,
        "less": is_less, "gate": row.gate, "goal": row.goal,
        "ratio": round(ratio, 3), "least": round(min(here), 3),
        "most": round(max(here), 3),
        "holds": row.gate is None or (
            ratio <= row.gate if is_less else ratio >= row.gate),
        "values": {name: round(statistics.median(
            got[shown] for got in results[name]), 3)
            for name in (row.subject, row.against)},
    }


def show(lines):
    print(f"{'':34}{'gate':>7}{'goal':>6}{'is':>8}   spread")
    for line in lines:
        sign = "<" if line["less"] else ">"
        gate = f"{sign}{line['gate']}" if line["gate"] else ""
        note = "" if line["holds"] else "   GATE"
        print(f"{line['name']:34}{gate:>7}{line['goal'] or '':>6}"
              f"{line['ratio']:8.2f}   [{line['least']:.2f}-"
              f"{line['most']:.2f}]{note}")
    print()
    for text in dict.fromkeys(
            f"{name:34}{value:10.2f} {line['unit']}"
            for line in lines for name, value in line["values"].items()):
        print(text)


def plot(path, lines):
    """Ratios, with their gates and goals."""
    rows = "\n".join(
        f'"{x["name"]}" {x["ratio"]} {x["least"]} {x["most"]} {x["gate"]} '
        f'{x["goal"]}' for x in lines if x["gate"])
    subprocess.run(["gnuplot"], text=True, check=True, input=f"""
$rows << END
{rows}
END
set terminal svg size 900,600 background "white"
set output "{path}"
set logscale y
set grid y
set ylabel "ratio"
set xtics rotate by -35
set bmargin 10
set offsets 0.5, 0.5, 0, 0
plot $rows using 0:2:3:4:xtic(1) with yerrorbars pt 7 title "measured", \\
    $rows using 0:5 pt 9 title "gate", $rows using 0:6 pt 6 title "goal"
""")


def compare(lines, path):
    """How many ratios are worse than in the stored results."""
    with open(path) as recorded:
        before = {x["name"]: x["ratio"] for x in json.load(recorded)["rows"]}
    worse = 0
    for line in lines:
        was = before.get(line["name"], line["ratio"])
        change = line["ratio"] / was - 1
        if (change if line["less"] else -change) > WORSE:
            worse += 1
            print(f"{line['name']}: {line['ratio']:.2f}, was {was:.2f}")
    return worse


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("-c", action="store_true")
    parser.add_argument("-g", action="store_true")
    parser.add_argument("-j", action="store_true")
    parser.add_argument("-n", type=int, default=5)
    parser.add_argument("-p")
    parser.add_argument("-r", default="tests/bench/RESULTS.json")
    parser.add_argument("row", nargs="*")
    return parser.parse_args()


def main():
    args = arguments()
    if args.g:
        return growth.main(args.row)
    rows = [row for row in ROWS
            if not args.row or row.name.startswith(tuple(args.row))]
    results, failed = rounds(rows, args.n)
    for why in failed.values():
        print(f"bench: {why}", file=sys.stderr)
    lines = [judge(row, results) for row in rows
             if not {row.subject, row.against, row.less} & failed.keys()]
    if args.j:
        json.dump({"machine": machine(), "rows": lines}, sys.stdout, indent=1)
        print()
    else:
        show(lines)
    if args.p:
        plot(args.p, lines)
    return 1 if failed or args.c and compare(lines, args.r) else 0


try:
    sys.exit(main())
except live.Failed as why:
    sys.exit(f"bench: {why}")
