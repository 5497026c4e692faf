"""A running node, spoken to in Python: what a user does in her first minutes, and what a node must refuse.

The node is fresh and has not had its first start's link used. Each step is a fact that holds or does not.
"""

import json
import os
import urllib.request

import cbor
import crypto
import handshake
import identities
import objects
import wire
from client import AuthSession, Device, Site, TailSession, now_ms
from faults import Fault
from rights import Rights
from websocket import WebSocket

INVITATION_MS = 3_600_000


class Facts:
    def __init__(self):
        self.passed = 0
        self.failures = []

    def holds(self, what, fact):
        if fact:
            self.passed += 1
        else:
            self.failures.append(what)

    def equal(self, what, found, stated):
        self.holds(f"{what}: {found!r:.200} instead of {stated!r:.200}", found == stated)

    def refused(self, what, code, work):
        try:
            work()
            self.failures.append(f"{what}: accepted")
        except Fault as fault:
            self.equal(what, fault.code, code)


class Live:
    def __init__(self, protocol, setup_link):
        self.protocol = protocol
        self.facts = Facts()
        kind, self.origin, self.node, self.setup = identities.parse_link(setup_link)
        assert kind == "setup"
        self.ada, self.bob = Device(), Device()

    def auth(self, device, blessed=True, **changes):
        blessing = device.blessing(self.node, **changes) if blessed else b""
        return AuthSession(self.protocol, self.origin, self.node, device, blessing)

    def tail(self, device, token, secret=None):
        return TailSession(self.protocol, self.origin, self.node, device, token, secret)

    def run(self):
        self.doors()
        ada = self.sign_up()
        site, log = self.found(ada)
        token = self.tokens(ada)
        self.strange_connects(token)
        writer = self.tail(self.ada, token)
        self.write(writer, site, log)
        self.narrow(site, log)
        self.read(site, log, token)
        self.join(ada, site, log)
        Rights(self, ada, site).run()
        self.end(ada, token)
        return {
            "passed": self.facts.passed,
            "failures": self.facts.failures,
            "secret": self.bob.secret.hex(),
            "site": site.id.hex(),
        }

    def doors(self):
        facts = self.facts
        with urllib.request.urlopen(f"{self.origin}/node.json") as answer:
            told = json.load(answer)
        facts.equal("/node.json states the key of the link", identities.from_base64url(told["key"]), self.node)
        for door in ("/auth", "/tail"):
            socket = WebSocket(self.origin, door)
            socket.put(1, b"hello")
            facts.equal(f"{door} closes on text", socket.closed(), 4002)
        socket = WebSocket(self.origin, "/auth")
        socket.send(b"\0")
        facts.equal("a flight that is none is refused in clear", cbor.decode(socket.receive(), 8192, 4), [0, 2])
        facts.equal("and the connection closes", socket.closed(), 4002)
        other = crypto.public_key(os.urandom(32))
        facts.refused(
            "a request for another node", "wrongPeer",
            lambda: AuthSession(self.protocol, self.origin, other, self.ada),
        )
        facts.refused(
            "a blessing for another node", "badProof",
            lambda: AuthSession(self.protocol, self.origin, self.node, self.ada, self.ada.blessing(other)),
        )
        long_ago = now_ms() - 3 * 86_400_000
        facts.refused(
            "a blessing that has ended", "expired",
            lambda: self.auth(self.ada, issued=long_ago, expires=long_ago + 1000),
        )

    def sign_up(self):
        facts, ada = self.facts, self.auth(self.ada)
        facts.refused("a stranger's call", "forbidden", lambda: ada.call("whoami"))
        facts.equal("the shard map is open to strangers", ada.call("shardMap")["shards"][0]["shard"], 0)
        request = {
            "user": self.ada.user_key.hex(),
            "blessing": self.ada.blessing(self.node).hex(),
            "deviceName": "Python",
            "profile": {"name": "Ada", "about": "", "locale": "en"},
        }
        wrong = {"kind": "setup", "secret": bytes(32).hex()}
        facts.refused("another secret of the first start", "forbidden", lambda: ada.call("signup", **request, admission=wrong))
        answer = ada.call("signup", **request, admission={"kind": "setup", "secret": self.setup.hex()})
        stated = {"user": self.ada.user.hex(), "device": self.ada.device.hex(), "admin": True}
        facts.equal("signing up", answer, stated)
        again = ada.call("signup", **request, admission={"kind": "open"})
        facts.equal("signing up again", again, stated)
        facts.equal("who she is", ada.call("whoami")["profile"]["name"], "Ada")
        ada.ping(7)
        return ada

    def found(self, ada):
        facts = self.facts
        root_seed = os.urandom(32)
        site = Site(crypto.public_key(root_seed), os.urandom(32), os.urandom(32))
        grant = [
            (3, self.ada.user_key), (4, 0), (5, site.id), (6, "*"), (7, 31), (8, 7),
            (9, now_ms()), (10, 0), (11, 0), (12, []), (13, os.urandom(16)),
        ]
        self.root_attestation = objects.sign_object("attestation", root_seed, grant)
        request = {
            "root": site.root.hex(),
            "attestation": self.root_attestation.hex(),
            "label": site.label("Garden", ["chat"]).hex(),
            "envelope": site.own_envelope(self.ada).hex(),
        }
        facts.equal("founding a site", ada.call("foundSite", **request), {"site": site.id.hex()})
        facts.equal("founding it again", ada.call("foundSite", **request), {"site": site.id.hex()})
        row = ada.call("site", site=site.id.hex())
        opened = crypto.open_own(self.ada.agree_secret, site.id, row["keyEpoch"], bytes.fromhex(row["envelope"]))
        facts.equal("the site's secrets come back", opened, (site.key, site.name_secret))
        return site, site.log("chat")

    def tokens(self, ada):
        facts, guid = self.facts, os.urandom(16)
        first = ada.call("login", shard=0, guid=guid.hex())
        again = ada.call("login", shard=0, guid=guid.hex())
        facts.equal("the same guid gets the same token", again, first)
        old = bytes.fromhex(first["token"])
        refresh = lambda token, guid: ada.call(
            "refresh", shard=0, token=token.hex(), guid=guid.hex(),
            signature=crypto.sign(self.ada.seed, "refresh", token + guid).hex(),
        )
        guid = os.urandom(16)
        new = refresh(old, guid)
        facts.equal("refreshing twice", refresh(old, guid), new)
        facts.holds("a refreshed token is another one", new["token"] != first["token"])
        facts.refused(
            "a refresh signed by another key", "badProof",
            lambda: ada.call(
                "refresh", shard=0, token=old.hex(), guid=guid.hex(),
                signature=crypto.sign(self.bob.seed, "refresh", old + guid).hex(),
            ),
        )
        secret = bytes.fromhex(ada.call("exchange", shard=0, token=new["token"])["secret"])
        token = bytes.fromhex(new["token"])
        again = self.tail(self.ada, token, secret).greeting
        facts.equal("connecting with the secret of a token", again["device"], self.ada.device.hex())
        facts.refused("with another secret", "badProof", lambda: self.tail(self.ada, token, os.urandom(32)))
        facts.refused("of another token", "badProof", lambda: self.tail(self.ada, old, secret))
        return token

    def strange_connects(self, token):
        facts = self.facts
        forged = token[:-1] + bytes([token[-1] ^ 1])
        facts.refused("a forged token", "unauthorized", lambda: self.tail(self.ada, forged))
        facts.refused("a token of another device", "badProof", lambda: self.tail(self.bob, token))
        facts.refused("no token", "malformed", lambda: self.tail(self.ada, bytes(80)))

    def write(self, writer, site, log):
        facts = self.facts
        place = {"site": site.id.hex(), "log": log.hex()}
        facts.refused("another site", "forbidden", lambda: writer.call("lease", **{**place, "site": "00" * 16}, want="read"))
        lease = writer.call("lease", **place, want="write")
        facts.equal("an empty log", (lease["kind"], lease["first"], lease["tail"]), ("open", 1, 1))
        facts.equal("a lease asked again", writer.call("lease", **place, want="write"), lease)
        handle = lease["handle"]
        entries = [site.entry(log, self.ada, 1, seq, f'{{"text":"entry {seq}"}}'.encode()) for seq in range(1, 6)]
        send = lambda seqs, at=None: writer.cast(
            "write", handle=handle, at=at, entries=b"".join(entries[seq - 1] for seq in seqs).hex()
        )
        runs = lambda count: ack_runs(writer, handle, count)
        nack = lambda: writer.push("nack")["reason"]
        send([1, 2])
        facts.equal("two entries", runs(2), {1: 1, 2: 2})
        send([1, 2, 3])
        facts.equal("two sent again and a third", runs(3), {1: 1, 2: 2, 3: 3})
        send([5])
        facts.equal("a gap", nack(), {"kind": "gap", "expected": 4})
        send([4], at=2)
        facts.equal("another tail", nack(), {"kind": "conflict", "tail": 4})
        send([4], at=4)
        facts.equal("the right tail", runs(1), {4: 4})
        stale = site.entry(log, self.ada, 1, 5, b"old")
        self.refused_key_epoch(writer, handle, stale)
        writer.cast("write", handle=handle ^ 1, at=None, entries=entries[4].hex())
        facts.equal("a handle that was never given", nack(), {"kind": "refused", "fault": 12})
        send([5])
        facts.equal("the fifth", runs(1), {5: 5})
        self.entries = entries

    def narrow(self, site, log):
        """A device of hers that is blessed to read and nothing else."""
        facts, device = self.facts, Device(self.ada.secret)
        auth = self.auth(device, scope=1)
        token = bytes.fromhex(auth.call("login", shard=0, guid=os.urandom(16).hex())["token"])
        tail = self.tail(device, token)
        place = {"site": site.id.hex(), "log": log.hex()}
        facts.refused(
            "a lease to write for a device that may read", "forbidden", lambda: tail.call("lease", **place, want="write")
        )
        lease = tail.call("lease", **place, want="read")
        facts.equal("its lease to read", lease["permissions"], 1)
        label = site.label("Hers", []).hex()
        facts.refused(
            "a new label by it", "forbidden",
            lambda: auth.call("updateSite", site=site.id.hex(), version=1, label=label),
        )

    def refused_key_epoch(self, writer, handle, entry):
        (value,) = wire.read_entries(entry, self.protocol["limits"])
        old = wire.write_entry({**value, "keyEpoch": 0})
        writer.cast("write", handle=handle, at=None, entries=old.hex())
        reason = writer.push("nack")["reason"]
        self.facts.equal("an older key epoch", reason, {"kind": "staleKey", "keyEpoch": 1})

    def read(self, site, log, token):
        facts = self.facts
        reader, other = self.tail(self.ada, token), self.tail(self.ada, token)
        lease = reader.call("lease", site=site.id.hex(), log=log.hex(), want="read")
        handle, channel = lease["handle"], lease["channel"]
        page = reader.call("read", handle=handle, **{"from": 2}, bytesMax=len(self.entries[1]) + 1)
        facts.equal("a page that has room for one", (page["at"], page["count"], page["tail"]), (2, 1, 6))
        page = reader.call("attach", handle=handle, **{"from": 1}, bytesMax=262_144)
        facts.equal("the bytes of a log", page["entries"], b"".join(self.entries).hex())
        facts.holds("a page that reaches the tail is live", page["live"])
        limits = self.protocol["limits"]
        values = [site.value(log, entry) for entry in wire.read_entries(bytes.fromhex(page["entries"]), limits)]
        facts.equal("its values", values, [f'{{"text":"entry {n}"}}'.encode() for n in range(1, 6)])
        facts.refused("beyond the tail", "unknown", lambda: reader.call("read", handle=handle, **{"from": 9}, bytesMax=9))
        facts.refused("a handle of another connection", "unknown", lambda: other.call("detach", handle=handle))
        self.live(reader, other, site, log, channel)
        self.hostile(token, site, log)

    def live(self, reader, other, site, log, channel):
        """Pushes of a second writer (another epoch of the device), ephemeral messages, presence."""
        facts = self.facts
        theirs = other.call("lease", site=site.id.hex(), log=log.hex(), want="write")
        facts.equal("the epoch under which the device has written", theirs["writerEpoch"], 1)
        entry = site.entry(log, self.ada, 2, 1, b'"live"')
        other.cast("write", handle=theirs["handle"], at=None, entries=entry.hex())
        push = reader.push("entries")
        stated = {"channel": channel, "at": 6, "count": 1, "entries": entry.hex()}
        facts.equal("a push", push, stated)
        facts.equal("its acknowledgement", ack_runs(other, theirs["handle"], 1), {1: 6})
        note = site.note(log, self.ada.device, b'"typing"')
        other.cast("say", handle=theirs["handle"], payload=note.hex())
        said = reader.push("said")
        facts.equal("who said it", (said["who"], said["device"]), (other.greeting["who"], self.ada.device.hex()))
        opened = site.open_note(log, self.ada.device, bytes.fromhex(said["payload"]))
        facts.equal("what was said", opened, b'"typing"')
        present = reader.push("present", lambda message: message["reset"])
        facts.equal("who is there", [person["who"] for person in present["joined"]], [reader.greeting["who"]])
        facts.equal("release", other.call("release", handle=theirs["handle"]), {})

    def hostile(self, token, site, log):
        facts = self.facts
        early = WebSocket(self.origin, "/tail")
        early.send(wire.write_frame({"kind": "cast", "number": 17, "body": "0000"}, self.protocol))
        facts.equal("a cast before connect closes", early.closed(), 4008)
        for what, frame, code in (
            ("an unknown cast", {"kind": "cast", "number": 99, "body": ""}, 4002),
            ("a frame that only a node sends", {"kind": "push", "number": 1, "body": ""}, 4002),
        ):
            session = self.tail(self.ada, token)
            session.put(frame)
            facts.equal(f"{what} closes", session.socket.closed(), code)
        session = self.tail(self.ada, token)
        session.put({"kind": "call", "id": 9, "number": 99, "body": ""})
        facts.refused("an unknown call", "unknown", lambda: session.answer((9, None)))
        session.send(bytes.fromhex("0240aa"))
        session.ping(1)
        lease = session.call("lease", site=site.id.hex(), log=log.hex(), want="write")
        entry = site.entry(log, self.bob, 1, 1, b"mine")
        session.cast("write", handle=lease["handle"], at=None, entries=entry.hex())
        facts.equal("an entry of another device closes", session.socket.closed(), 4011)

    def join(self, ada, site, log):
        """An invitation, taken up by somebody new."""
        facts, seed = self.facts, os.urandom(32)
        key, agree = identities.invite_keys(seed)
        end = now_ms() + INVITATION_MS
        offered = [
            (3, key), (4, 1), (5, site.id), (6, "*"), (7, 3), (8, 1),
            (9, now_ms()), (10, 0), (11, 0), (12, []), (13, os.urandom(16)),
        ]
        attestation = objects.sign_object("attestation", self.ada.sign_seed, offered)
        envelope = site.envelope(crypto.x25519_public(agree))
        invited = ada.call(
            "invite", site=site.id.hex(), attestation=attestation.hex(), envelope=envelope.hex(), expiresMs=end
        )
        facts.equal("an invitation", invited, {"key": key.hex()})
        bob = self.auth(self.bob)
        looking = lambda seed: crypto.sign(seed, "invite/look", self.node + self.bob.key).hex()
        facts.refused(
            "a look without the key", "badProof",
            lambda: bob.call("invitation", key=key.hex(), proof=looking(self.bob.seed)),
        )
        offer = bob.call("invitation", key=key.hex(), proof=looking(seed))
        path = [bytes.fromhex(data) for data in offer["proof"]]
        facts.equal("what it offers", path, [self.root_attestation, attestation])
        proven = objects.verify_path(path, bytes.fromhex(offer["root"]), now_ms())
        facts.holds("the path holds", isinstance(proven, dict) and proven["subject"] == key)
        secrets = crypto.open_envelope(agree, site.id, offer["keyEpoch"], bytes.fromhex(offer["envelope"]))
        facts.equal("its envelope opens", secrets, (site.key, site.name_secret))
        bob.call(
            "signup",
            user=self.bob.user_key.hex(),
            blessing=self.bob.blessing(self.node).hex(),
            deviceName="Python",
            profile={"name": "Bob", "about": "", "locale": ""},
            admission={
                "kind": "invitation",
                "key": key.hex(),
                "proof": crypto.sign(seed, "invite/admit", self.bob.user_key + self.node).hex(),
            },
        )
        taken = [
            (3, self.bob.user_key), (4, 0), (5, site.id), (6, "*"), (7, 3), (8, 0),
            (9, now_ms()), (10, 0), (11, 0), (12, []), (13, os.urandom(16)),
        ]
        path.append(objects.sign_object("attestation", seed, taken))
        mine = Site(site.root, *secrets)
        request = {
            "site": site.id.hex(),
            "proof": [data.hex() for data in path],
            "envelope": mine.own_envelope(self.bob).hex(),
        }
        facts.equal("joining", bob.call("join", **request), {"site": site.id.hex(), "permissions": 3})
        names = sorted(member["name"] for member in ada.call("members", site=site.id.hex(), after=None)["members"])
        facts.equal("members", names, ["Ada", "Bob"])
        token = bytes.fromhex(bob.call("login", shard=0, guid=os.urandom(16).hex())["token"])
        tail = self.tail(self.bob, token)
        lease = tail.call("lease", site=site.id.hex(), log=mine.log("chat").hex(), want="write")
        page = tail.call("attach", handle=lease["handle"], **{"from": 1}, bytesMax=262_144)
        found = wire.read_entries(bytes.fromhex(page["entries"]), self.protocol["limits"])
        facts.equal("what a newcomer reads", [mine.value(log, entry) for entry in found][-1], b'"live"')
        entry = mine.entry(log, self.bob, 1, 1, b'{"text":"hello from Python"}')
        tail.cast("write", handle=lease["handle"], at=None, entries=entry.hex())
        facts.equal("what a newcomer writes", ack_runs(tail, lease["handle"], 1), {1: 7})

    def end(self, ada, token):
        """Logging out ends the sessions and tokens of the device."""
        facts, tail = self.facts, self.tail(self.ada, token)
        facts.equal("logging out", ada.call("logout"), {})
        facts.equal("the tail closes", tail.socket.closed(), 4010)
        facts.equal("the session is told", ada.push("ended"), {"fault": 8})
        facts.equal("and closes", ada.socket.closed(), 4008)
        facts.refused("the token afterwards", "revoked", lambda: self.tail(self.ada, token))
        again = self.auth(self.ada)
        facts.equal("she comes back with a blessing", again.call("whoami")["profile"]["name"], "Ada")


