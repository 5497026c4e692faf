"""Chapter 6: signed objects, paths of attestations, uses of blessings."""

import re

import cbor
import crypto
from faults import Fault, malformed, too_large

PROTECTED = bytes.fromhex("a10127")
HEAD = bytes.fromhex("d28443a10127a0")
DOMAINS = {kind: f"capability/{kind}" for kind in ("attestation", "blessing", "revocation")}
SIGNED_MAX = 4096
DEPTH_MAX = 4
SKEW_MS = 120_000
BLESSING_MS_MAX = 86_400_000


def sign_object(kind, seed, fields):
    body = cbor.Map([(1, 1), (2, crypto.public_key(seed)), *fields])
    payload = cbor.encode(body)
    return encode_object(payload, crypto.sign_raw(seed, signed_bytes(kind, payload)))


def encode_object(payload, signature):
    return b"\xd2" + cbor.encode([PROTECTED, cbor.Map(), payload, signature])


def signed_bytes(kind, payload):
    return cbor.encode(["Signature1", PROTECTED, crypto.text_of(DOMAINS[kind]), payload])


def object_id(data):
    return crypto.hash_of("id/object", data).hex()


def open_object(kind, data):
    """What the object says, by the names of its fields; `badProof` when its signature does not hold."""
    if len(data) > 1 + SIGNED_MAX:
        raise too_large("an object")
    if not data.startswith(HEAD):
        raise malformed("another header")
    reader = cbor.Reader(data[len(HEAD) :])
    payload, signature = cbor.byte_string(reader), cbor.byte_string(reader)
    if len(signature) != 64:
        raise malformed("a signature of another size")
    reader.done()
    fields = cbor.Fields(cbor.decode(payload, SIGNED_MAX, DEPTH_MAX))
    if fields.uint(1) != 1:
        raise malformed("another version")
    signer = fields.bytes(2, 32)
    if not crypto.verify_raw(signer, signed_bytes(kind, payload), signature):
        raise Fault("badProof", "the signature does not hold")
    found = {"id": object_id(data), "signer": signer, **READERS[kind](fields)}
    fields.done()
    if kind == "attestation" and not attestation_is_whole(found):
        raise malformed("an attestation out of its bounds")
    return found


def read_attestation(fields):
    found = {
        "subject": fields.bytes(3, 32),
        "subjectKind": ("user", "oneTime", "group")[fields.uint(4, 2)],
        "site": fields.bytes(5, 16),
        "resource": fields.text(6, 32),
        "permissions": fields.uint(7),
        "delegations": fields.uint(8),
        "notBeforeMs": fields.uint(9),
        "expiresMs": fields.uint(10),
        "quota": fields.uint(11),
        "caveats": [read_caveat(item) for item in fields.list(12, 8)],
        "nonce": fields.bytes(13, 16),
    }
    if found["resource"] != "*" and not re.fullmatch("[0-9a-f]{16}([0-9a-f]{16}|[*])", found["resource"]):
        raise malformed("a resource")
    return found


def read_caveat(value):
    fields = cbor.Fields(value)
    found = (fields.uint(0, 255), fields.bytes(1, 0, 64))
    fields.done()
    return found


def attestation_is_whole(found):
    ends = found["expiresMs"] == 0 or found["expiresMs"] > found["notBeforeMs"]
    return 0 < found["permissions"] <= 31 and found["delegations"] <= 7 and ends


def read_blessing(fields):
    found = {
        "device": fields.bytes(3, 32),
        "audience": fields.bytes(4, 0, 32),
        "scope": fields.uint(5, 31),
        "issuedMs": fields.uint(6),
        "expiresMs": fields.uint(7),
        "serial": fields.uint(8),
    }
    if len(found["audience"]) not in (0, 32):
        raise malformed("an audience")
    return found


def read_revocation(fields):
    return {"site": fields.bytes(3, 16), "attestation": fields.bytes(4, 32), "issuedMs": fields.uint(5)}


READERS = {"attestation": read_attestation, "blessing": read_blessing, "revocation": read_revocation}


def use_blessing(data, device, node, at_ms):
    """The blessing, or the reason why it does not count."""
    try:
        found = open_object("blessing", data)
    except Fault as fault:
        return "badSignature" if fault.code == "badProof" else "malformed"
    if found["device"] != device:
        return "otherDevice"
    if found["audience"] not in (b"", node):
        return "otherAudience"
    if not 0 < found["expiresMs"] - found["issuedMs"] <= BLESSING_MS_MAX:
        return "badTimes"
    if at_ms < found["issuedMs"] - SKEW_MS:
        return "early"
    if at_ms >= found["expiresMs"] + SKEW_MS:
        return "expired"
    return found


def verify_path(path, root, at_ms, revoked=()):
    """The last attestation, or the place at which the path breaks and why."""
    if not path:
        return "empty", 0
    if len(path) > 8:
        return "tooDeep", 8
    above = None
    for at, data in enumerate(path):
        try:
            link = open_object("attestation", data)
        except Fault as fault:
            return ("badSignature" if fault.code == "badProof" else "malformed"), at
        reason = flaw(link, above, root, at_ms, revoked)
        if reason is not None:
            return reason, at
        above = link
    return above


def flaw(link, above, root, at_ms, revoked):
    if link["signer"] != (root if above is None else above["subject"]):
        return "wrongIssuer"
    if link["site"] != (crypto.id_of("site", root) if above is None else above["site"]):
        return "otherSite"
    if above is not None and not is_within(link, above):
        return "tooWide"
    if link["caveats"]:
        return "unknownCaveat"
    if at_ms < link["notBeforeMs"] - SKEW_MS:
        return "early"
    if link["expiresMs"] != 0 and at_ms >= link["expiresMs"] + SKEW_MS:
        return "expired"
    return "revoked" if link["id"] in revoked else None


def is_within(link, above):
    endless = lambda number: float("inf") if number == 0 else number
    return (
        link["permissions"] & ~above["permissions"] == 0
        and covers(above["resource"], link["resource"])
        and link["delegations"] < above["delegations"]
        and link["notBeforeMs"] >= above["notBeforeMs"]
        and endless(link["expiresMs"]) <= endless(above["expiresMs"])
        and endless(link["quota"]) <= endless(above["quota"])
        and (above["subjectKind"] == "user" or link["subjectKind"] == "user")
    )


def covers(outer, inner):
    in_folder = outer.endswith("*") and len(inner) == 32 and inner.startswith(outer[:-1])
    return outer in ("*", inner) or in_folder
