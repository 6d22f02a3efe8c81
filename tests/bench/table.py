# SPDX-License-Identifier: ISC
"""The rows of the benchmark: subjects, measures and yardsticks."""

import os
from typing import NamedTuple, Optional

DROP = "udp port 54"
# the first two bytes of payloads of 1000 bytes and more
DATA = "(?s)^..(?=.{1000})"
IN, OUT = "divcat {flags} -p {port}", "divcat -w -q -p {port}"


class Live(NamedTuple):
    """A pipeline in the router."""
    stages: tuple = ()
    flags: str = ""
    rule: bool = True       # the traffic is diverted
    own: bool = False       # by rules of the pipeline
    grows: bool = False     # more bytes arrive than were sent
    queues: int = 1         # each with a pipeline of its own
    ports: tuple = (5003,)  # one connection to each
    host: str = "10.0.2.2"


def through(*filters, **how):
    return Live((IN, *filters, OUT), **how)


NOTHING = "divsed s/foo/bar/"
PAIR = (5003, 5004)

LIVE = {
    "no rule": Live(rule=False),
    "naive": Live(("naive {port}",)),
    "best": Live(("best {port}",)),
    "bare": Live(("bare {port}",)),
    "three": through(NOTHING),
    "unwatched": Live((IN, NOTHING, OUT + " -C")),
    "stream": Live((IN, NOTHING, OUT + " -S")),
    "five": through(NOTHING, "divdrop udp port 9", "divstat -f /dev/null"),
    "headers": through("divdrop udp port 9", flags="-s 128"),
    "edited": through(f"divsed 's/{DATA}/ab/'"),
    "longer": through(f"divsed 's/{DATA}/abcd/'", grows=True),
    "let go": Live((IN + " -B -f 'tcp port 5003'",
                    "divmark -n 4 -m 1 -u tests/bench/names",
                    "divdrop -R -m 1",
                    OUT), own=True),
    "netsed": Live(("netsed tcp 5005 10.0.2.2 5003 s/foo/bar",), rule=False,
                   ports=(5005,), host="10.0.1.1"),
    "one queue": through(NOTHING, ports=PAIR),
    "two queues": through(NOTHING, ports=PAIR, queues=2),
    "naive -G": Live(("naive -G {port}",)),
    "best -G": Live(("best -G {port}",)),
    "bare -G": Live(("bare -G {port}",)),
    "three -G": through(NOTHING, flags="-G"),
    "stream -G": Live((IN, NOTHING, OUT + " -S"), flags="-G"),
    "five -G": through(NOTHING, "divdrop udp port 9",
                       "divstat -f /dev/null", flags="-G"),
    "headers -G": through("divdrop udp port 9", flags="-G"),
    "names -G": through("divmark -m 1 -u tests/bench/names", flags="-G"),
    "edited -G": through(f"divsed 's/{DATA}/ab/'", flags="-G"),
}

# 100000 packets a second for two seconds, with one processor for the filter
PACED = ("python3 {{here}}/pace.py short.frames 100000 2 | "
         "taskset -c 0 {} | cat >out")

# Commands over files, which files.py makes.
FILES = {
    "drop": f"divcat short | divdrop {DROP} | divcat -o pcap >out",
    "drop, cats": "cat short | cat | cat >out",
    "drop, cats of frames": "cat short.frames | cat | cat >out",
    "drop, tcpdump": f"tcpdump -r short -w out not {DROP}",
    "drop long": f"divcat long | divdrop {DROP} | divcat -o pcap >out",
    "drop long, cats": "cat long | cat | cat >out",
    "text": "divcat -o text some >out",
    "text, tcpdump": "tcpdump -nr some -x >out",
    "text few": "divcat -o text few >out",
    "text few, tshark": "tshark -nr few -x >out",
    "drop few": f"divcat few | divdrop {DROP} | divcat -o pcap >out",
    "drop few, tshark": "tshark -r few -w out -Y 'not udp.port == 54'",
    "drop few, scapy": "{scapy} {here}/scapy_drop.py few out 54",
    "match": "divcat short | divdrop -ie foo | divcat -o pcap >out",
    "match, ngrep": "ngrep -qI short -O out foo || true",
    "port": "divcat ether | divsed 'f dport=55' | divcat -o pcap >out",
    "port, tcprewrite": "tcprewrite -C -r 53-59:55 -i ether -o out",
    "copy": "divcat short | divcat -o pcap >out",
    "copy, editcap": "editcap -F pcap short out",
    "sed": "cat letters | divsed s/foo/bar/ | cat >out",
    "sed, a match in 100": "cat matches | divsed s/foo/bar/ | cat >out",
    "sed, cat": "cat letters | cat | cat >out",
    "sed, sed": "cat letters | LC_ALL=C sed s/foo/bar/g | cat >out",
    "delay, none": "cat letters | divdelay -d 10ms udp port 9 | cat >out",
    "delay": PACED.format("divdelay -d 10ms"),
    "delay, jitter": PACED.format("divdelay -x -d 10ms,2ms -D normal"),
    "delay, cat": PACED.format("cat"),
    "quic": "divcat initials | divmark -m 1 -u {here}/names >out",
    "quic, any": "divcat initials | divmark -m 1 udp >out",
    "stat": "divcat tcp | divstat -N",
    "stat, cats": "cat tcp.frames | cat >out",
    "stat, tshark": "tshark -q -z conv,ip -r tcp",
}