def ack_runs(session, handle, count):
    """Positions by seq of the next acknowledged entries of a lease."""
    at_by_seq = {}
    while len(at_by_seq) < count:
        message = session.push("ack", lambda ack: ack["handle"] == handle)
        for run in message["runs"]:
            for place in range(run["count"]):
                at_by_seq[run["seq"] + place] = run["at"] + place
    return at_by_seq


def read_log(protocol, setup, secret, site):
    """The values of the log `chat`, read by a new device of the user."""
    _, origin, node, _ = identities.parse_link(setup)
    device = Device(bytes.fromhex(secret))
    auth = AuthSession(protocol, origin, node, device, device.blessing(node))
    row = auth.call("site", site=site)
    envelope = bytes.fromhex(row["envelope"])
    secrets = crypto.open_own(device.agree_secret, bytes.fromhex(site), row["keyEpoch"], envelope)
    mine = Site(bytes.fromhex(row["root"]), *secrets, row["keyEpoch"])
    log = mine.log("chat")
    token = bytes.fromhex(auth.call("login", shard=0, guid=os.urandom(16).hex())["token"])
    tail = TailSession(protocol, origin, node, device, token)
    handle = tail.call("lease", site=site, log=log.hex(), want="read")["handle"]
    page = tail.call("read", handle=handle, **{"from": 1}, bytesMax=262_144)
    entries = wire.read_entries(bytes.fromhex(page["entries"]), protocol["limits"])
    values = [mine.value(log, entry) for entry in entries]
    return [None if value is None else json.loads(value) for value in values]
