"""The other side of `pow.ts`: reads a list of acts, writes the list of answers. `hashlib` does the hashing."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "python"))

import crypto  # noqa: E402
import work  # noqa: E402


def ground(stamp):
    """The first nonce that is work, in hex."""
    head = work.head_of(stamp)
    for number in range(1 << 40):
        nonce = number.to_bytes(work.NONCE_BYTES, "big")
        if work.zero_bits(crypto.sha256(head + nonce)) >= stamp["bits"]:
            return nonce.hex()
    return None


ACTS = {
    "bits": lambda item: work.zero_bits(bytes.fromhex(item["hash"])),
    "grind": ground,
    "check": work.is_work,
}

asked = json.load(sys.stdin)
json.dump([ACTS[item["act"]](item) for item in asked], sys.stdout)
