"""Chapter 13: codes, ids and cards of recoveries."""

import crypto
import identities
import wire
from faults import Fault

PREFIX = "copse-recovery:"
HALF = 16
CARD_BYTES = 4096
REALMS_MAX, URL_MAX, TRIES_MAX = 8, 128, 100
COST_MIN, COST_MAX = 12, 20
SAFE_MAX = 2**53 - 1


def fixed(size):
    return {"form": "fixed", "size": size}


def uint(most=SAFE_MAX):
    return {"form": "uint", "max": most}


def struct(**fields):
    return {"form": "struct", "fields": list(fields.items())}


def listed(of):
    return {"form": "list", "max": REALMS_MAX, "of": of}


URL = {"form": "text", "max": URL_MAX}
CODE = struct(secret=fixed(HALF), signer=fixed(HALF), realms=listed(URL))
REALM = struct(url=URL, node=fixed(32), publicKey=fixed(32), masked=fixed(32), commitment=fixed(32))
CARD = struct(
    version=fixed(16),
    madeMs=uint(),
    threshold=uint(REALMS_MAX),
    triesMax=uint(TRIES_MAX),
    salt=fixed(16),
    costLog=uint(COST_MAX),
    check=fixed(32),
    realms=listed(REALM),
    sealed={"form": "bytes", "max": 512 + 28},
)
PAPER = struct(
    publicKey=fixed(32), signature=fixed(64), body={"form": "bytes", "max": CARD_BYTES - 32 - 64 - 3}
)


def keys_of(secret):
    """Signing seed, public key and code of a user."""
    seed = crypto.derive(secret, "recovery/sign")
    key = crypto.public_key(seed)
    return seed, key, {"secret": crypto.derive(secret, "recovery/code")[:HALF], "signer": signer_of(key)}


def signer_of(key):
    return crypto.hash_of("recovery/signer", key)[:HALF]


def parse_code(text):
    if not text.startswith(PREFIX):
        return None
    found = wire.decode(CODE, identities.from_base64url(text[len(PREFIX) :]))
    return {name: bytes.fromhex(found[name]) for name in ("secret", "signer")}, found["realms"]


def code_text(code, realms):
    value = {"secret": code["secret"].hex(), "signer": code["signer"].hex(), "realms": realms}
    return PREFIX + identities.base64url(wire.write_value(CODE, value))


def root_of(code):
    return code["secret"] + code["signer"]


def id_at(code, node):
    return crypto.derive(root_of(code), "recovery/id", node)[:HALF]


def open_card(code, sealed):
    """The card, or None when it is not by the user of this code."""
    if len(sealed) != CARD_BYTES + 28:
        return None
    padded = crypto.open_sealed(crypto.derive(root_of(code), "recovery/card-key"), b"", sealed)
    if padded is None:
        return None
    try:
        paper = wire.decode(PAPER, padded[2 : 2 + int.from_bytes(padded[:2], "big")])
        key, body = bytes.fromhex(paper["publicKey"]), bytes.fromhex(paper["body"])
        if signer_of(key) != code["signer"]:
            return None
        if not crypto.verify(key, "recovery/card", body, bytes.fromhex(paper["signature"])):
            return None
        card = wire.decode(CARD, body)
    except Fault:
        return None
    return card if is_sound(card) else None


def is_sound(card):
    nodes = {realm["node"] for realm in card["realms"]}
    enough = 2 <= card["threshold"] <= len(card["realms"])
    return enough and len(nodes) == len(card["realms"]) and card["costLog"] >= COST_MIN


def seal_card(secret, nonce, card):
    seed, key, code = keys_of(secret)
    body = wire.write_value(CARD, card)
    signature = crypto.sign(seed, "recovery/card", body)
    paper = {"publicKey": key.hex(), "signature": signature.hex(), "body": body.hex()}
    written = wire.write_value(PAPER, paper)
    padded = (len(written).to_bytes(2, "big") + written).ljust(CARD_BYTES, b"\0")
    return crypto.seal(crypto.derive(root_of(code), "recovery/card-key"), nonce, b"", padded)
