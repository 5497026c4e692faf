"""A client of RFC 6455 as small as it can be: binary messages, one at a time, no extensions."""

import base64
import hashlib
import os
import socket
import struct
from urllib.parse import urlsplit

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
WAIT_S = 10


class Closed(Exception):
    def __init__(self, code, reason=""):
        super().__init__(f"closed with {code} {reason}".strip())
        self.code = code
        self.reason = reason


class WebSocket:
    def __init__(self, origin, path):
        parts = urlsplit(origin)
        self.socket = socket.create_connection((parts.hostname, parts.port or 80), WAIT_S)
        self.rest = b""
        key = base64.b64encode(os.urandom(16))
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key.decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.check(self.response(), key)

    def response(self):
        while b"\r\n\r\n" not in self.rest:
            self.fill()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        return head.decode("latin-1").split("\r\n")

    @staticmethod
    def check(lines, key):
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        if lines[0].split()[1] != "101" or headers.get("sec-websocket-accept") != accept:
            raise Closed(0, lines[0])
        if "sec-websocket-extensions" in headers:
            raise Closed(0, "an extension that nobody asked for")

    def fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed(1006)
        self.rest += data

    def read(self, size):
        while len(self.rest) < size:
            self.fill()
        part, self.rest = self.rest[:size], self.rest[size:]
        return part

    def frame(self):
        first, second = self.read(2)
        size = second & 127
        if size >= 126:
            size = int.from_bytes(self.read(2 if size == 126 else 8), "big")
        if second & 128 or first & 0x70:
            raise Closed(0, "a frame that a server must not send")
        return first & 15, bool(first & 128), self.read(size)

    def receive(self):
        """The next message; raises `Closed` when there is none any more."""
        message = b""
        while True:
            opcode, is_last, data = self.frame()
            if opcode == PING:
                self.put(PONG, data)
            elif opcode == CLOSE:
                code = struct.unpack(">H", data[:2])[0] if len(data) >= 2 else 1005
                raise Closed(code, data[2:].decode())
            elif opcode in (BINARY, CONTINUATION):
                message += data
                if is_last:
                    return message
            elif opcode == TEXT:
                raise Closed(0, "a message of text")

    def send(self, message):
        self.put(BINARY, message)

    def put(self, opcode, data):
        size = len(data)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + size.to_bytes(2, "big")
        else:
            head += bytes([0x80 | 127]) + size.to_bytes(8, "big")
        mask = os.urandom(4)
        pad = mask * (size // 4 + 1)
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(pad[:size], "big")).to_bytes(size, "big")
        self.socket.sendall(head + mask + masked)

    def close(self):
        try:
            self.put(CLOSE, struct.pack(">H", 1000))
        except OSError:
            pass
        self.socket.close()

    def closed(self):
        """The code with which the node closes; messages before it are dropped."""
        try:
            while True:
                self.receive()
        except Closed as closed:
            return closed.code
