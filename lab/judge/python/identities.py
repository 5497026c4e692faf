"""Chapters 5 and 11: phrases and links."""

import base64
import hashlib
import re

import crypto


def phrase_of(secret, words):
    bits = int.from_bytes(secret + hashlib.sha256(secret).digest()[:1], "big")
    return " ".join(words[bits >> (253 - 11 * n) & 2047] for n in range(24))


def read_phrase(phrase, words):
    """The secret, or why there is none."""
    given = phrase.split()
    if any(word not in words for word in given):
        return "unknownWord"
    if len(given) != 24:
        return "wrongCount"
    bits = 0
    for word in given:
        bits = bits << 11 | words.index(word)
    data = bits.to_bytes(33, "big")
    return data[:32] if hashlib.sha256(data[:32]).digest()[:1] == data[32:] else "badChecksum"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text):
    if not re.fullmatch(r"[\w-]*", text, re.ASCII) or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if base64url(data) == text else None


def link_text(kind, origin, node, seed):
    return f"{origin}/#{kind}={base64url(node + seed)}"


def parse_link(text):
    """Kind, origin, node's key and seed, or None."""
    match = re.fullmatch(r"(https?://[^/#?\s]+)/?#(join|setup)=([\w-]+)", text, re.ASCII)
    data = from_base64url(match[3]) if match else None
    if data is None or len(data) != 64:
        return None
    return match[2], match[1], data[:32], data[32:]


def invite_keys(seed):
    """Public key that signs, X25519 secret of the envelope."""
    return crypto.public_key(seed), crypto.derive(seed, "invite/agree")
