"""Chapter 11: leaves of the log of a node, checkpoints as signed notes, cosignatures."""

import base64
import re

import cbor
import crypto
import objects
from faults import Fault, malformed

KINDS = ("statement", "withdrawal", "claim", "keyChange", "nodeRevoked")
FIELDS = {
    "statement": ("user", "device", "method"),
    "withdrawal": ("user", "statement"),
    "claim": ("user", "namespace", "name", "number"),
    "keyChange": ("user", "object"),
    "nodeRevoked": ("node", "successor"),
}
SIZES = {"user": 32, "device": 32, "node": 32, "object": (0, 4096), "successor": (0, 32)}
TEXTS = {"method": 1024, "namespace": 1024, "name": 1024}


def read_leaf(fields):
    kind = KINDS[fields.uint(3, len(KINDS) - 1)]
    links = [read_link(item) for item in fields.list(4, 2)]
    found = {"kind": kind, "links": links, "timeMs": fields.uint(5)}
    body = {name: read_part(fields, 6 + at, name) for at, name in enumerate(FIELDS[kind])}
    if body.get("successor", None) == b"":
        body["successor"] = None
    labels = labels_of(kind, body)
    if len(labels) != len(links) or any(
        label is not None and label != link["label"] for label, link in zip(labels, links)
    ):
        raise malformed("under labels that are not its own")
    return {**found, "body": body}


def read_part(fields, key, name):
    if name in TEXTS:
        return fields.text(key, TEXTS[name])
    if name in SIZES:
        size = SIZES[name]
        return fields.bytes(key, *size) if isinstance(size, tuple) else fields.bytes(key, size)
    return fields.uint(key)


def read_link(value):
    fields = cbor.Fields(value)
    label, before, count = fields.bytes(0, 32), fields.uint(1), fields.uint(2)
    fields.done()
    if (before == 0) != (count == 1):
        raise malformed("the first leaf of a label is its first")
    return {"label": label, "previous": before - 1 if before else None, "count": count}


def labels_of(kind, body):
    """None is the label of an e-mail address, which the leaf does not tell."""
    user = crypto.hash_of("log/label-user", body["user"]) if "user" in body else None
    if kind in ("statement", "withdrawal"):
        return [None, user]
    if kind == "claim":
        name = f"{body['namespace']}\n{body['name']}".encode()
        return [crypto.hash_of("log/label-name", name), user]
    return [user] if kind == "keyChange" else [crypto.hash_of("log/label-node", body["node"])]


def email_label(opening, email):
    return crypto.hash_of("log/label-email", opening + email.encode())


def write_leaf(seed, kind, links, time_ms, body):
    rows = [
        [link["label"], 0 if link["previous"] is None else link["previous"] + 1, link["count"]]
        for link in links
    ]
    parts = [body[name] if body[name] is not None else b"" for name in FIELDS[kind]]
    fields = [(3, KINDS.index(kind)), (4, rows), (5, time_ms)]
    return objects.sign_object("leaf", seed, [*fields, *((6 + at, part) for at, part in enumerate(parts))])


objects.DOMAINS["leaf"] = "log/leaf"
objects.READERS["leaf"] = read_leaf


def plain(value):
    """As JSON has it: bytes in hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


# Signed notes

ED25519, COSIGNATURE = 1, 4
LINE = re.compile("\u2014 ([^ +]+) ([A-Za-z0-9+/]+=*)")


class NamedKey:
    def __init__(self, word):
        self.name, number, coded = word.split("+", 2)
        data = base64.b64decode(coded, validate=True)
        self.kind, self.key = data[0], data[1:]
        self.id = crypto.sha256(self.name.encode() + b"\n" + data)[:4]
        if self.id.hex() != number:
            raise malformed("a key under another number")


def read_note(note):
    """The text and its signatures."""
    text, parted, lines = note.rpartition("\n\n")
    if not parted or not lines.endswith("\n"):
        raise malformed("no signed note")
    found = []
    for line in lines[:-1].split("\n"):
        match = LINE.fullmatch(line)
        if match is None:
            raise malformed("no line of a signature")
        found.append((match[1], base64.b64decode(match[2], validate=True)))
    return text + "\n", found


def by(signatures, key):
    return [data[4:] for name, data in signatures if name == key.name and data[:4] == key.id]


def open_checkpoint(log, note):
    text, signatures = read_note(note)
    match = re.fullmatch("([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]{43}=)\n", text)
    if match is None:
        raise malformed("no checkpoint")
    own = by(signatures, log)
    if match[1] != log.name or not own:
        raise Fault("badProof", "of another log")
    if not all(crypto.verify_raw(log.key, text.encode(), signature) for signature in own):
        raise Fault("badProof", "the signature does not hold")
    return text, signatures


def cosigned(text, signatures, key):
    """Who has cosigned, and when."""
    found = []
    for data in by(signatures, key):
        time_s, signature = int.from_bytes(data[:8], "big"), data[8:]
        message = f"cosignature/v1\ntime {time_s}\n{text}".encode()
        if not crypto.verify_raw(key.key, message, signature):
            raise Fault("badProof", "the cosignature does not hold")
        found.append((key.name, time_s))
    return found
