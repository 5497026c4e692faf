"""Chapters 7 and 8: both sides of the handshake as functions of bytes, and the channel."""

import cbor
import crypto
import objects
from faults import Fault, malformed, too_large

LABEL = "copse/hs/1"
FLIGHT_MAX = 8192
TERMS_MAX = 2048
DEPTH_MAX = 4
ZERO_NONCE = bytes(12)
CLEAR = ("malformed", "tooMany", "version", "wrongPeer")


def fields_of(flight):
    return cbor.Fields(cbor.decode(flight, FLIGHT_MAX, DEPTH_MAX))


def login_request(x, node, cookie=b""):
    return cbor.encode([LABEL, 1, x, node, cookie])


class Keys:
    """What follows from a request, the other's one-time key and the shared secret."""

    def __init__(self, request, y, shared):
        self.shared = shared
        self.h1 = crypto.hash_of("handshake/request", request + y)
        prk = crypto.extract(self.h1, shared)
        self.challenge = crypto.expand(prk, "handshake/challenge-key")
        self.response = crypto.expand(prk, "handshake/response-key")
        self.server_mac = crypto.expand(prk, "handshake/server-mac-key")
        self.client_mac = crypto.expand(prk, "handshake/client-mac-key")

    def challenged(self, plaintext):
        self.h2 = crypto.hash_of("handshake/challenge", self.h1 + plaintext)

    def responded(self, plaintext):
        self.h3 = crypto.hash_of("handshake/response", self.h2 + plaintext)
        prk = crypto.extract(self.h3, self.shared)
        self.to_server = crypto.expand(prk, "handshake/to-server")
        self.to_client = crypto.expand(prk, "handshake/to-client")


def prove(role, seed, transcript, mac_key, extra):
    """The proof of a side as CBOR; `role` is server or client."""
    key = crypto.public_key(seed)
    signature = crypto.sign(seed, f"handshake/{role}", transcript + key)
    mac = crypto.mac(mac_key, f"handshake/{role}-mac", key + signature)
    return cbor.encode([key, signature, mac, extra])


def read_proof(plaintext):
    fields = fields_of(plaintext)
    proof = (fields.bytes(0, 32), fields.bytes(1, 64), fields.bytes(2, 32), fields.bytes(3, 0, 4096))
    fields.done()
    return proof


def check_proof(role, proof, transcript, mac_key):
    key, signature, mac, _ = proof
    if crypto.mac(mac_key, f"handshake/{role}-mac", key + signature) != mac:
        raise Fault("badProof", "the MAC")
    if not crypto.verify(key, f"handshake/{role}", transcript + key, signature):
        raise Fault("badProof", "the signature")


def open_flight(key, sealed):
    plaintext = crypto.aead_open(key, ZERO_NONCE, sealed)
    if plaintext is None:
        raise Fault("badProof", "a flight does not open")
    return plaintext


def agree(secret, key):
    shared = crypto.x25519(secret, key)
    if shared is None:
        raise Fault("badProof", "a one-time key of small order")
    return shared


# The client


def client_answer(flight, request, secret, node, protocol):
    """`("cookie", bytes)` or `("keys", Keys, terms)`."""
    if len(flight) > FLIGHT_MAX:
        raise too_large("a flight")
    fields = fields_of(flight)
    kind = fields.uint(0, 2)
    if kind == 2:
        cookie = fields.bytes(1, 16)
        fields.done()
        return "cookie", cookie
    if kind == 0:
        number = fields.uint(1)
        fields.done()
        codes = {row["number"]: code for code, row in protocol["faults"].items()}
        code = codes.get(number)
        raise Fault(code) if code in CLEAR else malformed("not a refusal")
    y, sealed = fields.bytes(1, 32), fields.bytes(2, 16, FLIGHT_MAX)
    fields.done()
    keys = Keys(request, y, agree(secret, y))
    plaintext = open_flight(keys.challenge, sealed)
    proof = read_proof(plaintext)
    if proof[0] != node:
        raise Fault("wrongPeer")
    check_proof("server", proof, keys.h1, keys.server_mac)
    keys.challenged(plaintext)
    return "keys", keys, proof[3]


def client_response(keys, node, device_seed, blessing):
    plaintext = prove("client", device_seed, keys.h2 + node, keys.client_mac, blessing)
    keys.responded(plaintext)
    return crypto.aead_seal(keys.response, ZERO_NONCE, plaintext)


def read_result(plaintext, protocol):
    """The info of the session; a fault when there is none."""
    fields = fields_of(plaintext)
    number = fields.uint(0)
    if number == 0:
        info = fields.bytes(1, 0, TERMS_MAX)
        fields.done()
        return info
    detail = fields.text(1, 128)
    fields.done()
    codes = {row["number"]: code for code, row in protocol["faults"].items()}
    raise Fault(codes.get(number, "internal"), detail)


# The node


def server_request(flight, secret, node):
    """Keys after a request that is one."""
    if len(flight) > FLIGHT_MAX:
        raise too_large("a flight")
    fields = fields_of(flight)
    if fields.text(0, len(LABEL)) != LABEL:
        raise malformed("not a login request")
    suite, x, target = fields.uint(1, 255), fields.bytes(2, 32), fields.bytes(3, 32)
    fields.bytes(4, 0, 16)
    fields.done()
    if suite != 1:
        raise Fault("version")
    if target != node:
        raise Fault("wrongPeer")
    return Keys(flight, crypto.x25519_public(secret), agree(secret, x))


def server_challenge(keys, secret, node_seed, terms):
    plaintext = prove("server", node_seed, keys.h1, keys.server_mac, terms)
    keys.challenged(plaintext)
    return cbor.encode([1, crypto.x25519_public(secret), crypto.aead_seal(keys.challenge, ZERO_NONCE, plaintext)])


def server_response(flight, keys, node, at_ms):
    """Device and blessing (None for a stranger)."""
    if len(flight) > FLIGHT_MAX:
        raise too_large("a flight")
    plaintext = open_flight(keys.response, flight)
    proof = read_proof(plaintext)
    check_proof("client", proof, keys.h2 + node, keys.client_mac)
    keys.responded(plaintext)
    device, blessing = proof[0], proof[3]
    if blessing == b"":
        return device, None
    found = objects.use_blessing(blessing, device, node, at_ms)
    if isinstance(found, str):
        raise Fault("expired" if found == "expired" else "badProof", found)
    return device, found


# The channel


class Direction:
    def __init__(self, secret, frames_per_key=2**20):
        self.secret = secret
        self.frames_per_key = frames_per_key
        self.count = 0

    def next(self):
        if self.count and self.count % self.frames_per_key == 0:
            self.secret = crypto.expand(self.secret, "channel/next")
        nonce = bytes(4) + self.count.to_bytes(8, "big")
        self.count += 1
        return crypto.expand(self.secret, "channel/key"), nonce

    def seal(self, plaintext):
        key, nonce = self.next()
        return crypto.aead_seal(key, nonce, plaintext)

    def open(self, sealed):
        key, nonce = self.next()
        plaintext = crypto.aead_open(key, nonce, sealed)
        if plaintext is None:
            raise Fault("badProof", "a message of the channel does not open")
        return plaintext
