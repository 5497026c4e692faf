"""Chapter 17: every file of golden vectors. A check answers None, or what is wrong with a vector."""

import accounts
import cbor
import crypto
import files
import handshake
import identities
import key_vectors
import messages
import node_log
import objects
import recovery
import wire
import work
from faults import Fault

unhex = bytes.fromhex


def outcome(work):
    """The code of the fault, or None when there is none."""
    try:
        work()
    except Fault as fault:
        return fault.code
    return None


def differs(found, stated):
    return None if found == stated else f"{found!r:.200} instead of {stated!r:.200}"


def first(*answers):
    return next((answer for answer in answers if answer is not None), None)


class Checks(key_vectors.KeyChecks, accounts.AccountChecks):
    def __init__(self, protocol, words):
        accounts.AccountChecks.__init__(self)
        self.protocol = protocol
        self.limits = protocol["limits"]
        self.words = words
        self.contracts = {contract["name"]: contract for contract in protocol["contracts"]}

    def shape_of(self, vector):
        contract = self.contracts[vector["contract"]]
        part = vector["part"]
        if part in ("request", "answer"):
            return contract["calls"][vector["message"]][part]
        return contract[f"{part}es" if part == "push" else f"{part}s"][vector["message"]]["message"]

    def value(self, shape, vector):
        data = unhex(vector["bytes"])
        return first(
            differs(wire.decode(shape, data), vector["value"]),
            differs(wire.write_value(shape, vector["value"]).hex(), vector["bytes"]),
        )

    # Each file has a check for its valid vectors and one for the others.

    def shapes(self, vector):
        return self.value(vector["shape"], vector)

    def not_shapes(self, vector):
        return differs(outcome(lambda: wire.decode(vector["shape"], unhex(vector["bytes"]))), vector["fault"])

    def messages(self, vector):
        return self.value(self.shape_of(vector), vector)

    def not_messages(self, vector):
        shape = self.shape_of(vector)
        return differs(outcome(lambda: wire.decode(shape, unhex(vector["bytes"]))), vector["fault"])

    def frames(self, vector):
        written = b"".join(wire.write_frame(frame, self.protocol) for frame in vector["frames"])
        return first(
            differs(wire.read_frames(unhex(vector["bytes"]), self.protocol), vector["frames"]),
            None if vector.get("onlyDecoded") else differs(written.hex(), vector["bytes"]),
        )

    def not_frames(self, vector):
        data = unhex(vector["bytes"])
        return differs(outcome(lambda: wire.read_frames(data, self.protocol)), vector["fault"])

    def entries(self, vector):
        data, value = unhex(vector["bytes"]), vector["value"]
        return first(
            differs(wire.read_entries(data, self.limits), [value]),
            differs(wire.read_entries(data + data, self.limits), [value, value]),
            differs(wire.write_entry(value).hex(), vector["bytes"]),
            differs(wire.entry_header(value).hex(), vector["header"]),
            self.sealed(value, vector["sealed"]) if "sealed" in vector else None,
        )

    def sealed(self, value, how):
        site, log = unhex(how["site"]), unhex(how["log"])
        key = crypto.entry_key(unhex(how["siteKey"]), site, unhex(value["device"]))
        associated = site + log + wire.entry_header(value)
        payload, plaintext = unhex(value["payload"]), unhex(how["plaintext"])
        return first(
            differs(key.hex(), how["entryKey"]),
            differs(associated.hex(), how["associated"]),
            differs(crypto.open_sealed(key, associated, payload), plaintext),
            differs(crypto.seal(key, unhex(how["nonce"]), associated, plaintext), payload),
        )

    def not_entries(self, vector):
        data = unhex(vector["bytes"])
        if "fault" in vector:
            return differs(outcome(lambda: wire.read_entries(data, self.limits)), vector["fault"])
        (value,) = wire.read_entries(data, self.limits)
        return differs(self.opening(value, vector), vector["opens"])

    def opening(self, value, vector):
        if not value["sealed"]:
            return "altered"
        if value["keyEpoch"] != vector["keyEpoch"]:
            return "noKey"
        site = unhex(vector["site"])
        key = crypto.entry_key(unhex(vector["siteKey"]), site, unhex(value["device"]))
        associated = site + unhex(vector["log"]) + wire.entry_header(value)
        opened = crypto.open_sealed(key, associated, unhex(value["payload"]))
        return "altered" if opened is None else "open"

    def records(self, vector):
        return first(
            differs(wire.read_record(unhex(vector["bytes"])), vector["sections"]),
            differs(wire.write_record(vector["sections"]).hex(), vector["bytes"]),
        )

    def not_records(self, vector):
        return differs(outcome(lambda: wire.read_record(unhex(vector["bytes"]))), vector["fault"])

    def cbor(self, vector):
        value = from_json(vector["value"])
        found = cbor.decode(unhex(vector["bytes"]), 8192, 4)
        return first(
            differs(cbor.plain(found), cbor.plain(value)),
            differs(cbor.encode(value).hex(), vector["bytes"]),
        )

    def not_cbor(self, vector):
        return differs(outcome(lambda: cbor.decode(unhex(vector["bytes"]), 8192, 4)), vector["fault"])

    def objects(self, vector):
        data, seed = unhex(vector["bytes"]), unhex(vector["seed"])
        payload = from_json(vector["payload"])
        said = [pair for pair in payload if pair[0] not in (1, 2)]
        found = objects.open_object(vector["kind"], data)
        return first(
            differs(found["signer"].hex(), vector["signer"]),
            differs(found["id"], vector["id"]),
            differs(objects.sign_object(vector["kind"], seed, said), data),
            None if cbor.encode(payload) in data else "the payload is another",
        )

    def not_objects(self, vector):
        data = unhex(vector["bytes"])
        return differs(outcome(lambda: objects.open_object(vector["kind"], data)), vector["fault"])

    def peer_messages(self, vector):
        data, seed = unhex(vector["bytes"]), unhex(vector["seed"])
        payload = from_json(vector["payload"])
        found = messages.open_message(data)
        return first(
            differs(found["signer"].hex(), vector["signer"]),
            differs(found["id"], vector["id"]),
            differs(messages.sign_message(seed, [pair for pair in payload if pair[0] not in (1, 2)]), data),
        )

    def not_peer_messages(self, vector):
        return differs(outcome(lambda: messages.open_message(unhex(vector["bytes"]))), vector["fault"])

    def path(self, vector):
        path = [unhex(data) for data in vector["path"]]
        return objects.verify_path(path, unhex(vector["root"]), vector["atMs"], vector.get("revoked", ()))

    def chains(self, vector):
        found = self.path(vector)
        if isinstance(found, tuple):
            return f"breaks: {found}"
        names = ("permissions", "resource", "delegations", "quota", "subjectKind")
        return first(
            differs({name: found[name] for name in names}, {name: vector[name] for name in names}),
            differs(found["subject"].hex(), vector["subject"]),
        )

    def not_chains(self, vector):
        return differs(self.path(vector), (vector["reason"], vector["at"]))

    def blessing(self, vector):
        return objects.use_blessing(
            unhex(vector["bytes"]), unhex(vector["device"]), unhex(vector["node"]), vector["atMs"]
        )

    def blessings(self, vector):
        found = self.blessing(vector)
        if isinstance(found, str):
            return f"does not count: {found}"
        return differs((found["signer"].hex(), found["scope"]), (vector["user"], vector["scope"]))

    def not_blessings(self, vector):
        return differs(self.blessing(vector), vector["reason"])

    def tokens(self, vector):
        claims, token = vector["claims"], unhex(vector["bytes"])
        key = crypto.token_key(unhex(vector["rootKey"]), vector["shardId"], claims["keyNumber"])
        return first(
            differs(key.hex(), vector["key"]),
            differs(crypto.mint(key, claims), token),
            differs(crypto.check_token(token, key, claims["keyNumber"], claims["expiresAtMs"] - 1), claims),
            differs(identities.base64url(token), vector["text"]),
        )

    def not_tokens(self, vector):
        key, token = unhex(vector["key"]), unhex(vector["bytes"])
        return differs(crypto.check_token(token, key, vector["keyNumber"], vector["atMs"]), vector["refusal"])

    def identities(self, vector):
        if vector["kind"] != "secret":
            return differs(crypto.id_of(vector["kind"], unhex(vector["key"])).hex(), vector["id"])
        secret = unhex(vector["secret"])
        sign, agree = crypto.user_keys(secret)
        key = crypto.public_key(sign)
        found = [sign, key, agree, crypto.x25519_public(agree), crypto.id_of("user", key)]
        stated = [vector[name] for name in ("signSeed", "signKey", "agreeSecret", "agreeKey", "id")]
        return first(
            differs([data.hex() for data in found], stated),
            differs(identities.phrase_of(secret, self.words), vector["phrase"]),
            differs(identities.read_phrase(vector["phrase"], self.words), secret),
        )

    def not_identities(self, vector):
        return differs(identities.read_phrase(vector["phrase"], self.words), vector["refusal"])

    def envelopes(self, vector):
        value, site = vector["value"], unhex(vector["site"])
        secret, key = unhex(vector["recipientSecret"]), unhex(vector["recipientKey"])
        shared = unhex(value["key"]), unhex(value["nameSecret"])
        one_time = unhex(vector["oneTimeSecret"])
        made = crypto.seal_envelope(one_time, site, key, value["epoch"], *shared)
        return first(
            differs(crypto.x25519_public(secret), key),
            differs(crypto.open_envelope(secret, site, value["epoch"], unhex(vector["bytes"])), shared),
            differs(made.hex(), vector["bytes"]),
        )

    def not_envelopes(self, vector):
        secret, site = unhex(vector["recipientSecret"]), unhex(vector["site"])
        return differs(crypto.open_envelope(secret, site, vector["epoch"], unhex(vector["bytes"])), None)

    LABEL = {
        "form": "struct",
        "fields": [
            ["title", {"form": "text", "max": 128}],
            ["logs", {"form": "list", "max": 512, "of": {"form": "text", "max": 128}}],
        ],
    }

    def stamps(self, vector):
        head = work.head_of(vector)
        digest = crypto.sha256(head + bytes.fromhex(vector["nonce"]))
        return first(
            differs(head.hex(), vector["head"]),
            differs(digest.hex(), vector["hash"]),
            differs(work.zero_bits(digest), vector["zeroBits"]),
            differs(work.is_work(vector), True),
        )

    def not_stamps(self, vector):
        return differs(work.is_work(vector), False)

    def labels(self, vector):
        if vector["kind"] == "logId":
            return differs(crypto.log_id(unhex(vector["nameSecret"]), vector["text"]).hex(), vector["id"])
        plaintext = wire.write_value(self.LABEL, vector["value"])
        key, site = crypto.label_key(unhex(vector["siteKey"])), unhex(vector["site"])
        made = wire.uint(1) + crypto.seal(key, unhex(vector["nonce"]), site, plaintext)
        return first(
            differs(plaintext.hex(), vector["plaintext"]),
            differs(made.hex(), vector["bytes"]),
            differs(self.label(vector), vector["value"]),
        )

    def label(self, vector):
        """The label under key epoch 1, or None."""
        site = unhex(vector["site"])
        plaintext = under_epoch_1(unhex(vector["bytes"]), crypto.label_key(unhex(vector["siteKey"])), site)
        return None if plaintext is None else wire.decode(self.LABEL, plaintext)

    def not_labels(self, vector):
        return differs(self.label(vector), None)

    def note(self, vector):
        bound = unhex(vector["site"]) + unhex(vector["log"]) + unhex(vector["device"])
        return under_epoch_1(unhex(vector["bytes"]), crypto.note_key(unhex(vector["siteKey"])), bound)

    def notes(self, vector):
        plaintext = unhex(vector["plaintext"])
        bound = unhex(vector["site"]) + unhex(vector["log"]) + unhex(vector["device"])
        key = crypto.note_key(unhex(vector["siteKey"]))
        made = wire.uint(1) + crypto.seal(key, unhex(vector["nonce"]), bound, plaintext)
        return first(differs(made.hex(), vector["bytes"]), differs(self.note(vector), plaintext))

    def not_notes(self, vector):
        return differs(self.note(vector), None)

    PARTS = {
        "connect": ("connect", ("nonce", "node", "token")),
        "refresh": ("refresh", ("token", "guid")),
        "look": ("invite/look", ("node", "device")),
        "admit": ("invite/admit", ("user", "node")),
    }

    def statement(self, vector):
        label, names = self.PARTS[vector["kind"]]
        return label, b"".join(unhex(vector["parts"][name]) for name in names)

    def proofs(self, vector):
        label, message = self.statement(vector)
        signature, key = unhex(vector["bytes"]), unhex(vector["key"])
        return first(
            differs((label, message.hex()), (vector["domain"], vector["message"])),
            differs(crypto.sign(unhex(vector["seed"]), label, message), signature),
            None if crypto.verify(key, label, message, signature) else "does not hold",
        )

    def not_proofs(self, vector):
        label, message = self.statement(vector)
        holds = crypto.verify(unhex(vector["key"]), label, message, unhex(vector["bytes"]))
        return "holds" if holds else None

    def links(self, vector):
        node, seed = unhex(vector["node"]), unhex(vector["seed"])
        sign, agree = identities.invite_keys(seed)
        return first(
            differs(identities.parse_link(vector["text"]), (vector["kind"], vector["origin"], node, seed)),
            differs(identities.link_text(vector["kind"], vector["origin"], node, seed), vector["text"]),
            differs(sign.hex(), vector["signKey"]),
            differs(agree.hex(), vector["agreeSecret"]),
            differs(crypto.x25519_public(agree).hex(), vector["agreeKey"]),
        )

    def not_links(self, vector):
        return differs(identities.parse_link(vector["text"]), None)

    def channel(self, vector):
        secret, frames = unhex(vector["secret"]), vector["frames"]
        sending = handshake.Direction(secret, vector["framesPerKey"])
        receiving = handshake.Direction(secret, vector["framesPerKey"])
        sealed = [sending.seal(unhex(frame["plaintext"])).hex() for frame in frames]
        opened = [receiving.open(unhex(frame["sealed"])).hex() for frame in frames]
        return first(
            differs(sealed, [frame["sealed"] for frame in frames]),
            differs(opened, [frame["plaintext"] for frame in frames]),
        )

    def not_channel(self, vector):
        receiving = handshake.Direction(unhex(vector["secret"]), vector["framesPerKey"])
        for sealed in vector["before"]:
            receiving.open(unhex(sealed))
        return differs(outcome(lambda: receiving.open(unhex(vector["bytes"]))), vector["fault"])

    def leaves(self, vector):
        found = objects.open_object("leaf", unhex(vector["bytes"]))
        body, links = found["body"], found["links"]
        made = node_log.write_leaf(unhex(vector["seed"]), found["kind"], links, found["timeMs"], body)
        email = node_log.email_label(unhex(vector["opening"]), vector["email"])
        hidden = [link["label"] for link in links][:1] if found["kind"] in ("statement", "withdrawal") else []
        return first(
            differs({"kind": found["kind"], **node_log.plain(body)}, vector["body"]),
            differs(node_log.plain(links), vector["links"]),
            differs((found["timeMs"], found["signer"].hex()), (vector["timeMs"], vector["node"])),
            differs(made.hex(), vector["bytes"]),
            differs(hidden, [email] if hidden else []),
        )

    def not_leaves(self, vector):
        return differs(outcome(lambda: objects.open_object("leaf", unhex(vector["bytes"]))), vector["fault"])

    def checkpoints(self, vector):
        log, cosigner = node_log.NamedKey(vector["log"]), node_log.NamedKey(vector["cosigner"])
        text, signatures = node_log.open_checkpoint(log, vector["note"])
        found = node_log.cosigned(text, signatures, cosigner)
        return differs(found, [(name, vector["timeS"]) for name in vector["cosigned"]])

    def not_checkpoints(self, vector):
        log = node_log.NamedKey(vector["log"])
        return differs(outcome(lambda: node_log.open_checkpoint(log, vector["note"])), vector["fault"])

    def recovery(self, vector):
        secret, sealed = unhex(vector["secret"]), unhex(vector["bytes"])
        _, key, code = recovery.keys_of(secret)
        card = recovery.open_card(code, sealed)
        nodes = [unhex(realm["node"]) for realm in vector["card"]["realms"]]
        ids = [recovery.id_at(code, node).hex() for node in nodes]
        parsed, realms = recovery.parse_code(vector["code"])
        return first(
            differs(key.hex(), vector["publicKey"]),
            differs(parsed, code),
            differs(recovery.code_text(parsed, realms), vector["code"]),
            differs(ids, vector["ids"][: len(ids)]),
            differs(card, vector["card"]),
            differs(recovery.seal_card(secret, sealed[:12], vector["card"]), sealed),
        )

    def files(self, vector):
        size = vector["size"]
        chunks = [files.filled(size, vector["fill"], at) for at in range(files.count_of(size))]
        leaves = [crypto.sha256(chunk) for chunk in chunks]
        manifest = files.manifest(size, vector["type"], files.root(leaves))
        proofs = [[unhex(each) for each in proof] for proof in vector["proofs"]]
        held = [files.holds(size, unhex(vector["root"]), at, chunks[at], proofs[at]) for at in range(len(chunks))]
        return first(
            differs([leaf.hex() for leaf in leaves], vector["chunks"]),
            differs(files.root(leaves).hex(), vector["root"]),
            differs(manifest.hex(), vector["bytes"]),
            differs(crypto.hash_of("file/address", manifest).hex(), vector["address"]),
            differs(held, [True] * len(chunks)),
        )

    def not_files(self, vector):
        chunk = files.filled(vector["size"], vector["fill"], vector["shown"])
        proof = [unhex(each) for each in vector["proof"]]
        return differs(files.holds(vector["size"], unhex(vector["root"]), vector["index"], chunk, proof), False)

    def not_recovery(self, vector):
        code, _ = recovery.parse_code(vector["code"])
        return differs(recovery.open_card(code, unhex(vector["bytes"])), None)


def under_epoch_1(sealed, key, associated):
    """The plaintext of what begins with key epoch 1; None for another epoch or bytes that do not open."""
    reader = wire.Reader(sealed)
    try:
        epoch = reader.uint()
    except Fault:
        return None
    return crypto.open_sealed(key, associated, reader.take(reader.left)) if epoch == 1 else None


def from_json(value):
    if isinstance(value, dict):
        if "bytes" in value:
            return unhex(value["bytes"])
        return cbor.Map((key, from_json(inner)) for key, inner in value["map"])
    return [from_json(item) for item in value] if isinstance(value, list) else value
