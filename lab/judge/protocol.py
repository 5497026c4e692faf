"""A second implementation of the protocol, written from docs/protocol.md with Debian's python3-cryptography,
python3-nacl, python3-cbor2 and python3-mnemonic; it shares no line with the first.

  protocol.py vectors FOLDER    reads every file of golden vectors
  protocol.py verdicts FOLDER   says of bytes on standard input whether they are what they claim to be
  protocol.py live FOLDER       speaks to the fresh node whose first link is on standard input
  protocol.py read FOLDER       the values of the log "chat" of the site and for the user on standard input

Both print JSON. Chapters in the docstrings are those of the page.
"""

import json
import sys
from pathlib import Path

from mnemonic import Mnemonic

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent / "python"))

import cbor  # noqa: E402
import objects  # noqa: E402
import wire  # noqa: E402
from live import Live, read_log  # noqa: E402
from transcripts import Transcripts  # noqa: E402
from vectors import Checks, outcome  # noqa: E402


def load(folder, name):
    return json.loads((Path(folder) / name).read_text())


def judge_vectors(folder):
    """How many vectors of each file hold, and what is wrong with the others."""
    protocol = load(folder, "contracts.json")
    transcripts = Transcripts(protocol, load(folder, "handshake.json"))
    checks = Checks(protocol, Mnemonic("english").wordlist)
    report = {}
    for path in sorted(Path(folder).glob("*.json")):
        if path.name == "contracts.json":
            continue
        report[path.stem] = judge_file(checks if path.stem != "handshake" else transcripts, path)
    return report


def name_of(path):
    return path.stem.replace("-", "_")


def judge_file(checks, path):
    file = json.loads(path.read_text())
    passed, failures = 0, []
    for vectors, name in ((file["valid"], name_of(path)), (file["invalid"], f"not_{name_of(path)}")):
        check = getattr(checks, name, lambda _: f"there is no check {name}")
        for vector in vectors:
            try:
                wrong = check(vector)
            except Exception as error:  # whatever it is, it is a vector that does not hold
                wrong = f"{type(error).__name__}: {error}"
            if wrong is None:
                passed += 1
            else:
                failures.append(f"{path.name}, {vector['name']}: {wrong}")
    return {"passed": passed, "failures": failures}


def verdicts(folder, cases):
    """For each case the code of its fault, or None when it is accepted and written back to the same bytes."""
    protocol = load(folder, "contracts.json")
    checks = Checks(protocol, [])
    return [outcome(lambda case=case: judge_case(checks, protocol, case)) for case in cases]


def judge_case(checks, protocol, case):
    data, kind = bytes.fromhex(case["bytes"]), case["kind"]
    if kind == "message":
        shape = checks.shape_of(case)
        written = wire.write_value(shape, wire.decode(shape, data))
    elif kind == "entries":
        written = b"".join(wire.write_entry(entry) for entry in wire.read_entries(data, protocol["limits"]))
    elif kind == "frames":
        wire.read_frames(data, protocol)
        written = data
    elif kind == "cbor":
        written = cbor.encode(cbor.decode(data, 8192, 4))
    else:
        objects.open_object(kind, data)
        written = data
    assert written == data, f"{kind} {case['bytes']} is written back as {written.hex()}"


def main():
    command, folder = sys.argv[1:]
    if command == "vectors":
        print(json.dumps(judge_vectors(folder)))
    elif command == "verdicts":
        print(json.dumps(verdicts(folder, json.load(sys.stdin))))
    elif command == "live":
        print(json.dumps(Live(load(folder, "contracts.json"), json.load(sys.stdin)).run()))
    elif command == "read":
        print(json.dumps(read_log(load(folder, "contracts.json"), **json.load(sys.stdin))))
    else:
        sys.exit(f"there is no {command}")


main()
