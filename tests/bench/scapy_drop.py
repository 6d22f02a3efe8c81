# SPDX-License-Identifier: ISC
"""scapy_drop.py IN OUT PORT: divdrop udp port PORT, as a scapy script."""

import sys

from scapy.layers.inet import UDP
from scapy.utils import PcapReader, PcapWriter

source, target, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
with PcapReader(source) as packets, PcapWriter(target) as out:
    for packet in packets:
        if UDP not in packet or port not in (packet.sport, packet.dport):
            out.write(packet)
