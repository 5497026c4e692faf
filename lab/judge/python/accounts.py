"""Chapter 26: operations on the account tree, and the trail that chains them."""

import struct

import crypto
import objects
from faults import Fault

KINDS = ("issue", "add", "give", "take", "name", "replace", "succeed", "remove", "restore")
COUNT_MAX = 1_000_000_000
BYTES_MAX = 1 << 40
KEY, NAME, COUNT, TIME = ("key",), ("text", 128), ("uint", COUNT_MAX), ("uint", (1 << 53) - 1)
NEW = [KEY, NAME, COUNT, ("uint", BYTES_MAX)]
FORMS = {
    "issue": [*NEW, KEY, ("uint", 1)],
    "add": [*NEW, TIME],
    "give": [KEY, COUNT],
    "take": [KEY, COUNT],
    "name": [KEY, NAME],
    "replace": [KEY, ("signature",)],
    "succeed": [KEY, KEY],
    "remove": [KEY, ("uint", 1), ("uint", 1), ("text", 512)],
    "restore": [KEY],
}


def read_one(fields, number, form):
    kind, *bound = form
    if kind == "key":
        return fields.bytes(number, 32)
    if kind == "signature":
        return fields.bytes(number, 64)
    return fields.text(number, *bound) if kind == "text" else fields.uint(number, *bound)


def reader(kind):
    def read(fields):
        head = [(3, fields.bytes(3, 32)), (4, fields.bytes(4, 16)), (5, fields.uint(5))]
        rest = [(number, read_one(fields, number, form)) for number, form in enumerate(FORMS[kind], 6)]
        return {"said": head + rest}

    return read


objects.DOMAINS.update({kind: f"account/{kind}" for kind in KINDS})
objects.READERS.update({kind: reader(kind) for kind in KINDS})


def open_operation(kind, data):
    found = objects.open_object(kind, data)
    if kind == "replace":
        said = dict(found["said"])
        agreed = said[3] + found["signer"] + said[6] + said[4]
        if not crypto.verify(said[6], "account/consent", agreed, said[7]):
            raise Fault("badProof", "the new key does not agree")
    return found


def chain(before, number, at_ms, data):
    return crypto.hash_of("account/audit", before + struct.pack(">QQ", number, at_ms) + data)


class AccountChecks:
    """The checks of `accounts.json`: each operation counts after the one before."""

    def __init__(self):
        self.trail = bytes(32)

    def accounts(self, vector):
        data, seed = bytes.fromhex(vector["bytes"]), bytes.fromhex(vector["seed"])
        found = open_operation(vector["kind"], data)
        self.trail = chain(self.trail, vector["number"], vector["atMs"], data)
        checks = {
            "the id": found["id"] == vector["id"],
            "the signer": found["signer"] == crypto.public_key(seed),
            "the random bytes": dict(found["said"])[4].hex() == vector["random"],
            "signed again": objects.sign_object(vector["kind"], seed, found["said"]) == data,
            "the trail": self.trail.hex() == vector["hash"],
        }
        return next((what for what, holds in checks.items() if not holds), None)

    def not_accounts(self, vector):
        try:
            open_operation(vector["kind"], bytes.fromhex(vector["bytes"]))
            return f"nothing instead of {vector['fault']}"
        except Fault as fault:
            return None if fault.code == vector["fault"] else f"{fault.code} instead of {vector['fault']}"
