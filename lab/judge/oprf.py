"""RFC 9497 (VOPRF, ristretto255-SHA512) and Shamir's sharing, written anew over libsodium: the other side of oprf.ts.

Reads one JSON request {"act": ..., "items": [...]} and prints one JSON list of answers. Bytes are hex.
"""

import ctypes
import ctypes.util
import hashlib
import json
import os
import sys

sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
if sodium.sodium_init() < 0:
    raise SystemExit("libsodium does not start")

ORDER = 2**252 + 27742317777372353535851937790883648493
CONTEXT = b"OPRFV1-" + bytes([1]) + b"-ristretto255-SHA512"


class Refused(Exception):
    pass


def scalar(number):
    return (number % ORDER).to_bytes(32, "little")


def number(data):
    if len(data) != 32:
        raise Refused("a scalar has 32 bytes")
    value = int.from_bytes(data, "little")
    if value >= ORDER:
        raise Refused("a scalar is below the order")
    return value


def element(data):
    if len(data) != 32 or sodium.crypto_core_ristretto255_is_valid_point(data) != 1 or data == bytes(32):
        raise Refused("no element")
    return data


def times(n, point):
    if n % ORDER == 0:
        return bytes(32)
    out = ctypes.create_string_buffer(32)
    if sodium.crypto_scalarmult_ristretto255(out, scalar(n), point) != 0:
        raise Refused("the identity")
    return out.raw


def times_base(n):
    out = ctypes.create_string_buffer(32)
    if sodium.crypto_scalarmult_ristretto255_base(out, scalar(n)) != 0:
        raise Refused("the identity")
    return out.raw


def plus(a, b):
    out = ctypes.create_string_buffer(32)
    if sodium.crypto_core_ristretto255_add(out, a, b) != 0:
        raise Refused("no element")
    return out.raw


def expand(message, tag, size):
    """expand_message_xmd of RFC 9380 section 5.3.1 with SHA-512."""
    tag = tag + bytes([len(tag)])
    first = hashlib.sha512(bytes(128) + message + size.to_bytes(2, "big") + b"\0" + tag).digest()
    blocks = [hashlib.sha512(first + b"\1" + tag).digest()]
    while len(blocks) * 64 < size:
        mixed = bytes(x ^ y for x, y in zip(first, blocks[-1]))
        blocks.append(hashlib.sha512(mixed + bytes([len(blocks) + 1]) + tag).digest())
    return b"".join(blocks)[:size]


def to_group(message):
    out = ctypes.create_string_buffer(32)
    sodium.crypto_core_ristretto255_from_hash(out, expand(message, b"HashToGroup-" + CONTEXT, 64))
    return out.raw


def to_scalar(message, tag=b"HashToScalar-"):
    return int.from_bytes(expand(message, tag + CONTEXT, 64), "little") % ORDER


def framed(*parts):
    return b"".join(part if raw else len(part).to_bytes(2, "big") + part for part, raw in parts)


def key_of(seed, info):
    message = seed + len(info).to_bytes(2, "big") + info
    for counter in range(256):
        secret = to_scalar(message + bytes([counter]), b"DeriveKeyPair")
        if secret != 0:
            return secret
    raise Refused("no key")


def output(data, point):
    return hashlib.sha512(framed((data, False), (point, False), (b"Finalize", True))).digest()


def composite(public, blinded, evaluated):
    """The weight of the only pair: batches have one element here."""
    seed = hashlib.sha512(framed((public, False), (b"Seed-" + CONTEXT, False))).digest()
    transcript = framed((seed, False), (bytes(2), True), (blinded, False), (evaluated, False), (b"Composite", True))
    return to_scalar(transcript)


def challenge(public, m, z, t2, t3):
    parts = [(part, False) for part in (public, m, z, t2, t3)]
    return to_scalar(framed(*parts, (b"Challenge", True)))


def prove(secret, public, blinded, evaluated, r):
    weight = composite(public, blinded, evaluated)
    m = times(weight, blinded)
    z = times(secret, m)
    c = challenge(public, m, z, times_base(r), times(r, m))
    return scalar(c) + scalar(r - c * secret)


def proven(public, blinded, evaluated, proof):
    if len(proof) != 64:
        raise Refused("a proof has 64 bytes")
    c, s = number(proof[:32]), number(proof[32:])
    weight = composite(public, blinded, evaluated)
    m, z = times(weight, blinded), times(weight, evaluated)
    t2 = plus(times_base(s), times(c, public))
    t3 = plus(times(s, m), times(c, z))
    return challenge(public, m, z, t2, t3) == c


def random_scalar():
    return int.from_bytes(os.urandom(64), "little") % (ORDER - 1) + 1


def serve(item):
    secret = key_of(item["seed"], item["info"])
    public = times_base(secret)
    blinded = element(item["blinded"])
    evaluated = times(secret, blinded)
    proof = prove(secret, public, blinded, evaluated, random_scalar())
    direct = output(item["input"], times(secret, to_group(item["input"])))
    return {"publicKey": public, "evaluated": evaluated, "proof": proof, "output": direct}


def blind(item):
    factor = random_scalar()
    return {"blind": scalar(factor), "blinded": times(factor, to_group(item["input"]))}


def finalize(item):
    try:
        public, blinded, evaluated = (element(item[name]) for name in ("publicKey", "blinded", "evaluated"))
        if not proven(public, blinded, evaluated, item["proof"]):
            return None
        inverse = pow(number(item["blind"]), -1, ORDER)
        return {"output": output(item["input"], times(inverse, evaluated))}
    except Refused:
        return None


def combine(item):
    total = 0
    shares = item["shares"]
    for share in shares:
        x, weight = share["number"], 1
        for other in shares:
            if other["number"] != x:
                weight = weight * other["number"] * pow(other["number"] - x, -1, ORDER) % ORDER
        total += weight * number(bytes.fromhex(share["share"]))
    return {"secret": scalar(total)}


def mask(item):
    pad = int.from_bytes(item["pad"], "little")
    return {"masked": scalar(number(item["share"]) + pad)}


def decoded(item):
    return {name: bytes.fromhex(value) if isinstance(value, str) else value for name, value in item.items()}


def encoded(answer):
    return None if answer is None else {name: value.hex() for name, value in answer.items()}


ACTS = {"serve": serve, "blind": blind, "finalize": finalize, "combine": combine, "mask": mask}
request = json.load(sys.stdin)
print(json.dumps([encoded(ACTS[request["act"]](decoded(item))) for item in request["items"]]))
