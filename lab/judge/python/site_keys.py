"""Chapter 21: keys of devices, users and sites."""

import crypto
import objects
from faults import Fault, malformed
from wire import uint

ADMIN = 16
LINK_SIZE = 12 + 32 + 16

objects.DOMAINS.update(
    {"deviceKey": "capability/device-key", "userKey": "capability/user-key", "keySet": "capability/key-set"}
)


def read_device_key(fields):
    return {"publicKey": fields.bytes(3, 32), "blessing": fields.bytes(4, 0, objects.SIGNED_MAX)}


def read_user_key(fields):
    return {
        "user": fields.bytes(3, 32),
        "generation": fields.uint(4),
        "publicKey": fields.bytes(5, 32),
        "link": fields.bytes(6, 0, LINK_SIZE),
        "issuedMs": fields.uint(7),
        "blessing": fields.bytes(8, 0, objects.SIGNED_MAX),
    }


def read_key_set(fields):
    return {
        "site": fields.bytes(3, 16),
        "epoch": fields.uint(4),
        "history": fields.uint(5, 1) == 1,
        "policy": fields.uint(6),
        "envelopes": fields.bytes(7, 32),
        "commitment": fields.bytes(8, 32),
        "link": fields.bytes(9, 0, LINK_SIZE),
        "previous": fields.bytes(10, 0, 32),
        "issuedMs": fields.uint(11),
        "succession": fields.bytes(12, 32),
    }


objects.READERS.update({"deviceKey": read_device_key, "userKey": read_user_key, "keySet": read_key_set})


def opened(kind, data):
    """What the object says, or None when its signature does not hold."""
    try:
        return objects.open_object(kind, data)
    except Fault as fault:
        if fault.code == "badProof":
            return None
        raise


def open_device_key(data):
    found = opened("deviceKey", data)
    blessing = None if found is None else opened("blessing", found["blessing"])
    if blessing is None or blessing["device"] != found["signer"]:
        return None
    return {"device": found["signer"], "user": blessing["signer"], "publicKey": found["publicKey"]}


def open_user_key(data):
    found = opened("userKey", data)
    if found is None:
        return None
    if found["generation"] == 0 or (found["generation"] == 1) != (found["link"] == b""):
        raise malformed("every generation but the first has a link")
    signer, blessing = found.pop("signer"), found.pop("blessing")
    del found["id"]
    if blessing == b"":
        return {**found, "device": None} if signer == found["user"] else None
    return {**found, "device": signer} if may_speak(blessing, signer, found) else None


def may_speak(data, signer, stated):
    blessing = opened("blessing", data)
    return (
        blessing is not None
        and blessing["signer"] == stated["user"]
        and blessing["device"] == signer
        and blessing["scope"] & ADMIN != 0
        and stated["issuedMs"] >= blessing["issuedMs"] - objects.SKEW_MS
        and stated["issuedMs"] < blessing["expiresMs"] + objects.SKEW_MS
    )


def open_key_set(data):
    found = opened("keySet", data)
    if found is None:
        return None
    has_link = found["link"] != b""
    if found["epoch"] < 2 or found["history"] != has_link or len(found["previous"]) not in (0, 32):
        raise malformed("a set that is not whole")
    return found


def set_fields(found):
    return [
        (3, found["site"]),
        (4, found["epoch"]),
        (5, 1 if found["history"] else 0),
        (6, found["policy"]),
        (7, found["envelopes"]),
        (8, found["commitment"]),
        (9, found["link"]),
        (10, found["previous"]),
        (11, found["issuedMs"]),
        (12, found["succession"]),
    ]


def device_secret(seed):
    return crypto.derive(seed, "device/agree")


def user_place(user, generation):
    return user + uint(generation)


def user_envelope(one_time_secret, device_key, user, generation, secret):
    info = crypto.prefix("user/envelope") + device_key
    return crypto.hpke_seal(one_time_secret, device_key, info, secret, user_place(user, generation))


def open_user_envelope(device, user, generation, sealed):
    info = crypto.prefix("user/envelope") + crypto.x25519_public(device)
    return crypto.hpke_open(device, info, sealed, user_place(user, generation))


def site_place(site, epoch):
    return site + uint(epoch)


def commitment(site, epoch, key):
    return crypto.derive(key, "site/commitment", site_place(site, epoch))


def succession(site, epoch, before, committed):
    """`epoch` is that of the key before."""
    return crypto.derive(before, "site/succession", site_place(site, epoch) + committed)


def part_hash(envelopes):
    written = (user + uint(generation) + uint(len(data)) + data for user, generation, data in envelopes)
    return crypto.hash_of("site/set-part", b"".join(written))


def set_hash(parts):
    return crypto.hash_of("site/set-parts", b"".join(parts))