class Row(NamedTuple):
    """The ratio of two subjects in a measure; it must meet the gate."""
    name: str
    subject: str
    measure: str
    against: str
    gate: Optional[float] = None
    goal: Optional[float] = None
    less: Optional[str] = None  # subtracted from both


# Measures of which less is better, and their units.
MEASURES = {
    "rate": (False, "MB/s"),
    "speed": (False, "s"),
    "time": (True, "s"),
    "cpu": (True, "us a packet"),
    "rtt": (True, "us"),
}

MANY = os.cpu_count() >= 4  # for the six processes of two pipelines

ROWS = (
    Row("three processes / naive loop", "three", "rate", "naive", 1.25, 1.5),
    # upper bound for three processes
    Row("bare pipes / naive loop", "bare", "rate", "naive"),
    Row("three processes / best loop", "three", "rate", "best", 0.8, 0.95),
    Row("three -G / naive loop", "three -G", "rate", "naive", 3.5, 5),
    Row("bare pipes -G / naive loop", "bare -G", "rate", "naive"),
    Row("three -G / best loop -G", "three -G", "rate", "best -G", 0.65, 0.9),
    Row("five -G / best loop -G", "five -G", "rate", "best -G", 0.5, 0.85),
    Row("divdrop -G / best loop -G", "headers -G", "rate", "best -G", 0.75,
        0.95),
    Row("divmark -u -G / best loop -G", "names -G", "rate", "best -G", 0.6,
        0.8),
    Row("edited -G / best loop -G", "edited -G", "rate", "best -G", 0.3, 0.6),
    Row("divcat -w -S / three", "stream", "rate", "three"),
    Row("divcat -w -S, -G / three -G", "stream -G", "rate", "three -G"),
    Row("divcat -B / no rule", "let go", "rate", "no rule", 0.9, 1),
    Row("five processes / three", "five", "rate", "three", 0.93, 1),
    Row("five processes / naive loop", "five", "rate", "naive", 0.9, 1.1),
    Row("divdrop, -s 128 / naive loop", "headers", "rate", "naive", 1.35, 2),
    Row("each edited / naive loop", "edited", "rate", "naive", 1.1, 1.5),
    Row("each edited -G / naive loop", "edited -G", "rate", "naive"),
    Row("each 2 bytes longer / edited", "longer", "rate", "edited"),
    Row("three processes / netsed", "three", "rate", "netsed"),
    Row("two queues / one", "two queues", "rate", "one queue",
        *((1.4, 1.8) if MANY else ())),
    Row("round trip added / naive loop", "three", "rtt", "naive", 2.5, 1.5,
        "no rule"),
    Row("CPU time / naive loop", "three", "cpu", "naive", 1.6, 1.2),
    Row("CPU time, watched / -C", "three", "cpu", "unwatched"),
    Row("drop, 1400 bytes / cats", "drop long", "time", "drop long, cats",
        1.5, 1.2),
    Row("drop, 100 bytes / cats of frames", "drop", "time",
        "drop, cats of frames", 1.5, 1.2),
    Row("drop, 100 bytes / cats", "drop", "time", "drop, cats"),
    Row("drop, 100 bytes / tcpdump", "drop", "speed", "drop, tcpdump", 1.3, 2),
    # upper bound for a pipeline
    Row("cats of frames / tcpdump", "drop, cats of frames", "speed",
        "drop, tcpdump"),
    Row("drop / tshark", "drop few", "speed", "drop few, tshark"),
    Row("drop / scapy", "drop few", "speed", "drop few, scapy"),
    Row("text / tcpdump -x", "text", "speed", "text, tcpdump", 3, 10),
    Row("text / tshark -x", "text few", "speed", "text few, tshark"),
    Row("match / ngrep", "match", "speed", "match, ngrep"),
    Row("new port / tcprewrite", "port", "speed", "port, tcprewrite"),
    Row("copy / editcap", "copy", "speed", "copy, editcap"),
    Row("divsed, no match / cat", "sed", "time", "sed, cat"),
    Row("divsed, no match / sed", "sed", "speed", "sed, sed"),
    Row("divsed, 1% match / none", "sed, a match in 100", "time", "sed"),
    Row("divdelay, none selected / cat", "delay, none", "time", "sed, cat",
        1.5, 1.05),
    Row("divdelay, 100000 pps / cat", "delay", "time", "delay, cat", 1.1, 1.02),
    Row("divdelay, and jitter / cat", "delay, jitter", "time", "delay, cat",
        1.1, 1.02),
    Row("divmark -u, QUIC Initials / no -u", "quic", "time", "quic, any"),
    Row("divstat / cats of frames", "stat", "time", "stat, cats"),
    Row("divstat / tshark", "stat", "speed", "stat, tshark"),
)
