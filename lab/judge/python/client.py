"""Chapters 2, 3, 7 to 13 as a client: one connection to `/auth`, one to `/tail`, calls, casts, pushes."""

import os
import time

import crypto
import handshake
import objects
import wire
from faults import Fault
from websocket import WebSocket

DAY_MS = 86_400_000


def now_ms():
    return int(time.time() * 1000)


class Device:
    """A user on a device of hers."""

    def __init__(self, secret=None, device_seed=None):
        self.secret = secret or os.urandom(32)
        self.sign_seed, self.agree_secret = crypto.user_keys(self.secret)
        self.user_key = crypto.public_key(self.sign_seed)
        self.agree_key = crypto.x25519_public(self.agree_secret)
        self.user = crypto.id_of("user", self.user_key)
        self.seed = device_seed or os.urandom(32)
        self.key = crypto.public_key(self.seed)
        self.device = crypto.id_of("device", self.key)

    def blessing(self, node, **changes):
        issued = now_ms()
        terms = {"device": self.key, "audience": node, "scope": 31, "issued": issued, "expires": issued + DAY_MS}
        terms.update(changes)
        values = [*terms.values(), issued]
        return objects.sign_object("blessing", self.sign_seed, list(zip(range(3, 9), values)))


class Caller:
    """Calls, casts and pushes of a contract over anything that sends and receives messages."""

    def __init__(self, protocol, name, send, receive):
        self.protocol = protocol
        self.contract = next(one for one in protocol["contracts"] if one["name"] == name)
        self.pushes = {row["number"]: (title, row["message"]) for title, row in self.contract["pushes"].items()}
        self.send, self.receive = send, receive
        self.next_id = 1
        self.pushed = []
        self.answers = {}

    def call(self, name, /, **request):
        """The answer; a `Fault` when the node says so."""
        return self.answer(self.ask(name, **request))

    def ask(self, name, /, **request):
        row, call = self.contract["calls"][name], self.next_id
        self.next_id += 1
        body = wire.write_value(row["request"], request).hex()
        self.put({"kind": "call", "id": call, "number": row["number"], "body": body})
        return call, row["answer"]

    def answer(self, asked):
        call, shape = asked
        while call not in self.answers:
            self.take()
        frame = self.answers.pop(call)
        if frame["kind"] == "fault":
            raise Fault(frame["fault"], frame["detail"])
        return wire.decode(shape, bytes.fromhex(frame["body"]))

    def cast(self, name, /, **message):
        row = self.contract["casts"][name]
        self.put({"kind": "cast", "number": row["number"], "body": wire.write_value(row["message"], message).hex()})

    def ping(self, n):
        self.put({"kind": "ping", "n": n})
        while ("pong", n) not in self.answers:
            self.take()
        self.answers.pop(("pong", n))

    def put(self, frame):
        self.send(wire.write_frame(frame, self.protocol))

    def take(self):
        for frame in wire.read_frames(self.receive(), self.protocol):
            kind = frame["kind"]
            if kind == "push" and frame["number"] in self.pushes:
                name, shape = self.pushes[frame["number"]]
                self.pushed.append((name, wire.decode(shape, bytes.fromhex(frame["body"]))))
            elif kind in ("answer", "fault"):
                self.answers[frame["id"]] = frame
            elif kind == "pong":
                self.answers[("pong", frame["n"])] = frame
            elif kind == "ping":
                self.put({"kind": "pong", "n": frame["n"]})

    def push(self, name, test=lambda message: True):
        """The next push of that name for which the test holds; others stay for later."""
        while True:
            for at, (title, message) in enumerate(self.pushed):
                if title == name and test(message):
                    del self.pushed[at]
                    return message
            self.take()


