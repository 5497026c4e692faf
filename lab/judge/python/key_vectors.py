"""Chapter 17: the golden vectors of chapter 21. A check answers None, or what is wrong with a vector."""

import crypto
import objects
import site_keys
from faults import Fault

unhex = bytes.fromhex


def differences(*pairs):
    return next((f"{found!r:.200} instead of {stated!r:.200}" for found, stated in pairs if found != stated), None)


def plain(value):
    if value is None:
        return None
    return {name: each.hex() if isinstance(each, bytes) else each for name, each in value.items()}


def device_key(vector):
    seed, value = unhex(vector["seed"]), vector["value"]
    secret = site_keys.device_secret(seed)
    public = crypto.x25519_public(secret)
    made = objects.sign_object("deviceKey", seed, [(3, public), (4, unhex(vector["blessing"]))])
    return differences(
        (secret.hex(), vector["secret"]),
        (made.hex(), vector["bytes"]),
        (plain(site_keys.open_device_key(made)), value),
    )


def user_key(vector):
    value, seed = vector["value"], unhex(vector["seed"])
    link, blessing = unhex(value["link"]), unhex(vector.get("blessing", ""))
    head = [(3, unhex(value["user"])), (4, value["generation"]), (5, unhex(value["publicKey"]))]
    fields = [*head, (6, link), (7, value["issuedMs"]), (8, blessing)]
    made = objects.sign_object("userKey", seed, fields)
    wrong = differences(
        (made.hex(), vector["bytes"]),
        (plain(site_keys.open_user_key(made)), value),
    )
    if wrong is not None or value["generation"] == 1:
        return wrong
    secret, before = unhex(vector["secret"]), unhex(vector["before"])
    key = crypto.derive(secret, "user/link")
    place = site_keys.user_place(unhex(value["user"]), value["generation"])
    return differences(
        (crypto.x25519_public(secret).hex(), value["publicKey"]),
        (crypto.open_sealed(key, place, link), before),
        (crypto.seal(key, unhex(vector["nonce"]), place, before), link),
    )


def user_envelope(vector):
    value, device = vector["value"], unhex(vector["recipientSecret"])
    user, secret = unhex(value["user"]), unhex(value["secret"])
    public = unhex(vector["recipientKey"])
    once, generation = unhex(vector["oneTimeSecret"]), value["generation"]
    return differences(
        (crypto.x25519_public(device), public),
        (site_keys.user_envelope(once, public, user, generation, secret).hex(), vector["bytes"]),
        (site_keys.open_user_envelope(device, user, generation, unhex(vector["bytes"])), secret),
        (site_keys.open_user_envelope(device, user, generation + 1, unhex(vector["bytes"])), None),
    )


def site_envelope(vector):
    value, secret = vector["value"], unhex(vector["recipientSecret"])
    site, public, generation = unhex(vector["site"]), unhex(vector["recipientKey"]), vector["generation"]
    shared = (unhex(value["key"]), unhex(value["nameSecret"]))
    made = crypto.seal_envelope(
        unhex(vector["oneTimeSecret"]), site, public, value["epoch"], *shared, generation=generation
    )
    sealed = unhex(vector["bytes"])
    return differences(
        (made.hex(), vector["bytes"]),
        (crypto.open_envelope(secret, site, value["epoch"], sealed, generation), shared),
        (crypto.open_envelope(secret, site, value["epoch"], sealed), None),
    )


def own(vector):
    value, secret, site = vector["value"], unhex(vector["secret"]), unhex(vector["site"])
    shared, generation = (unhex(value["key"]), unhex(value["nameSecret"])), vector["generation"]
    sealed = unhex(vector["bytes"])
    nonce = unhex(vector["nonce"])
    return differences(
        (crypto.open_own(secret, site, value["epoch"], sealed, generation), shared),
        (crypto.seal_own(secret, site, value["epoch"], *shared, generation, nonce).hex(), vector["bytes"]),
    )


def key_set(vector):
    value, seed, data = vector["value"], unhex(vector["seed"]), unhex(vector["bytes"])
    key, before = unhex(vector["key"]), unhex(vector["before"])
    found = site_keys.open_key_set(data)
    rows = [(unhex(row["user"]), row["generation"], unhex(row["envelope"])) for row in vector["envelopes"]]
    parts = [site_keys.part_hash(rows), site_keys.part_hash([])]
    site, epoch = found["site"], found["epoch"]
    stated = {name: found[name] for name in value}
    stated["previous"] = found["previous"] or None
    wrong = differences(
        (plain(stated), value),
        (objects.sign_object("keySet", seed, site_keys.set_fields(found)).hex(), vector["bytes"]),
        ([part.hex() for part in parts], vector["parts"]),
        (site_keys.set_hash(parts).hex(), value["envelopes"]),
        (site_keys.commitment(site, epoch, key).hex(), value["commitment"]),
        (site_keys.succession(site, epoch - 1, before, found["commitment"]).hex(), value["succession"]),
    )
    if wrong is not None or not found["history"]:
        return wrong
    under, place = crypto.derive(key, "site/link"), site_keys.site_place(site, epoch)
    return differences(
        (crypto.open_sealed(under, place, found["link"]), before),
        (crypto.seal(under, unhex(vector["nonce"]), place, before).hex(), value["link"]),
    )


FORMS = {
    "deviceKey": device_key,
    "userKey": user_key,
    "userEnvelope": user_envelope,
    "siteEnvelope": site_envelope,
    "own": own,
    "keySet": key_set,
}
OPENERS = {
    "deviceKey": site_keys.open_device_key,
    "userKey": site_keys.open_user_key,
    "keySet": site_keys.open_key_set,
}


class KeyChecks:
    """The checks of `key-sets.json`, each form with its own."""

    def key_sets(self, vector):
        return FORMS[vector["form"]](vector)

    def not_key_sets(self, vector):
        try:
            found = OPENERS[vector["form"]](unhex(vector["bytes"]))
            return differences((found, None), (None, vector["fault"]))
        except Fault as fault:
            return differences((fault.code, vector["fault"]))
