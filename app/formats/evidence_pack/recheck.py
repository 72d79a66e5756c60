"""Re-check an evidence pack with nothing but this script and Python's standard library.

    python3 -I recheck.py                     the folder that this script lies in
    python3 -I recheck.py PACK                another folder, or the zip itself
    python3 -I recheck.py PACK --checkpoint FILE

It prints OK for what fits and BREAK for what does not, and exits with 1 if anything breaks. It shares no code with the program
that made the pack.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DATA = ("clearance.json", "decisions.json", "evidence.json", "policy.json", "signatures.json", "trail.json")
FILES = {*DATA, "digests.txt", "README.txt", "recheck.py", "summary.pdf"}
LARGEST = 300_000_000
TWO_PEOPLE = ("high", "restricted")
SIGNED = ("observation", "competency", "document")
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OSError)
SIGNED_COLUMNS = ("meaning", "method", "printed_name", "signed_at", "signer", "subject", "time_zone")
CANNOT = """What this cannot show:
- that the log was not replaced as a whole before a checkpoint of it was taken and kept elsewhere (ask for one: --checkpoint FILE);
- that the people were who they said, or that what they signed was true;
- that an exam result is right: the installation states it, nobody signed it;
- that anything here is clinically right: the contents are an educational draft that no clinician has reviewed."""


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


class Pack:
    """The files of a pack, and what was found in them."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.breaks = files, 0
        self.data: dict[str, Any] = {}

    def ok(self, words: str) -> None:
        print(f"OK     {words}")

    def broken(self, words: str) -> None:
        self.breaks += 1
        print("BREAK  " + "".join(c if c.isprintable() else "?" for c in words))  # a hostile pack does not steer a terminal

    def tell(self, what: str, faults: Iterator[str]) -> None:
        """Print every fault of one check, or that there is none."""
        found = 0
        try:
            for fault in faults:
                found += 1
                self.broken(f"{what}: {fault}")
        except UNREADABLE as error:
            found += 1
            self.broken(f"{what}: cannot be read ({type(error).__name__} {error})")
        if not found:
            self.ok(what)


def read_pack(path: Path) -> dict[str, bytes]:
    """The files of a folder, or of a zip with one folder in it, by name; nothing is unpacked."""
    if path.is_dir():
        return {p.relative_to(path).as_posix(): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}
    with zipfile.ZipFile(path) as packed:
        entries = [e for e in packed.infolist() if not e.is_dir()]
        names = [e.filename.split("/", 1)[-1] for e in entries]
        if sum(e.file_size for e in entries) > LARGEST or len(set(names)) != len(names):
            raise ValueError("it is too large, or has two files of one name")
        return dict(zip(names, (packed.read(e) for e in entries)))  # noqa: B905  (of equal length; strict= is newer than 3.9)


def digests(pack: Pack) -> Iterator[str]:
    """Every file is there, no other is, and each has the digest that digests.txt gives."""
    yield from (f"{name} is missing" for name in sorted(FILES - set(pack.files)))
    yield from (f"{name} was not in the pack" for name in sorted(set(pack.files) - FILES))
    lines = [line.split("  ", 1) for line in pack.files["digests.txt"].decode().splitlines()]
    listed = {name: digest for digest, name in lines}
    for name in sorted((set(pack.files) & FILES) - {"digests.txt"}):
        if listed.get(name) != sha256(pack.files[name]):
            yield f"{name} is not the file that was packed"
    written = "".join(f"{sha256(pack.files[n])}  {n}\n" for n in sorted(set(pack.files) - {"digests.txt"}))
    if written.encode() != pack.files["digests.txt"]:
        yield "digests.txt is not the list of these files"


def forms(pack: Pack) -> Iterator[str]:
    """Every data file is canonical JSON, so that nothing hides in it."""
    for name in DATA:
        pack.data[name] = json.loads(pack.files[name])
        if canonical(pack.data[name]) + (b"" if name == "policy.json" else b"\n") != pack.files[name]:
            yield f"{name} is not in its canonical form"


def signatures(pack: Pack) -> Iterator[str]:
    """Each signature has the digest of its signed bytes, and says what they say."""
    for s in pack.data["signatures.json"]:
        body = json.loads(s["payload"])
        if sha256(s["payload"].encode()) != s["sha256"]:
            yield f"signature {s['id']}: its bytes do not have its digest"
        if canonical(body) != s["payload"].encode():
            yield f"signature {s['id']}: its bytes are not in their canonical form"
        yield from (f"signature {s['id']}: {c} is not what was signed" for c in SIGNED_COLUMNS if s[c] != body[c])


