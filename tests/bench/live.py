# SPDX-License-Identifier: ISC
"""Pipelines in the router of tests/net/lab.sh, and traffic through them."""

import os
import signal
import subprocess
import time

BULK = ["python3", "tests/bench/bulk.py"]
QUEUE = 8000
FAST = "no rule", "let go"  # more has to be sent to see a rate
MEGABYTES = int(os.environ.get("BENCH_MEGABYTES", 400))
PINGS = os.environ.get("BENCH_PINGS", "5000")
TICK = os.sysconf("SC_CLK_TCK")
CONTROL = "/proc/sys/net/ipv4/tcp_congestion_control"


class Failed(Exception):
    pass


def inside(host, *command):
    return ["ip", "netns", "exec", host, *command]


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def wait_for(what, *args):
    for _ in range(500):
        if what(*args):
            return True
        time.sleep(0.02)
    return False


def iptables(*args):
    for tables in "iptables", "ip6tables":
        output(*inside("router", tables + os.environ["LAB_KIND"], "-w", *args))


def divert(spec):
    """Rules: a queue for the connection of each port, and for UDP."""
    for i, port in enumerate(spec.ports):
        for way in "--dport", "--sport":
            iptables("-A", "FORWARD", "-p", "tcp", way, str(port), "-j",
                     "NFQUEUE", "--queue-num", str(QUEUE + i % spec.queues))
    iptables("-A", "FORWARD", "-p", "udp", "-j", "NFQUEUE", "--queue-num",
             str(QUEUE))


class Pipeline:
    def __init__(self, spec, queue):
        self.queue = queue
        line = " | ".join(spec.stages).replace("{flags}", spec.flags)
        line = line.replace("{port}", str(queue))
        self.shell = subprocess.Popen(
            inside("router", "sh", "-c", "trap : INT TERM; " + line),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True)
        if spec.rule and not wait_for(self.line):
            self.stop()
            raise Failed(f"{line}: no queue: {self.error}")

    def line(self):
        """The kernel's counters of the queue."""
        path = f"/proc/{self.shell.pid}/net/netfilter/nfnetlink_queue"
        try:
            with open(path) as queues:
                lines = [line.split() for line in queues]
        except FileNotFoundError:   # the router does not exist yet
            return []
        return [x for x in lines if x[0] == str(self.queue) and x[3] == "2"]

    def packets(self):
        lines = self.line()
        return int(lines[0][7]) if lines else 0

    def cpu(self, name=""):
        """CPU seconds of the programs with this name; the shell only waits."""
        ticks = 0
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as stat:
                    comm, fields = stat.read().rsplit(") ", 1)
            except OSError:
                continue
            fields = fields.split()
            if name in comm and fields[2] == str(self.shell.pid) != pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICK

    def stop(self):
        os.killpg(self.shell.pid, signal.SIGINT)
        try:
            self.error = self.shell.communicate(timeout=10)[1].decode()
        except subprocess.TimeoutExpired:
            os.killpg(self.shell.pid, signal.SIGKILL)
            self.error = self.shell.communicate()[1].decode()


def ruled():
    """Has the pipeline made its rules?"""
    return f"divert-{QUEUE}" in output(*inside("router", "nft", "list",
                                               "tables"))


def measure(name, spec):
    """One round of one subject: {measure: value}."""
    pipes = []
    if spec.rule and not spec.own:
        divert(spec)
    try:
        if spec.stages:
            pipes = [Pipeline(spec, QUEUE + i) for i in range(spec.queues)]
        if not spec.rule and spec.stages:
            # a proxy has no queue
            wait_for(lambda: listens("router", "tcp", spec.ports[0]))
        if spec.own and not wait_for(ruled):
            raise Failed(f"{name}: no rules")
        megabytes = MEGABYTES * (8 if name in FAST or "-G" in name else 1)
        taken, more = map(float, output(*inside(
            "client", *BULK, "send", str(megabytes), spec.host,
            *map(str, spec.ports))).split())
        if more < 0 or (more > 0) != spec.grows:
            raise Failed(f"{name}: {more:+.0f} bytes arrived")
        got = {"rate": megabytes / taken}
        packets = sum(pipe.packets() for pipe in pipes)
        if spec.rule and not packets:
            raise Failed(f"{name}: nothing was diverted")
        if packets:
            got["cpu"] = sum(p.cpu() for p in pipes) / packets * 1e6
        if PINGS != "0" and spec.host == "10.0.2.2":
            got["rtt"] = float(output(*inside(
                "client", "pingpong", "10.0.2.2", "7", PINGS)).split()[0])
        return got
    finally:
        for pipe in pipes:
            pipe.stop()
        iptables("-F")


def listens(host, kind, port):
    paths = [f"/proc/net/{kind}", f"/proc/net/{kind}6"]
    return f":{port:04X} 0" in output(*inside(host, "cat", *paths))


def unpaced():
    """Reno, to fill the queue: BBR, the default of some systems, keeps few
    packets in flight, and its rate depends on the round-trip time."""
    for host in "client", "router", "server":
        output(*inside(host, "sh", "-c", "echo reno >" + CONTROL))


def serve():
    """The servers, which run until the end."""
    unpaced()
    servers = [subprocess.Popen(inside("server", *command)) for command in (
        ["pingpong", "7"], [*BULK, "sink", "5003", "5004"])]
    for kind, port in ("udp", 7), ("tcp", 5003), ("tcp", 5004):
        if not wait_for(listens, "server", kind, port):
            raise Failed(f"no server on {kind} port {port}")
    return servers
