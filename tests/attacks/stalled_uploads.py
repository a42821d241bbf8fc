#!/usr/bin/env python3
"""Uploads of weights that stop before the last byte, on a connection each.
usage: stalled_uploads.py TANDEM [CONNECTIONS [MEGABYTES_OF_EACH [BUDGET_MB]]]"""

import struct
import sys
import time

import http2

CHUNK = 1_000_000


def field(number, content):
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def varint(value):
    out = b""
    while value >= 128:
        out += bytes([value % 128 + 128])
        value //= 128
    return out + bytes([value])


def chunk(size=None):
    """A WeightChunk; the first of a weight has its digest and its size."""
    head = b"" if size is None else field(1, b"0" * 64) + bytes([2 << 3]) + varint(size)
    message = head + field(3, bytes(CHUNK))
    return b"\0" + struct.pack(">I", len(message)) + message


def send_bytes(connection, data):
    """As many as windows allow; returns the rest."""
    while data and not connection.is_over and 1 not in connection.ended and not connection.unsent:
        count = min(len(data), connection.windows[0], connection.windows[1], connection.most_frame)
        if count <= 0:
            break
        connection.windows[0] -= count
        connection.windows[1] -= count
        connection.send(http2.frame(http2.DATA, 0, 1, data[:count]))
        data = data[count:]
    return data


def main(tandem, count=32, megabytes=60, budget_mb=512):
    agent = http2.Agent(tandem, budget_mb)
    connections = [http2.Connection(agent.port) for _ in range(count)]
    unsent = [b""] * count
    chunks_left = [megabytes - 1] * count
    for connection in connections:
        connection.open(1, "/tandem.v1.Agent/Upload")
    start = progress = time.monotonic()
    while time.monotonic() - start < 20 and time.monotonic() - progress < 3:
        for number, connection in enumerate(connections):
            connection.receive()
            if not unsent[number] and chunks_left[number] > 0:
                is_first = chunks_left[number] == megabytes - 1
                unsent[number] = chunk(megabytes * CHUNK if is_first else None)
                chunks_left[number] -= 1
            before = len(unsent[number])
            unsent[number] = send_bytes(connection, unsent[number])
            if len(unsent[number]) < before:
                progress = time.monotonic()
    ended = sum(connection.is_over or 1 in connection.ended for connection in connections)
    return agent.finish(f"{count} stalled uploads of {megabytes} MB ({ended} ended)")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
