"""Chapters 1.1, 3, 12.1 and 14: forms, frames, entries, records of the journal."""

import zlib

from faults import Fault, malformed, too_large

SAFE_MAX = 2**53 - 1


class Reader:
    def __init__(self, data, at=0, end=None):
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    @property
    def left(self):
        return self.end - self.at

    def take(self, size):
        if size > self.left:
            raise malformed("truncated")
        part = self.data[self.at : self.at + size]
        self.at += size
        return part

    def byte(self):
        return self.take(1)[0]

    def uint(self):
        value = 0
        for place in range(8):
            byte = self.byte()
            value |= (byte & 127) << (7 * place)
            if byte < 128:
                if byte == 0 and place > 0:
                    raise malformed("a number is not in its shortest form")
                if value > SAFE_MAX:
                    raise malformed("a number is too large")
                return value
        raise malformed("a number is too long")

    def done(self):
        if self.left != 0:
            raise malformed("bytes after the end")


def uint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_text(reader, limit):
    size = reader.uint()
    if size > limit:
        raise too_large("a text")
    try:
        return reader.take(size).decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise malformed("a text is UTF-8") from None


def read_value(shape, reader):
    """A value of a shape as contracts.json describes it, in the form in which vectors state it."""
    form = shape["form"]
    if form == "uint":
        value = reader.uint()
        if value > shape["max"]:
            raise malformed("a number is too large")
        return value
    if form == "bool":
        value = reader.byte()
        if value > 1:
            raise malformed("a boolean is 0 or 1")
        return value == 1
    if form == "bytes":
        size = reader.uint()
        if size > shape["max"]:
            raise too_large("bytes")
        return reader.take(size).hex()
    if form in ("fixed", "id"):
        return reader.take(shape["size"]).hex()
    if form == "text":
        return read_text(reader, shape["max"])
    if form == "choice":
        place = reader.byte()
        if place >= len(shape["names"]):
            raise malformed("a name that is not known")
        return shape["names"][place]
    if form == "struct":
        return {name: read_value(of, reader) for name, of in shape["fields"]}
    if form == "union":
        tag = reader.byte()
        for name, number, of in shape["variants"]:
            if number == tag:
                return {"kind": name, **read_value(of, reader)}
        raise malformed("a tag that is not known")
    if form == "list":
        count = reader.uint()
        if count > shape["max"]:
            raise too_large("a list")
        if count > reader.left and takes_bytes(shape["of"]):
            raise malformed("truncated")
        return [read_value(shape["of"], reader) for _ in range(count)]
    if form == "maybe":
        there = reader.byte()
        if there > 1:
            raise malformed("there or not")
        return read_value(shape["of"], reader) if there else None
    raise ValueError(form)


def takes_bytes(shape):
    """Whether a value can take any bytes at all."""
    if shape["form"] == "struct":
        return any(takes_bytes(of) for _, of in shape["fields"])
    return shape["form"] not in ("fixed", "id") or shape["size"] > 0


def write_value(shape, value):
    form = shape["form"]
    if form == "uint":
        return uint(value)
    if form == "bool":
        return bytes([value])
    if form == "bytes":
        data = bytes.fromhex(value)
        return uint(len(data)) + data
    if form in ("fixed", "id"):
        return bytes.fromhex(value)
    if form == "text":
        data = value.encode()
        return uint(len(data)) + data
    if form == "choice":
        return bytes([shape["names"].index(value)])
    if form == "struct":
        return b"".join(write_value(of, value[name]) for name, of in shape["fields"])
    if form == "union":
        tag, of = next((number, of) for name, number, of in shape["variants"] if name == value["kind"])
        return bytes([tag]) + write_value(of, value)
    if form == "list":
        return uint(len(value)) + b"".join(write_value(shape["of"], item) for item in value)
    if form == "maybe":
        return b"\0" if value is None else b"\1" + write_value(shape["of"], value)
    raise ValueError(form)


def decode(shape, data):
    reader = Reader(data)
    value = read_value(shape, reader)
    reader.done()
    return value


# Frames

KINDS = {1: "call", 2: "answer", 3: "fault", 4: "cast", 5: "push", 6: "ping", 7: "pong"}
NUMBERS = {name: number for number, name in KINDS.items()}


def read_frames(message, protocol):
    """The frames of a message; bodies of calls, answers, casts and pushes stay as they are."""
    reader = Reader(message)
    frames = []
    while reader.left:
        size = reader.uint()
        if size > protocol["limits"]["frameBytesMax"]:
            raise too_large("a frame")
        if size == 0:
            raise malformed("a frame without a kind")
        body = Reader(reader.take(size))
        kind = body.byte()
        if kind in KINDS:
            frames.append(read_body(KINDS[kind], body, protocol))
        elif not 64 <= kind <= 127:
            raise malformed("a kind that is not known")
    return frames


def read_body(kind, body, protocol):
    frame = {"kind": kind}
    if kind in ("ping", "pong"):
        frame["n"] = body.uint()
        body.done()
        return frame
    if kind in ("call", "answer", "fault"):
        frame["id"] = body.uint()
    if kind == "fault":
        codes = {row["number"]: code for code, row in protocol["faults"].items()}
        frame["fault"] = codes.get(body.uint(), "internal")
        frame["detail"] = read_text(body, 512)
        body.done()
        return frame
    if kind != "answer":
        frame["number"] = body.uint()
    frame["body"] = body.take(body.left).hex()
    return frame


