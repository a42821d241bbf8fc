#!/usr/bin/env python3
"""Streams whose headers refer to one entry of the connection's table (HPACK): one byte sent for each 4 KB.
usage: header_references.py TANDEM [CONNECTIONS [REFERENCES_OF_EACH_STREAM [BUDGET_MB]]]"""

import sys
import time

import http2

STREAMS = 72
ENTRY = "a" * 4000


def main(tandem, count=400, references=1000, budget_mb=512):
    agent = http2.Agent(tandem, budget_mb)
    connections = []
    for _ in range(count):
        connection = http2.Connection(agent.port)
        connections.append(connection)
        connection.open(1, "/tandem.v1.Agent/Run", http2.literal("x-entry", ENTRY, is_indexed=True))
        for number in range(1, STREAMS):
            connection.open(2 * number + 1, "/tandem.v1.Agent/Run", http2.reference(http2.FIRST_DYNAMIC) * references)
    for _ in range(30):
        for connection in connections:
            connection.receive()
        time.sleep(0.1)
    over = sum(connection.is_over for connection in connections)
    return agent.finish(f"{count} × {STREAMS} streams of {references} references ({over} connections ended)")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
