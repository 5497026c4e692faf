"""The other implementation of the judge `cose`: Debian's python3-cbor2 and python3-nacl, written from
RFC 9052 and RFC 8949 and from the tables in core/src/capability, sharing no line with them.

Reads one JSON object from standard input, writes one to standard output:
  in   {"objects": [{"kind", "bytes", "id", "fields"}], "values": [hex], "count": N}
  out  {"failures": [text], "passed": N, "objects": [{"kind", "bytes", "id", "fields", "why"}], "values": [hex]}
`why` is empty for objects that must be accepted, otherwise what is wrong with them. Byte strings are hex.
"""

import hashlib
import json
import random
import sys

import cbor2
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

PROTECTED = cbor2.dumps({1: -8})
DOMAINS = {
    "attestation": b"copse/1/capability/attestation",
    "blessing": b"copse/1/capability/blessing",
    "revocation": b"copse/1/capability/revocation",
}


def encode(value):
    """Deterministic encoding (RFC 8949 section 4.2.1): cbor2's own canonical mode sorts by length first."""
    if isinstance(value, dict):
        pairs = sorted((encode(key), encode(inner)) for key, inner in value.items())
        return head(5, len(pairs)) + b"".join(key + inner for key, inner in pairs)
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(encode(inner) for inner in value)
    if isinstance(value, cbor2.CBORTag):
        return head(6, value.tag) + encode(value.value)
    return cbor2.dumps(value)


def head(major, argument):
    first, *rest = cbor2.dumps(argument)
    return bytes([major << 5 | first, *rest])


def sig_structure(kind, payload, protected=PROTECTED):
    return encode(["Signature1", protected, DOMAINS[kind], payload])


def object_id(data):
    domain = b"copse/1/id/object"
    return hashlib.sha256(bytes([len(domain)]) + domain + data).hexdigest()


