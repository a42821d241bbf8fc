#!/usr/bin/env python3
"""Headers that end gRPC 1.51's process (CVE-2023-1428), if anything does. An agent must answer again at once.
usage: odd_headers.py TANDEM"""

import sys
import time

import http2

ODD = {"te": "x", ":scheme": "x", "grpclb_client_stats": "x"}
LONGEST_S = 20


def odd_headers(name, size):
    usual = {":method": "POST", ":scheme": "http", ":path": "/tandem.v1.Agent/Run", ":authority": "edge",
             "te": "trailers", "content-type": "application/grpc"}
    headers = {**usual, name: ODD[name], "x": "a" * size}
    return b"".join(http2.literal(key, value) for key, value in headers.items())


def ask(port):
    """Whether a health check is answered in time, and after how many seconds."""
    start = time.monotonic()
    while time.monotonic() - start < LONGEST_S:
        try:
            connection = http2.Connection(port)
        except OSError:
            continue
        connection.open(1, "/grpc.health.v1.Health/Check")
        connection.send(http2.frame(http2.DATA, 1, 1, bytes(5)))
        while not connection.is_over and time.monotonic() - start < LONGEST_S:
            connection.receive()
            if 1 in connection.ended:
                return True, time.monotonic() - start
            time.sleep(0.001)
        time.sleep(0.01)
    return False, LONGEST_S


def main(tandem):
    agent = http2.Agent(tandem, 1024)
    slowest = 0
    is_fine = True
    for name in ODD:
        for size in (3000, 5000, 9000, 15000):
            connection = http2.Connection(agent.port)
            connection.send(http2.frame(http2.HEADERS, http2.END_HEADERS, 1, odd_headers(name, size)))
            for _ in range(50):
                connection.receive()
                time.sleep(0.002)
            is_answered, seconds = ask(agent.port)
            is_fine = is_fine and is_answered
            slowest = max(slowest, seconds)
    is_fine = is_fine and agent.process.poll() is None
    agent.is_watched = False
    is_first_worker = agent.resident_mb() > 0
    agent.process.terminate()
    agent.process.wait()
    print(f"odd headers: answered after {1000 * slowest:.0f} ms at most, worker "
          f"{'up' if is_first_worker else 'started again'}: {'survived' if is_fine else 'FAILED'}")
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
