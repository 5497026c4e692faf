"""Proofs of possession over HTTP, made with Debian's python3-jwt and python3-cryptography at a live node."""

import base64
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def public(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def jwk_of(key):
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(public(key))}


class Client:
    def __init__(self, url, key):
        self.url, self.key, self.nonce, self.token = url, key, None, None

    def proof(self, name, **spoilt):
        claims = {
            "jti": str(uuid.uuid4()),
            "htm": "POST",
            "htu": f"{self.url}/v1/{name}",
            "iat": int(time.time()),
            "nonce": self.nonce,
        }
        if self.token is not None:
            claims["ath"] = b64(hashlib.sha256(self.token.encode()).digest())
        claims.update(spoilt.get("claims", {}))
        claims = {field: value for field, value in claims.items() if value is not None}
        header = {"typ": "dpop+jwt", "jwk": jwk_of(self.key)}
        header.update(spoilt.get("header", {}))
        algorithm = spoilt.get("algorithm", "EdDSA")
        return jwt.encode(claims, spoilt.get("key", self.key), algorithm=algorithm, headers=header)

    def send(self, name, body, proof):
        headers = {"content-type": "application/json", "dpop": proof}
        if self.token is not None:
            headers["authorization"] = f"DPoP {self.token}"
        request = urllib.request.Request(f"{self.url}/v1/{name}", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                status, answer_headers, text = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refused:
            status, answer_headers, text = refused.code, refused.headers, refused.read()
        self.nonce = answer_headers.get("dpop-nonce", self.nonce)
        return status, json.loads(text)

    def call(self, name, body, **spoilt):
        """As a client should: once more with the nonce when the node asks for one."""
        status, answer = self.send(name, body, self.proof(name, **spoilt))
        if status == 401 and answer.get("error") == "use_dpop_nonce":
            status, answer = self.send(name, body, self.proof(name, **spoilt))
        return status, answer


def main():
    given = json.load(sys.stdin)
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["seed"]))
    client, passed, failures = Client(given["url"], key), 0, []

    def check(is_right, what):
        nonlocal passed
        if is_right:
            passed += 1
        else:
            failures.append(str(what))

    guid = b64(os.urandom(16))
    status, answer = client.send("login", {}, client.proof("login"))
    check(status == 401 and answer["error"] == "use_dpop_nonce", ("the first proof has no nonce", status, answer))
    status, answer = client.call("login", {"shard": 0, "guid": guid, "blessing": given["blessing"]})
    check(status == 200, ("login", status, answer))
    client.token = answer.get("token")
    status, answer = client.call("whoami", {})
    check(status == 200 and answer["device"] == given["device"], ("whoami", status, answer))

    def refused(what, error, proof):
        status, answer = client.send("whoami", {}, proof)
        check(status == 401 and answer.get("error") == error, (what, status, answer))

    stranger = Ed25519PrivateKey.generate()
    used = client.proof("whoami")
    status, _ = client.send("whoami", {}, used)
    check(status == 200, "a proof, the first time")
    invalid = "invalid_dpop_proof"
    now = int(time.time())
    refused("replayed", invalid, used)
    refused("for another address", invalid, client.proof("leave"))
    refused("for another method", invalid, client.proof("whoami", claims={"htm": "PUT"}))
    refused("old", invalid, client.proof("whoami", claims={"iat": now - 600}))
    refused("of the future", invalid, client.proof("whoami", claims={"iat": now + 600}))
    refused("signed by another key", invalid, client.proof("whoami", key=stranger))
    refused("without ath", invalid, client.proof("whoami", claims={"ath": None}))
    refused("without jti", invalid, client.proof("whoami", claims={"jti": None}))
    refused("without nonce", "use_dpop_nonce", client.proof("whoami", claims={"nonce": None}))
    refused("alg none", invalid, client.proof("whoami", key=None, algorithm="none"))
    refused("HS256", invalid, client.proof("whoami", key=public(key), algorithm="HS256"))
    refused("another type", invalid, client.proof("whoami", header={"typ": "JWT"}))
    refused(
        "of another device",
        "invalid_token",
        client.proof("whoami", key=stranger, header={"jwk": jwk_of(stranger)}),
    )
    json.dump({"passed": passed, "failures": failures}, sys.stdout)


main()
