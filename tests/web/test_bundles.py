"""Bundles: every file in it once and in order, addresses that change with the content, compressed for whoever takes that."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from app.web.bundles import BUNDLES, bundle_of
from tests.clearances.builders import Clinic

STATIC = Path(__file__).resolve().parents[2] / "app" / "static"
_NAMES = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) (?:\{[^}]*\}|\[[^\]]*\]|(\w+))", re.MULTILINE)


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_holds_what_its_files_hold(name: str) -> None:
    text = bundle_of(STATIC, name).plain.decode()
    for part in BUNDLES[name]:
        lines = [line for line in (STATIC / part).read_text().splitlines() if line and not line.startswith(("import ", "export "))]
        assert all((line in text) is not line.lstrip().startswith("//") for line in lines), part


def test_no_line_of_a_text_can_be_taken_for_a_comment() -> None:
    """Comments stay out of bundles by their lines; a text over several lines could have one that looks like a comment."""
    for path in (STATIC / "js").rglob("*.js"):
        lines = path.read_text().splitlines()
        assert all(line.count("`") % 2 == 0 for line in lines if not line.lstrip().startswith("//")), path.name


def test_a_module_comes_once_and_after_what_it_needs() -> None:
    text = bundle_of(STATIC, "exam.js").plain.decode()
    assert not re.search(r"^(import|export) ", text, re.MULTILINE)
    assert text.count("class Outbox {") == text.count("class ExamClock {") == text.count("async function openStore(") == 1
    assert text.index("function nameOfThisCopy(") < text.index("class Outbox {") < text.index("class ExamClock {")
    assert text.index("data-theme-button") < text.index("class Outbox {"), "the theme comes first: it decides how the page looks"


def test_no_two_modules_that_share_a_scope_use_one_name() -> None:
    files = [STATIC / "js" / "scene.js", *(STATIC / "js" / "attempt").glob("*.js")]
    modules = [p for p in files if re.search("^export ", p.read_text(), re.MULTILINE)]
    names = [n for p in modules for n in _NAMES.findall(p.read_text()) if n]
    assert len(names) > 40
    assert sorted({n for n in names if names.count(n) > 1}) == []


def test_an_address_that_names_the_content_may_be_kept_for_good_and_no_other(clinic: Clinic) -> None:
    client, digest = clinic.client(), bundle_of(STATIC, "exam.js").digest
    kept = client.get(f"/bundles/exam.js?v={digest}")
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.content_type == "text/javascript; charset=utf-8"
    for address in ("/bundles/exam.js", "/bundles/exam.js?v=0123456789abcdef"):
        assert client.get(address).headers["Cache-Control"] == "no-store"


def test_a_bundle_is_compressed_only_for_a_browser_that_takes_it(clinic: Clinic) -> None:
    client = clinic.client()
    plain = client.get("/bundles/exam.css")
    zipped = client.get("/bundles/exam.css", headers={"Accept-Encoding": "gzip, br"})
    refused = client.get("/bundles/exam.css", headers={"Accept-Encoding": "br, gzip;q=0"})
    assert [a.headers.get("Content-Encoding") for a in (plain, zipped, refused)] == [None, "gzip", None]
    assert gzip.decompress(zipped.data) == plain.data == refused.data
    assert zipped.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["nothing.js", "theme.js", "..%2fapp.css", "exam.js%00", ""])
def test_nothing_else_is_a_bundle(clinic: Clinic, name: str) -> None:
    assert clinic.client().get(f"/bundles/{name}").status_code == 404
