"""HTTP/2 by hand, as far as attacks on an agent's memory need it: frames, headers (HPACK) and windows. Standard library
only. Used by the other scripts of this folder, against agents on loopback that they start themselves."""

import re
import socket
import struct
import subprocess
import threading
import time

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_HEADERS, ACK = 4, 1
FIRST_DYNAMIC = 62  # the newest entry of the table that a peer fills


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def integer(value, bits, first=0):
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out = [first | most]
    value -= most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out + [value])


def literal(name, value, is_indexed=False):
    return bytes([0x40 if is_indexed else 0]) + b"".join(integer(len(s), 7) + s.encode() for s in (name, value))


def reference(index):
    return integer(index, 7, 0x80)


def request_headers(path):
    post_over_http = bytes([0x83, 0x86])
    rest = {":path": path, ":authority": "edge", "content-type": "application/grpc", "te": "trailers"}
    return post_over_http + b"".join(literal(name, value) for name, value in rest.items())


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.unread = b""
        self.unsent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0)
        self.windows = {0: 65535}
        self.initial_window = 65535
        self.most_frame = 16384
        self.ended = set()  # streams
        self.is_over = False

    def send(self, data=b""):
        self.unsent += data
        try:
            while self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent):]
        except BlockingIOError:
            pass
        except OSError:
            self.is_over = True

    def open(self, stream, path, more_headers=b""):
        self.windows[stream] = self.initial_window
        self.send(frame(HEADERS, END_HEADERS, stream, request_headers(path) + more_headers))

    def send_zeros(self, stream, most):
        """As many as windows allow. Returns how many."""
        count = min(most, self.windows[0], self.windows[stream], self.most_frame)
        if count <= 0 or self.unsent or self.is_over or stream in self.ended:
            return 0
        self.windows[0] -= count
        self.windows[stream] -= count
        self.send(frame(DATA, 0, stream, bytes(count)))
        return count

    def send_prefix(self, stream, size):
        """Of a message of `size` bytes."""
        self.windows[0] -= 5
        self.windows[stream] -= 5
        self.send(frame(DATA, 0, stream, b"\0" + struct.pack(">I", size)))

    def receive(self):
        try:
            data = self.socket.recv(1 << 20)
            self.is_over = self.is_over or not data
            self.unread += data
        except BlockingIOError:
            pass
        except OSError:
            self.is_over = True
        while len(self.unread) >= 9 and len(self.unread) >= 9 + int.from_bytes(self.unread[:3], "big"):
            size = int.from_bytes(self.unread[:3], "big")
            kind, flags, stream = self.unread[3], self.unread[4], int.from_bytes(self.unread[5:9], "big")
            payload, self.unread = self.unread[9:9 + size], self.unread[9 + size:]
            self.take(kind, flags, stream, payload)
        self.send()

    def take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            self.take_settings(payload)
            self.send(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self.send(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE:
            self.windows[stream] = self.windows.get(stream, 0) + int.from_bytes(payload, "big")
        elif kind in (RST_STREAM, HEADERS):
            self.ended.add(stream)
        elif kind == GOAWAY:
            self.is_over = True

    def take_settings(self, payload):
        for key, value in struct.iter_unpack(">HI", payload):
            if key == 4:
                for stream in self.windows:
                    self.windows[stream] += (value - self.initial_window) * (stream != 0)
                self.initial_window = value
            elif key == 5:
                self.most_frame = value


class Agent:
    """An agent with a budget of memory, whose memory is looked at all the time."""

    def __init__(self, tandem, memory_mb):
        self.budget_mb = memory_mb
        self.process = subprocess.Popen(
            [tandem, "agent", "--listen", "127.0.0.1:0", "--name", "edge", "--in-memory", "--memory", f"{memory_mb}MB"],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.search(r"listens at [^ ]*:(\d+)", line).group(1))
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as children:
            self.worker = int(children.read().split()[0])
        self.peak_mb = 0
        self.is_watched = True
        self.watch = threading.Thread(target=self.look, daemon=True)
        self.watch.start()

    def resident_mb(self):
        try:
            with open(f"/proc/{self.worker}/statm") as file:
                return int(file.read().split()[1]) * 4096 / 1e6
        except OSError:
            return 0

    def look(self):
        while self.is_watched:
            self.peak_mb = max(self.peak_mb, self.resident_mb())
            time.sleep(0.005)

    def finish(self, what):
        """Returns the exit code of the script."""
        self.is_watched = False
        self.watch.join()
        is_up = self.resident_mb() > 0
        self.process.terminate()
        self.process.wait()
        is_fine = is_up and self.peak_mb <= 1.05 * self.budget_mb
        print(f"{what}: peak {self.peak_mb:.0f} MB of a budget of {self.budget_mb} MB, "
              f"worker {'up' if is_up else 'gone'}: {'survived' if is_fine else 'FAILED'}")
        return 0 if is_fine else 1