def write_frame(frame, protocol):
    kind = frame["kind"]
    body = bytes([NUMBERS[kind]])
    if kind in ("ping", "pong"):
        body += uint(frame["n"])
    else:
        if kind in ("call", "answer", "fault"):
            body += uint(frame["id"])
        if kind == "fault":
            detail = frame["detail"].encode()
            body += uint(protocol["faults"][frame["fault"]]["number"]) + uint(len(detail)) + detail
        else:
            if kind != "answer":
                body += uint(frame["number"])
            body += bytes.fromhex(frame["body"])
    return uint(len(body)) + body


# Entries


# What a leader made of an entry that was handed to it.
RULINGS = {None: 0, "changed": 2, "refused": 4}


def entry_header(entry):
    return (
        bytes(
            [
                (1 if entry["sealed"] else 0)
                | RULINGS[entry.get("ruling")]
                | (8 if entry["part"] else 0)
                | (0 if entry["news"] is None else 16)
            ]
        )
        + bytes.fromhex(entry["device"])
        + uint(entry["epoch"])
        + uint(entry["seq"])
        + uint(entry["keyEpoch"])
        + uint(entry["timeMs"])
        + mentions(entry["news"])
    )


# Tags of 8 bytes; an entry has at most 16.
def mentions(news):
    if news is None:
        return b""
    tags = bytes.fromhex(news)
    return bytes([len(tags) // 8]) + tags


def write_entry(entry):
    body = entry_header(entry) + bytes.fromhex(entry["payload"])
    data = uint(len(body) + 4) + body
    return data + zlib.crc32(data).to_bytes(4, "little")


def read_entries(data, limits):
    reader = Reader(data)
    entries = []
    while reader.left:
        start = reader.at
        size = reader.uint()
        if size > limits["entryBytesMax"]:
            raise too_large("an entry")
        # Flags, device, four numbers and the checksum: nothing shorter is an entry.
        if size < 17:
            raise malformed("a short entry")
        body = Reader(reader.take(size - 4))
        checksum = reader.take(4)
        entry = read_entry(body, limits)
        if zlib.crc32(data[start : reader.at - 4]).to_bytes(4, "little") != checksum:
            raise malformed("the checksum of an entry")
        entries.append(entry)
    return entries


def read_entry(body, limits):
    flags = body.byte()
    ruling = next((name for name, bits in RULINGS.items() if bits == flags & ~25), "unknown")
    if ruling == "unknown" or (ruling and flags & 8):
        raise malformed("flags of an entry")
    if flags & 24 == 24:
        raise malformed("a part of a snapshot is no news")
    device = body.take(8).hex()
    epoch, seq, key_epoch, time_ms = body.uint(), body.uint(), body.uint(), body.uint()
    if epoch > 0xFFFFFFFF or key_epoch > 0xFFFFFFFF or seq == 0:
        raise malformed("numbers of an entry")
    news = None
    if flags & 16:
        count = body.byte()
        if count > 16:
            raise malformed("too many mentions")
        news = body.take(8 * count).hex()
    if body.left > limits["payloadBytesMax"]:
        raise too_large("a payload")
    payload = body.take(body.left).hex()
    return {
        "sealed": flags & 1 == 1,
        "ruling": ruling,
        "part": flags & 8 == 8,
        "news": news,
        "device": device,
        "epoch": epoch,
        "seq": seq,
        "keyEpoch": key_epoch,
        "timeMs": time_ms,
        "payload": payload,
    }


# Records

SECTIONS = {
    1: ("entries", ("number", "first", "count"), ("entries", None)),
    2: ("declare", ("number",), ("site", 16), ("log", 16)),
    3: ("seal", ("epoch",), ("owner", None)),
    4: ("trim", ("number", "first")),
    5: ("lease", ("number", "epoch"), ("device", 8)),
    6: ("snapshot", ("number", "from", "at", "last"), ("isLeaders", 1)),
}


NOBODY = "00" * 8
BYTES_OF = {None: NOBODY, False: "00", True: "01"}


def read_record(data):
    reader = Reader(data)
    sections = []
    while reader.left:
        size = reader.uint()
        if size == 0:
            raise malformed("an empty section")
        body = Reader(reader.take(size))
        kind = body.byte()
        if kind not in SECTIONS:
            raise Fault("newer", "a section of another kind")
        name, numbers, *parts = SECTIONS[kind]
        section = {"kind": name}
        for number in numbers:
            section[number] = body.uint()
        for part, length in parts:
            section[part] = body.take(body.left if length is None else length).hex()
        body.done()
        if name == "lease" and section["device"] == NOBODY:
            section["device"] = None
        if name == "snapshot":
            if section["isLeaders"] not in ("00", "01"):
                raise malformed("whose a snapshot is")
            section["isLeaders"] = section["isLeaders"] == "01"
        sections.append(section)
    return sections


def write_record(sections):
    out = b""
    for section in sections:
        kind, (_, numbers, *parts) = next(
            (kind, row) for kind, row in SECTIONS.items() if row[0] == section["kind"]
        )
        body = bytes([kind]) + b"".join(uint(section[number]) for number in numbers)
        texts = (BYTES_OF.get(section[part], section[part]) for part, _ in parts)
        body += b"".join(bytes.fromhex(text) for text in texts)
        out += uint(len(body)) + body
    return out
