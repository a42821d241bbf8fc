#!/usr/bin/env python3
"""Requests that are sent but for their last byte, on a connection each.
usage: half_sent.py TANDEM [CONNECTIONS [MEGABYTES_OF_EACH [BUDGET_MB]]]"""

import sys
import time

import http2

LONGEST_S = 20


def main(tandem, count=8, megabytes=120, budget_mb=1024):
    agent = http2.Agent(tandem, budget_mb)
    size = megabytes * 1_000_000
    connections = [http2.Connection(agent.port) for _ in range(count)]
    left = [size - 1] * count
    for connection in connections:
        connection.open(1, "/tandem.v1.Agent/Run")
        connection.send_prefix(1, size)
    start = progress = time.monotonic()
    while time.monotonic() - start < LONGEST_S and time.monotonic() - progress < 2:
        for number, connection in enumerate(connections):
            connection.receive()
            sent = connection.send_zeros(1, left[number])
            left[number] -= sent
            if sent:
                progress = time.monotonic()
    held = sum(size - 1 - rest for rest, connection in zip(left, connections)
               if not connection.is_over and 1 not in connection.ended)
    ended = sum(connection.is_over or 1 in connection.ended for connection in connections)
    return agent.finish(f"{count} half-sent requests of {megabytes} MB ({held // 1_000_000} MB held, {ended} ended)")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