def bindings(pack: Pack) -> Iterator[str]:
    """Each decision and each signed piece of evidence is exactly what its signature shows."""
    by_id = {s["id"]: s for s in pack.data["signatures.json"]}
    signed = [("decision", d) for d in pack.data["decisions.json"]]
    signed += [(p["kind"], p) for p in pack.data["evidence.json"]["pieces"] if p["signature"] is not None]
    for what, record in signed:
        name, signature = f"{what} {record['id']}", by_id.get(record["signature"])
        if signature is None:
            yield f"{name}: its signature is not in the pack"
            continue
        shown = json.loads(signature["payload"])["shown"]
        expected = {**record["shown"]}
        if signature["subject"] != record["subject"] or signature["signer"] != record["signer"]:
            yield f"{name}: its signature is by somebody else or under another record"
        if signature["signed_at"] != record["signed_at"]:
            yield f"{name}: it was signed at another instant"
        yield from (f"{name}: {key} is not what was signed" for key in sorted(expected) if shown.get(key, ...) != expected[key])
        yield from (f"{name}: {key} was signed and is left out" for key in sorted(set(shown) - set(expected) - {"rating"}))


def snapshot(pack: Pack) -> Iterator[str]:
    """The decision was signed on exactly these pieces of evidence."""
    evidence, clearance = pack.data["evidence.json"], pack.data["clearance.json"]
    for p in evidence["pieces"]:
        if (p["kind"] in SIGNED and p["signature"] is None) or (p["kind"] in (*SIGNED, "exam") and p["of"] is None):
            yield f"{p['kind']} {p['id']}: nothing shows who signed it, or what its digest names"
        if p["of"] is not None and sha256(canonical(p["of"])) != p["sha256"]:
            yield f"{p['kind']} {p['id']}: its digest is not that of what it names"
        if p["of"] is not None and p["signature"] is not None and p["signature"] not in p["of"].values():
            yield f"{p['kind']} {p['id']}: its digest names another signature"
    pieces = sorted([p["kind"], p["id"], p["sha256"]] for p in evidence["pieces"])
    found = sha256(canonical(pieces))
    decision = decision_of(pack)
    if not found == evidence["snapshot_sha256"] == decision["shown"]["evidence"] == clearance["evidence_sha256"]:
        yield "the digest of these pieces is not the one that was signed"


def decision_of(pack: Pack) -> Any:
    """The decision that the pack is about; raises KeyError where it is not in it."""
    return {d["id"]: d for d in pack.data["decisions.json"]}[pack.data["clearance.json"]["decision"]]


def people(pack: Pack) -> Iterator[str]:
    """Nobody cleared themselves; a high-tier clearance has two signers, the second no counted observer."""
    d = decision_of(pack)
    if d["signer"] == d["shown"]["person"]:
        yield "the holder signed their own clearance"
    if d["shown"]["tier"] not in TWO_PEOPLE and d["shown"]["level"] != "may_observe":
        return
    first = next((r for r in pack.data["decisions.json"] if r["id"] == d["shown"]["recommendation"]), None)
    if first is None or first["kind"] != "recommend":
        yield "nobody recommended it"
        return
    if first["signer"] in (d["signer"], d["shown"]["person"]):
        yield "one person signed twice, or the holder did"
    if any(first["shown"][k] != d["shown"][k] for k in ("person", "site", "group", "level", "regions", "limits", "evidence")):
        yield "the recommendation was for something else"
    if d["signer"] in [p["signer"] for p in pack.data["evidence.json"]["pieces"] if p["kind"] == "observation"]:
        yield "who granted it had signed a counted observation"


def summary(pack: Pack) -> Iterator[str]:
    """What the pack says it is about is what the decision says."""
    c, shown = pack.data["clearance.json"], decision_of(pack)["shown"]
    pairs = {
        "person": c["person"]["id"], "site": c["site"]["id"], "group": c["group"]["id"], "level": c["level"], "tier": c["tier"],
        "until": c["until"], "regions": sorted(r["id"] for r in c["regions"]), "limits": c["limits"],
    }  # fmt: skip
    yield from (f"{key} is not that of the decision" for key, value in pairs.items() if shown[key] != value)