class AuthSession(Caller):
    def __init__(self, protocol, origin, node, device, blessing=b""):
        self.socket = WebSocket(origin, "/auth")
        secret = os.urandom(32)
        request = handshake.login_request(crypto.x25519_public(secret), node)
        self.socket.send(request)
        answer = handshake.client_answer(self.socket.receive(), request, secret, node, protocol)
        if answer[0] == "cookie":
            request = handshake.login_request(crypto.x25519_public(secret), node, answer[1])
            self.socket.send(request)
            answer = handshake.client_answer(self.socket.receive(), request, secret, node, protocol)
        keys = answer[1]
        self.socket.send(handshake.client_response(keys, node, device.seed, blessing))
        self.out, self.into = handshake.Direction(keys.to_server), handshake.Direction(keys.to_client)
        self.info = handshake.read_result(self.into.open(self.socket.receive()), protocol)
        super().__init__(
            protocol,
            "auth",
            lambda message: self.socket.send(self.out.seal(message)),
            lambda: self.into.open(self.socket.receive()),
        )


class TailSession(Caller):
    """With the secret of the token, or else with a signature of the device."""

    def __init__(self, protocol, origin, node, device, token, secret=None):
        self.socket = WebSocket(origin, "/tail")
        super().__init__(protocol, "tail", self.socket.send, self.socket.receive)
        self.hello = self.push("hello")
        if bytes.fromhex(self.hello["node"]) != node:
            raise Fault("wrongPeer")
        said = bytes.fromhex(self.hello["nonce"]) + node + token
        shown = {"version": 1, "token": token.hex(), "device": device.key.hex()}
        if secret is None:
            proof = crypto.sign(device.seed, "connect", said)
            self.greeting = self.call("connect", **shown, proof=proof.hex())
        else:
            self.greeting = self.call("resume", **shown, mac=crypto.mac(secret, "token/resume", said).hex())


class Site:
    """What a member knows of a site."""

    def __init__(self, root, site_key, name_secret, epoch=1):
        self.root = root
        self.id = crypto.id_of("site", root)
        self.key, self.name_secret, self.epoch = site_key, name_secret, epoch

    def log(self, name):
        return crypto.log_id(self.name_secret, name)

    def envelope(self, recipient):
        return crypto.seal_envelope(os.urandom(32), self.id, recipient, self.epoch, self.key, self.name_secret)

    def own_envelope(self, user):
        return crypto.seal_own(user.agree_secret, self.id, self.epoch, self.key, self.name_secret)

    def label(self, title, logs):
        shape = {
            "form": "struct",
            "fields": [
                ["title", {"form": "text", "max": 128}],
                ["logs", {"form": "list", "max": 512, "of": {"form": "text", "max": 128}}],
            ],
        }
        plaintext = wire.write_value(shape, {"title": title, "logs": logs})
        sealed = crypto.seal(crypto.label_key(self.key), os.urandom(12), self.id, plaintext)
        return wire.uint(self.epoch) + sealed

    def entry(self, log, device, epoch, seq, value):
        header = {
            "sealed": True,
            "device": device.device.hex(),
            "epoch": epoch,
            "seq": seq,
            "keyEpoch": self.epoch,
            "timeMs": now_ms(),
            "payload": "",
        }
        associated = self.id + log + wire.entry_header(header)
        key = crypto.entry_key(self.key, self.id, device.device)
        header["payload"] = crypto.seal(key, os.urandom(12), associated, value).hex()
        return wire.write_entry(header)

    def value(self, log, entry):
        """The value of an entry, or None when it does not open."""
        associated = self.id + log + wire.entry_header(entry)
        key = crypto.entry_key(self.key, self.id, bytes.fromhex(entry["device"]))
        return crypto.open_sealed(key, associated, bytes.fromhex(entry["payload"]))

    def note(self, log, device, plaintext):
        bound = self.id + log + device
        return wire.uint(self.epoch) + crypto.seal(crypto.note_key(self.key), os.urandom(12), bound, plaintext)

    def open_note(self, log, device, sealed):
        reader = wire.Reader(sealed)
        if reader.uint() != self.epoch:
            return None
        return crypto.open_sealed(crypto.note_key(self.key), self.id + log + device, reader.take(reader.left))
