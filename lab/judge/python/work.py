"""Chapter 24: stamps, which are proof of work."""

import crypto

BITS_MAX = 36
NONCE_BYTES = 8


def head_of(stamp):
    """What is hashed before the nonce."""
    parts = [bytes.fromhex(stamp[name]) for name in ("id", "node", "recipient")]
    terms = bytes([stamp["algorithm"], stamp["bits"]]) + stamp["expiresMs"].to_bytes(8, "big")
    return crypto.prefix("stranger/work") + b"".join(parts) + terms


def zero_bits(digest):
    return 8 * len(digest) - int.from_bytes(digest, "big").bit_length()


def is_work(stamp):
    nonce = bytes.fromhex(stamp["nonce"])
    if stamp["algorithm"] != 1 or stamp["bits"] > BITS_MAX or len(nonce) != NONCE_BYTES:
        return False
    return zero_bits(crypto.sha256(head_of(stamp) + nonce)) >= stamp["bits"]