def policy(pack: Pack) -> Iterator[str]:
    """The policy is the version that the decision names, with the bytes that were published."""
    number = decision_of(pack)["shown"]["policy_version"]
    published = [f for f in facts(pack, "policy.published") if f.get("version") == number]
    if number is not None and (not published or published[0]["sha256"] != sha256(pack.files["policy.json"])):
        yield "policy.json is not what was published as the version that the decision names"
    if number is not None and pack.data["clearance.json"]["policy"]["sha256"] != sha256(pack.files["policy.json"]):
        yield "clearance.json names another policy"


def opened(pack: Pack) -> Iterator[dict[str, Any]]:
    """The events of the trail that the pack shows."""
    for events in pack.data["trail.json"]["streams"].values():
        yield from (json.loads(e["payload"]) for e in events if "payload" in e)


def facts(pack: Pack, act: str) -> list[dict[str, Any]]:
    return [body["facts"] for body in opened(pack) if body["act"] == act]


def chain(pack: Pack) -> Iterator[str]:
    """Each event of each stream follows the one before it; what is shown has the digest that the next one continues."""
    trail = pack.data["trail.json"]
    for name, events in trail["streams"].items():
        before, number = "0" * 64, 0
        for e in events:
            number += 1
            if e["seq"] != number or e["previous_sha256"] != before:
                yield f"stream {name}, event {e['seq']}: does not continue the one before it"
            if "payload" in e and sha256((e["previous_sha256"] + e["payload"]).encode()) != e["sha256"]:
                yield f"stream {name}, event {e['seq']}: its bytes do not have its digest"
            if "payload" in e and (json.loads(e["payload"])["seq"], json.loads(e["payload"])["stream"]) != (e["seq"], name):
                yield f"stream {name}, event {e['seq']}: belongs elsewhere"
            before = e["sha256"]
        if trail["heads"][name] != [number, before]:
            yield f"stream {name}: does not end where the log ended"


def noted(pack: Pack) -> Iterator[str]:
    """The log has an event for each decision, and each signature is the one that was made then."""
    by_id = {s["id"]: s for s in pack.data["signatures.json"]}
    acts = {(b["act"], b["facts"].get("decision")) for b in opened(pack)}
    for d in pack.data["decisions.json"]:
        if (f"decision.{d['kind']}", d["id"]) not in acts:
            yield f"decision {d['id']}: the log has no event of it"
    for f in (b["facts"] for b in opened(pack) if "sealed" in b["facts"]):
        s = by_id.get(f["signature"])
        if s is not None and s["sha256"] != f["sealed"]:
            yield f"signature {s['id']}: is not the one that the log noted"


def checkpoint(pack: Pack, path: Path) -> Iterator[str]:
    """A checkpoint that was kept elsewhere holds the same events."""
    body = json.loads(path.read_bytes())
    digest = body.pop("sha256")
    if sha256(canonical(body)) != digest:
        yield "the file is no checkpoint, or was changed"
    for name, events in pack.data["trail.json"]["streams"].items():
        seq, head = body["heads"].get(name, [0, ""])
        if seq > len(events) or (seq and events[seq - 1]["sha256"] != head):
            yield f"stream {name}: event {seq} is not the one that the checkpoint holds"


CHECKS: dict[str, Callable[[Pack], Iterator[str]]] = {
    "files and their digests": digests, "canonical form": forms, "signatures and their bytes": signatures,
    "records and their signatures": bindings, "evidence snapshot": snapshot, "who signed": people, "summary": summary,
    "policy": policy, "hash chain of the log": chain, "log and signatures": noted,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    kept = None
    if "--checkpoint" in arguments:
        at = arguments.index("--checkpoint")
        if at + 1 == len(arguments):
            print("Name a file after --checkpoint.")
            return 2
        kept = Path(arguments[at + 1])
        arguments = arguments[:at] + arguments[at + 2 :]
    path = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    try:
        pack = Pack(read_pack(path))
    except (OSError, zipfile.BadZipFile, zlib.error, ValueError, EOFError, RuntimeError) as error:
        print(f"BREAK  {path} cannot be read: {error}")
        return 1
    for what, check in CHECKS.items():
        pack.tell(what, check(pack))
    if kept is not None:
        pack.tell("checkpoint", checkpoint(pack, kept))
    print(f"\n{CANNOT}\n")
    print("Everything fits." if pack.breaks == 0 else f"{pack.breaks} breaks. Do not rely on this pack.")
    return 0 if pack.breaks == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
