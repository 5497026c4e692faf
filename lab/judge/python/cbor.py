"""Chapter 1.2: deterministic CBOR. Decoded by hand, because strictness is the point; every value that is
accepted is compared with what python3-cbor2 reads and, item by item, writes."""

import cbor2

from faults import malformed, too_large
from wire import Reader

SAFE_MAX = 2**53 - 1
COUNT_MAX = 4096


class Map(list):
    """Pairs in the order in which they stand."""


def encode(value):
    """Only what a head is made of is left to cbor2: it writes the shortest one."""
    if isinstance(value, Map):
        pairs = sorted((encode(key), encode(inner)) for key, inner in value)
        return head(5, len(pairs)) + b"".join(key + inner for key, inner in pairs)
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(encode(item) for item in value)
    return cbor2.dumps(value)


def head(major, argument):
    first, *rest = cbor2.dumps(argument)
    return bytes([major << 5 | first, *rest])


def decode(data, bytes_max, depth_max):
    if len(data) > bytes_max:
        raise too_large("CBOR")
    reader = Reader(data)
    value = read_item(reader, depth_max)
    reader.done()
    if encode(value) != data or plain(value) != frozen(cbor2.loads(data)):
        raise AssertionError("cbor2 reads or writes it differently")
    return value


def read_item(reader, depth):
    first = reader.byte()
    if first in (0xF4, 0xF5):
        return first == 0xF5
    if first == 0xF6:
        return None
    major, low = first >> 5, first & 31
    argument = read_argument(reader, low)
    if major == 0:
        return argument
    if major == 1:
        if argument + 1 > SAFE_MAX:
            raise malformed("a number is too small")
        return -1 - argument
    if major == 2:
        return bytes(reader.take(argument))
    if major == 3:
        try:
            return reader.take(argument).decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise malformed("text is UTF-8") from None
    if major == 4:
        check_container(reader, argument, 1, depth)
        return [read_item(reader, depth - 1) for _ in range(argument)]
    if major == 5:
        check_container(reader, argument, 2, depth)
        return read_map(reader, argument, depth)
    raise malformed("a tag, float or simple value")


def byte_string(reader):
    """The next item, which is a byte string."""
    first = reader.byte()
    if first >> 5 != 2:
        raise malformed("no byte string")
    return bytes(reader.take(read_argument(reader, first & 31)))


def read_argument(reader, low):
    if low < 24:
        return low
    if low > 27:
        raise malformed("an indefinite or reserved length")
    size = 1 << (low - 24)
    value = int.from_bytes(reader.take(size), "big")
    if value > SAFE_MAX:
        raise malformed("a number is too large")
    if value < (24 if size == 1 else 256 ** (size // 2)):
        raise malformed("a number is not in its shortest form")
    return value


def check_container(reader, count, each, depth):
    if depth == 0:
        raise too_large("too many levels")
    if count * each > reader.left:
        raise malformed("truncated")
    if count > COUNT_MAX:
        raise too_large("too many items")


def read_map(reader, count, depth):
    pairs = Map()
    last = None
    for _ in range(count):
        start = reader.at
        key = read_item(reader, 0)
        if isinstance(key, (bool, bytes)) or key is None:
            raise malformed("a key is a number or text")
        encoded = reader.data[start : reader.at]
        if last is not None and encoded <= last:
            raise malformed("keys ascend")
        last = encoded
        pairs.append((key, read_item(reader, depth - 1)))
    return pairs


def plain(value):
    """Something that compares equal only to the same value: True is not 1 here."""
    if isinstance(value, Map):
        return ("map", tuple((plain(key), plain(inner)) for key, inner in value))
    if isinstance(value, list):
        return ("array", tuple(plain(item) for item in value))
    return (type(value).__name__, value)


def frozen(value):
    """The same of what cbor2 has read; its dictionaries keep the order of the bytes."""
    if isinstance(value, dict):
        return ("map", tuple((frozen(key), frozen(inner)) for key, inner in value.items()))
    if isinstance(value, (list, tuple)):
        return ("array", tuple(frozen(item) for item in value))
    return (type(value).__name__, value)


# Known fields


class Fields:
    """The fields of a map, or of an array by their places; each is taken once, and none may be left."""

    def __init__(self, value):
        if isinstance(value, Map):
            self.rest = dict(value)
        elif isinstance(value, list):
            self.rest = dict(enumerate(value))
        else:
            raise malformed("not a map or array")

    def take(self, key, accept):
        value = self.rest.pop(key, None)
        if not accept(value):
            raise malformed(f"field {key}")
        return value

    def uint(self, key, limit=SAFE_MAX):
        return self.take(key, lambda v: type(v) is int and 0 <= v <= limit)

    def bytes(self, key, least, most=None):
        return self.take(key, lambda v: type(v) is bytes and least <= len(v) <= (least if most is None else most))

    def text(self, key, limit):
        return self.take(key, lambda v: type(v) is str and len(v.encode()) <= limit)

    def list(self, key, limit):
        return self.take(key, lambda v: type(v) is list and len(v) <= limit)

    def done(self):
        if self.rest:
            raise malformed("a field that is not known")
