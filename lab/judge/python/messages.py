"""Chapter 24: messages of the neighbourhood."""

import cbor
import crypto
from faults import Fault, malformed, too_large
from objects import HEAD, PROTECTED, encode_object

DOMAIN = "social/message"
SIZE_MAX = 64 * 1024
TEXT_MAX, CONTENT_MAX, TYPE_MAX, TAG_MAX, ALT_MAX = 32 * 1024, 48 * 1024, 96, 64, 1024
POST, EDIT, DELETE, SHARE, REACTION = 1, 2, 3, 4, 5
FIRST_CURRENT = 32
REPLIES_MAX = {EDIT: 1, DELETE: 16, SHARE: 1, REACTION: 1}


def signed_bytes(payload):
    return cbor.encode(["Signature1", PROTECTED, crypto.text_of(DOMAIN), payload])


def sign_message(seed, fields):
    payload = cbor.encode(cbor.Map([(1, 1), (2, crypto.public_key(seed)), *fields]))
    return encode_object(payload, crypto.sign_raw(seed, signed_bytes(payload)))


def open_message(data):
    """What a message says; `badProof` when it is well-formed and its signature does not hold."""
    if len(data) > 1 + SIZE_MAX:
        raise too_large("a message")
    if not data.startswith(HEAD):
        raise malformed("another header")
    reader = cbor.Reader(data[len(HEAD) :])
    payload, signature = cbor.byte_string(reader), cbor.byte_string(reader)
    if len(signature) != 64:
        raise malformed("a signature of another size")
    reader.done()
    value = cbor.decode(payload, SIZE_MAX, 4)
    there = {pair[0] for pair in value}
    fields = cbor.Fields(value)
    if fields.uint(1) != 1:
        raise malformed("another version")
    found = {"signer": fields.bytes(2, 32), "id": crypto.hash_of("id/message", payload).hex()}
    found |= read_terms(fields, there)
    fields.done()
    check_kind(found)
    if not crypto.verify_raw(found["signer"], signed_bytes(payload), signature):
        raise Fault("badProof", "the signature does not hold")
    return found


def read_terms(fields, there):
    text = lambda key, limit: whole(fields.text(key, limit)) if key in there else ""
    items = lambda key, limit: whole(fields.list(key, limit)) if key in there else []
    return {
        "kind": fields.uint(3, 255),
        "time": fields.uint(4),
        "text": text(5, TEXT_MAX),
        "type": text(6, TYPE_MAX),
        "mentions": distinct(items(7, 64)),
        "replies": distinct(items(8, 16)),
        "attachments": [read_attachment(item) for item in items(9, 16)],
        "tags": [read_tag(item) for item in items(10, 16)],
        "name": text(11, TAG_MAX),
        "content": fields.bytes(12, 1, CONTENT_MAX) if 12 in there else b"",
        "thread": fields.bytes(13, 32) if 13 in there else b"",
    }


def whole(value):
    if len(value) == 0:
        raise malformed("an empty field")
    return value


def distinct(items):
    if any(not isinstance(item, bytes) or len(item) != 32 for item in items) or len(set(items)) < len(items):
        raise malformed("references")
    return items


def read_tag(item):
    if not isinstance(item, str) or not 0 < len(item.encode()) <= TAG_MAX:
        raise malformed("a tag")
    return item


def read_attachment(item):
    fields = cbor.Fields(item)
    found = (fields.bytes(0, 32), fields.uint(1), fields.text(2, TYPE_MAX), fields.text(3, ALT_MAX))
    thumbnail = (fields.bytes(4, 32),) if len(item) > 4 else ()
    fields.done()
    return found + thumbnail


def check_kind(found):
    kind, replies = found["kind"], found["replies"]
    if kind == 0 or (kind < FIRST_CURRENT and found["name"]):
        raise malformed("a kind")
    if kind in (POST, EDIT) and not (found["text"] or found["attachments"] or found["content"]):
        raise malformed("it says nothing")
    is_answer = kind == POST and len(replies) > 0
    if found["thread"] and (not is_answer or found["thread"] == replies[0]):
        raise malformed("a thread")
    if kind in REPLIES_MAX and not 0 < len(replies) <= REPLIES_MAX[kind]:
        raise malformed("what it names")
    if kind == REACTION and not 0 < len(found["text"].encode()) <= 40:
        raise malformed("a reaction")