def plain(value):
    """A decoded value in the form in which JSON carries it."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def check(given):
    """What is wrong with an object that the other side made, or None."""
    data = bytes.fromhex(given["bytes"])
    decoded = cbor2.loads(data)
    if not isinstance(decoded, cbor2.CBORTag) or decoded.tag != 18:
        return "is not COSE_Sign1"
    protected, unprotected, payload, signature = decoded.value
    if cbor2.loads(protected) != {1: -8} or unprotected != {}:
        return "has another header"
    body = cbor2.loads(payload)
    if encode(decoded) != data or encode(body) != payload:
        return "is not deterministic"
    try:
        VerifyKey(body[2]).verify(sig_structure(given["kind"], payload), signature)
    except BadSignatureError:
        return "has a wrong signature"
    if object_id(data) != given["id"]:
        return "has another id"
    if plain(body) != given["fields"]:
        return f"says something else: {plain(body)} instead of {given['fields']}"
    return None


def sign(kind, key, payload, protected=PROTECTED, unprotected=None, domain=None):
    structure = encode(["Signature1", protected, DOMAINS[kind] if domain is None else domain, payload])
    signature = key.sign(structure).signature
    return encode(cbor2.CBORTag(18, [protected, unprotected or {}, payload, signature]))


def random_body(kind, key, chance):
    some = lambda size: chance.randbytes(size)
    begin = chance.randrange(2**41)
    end = begin + chance.randrange(1, 86_400_001)
    body = {1: 1, 2: key.verify_key.encode()}
    if kind == "revocation":
        return body | {3: some(16), 4: some(32), 5: begin}
    subject = SigningKey(some(32)).verify_key.encode()
    if kind == "blessing":
        audience = chance.choice([b"", some(32)])
        return body | {3: subject, 4: audience, 5: chance.randrange(32), 6: begin, 7: end, 8: chance.randrange(2**53)}
    caveats = [[chance.randrange(256), some(chance.randrange(65))] for _ in range(chance.randrange(3))]
    return body | {
        3: subject,
        4: chance.randrange(3),
        5: some(16),
        6: chance.choice(["*", some(16).hex(), some(8).hex() + "*"]),
        7: chance.randrange(1, 32),
        8: chance.randrange(8),
        9: begin,
        10: chance.choice([0, end]),
        11: chance.choice([0, chance.randrange(2**53)]),
        12: caveats,
        13: some(16),
    }


def made(kind, data, body, why=""):
    return {"kind": kind, "bytes": data.hex(), "id": object_id(data), "fields": plain(body), "why": why}


def spoilt(kind, key, body, chance):
    """Objects that must be refused; all but the flipped ones carry a signature that holds over their bytes."""
    payload = encode(body)
    good = sign(kind, key, payload)
    flipped = bytearray(good)
    flipped[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
    pairs = [(encode(k), encode(v)) for k, v in body.items()]
    joined = b"".join(k + v for k, v in pairs)
    backwards = b"".join(k + v for k, v in reversed(pairs))
    first_long = pairs[0][0] + b"\x18\x01" + b"".join(k + v for k, v in pairs[1:])
    last = max(body)
    without = {k: v for k, v in body.items() if k != last}
    parts = [PROTECTED, {}, payload, key.sign(sig_structure(kind, payload)).signature]
    return [
        (bytes(flipped), "a flipped bit"),
        (good[:-1], "a byte missing"),
        (good + b"\x00", "a byte more"),
        (good[1:], "no tag"),
        (b"\xd8\x12" + good[1:], "a tag in a longer form"),
        (encode(cbor2.CBORTag(98, parts)), "another tag"),
        (sign(kind, key, payload, unprotected={4: b"11"}), "an unprotected header"),
        (sign(kind, key, payload, protected=b""), "no algorithm"),
        (sign(kind, key, payload, protected=cbor2.dumps({1: -7})), "another algorithm"),
        (sign(kind, key, payload, protected=cbor2.dumps({1: -8, 4: b"11"})), "a protected key id"),
        (sign(kind, key, payload, domain=b""), "no domain"),
        (sign(kind, key, payload, domain=b"copse/1/elsewhere"), "another domain"),
        (sign(kind, SigningKey(chance.randbytes(32)), payload), "another signer"),
        (sign(kind, key, head(5, len(pairs)) + backwards), "keys out of order"),
        (sign(kind, key, head(5, len(pairs) + 1) + joined + pairs[-1][0] + pairs[-1][1]), "a key twice"),
        (sign(kind, key, b"\xbf" + joined + b"\xff"), "an indefinite map"),
        (sign(kind, key, head(5, len(pairs)) + first_long), "a number in a longer form"),
        (sign(kind, key, payload + b"\x00"), "a payload with a byte more"),
        (sign(kind, key, encode(without)), "a field missing"),
        (sign(kind, key, encode(body | {last + 1: 0})), "a foreign field"),
        (sign(kind, key, encode(body | {1: 2})), "another version"),
        (sign(kind, key, encode(body | {last: 0.5})), "a float"),
        (sign(kind, key, encode(body | {last: None})), "null for a field"),
    ]


def random_objects(count, chance):
    for n in range(count):
        kind = list(DOMAINS)[n % len(DOMAINS)]
        key = SigningKey(chance.randbytes(32))
        body = random_body(kind, key, chance)
        yield made(kind, sign(kind, key, encode(body)), body)
        if n < count // 10:
            for data, why in spoilt(kind, key, body, chance):
                yield made(kind, data, body, why)


def random_value(chance, depth):
    kind = chance.randrange(9 if depth > 0 else 6)
    if kind <= 1:
        return chance.choice([1, -1]) * chance.randrange(2 ** chance.choice([4, 5, 8, 9, 16, 17, 32, 33, 53]))
    if kind == 2:
        return chance.choice([True, False, None])
    if kind == 3:
        return chance.randbytes(chance.choice([0, 23, 24, 255, 256]))
    if kind <= 5:
        return "".join(chance.choice("az\u00e9\u6c34\U00010151") for _ in range(chance.randrange(30)))
    if kind == 6:
        return [random_value(chance, depth - 1) for _ in range(chance.choice([0, 1, 23, 24]))]
    keys = [random_value(chance, 0) for _ in range(chance.randrange(30))]
    usable = [key for key in keys if isinstance(key, (int, str)) and not isinstance(key, bool)]
    return {key: random_value(chance, depth - 1) for key in usable}


def main():
    given = json.load(sys.stdin)
    chance = random.Random(8949)
    failures = [f"{one['kind']} {n} {wrong}" for n, one in enumerate(given["objects"]) if (wrong := check(one))]
    for n, value in enumerate(given["values"]):
        data = bytes.fromhex(value)
        if encode(cbor2.loads(data)) != data:
            failures.append(f"value {n} is not deterministic: {value}")
    json.dump(
        {
            "failures": failures,
            "passed": len(given["objects"]) + len(given["values"]) - len(failures),
            "objects": list(random_objects(given["count"], chance)),
            "values": [encode(random_value(chance, 3)).hex() for _ in range(given["count"])],
        },
        sys.stdout,
    )


main()
