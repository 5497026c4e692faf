"""Chapters 1.3 to 1.5, 5, 9, 10 and 12: algorithms from python3-cryptography and python3-nacl, and what is
made of them."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from wire import Reader, uint


def sha256(data):
    return hashlib.sha256(data).digest()


def hmac_sha256(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def extract(salt, secret):
    return hmac_sha256(salt, secret)


def expand_raw(prk, info, size):
    out, block = b"", b""
    for counter in range(1, 256):
        if len(out) >= size:
            break
        block = hmac_sha256(prk, block + info + bytes([counter]))
        out += block
    return out[:size]


# Domains


def text_of(label):
    return b"copse/1/" + label.encode()


def prefix(label):
    text = text_of(label)
    return bytes([len(text)]) + text


def hash_of(label, data):
    return sha256(prefix(label) + data)


def mac(key, label, data):
    return hmac_sha256(key, prefix(label) + data)


def derive(secret, label, context=b""):
    return expand_raw(extract(b"", secret), prefix(label) + context, 32)


def expand(prk, label):
    return expand_raw(prk, prefix(label), 32)


# Signatures


def public_key(seed):
    return SigningKey(seed).verify_key.encode()


def sign_raw(seed, data):
    return SigningKey(seed).sign(data).signature


def verify_raw(key, data, signature):
    """libsodium refuses what the strict rule refuses."""
    if len(key) != 32 or len(signature) != 64:
        return False
    try:
        VerifyKey(key).verify(data, signature)
        return True
    except CryptoError:
        return False


def sign(seed, label, data):
    return sign_raw(seed, prefix(label) + data)


def verify(key, label, data, signature):
    return verify_raw(key, prefix(label) + data, signature)


# Key agreement


def x25519_public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def x25519(secret, key):
    """None when the result is all zero."""
    try:
        shared = X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(key))
    except ValueError:
        return None
    return shared if any(shared) else None


# Sealing


def aead_seal(key, nonce, plaintext, associated=b""):
    return AESGCM(key).encrypt(nonce, plaintext, associated)


def aead_open(key, nonce, sealed, associated=b""):
    if len(sealed) < 16:
        return None
    try:
        return AESGCM(key).decrypt(nonce, bytes(sealed), associated)
    except InvalidTag:
        return None


def seal(key, nonce, associated, plaintext):
    return nonce + aead_seal(key, nonce, plaintext, associated)


def open_sealed(key, associated, sealed):
    if len(sealed) < 28:
        return None
    return aead_open(key, sealed[:12], sealed[12:], associated)


# HPKE (RFC 9180), base mode

KEM = b"KEM" + b"\x00\x20"
SUITE = b"HPKE" + b"\x00\x20\x00\x01\x00\x02"


def labeled_extract(suite, salt, label, secret):
    return extract(salt, b"HPKE-v1" + suite + label + secret)


def labeled_expand(suite, prk, label, info, size):
    return expand_raw(prk, size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, size)


def hpke_schedule(dh, enc, recipient, info):
    prk = labeled_extract(KEM, b"", b"eae_prk", dh)
    shared = labeled_expand(KEM, prk, b"shared_secret", enc + recipient, 32)
    context = (
        b"\0" + labeled_extract(SUITE, b"", b"psk_id_hash", b"") + labeled_extract(SUITE, b"", b"info_hash", info)
    )
    secret = labeled_extract(SUITE, shared, b"secret", b"")
    return labeled_expand(SUITE, secret, b"key", context, 32), labeled_expand(SUITE, secret, b"base_nonce", context, 12)


def hpke_seal(one_time_secret, recipient, info, plaintext, associated=b""):
    enc = x25519_public(one_time_secret)
    key, nonce = hpke_schedule(x25519(one_time_secret, recipient), enc, recipient, info)
    return enc + aead_seal(key, nonce, plaintext, associated)


def hpke_open(secret, info, sealed, associated=b""):
    if len(sealed) < 48:
        return None
    enc, ciphertext = sealed[:32], sealed[32:]
    dh = x25519(secret, enc)
    if dh is None:
        return None
    key, nonce = hpke_schedule(dh, enc, x25519_public(secret), info)
    return aead_open(key, nonce, ciphertext, associated)


# Identities


def user_keys(secret):
    return derive(secret, "user/sign"), derive(secret, "user/agree")


ID_SIZES = {"user": 8, "device": 8, "site": 16}


def id_of(kind, key):
    return hash_of(f"id/{kind}", key)[: ID_SIZES[kind]]


# What members share


def envelope_info(site, epoch, recipient):
    return prefix("site/envelope") + site + uint(epoch) + recipient


def of_generation(generation):
    """Associated data of an envelope: a first key, and a one-time key, is bound by itself."""
    return b"" if generation == 1 else uint(generation)


def seal_envelope(one_time_secret, site, recipient, epoch, site_key, name_secret, generation=1):
    plaintext, info = uint(epoch) + site_key + name_secret, envelope_info(site, epoch, recipient)
    return hpke_seal(one_time_secret, recipient, info, plaintext, of_generation(generation))


def open_envelope(secret, site, epoch, sealed, generation=1):
    """Site key and name secret, or None."""
    info = envelope_info(site, epoch, x25519_public(secret))
    return read_secrets(hpke_open(secret, info, sealed, of_generation(generation)), epoch)


def own_context(site, epoch, generation):
    return site + uint(epoch) + uint(generation)


def seal_own(secret, site, epoch, site_key, name_secret, generation=1, nonce=None):
    """What a user keeps for herself, under the secret of a key of hers."""
    nonce, plaintext = nonce or os.urandom(12), uint(epoch) + site_key + name_secret
    return nonce + aead_seal(derive(secret, "site/own"), nonce, plaintext, own_context(site, epoch, generation))


def open_own(secret, site, epoch, sealed, generation=1):
    """Site key and name secret, or None."""
    key, nonce = derive(secret, "site/own"), bytes(sealed[:12])
    return read_secrets(aead_open(key, nonce, sealed[12:], own_context(site, epoch, generation)), epoch)


def read_secrets(plaintext, epoch):
    if plaintext is None:
        return None
    reader = Reader(plaintext)
    inside, site_key, name_secret = reader.uint(), reader.take(32), reader.take(32)
    reader.done()
    return (site_key, name_secret) if inside == epoch else None


def log_id(name_secret, name):
    folder = name.rpartition("/")[0]
    return mac(name_secret, "site/folder-name", folder.encode())[:8] + mac(name_secret, "site/log-name", name.encode())[:8]


def entry_key(site_key, site, device):
    return derive(site_key, "entry/key", site + device)


def label_key(site_key):
    return derive(site_key, "site/label")


def note_key(site_key):
    return derive(site_key, "site/note")


# Tokens


def token_key(root, shard, number):
    return derive(root, "token/key", bytes([number]) + shard.encode())


def mint(key, claims):
    body = bytes([1, claims["keyNumber"]])
    body += claims["permissions"].to_bytes(2, "little") + (claims["expiresAtMs"] // 1000).to_bytes(4, "little")
    body += b"".join(bytes.fromhex(claims[name]) for name in ("user", "device", "site", "log"))
    body += claims["deviceEpoch"].to_bytes(4, "little") + claims["siteEpoch"].to_bytes(4, "little")
    body += bytes.fromhex(claims["capability"]) + bytes.fromhex(claims["id"])
    return body + hmac_sha256(key, body)[:16]


def check_token(token, key, number, at_ms):
    """Claims, or why there are none."""
    if len(token) != 80 or token[0] != 1:
        return "malformed"
    body = token[:64]
    if token[1] != number or hmac_sha256(key, body)[:16] != token[64:]:
        return "forged"
    little = lambda at, size: int.from_bytes(body[at : at + size], "little")
    if at_ms >= little(4, 4) * 1000:
        return "expired"
    return {
        "keyNumber": body[1],
        "permissions": little(2, 2),
        "expiresAtMs": little(4, 4) * 1000,
        "user": body[8:16].hex(),
        "device": body[16:24].hex(),
        "site": body[24:32].hex(),
        "log": body[32:40].hex(),
        "deviceEpoch": little(40, 4),
        "siteEpoch": little(44, 4),
        "capability": body[48:56].hex(),
        "id": body[56:64].hex(),
    }
