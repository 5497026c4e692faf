"""Reads an account file of copse with nothing but Python: python3 read_account.py FILE. Format: docs/account-file.md."""

import hashlib, json, sys

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)


def item(read):
    """One CBOR item (RFC 8949)."""
    major, low = divmod(read(1)[0], 32)
    number = low if low < 24 else int.from_bytes(read(1 << low - 24), "big")
    if major == 2 or major == 3:
        return read(number) if major == 2 else read(number).decode()
    if major == 4:
        return [item(read) for _ in range(number)]
    if major == 5:
        return {item(read): item(read) for _ in range(number)}
    return [number, -1 - number, None, None, None, None, item(read) if major == 6 else None, None][major]


def items(data):
    """The only item of `data`."""
    at = iter(data)
    return item(lambda size: bytes(next(at) for _ in range(size)))


def head(major, size):
    if size < 24:
        return bytes([major << 5 | size])
    width = 1 if size < 256 else 2 if size < 65536 else 4
    return bytes([major << 5 | 23 + (width if width < 4 else 3)]) + size.to_bytes(width, "big")


def point(data):
    """A point of Ed25519 (RFC 8032 section 5.1.3)."""
    y, sign = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    x = x if x * x % P == xx else x * ROOT % P
    return (x if x % 2 == sign else P - x, y)


def add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + t, -1, P) % P
    return (x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P)


def times(n, a):
    total = (0, 1)
    for bit in bin(n)[2:]:
        total = add(total, total)
        total = add(total, a) if bit == "1" else total
    return total


BASE = point(bytes([0x58] + 31 * [0x66]))


def is_signed(key, data, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(r + key + data).digest(), "little") % L
    return s < L and times(s, BASE) == add(point(r), times(k, point(key)))


def message(signed):
    """The fields of a message, when its user has signed them (COSE_Sign1, RFC 9052)."""
    protected, _, payload, signature = items(signed)
    fields, domain = items(payload), b"copse/1/social/message"
    said = b"\x84\x6aSignature1\x43" + protected + head(2, len(domain)) + domain + head(2, len(payload)) + payload
    return fields if is_signed(fields[2], said, signature) else None


def records(file):
    """Every record, checked against the end of the file."""
    chain, count = bytes(32), 0
    while True:
        taken = bytearray()

        def read(size):
            data = file.read(size)
            if len(data) < size:
                raise SystemExit(f"the file ends early, after {count} records")
            taken.extend(data)
            return data

        record = item(read)
        if record[0] == 7:
            if record[1:] != [count, chain] or file.read(1):
                raise SystemExit("these are not the records that were written")
            return
        yield record
        chain, count = hashlib.sha256(b"\x14copse/1/account/file" + chain + taken).digest(), count + 1


def main(path):
    found = {"records": 0, "user": "", "posts": [], "unsigned": 0, "kinds": {}, "files": {}, "wrong": 0}
    digests = {}
    with open(path, "rb") as file:
        for kind, *record in records(file):
            found["records"] += 1
            if kind == 0:
                found["user"] = record[2].hex()
            elif kind == 1:
                said = message(record[0])
                found["unsigned"] += said is None
                if said is not None:
                    found["kinds"][said[3]] = found["kinds"].get(said[3], 0) + 1
                    found["posts"] += [said.get(5, "")] if said[3] == 1 else []
            elif kind == 5:
                digests[record[0]] = record[6]
                found["files"][record[0].hex()] = {"name": record[3], "size": record[1], "bytes": 0}
            elif kind == 6:
                address, at, chunk = record
                same = hashlib.sha256(chunk).digest() == digests[address][32 * at : 32 * at + 32]
                found["files"][address.hex()]["bytes"] += len(chunk) if same else 0
                found["wrong"] += not same
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
