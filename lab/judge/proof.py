"""The other implementation of whole proofs: Debian's python3-cbor2 and python3-nacl, written from the pages
of docs/protocol.md about rights (section R of SPEC.md), sharing no line with core/src/capability.

Reads {"atMs": N, "proofs": [hex]} from standard input, writes a list: for each proof what it proves, or why not.
"""

import hashlib
import ipaddress
import json
import sys

import cbor2
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

DEPTH_MAX = 8
SKEW_MS = 120_000
READ, INVITE, ADMIN = 1, 8, 16
USER, ONE_TIME, GROUP = 0, 1, 2


class Refused(Exception):
    pass


def refuse_unless(holds, why):
    if not holds:
        raise Refused(why)


def space_of(root):
    domain = b"copse/1/id/site"
    return hashlib.sha256(bytes([len(domain)]) + domain + root).digest()[:16]


def opened(data):
    """The body of an attestation whose signature holds."""
    tagged = cbor2.loads(data)
    refuse_unless(isinstance(tagged, cbor2.CBORTag) and tagged.tag == 18, "malformed")
    protected, unprotected, payload, signature = tagged.value
    refuse_unless(cbor2.loads(protected) == {1: -8} and unprotected == {}, "malformed")
    body = cbor2.loads(payload)
    refuse_unless(set(body) == set(range(1, 14)) and body[1] == 1, "malformed")
    signed = cbor2.dumps(["Signature1", protected, b"copse/1/capability/attestation", payload])
    try:
        VerifyKey(body[2]).verify(signed, signature)
    except (BadSignatureError, ValueError) as wrong:
        raise Refused("badSignature") from wrong
    return body


def is_within(inner, outer):
    if outer == "*" or inner == outer:
        return True
    return len(outer) == 17 and outer[16] == "*" and len(inner) == 32 and inner.startswith(outer[:16])


def end(ms):
    return float("inf") if ms == 0 else ms


def may_hand_on(held, given):
    return (
        given[7] & ~held[7] == 0
        and is_within(given[6], held[6])
        and given[8] <= held[8] - 1
        and given[9] >= held[9]
        and end(given[10]) <= end(held[10])
        and end(given[11]) <= end(held[11])
    )


def condition(kind, value):
    """What a caveat says, in words; refuses one that says nothing known."""
    if kind == 1:
        networks, at = [], 0
        while at < len(value):
            family, bits = value[at], value[at + 1]
            size = {4: 4, 6: 16}[family]
            held = (bits + 7) // 8
            address = value[at + 2 : at + 2 + held].ljust(size, b"\0")
            networks.append(str(ipaddress.ip_network((address, bits))))
            at += 2 + held
        refuse_unless(networks, "unknownCaveat")
        return ["network", *networks]
    if kind == 2:
        return ["origin", value.decode()]
    if kind == 3:
        refuse_unless(value and len(value) % 5 == 0, "unknownCaveat")
        parts = [value[at : at + 5] for at in range(0, len(value), 5)]
        return ["hours", *[[p[0], p[1] << 8 | p[2], p[3] << 8 | p[4]] for p in parts]]
    raise Refused("unknownCaveat")


def may_stand(frames, depth, before, link):
    frame = frames[depth]
    if frame["last"] is None:
        return
    if before[4] == ONE_TIME:
        refuse_unless(link[4] == USER and before is frame["last"], "tooWide")
    for inner in frames[depth + 1 :]:
        refuse_unless(inner["last"] is not None and inner["last"][7] & READ, "tooWide")
    if depth > 0 and before[4] != ONE_TIME:
        refuse_unless(frame["last"][7] & (INVITE | ADMIN), "tooWide")
    refuse_unless(may_hand_on(frame["last"], link), "tooWide")


def walk(root, links, at_ms):
    frames = [{"space": space_of(root), "root": root, "last": None}]
    before, caveats = None, []
    for link in links:
        inner = frames[-1]
        first = inner["last"] is None
        refuse_unless(link[2] == (inner["root"] if first else before[3]), "wrongIssuer")
        depths = [n for n, frame in enumerate(frames) if frame["space"] == link[5]]
        refuse_unless(depths and not (first and depths[-1] != len(frames) - 1), "otherSite")
        refuse_unless(link[3] != link[2], "cycle")
        if link[4] == GROUP:
            refuse_unless(space_of(link[3]) not in [frame["space"] for frame in frames], "cycle")
        may_stand(frames, depths[-1], before, link)
        del frames[depths[-1] + 1 :]
        frames[-1]["last"] = link
        if link[4] == GROUP:
            frames.append({"space": space_of(link[3]), "root": link[3], "last": None})
        caveats += [condition(kind, value) for kind, value in link[12]]
        refuse_unless(at_ms >= link[9] - SKEW_MS, "early")
        refuse_unless(at_ms < end(link[10]) + SKEW_MS, "expired")
        before = link
    for inner in frames[1:]:
        refuse_unless(inner["last"] is None or inner["last"][7] & READ, "tooWide")
    granting = frames[0]["last"]
    ends = [link[10] for link in links if link[10] != 0]
    return {
        "permissions": granting[7],
        "resource": granting[6],
        "delegations": granting[8],
        "from": max(link[9] for link in links),
        "until": min(ends) if ends else 0,
        "subject": before[3].hex(),
        "kind": before[4],
        "caveats": caveats,
    }


def judge(data, at_ms):
    try:
        version, root, path = cbor2.loads(data)
        refuse_unless(version == 1 and len(path) <= DEPTH_MAX, "tooDeep")
        refuse_unless(path, "empty")
        return {"ok": walk(root, [opened(each) for each in path], at_ms)}
    except Refused as refused:
        return {"refused": str(refused)}
    except Exception as wrong:  # noqa: BLE001 -- whatever cannot be read proves nothing
        return {"refused": "malformed", "why": repr(wrong)}


given = json.load(sys.stdin)
json.dump([judge(bytes.fromhex(each), given["atMs"]) for each in given["proofs"]], sys.stdout)
