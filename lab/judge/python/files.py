"""Chapter 26: files, their chunks and their addresses."""

import cbor
import crypto

CHUNK = 1 << 20


def count_of(size):
    return -(-size // CHUNK)


def filled(size, fill, at):
    """The chunk of a vector: its bytes are all the same."""
    return bytes([(fill + at) % 256]) * (min(size, (at + 1) * CHUNK) - at * CHUNK)


def leaf(digest):
    return crypto.hash_of("file/tree", b"\x00" + digest)


def node(left, right):
    return crypto.hash_of("file/tree", b"\x01" + left + right)


def root(digests):
    """RFC 6962 section 2.1, as it is written there."""
    if not digests:
        return crypto.hash_of("file/tree", b"")
    if len(digests) == 1:
        return leaf(digests[0])
    middle = 1
    while middle * 2 < len(digests):
        middle *= 2
    return node(root(digests[:middle]), root(digests[middle:]))


def manifest(size, kind, top):
    return cbor.encode(cbor.Map([(1, size), (2, kind), (3, top)]))


def holds(size, top, at, chunk, proof):
    """RFC 9162 section 2.1.3.2."""
    count = count_of(size)
    if at >= count or len(chunk) != min(size, (at + 1) * CHUNK) - at * CHUNK:
        return False
    found, place, last = leaf(crypto.sha256(chunk)), at, count - 1
    for sibling in proof:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            found = node(sibling, found)
            while place % 2 == 0 and place != 0:
                place, last = place // 2, last // 2
        else:
            found = node(found, sibling)
        place, last = place // 2, last // 2
    return last == 0 and found == top
