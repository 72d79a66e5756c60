"""A stranger re-checks the evidence of a clearance with a script alone, and finds whatever was changed in it."""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from app.domain.canonical import canonical_bytes
from app.domain.standing import Limits
from app.formats.evidence_pack import recheck
from app.formats.zip_file import zip_bytes
from tests.clearances.builders import Clinic, words_of

SCRIPT = Path(recheck.__file__)
NAMES = sorted(recheck.FILES)


def grant_of(clinic: Clinic, key: str = "trainee") -> int:
    """The newest clearance of somebody."""
    return int(clinic.scalar(f"SELECT max(id) FROM decision WHERE kind = 'grant' AND person_id = {clinic.ids[key]}"))


def take(clinic: Clinic, key: str | None = "director") -> bytes:
    """The zip that somebody gets."""
    answer = clinic.client(key).post(f"/clearances/{grant_of(clinic)}/evidence")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip"), words_of(answer)
    return answer.get_data()


def unpacked(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return {name.split("/", 1)[1]: packed.read(name) for name in packed.namelist()}


@pytest.fixture(scope="module")
def pack(clinic_of_module: Clinic) -> dict[str, bytes]:
    """The files of one pack, with a checkpoint in its log."""
    clinic_of_module.granted(Limits(max_needle_mm=40))
    assert clinic_of_module.command("audit", "checkpoint").exit_code == 0
    return unpacked(take(clinic_of_module))


def put(files: dict[str, bytes], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def listed(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with a new list of digests, as a forger would make it."""
    rest = {name: content for name, content in files.items() if name != "digests.txt"}
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(rest.items()))
    return {**rest, "digests.txt": lines.encode()}


def check(files: dict[str, bytes], capsys: pytest.CaptureFixture[str], folder: Path) -> tuple[int, str]:
    """What the script finds, run here."""
    code = recheck.main([str(put(files, folder))])
    return code, capsys.readouterr().out


def run(script: Path, *arguments: str) -> tuple[int, str]:
    """What the script finds, run as a stranger runs it: alone, knowing nothing of this program."""
    found = subprocess.run([sys.executable, "-I", str(script), *arguments], capture_output=True, text=True, timeout=60, cwd="/")
    return found.returncode, found.stdout + found.stderr


def test_the_script_alone_finds_that_everything_fits(pack: dict[str, bytes], tmp_path: Path) -> None:
    folder = put(pack, tmp_path / "pack")
    code, said = run(folder / "recheck.py")
    assert code == 0, said
    assert said.count("OK     ") == len(recheck.CHECKS)
    assert "Everything fits." in said
    assert "that the log was not replaced as a whole before a checkpoint" in said
    assert "no clinician has reviewed" in said


def test_the_zip_itself_can_be_checked(clinic_of_module: Clinic, pack: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(take(clinic_of_module))
    assert run(SCRIPT, str(path))[0] == 0


@pytest.mark.parametrize("name", NAMES)
def test_another_byte_in_any_file_is_reported(name: str, pack: dict[str, bytes], tmp_path: Path) -> None:
    raw = pack[name]
    for n, place in enumerate(random.Random(name).sample(range(len(raw)), 3)):
        changed = bytes([raw[place] ^ 1])
        folder = put({**pack, name: raw[:place] + changed + raw[place + 1 :]}, tmp_path / str(n))
        code, said = run(SCRIPT, str(folder))
        assert code == 1, f"{name}, byte {place}: {said}"
        assert (
            f"{name} is not the file that was packed" in said or "digests.txt is not the list" in said or "cannot be read" in said
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_missing_cut_or_longer_is_reported(
    name: str, pack: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest = {n: c for n, c in pack.items() if n != name}
    for n, files in enumerate((rest, {**pack, name: b""}, {**pack, name: pack[name] + b"\n"}, {**pack, f"{name}.bak": b"x"})):
        code, said = check(files, capsys, tmp_path / str(n))
        assert (code, "BREAK" in said) == (1, True)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value that is no list and no mapping."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[key], (*path, key))
    else:
        yield path


def other(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value is None or not value
    return value + 1 if isinstance(value, int) else f"{value[:-1]}{'y' if value.endswith('x') else 'x'}"


UNBOUND = {
    "result", "printed_name", "profession", "standing_when_made", "title", "number", "latest_checkpoint", "name", "organisation",
    "line", "made_at", "schema", "jurisdiction", "time_zone", "kind",
}  # fmt: skip
"""What the installation states and nobody signed: names and words of clearance.json, an exam's result, the newest checkpoint."""
DATA = ["decisions.json", "signatures.json", "evidence.json", "trail.json", "clearance.json", "policy.json"]


@pytest.mark.parametrize("name", DATA)
def test_a_forger_who_makes_the_digests_anew_is_found_by_the_signatures_and_the_log(
    name: str, pack: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.loads(pack[name])
    loose = UNBOUND if name in ("clearance.json", "evidence.json") else {"latest_checkpoint"}
    ways = [way for way in leaves(body) if not loose & set(way)]
    assert len(ways) > 5
    for n, way in enumerate(random.Random(1).sample(ways, min(60, len(ways)))):
        changed = json.loads(pack[name])
        at = changed
        for key in way[:-1]:
            at = at[key]
        at[way[-1]] = other(at[way[-1]])
        end = b"" if name == "policy.json" else b"\n"
        code, said = check(listed({**pack, name: canonical_bytes(changed) + end}), capsys, tmp_path / str(n))
        assert code == 1, f"{name} {way}: nothing found"
        assert "BREAK" in said


@pytest.mark.parametrize("left_out", ["signature", "of"])
def test_a_piece_whose_signature_or_digest_was_left_out_is_reported(
    left_out: str, pack: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = json.loads(pack["evidence.json"])
    for n, piece in enumerate(evidence["pieces"]):
        if piece["kind"] != "exam" or left_out == "of":
            changed = {**evidence, "pieces": [*evidence["pieces"][:n], {**piece, left_out: None}, *evidence["pieces"][n + 1 :]]}
            files = listed({**pack, "evidence.json": canonical_bytes(changed) + b"\n"})
            assert check(files, capsys, tmp_path / str(n))[0] == 1


def test_a_decision_that_one_person_signed_twice_is_reported(
    pack: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decisions = json.loads(pack["decisions.json"])
    first = next(d for d in decisions if d["kind"] == "recommend")
    first["signer"] = next(d for d in decisions if d["kind"] == "grant")["signer"]
    _, said = check(listed({**pack, "decisions.json": canonical_bytes(decisions) + b"\n"}), capsys, tmp_path)
    assert "one person signed twice" in said


def test_a_checkpoint_kept_elsewhere_is_compared(clinic: Clinic, tmp_path: Path) -> None:
    clinic.granted()
    kept = tmp_path / "checkpoint.json"
    assert clinic.command("audit", "checkpoint", "--out", str(kept)).exit_code == 0
    folder = put(unpacked(take(clinic)), tmp_path / "pack")
    assert run(SCRIPT, str(folder), "--checkpoint", str(kept))[0] == 0
    body = json.loads(kept.read_bytes())
    stream = f"person:{clinic.ids['trainee']}"
    body["heads"][stream][1] = "0" * 64
    body.pop("sha256")
    kept.write_bytes(canonical_bytes({**body, "sha256": hashlib.sha256(canonical_bytes(body)).hexdigest()}))
    code, said = run(SCRIPT, str(folder), "--checkpoint", str(kept))
    assert (code, "is not the one that the checkpoint holds" in said) == (1, True)


@pytest.mark.parametrize("hostile", [b"", b"PK", b"PK\x05\x06" + b"\x00" * 18])
def test_what_is_no_pack_is_reported_without_a_fault(hostile: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(hostile)
    code, said = run(SCRIPT, str(path))
    assert (code, "BREAK" in said, "Traceback" in said) == (1, True, False)


def test_a_zip_that_names_a_file_twice_is_reported(pack: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for folder in ("one", "two"):
            for name, content in pack.items():
                packed.writestr(f"{folder}/{name}", content)
    assert run(SCRIPT, str(path))[0] == 1


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\\x", "C:x", "", "a//b", "a/", "x\n", ".x"])
def test_no_name_in_a_zip_leads_out_of_its_folder(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        zip_bytes({name: b""})


def test_the_pack_holds_no_key_no_item_and_no_event_of_other_things(pack: dict[str, bytes]) -> None:
    text = b"".join(content for name, content in pack.items() if name.endswith(".json")).decode()
    private_words = ('"key"', '"rationale"', '"stem"', '"options"', '"derivation"', "@test.invalid", "code_sha256", "password.")
    for private in private_words:
        assert private not in text, private
    trail = json.loads(pack["trail.json"])
    stream = next(events for name, events in trail["streams"].items() if name.startswith("person:"))
    assert any("payload" not in event for event in stream)


def test_the_summary_shows_each_signature_with_name_instant_and_meaning(pack: dict[str, bytes]) -> None:
    text = "".join("".join(p.extract_text().split()) for p in PdfReader(io.BytesIO(pack["summary.pdf"])).pages)
    text = text.replace("\u200b", "")  # where a long digest may break
    for s in json.loads(pack["signatures.json"]):
        words = (
            f"{s['printed_name']}, 24 Nov 2026, 09:00:00 UTC+00:00: {s['meaning']}" if s["subject"].startswith("person:") else ""
        )
        if "independent practice" in words:
            assert "".join(words.split()) in text
    assert "noclinicianhasreviewed" in text
    assert "Notalicence" in text


def test_equal_packs_have_equal_bytes_but_for_the_log_that_notes_who_took_them(clinic: Clinic) -> None:
    clinic.granted()
    one, two = unpacked(take(clinic)), unpacked(take(clinic))
    assert {n for n in one if one[n] != two[n]} == {"digests.txt", "summary.pdf", "trail.json"}
    noted = clinic.scalar("SELECT payload FROM audit_event WHERE act = 'evidence_pack.made' ORDER BY id DESC LIMIT 1")
    assert json.loads(noted)["facts"]["sha256"] == hashlib.sha256(two["digests.txt"]).hexdigest()


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("trainee", 200), ("director", 200), ("admin", 200), ("auditor", 200), ("southern", 404), ("ready", 404), ("nobody", 404),
        (None, 401),
    ],
)  # fmt: skip
def test_only_the_holder_the_sites_supervisors_admins_and_auditors_get_it(
    clinic_of_module: Clinic, pack: dict[str, bytes], key: str | None, status: int
) -> None:
    answer = clinic_of_module.client(key).post(f"/clearances/{grant_of(clinic_of_module)}/evidence")
    assert answer.status_code == status


def test_what_is_no_grant_has_no_pack(clinic_of_module: Clinic, pack: dict[str, bytes]) -> None:
    number = clinic_of_module.scalar("SELECT max(id) FROM decision WHERE kind = 'recommend'")
    for wrong in (number, 999_999):
        assert clinic_of_module.client("admin").post(f"/clearances/{wrong}/evidence").status_code == 404
