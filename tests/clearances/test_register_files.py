"""The register's page, CSV, XLSX and PDF say the same, whatever people are called."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import update

from app.accounts.models import Person
from app.clearances.register_table import HEAD
from app.database import db
from app.domain.errors import InvalidInput
from app.domain.standing import Limits
from app.formats.csv_table import safe_cell
from app.formats.font_coverage import MISSING, printable
from app.formats.pdf_file import MOST_ROWS, table_pdf
from app.formats.table import Table
from app.formats.xlsx_table import written, xlsx_bytes
from tests.clearances.builders import GROUP, PASSWORD, Clinic, words_of
from tests.statements import assert_at_most, counted_statements

LINE = "Not a licence, certification or proof of legal scope; check the register of your jurisdiction."
HOSTILE = {
    "ready": "=1+1", "beginner": "田中 花子", "observer1": "שלום", "observer2": "Long" + "o" * 190, "second": "#panic() $x$ *b*",
    "senior": "@SUM(A1)", "external": "\uff1dcmd|' /c calc'!A1",
}  # fmt: skip


@pytest.fixture
def named(clinic: Clinic) -> Clinic:
    """A clinic with one clearance, where people have names that files stumble over."""
    clinic.granted(Limits(max_needle_mm=40))
    with clinic.act() as session:
        for key, name in HOSTILE.items():
            session.execute(update(Person).where(Person.id == clinic.ids[key]).values(printed_name=name))
    return clinic


def fetch(clinic: Clinic, kind: str, query: str = "", key: str = "director") -> bytes:
    answer = clinic.client(key).get(f"/register.{kind}{query}")
    assert answer.status_code == 200, words_of(answer)
    assert answer.headers["Content-Disposition"] == f"attachment; filename=register.{kind}"
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.get_data()


def csv_lines(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8"), newline="")))


def csv_rows(raw: bytes) -> tuple[list[tuple[str, ...]], dict[str, str]]:
    """(rows, facts): the facts follow the rows, the first of them naming the site."""
    head, *lines = csv_lines(raw)
    assert tuple(head) == HEAD
    assert {len(line) for line in lines} == {len(HEAD)}
    cut = next(n for n, line in enumerate(lines) if line[0] in ("Site", "Demonstration"))
    return [tuple(line) for line in lines[:cut]], {line[0]: line[1] for line in lines[cut:]}


def xlsx_rows(raw: bytes) -> tuple[list[tuple[str, ...]], dict[str, str]]:
    book = load_workbook(io.BytesIO(raw))
    head, *rows = [tuple(cell.value or "" for cell in row) for row in book["Rows"].iter_rows()]
    assert head == HEAD
    kinds = {cell.data_type for row in book["Rows"].iter_rows() for cell in row}
    assert kinds <= {"inlineStr", "s", "n"}, kinds
    return rows, {row[0].value: row[1].value for row in book["About"].iter_rows()}


def pdf_text(raw: bytes) -> str:
    """The words of a PDF without the spaces and line ends that only its layout has."""
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(raw)).pages))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


@pytest.mark.parametrize("query", ["", f"?where={GROUP}", "?state=CLEARED", "?only=exceptions", "?tier=high&name=a"])
def test_csv_xlsx_and_pdf_have_the_same_rows(named: Clinic, query: str) -> None:
    rows, facts = csv_rows(fetch(named, "csv", query))
    sheet, about = xlsx_rows(fetch(named, "xlsx", query))
    assert [tuple(map(safe_cell, row)) for row in sheet] == rows
    assert int(facts["Rows"]) == len(rows) == int(about["Rows"])
    for name in ("As of", "As known", "Policy", "Filters", "Note"):
        assert facts[name] == about[name]
        assert facts[name]
    assert LINE in facts["Note"]
    assert "under policy 1." in facts["Note"]
    text = pdf_text(fetch(named, "pdf", query))
    place = 0
    for row in sheet:
        for cell in row:
            shown = squeezed(printable(cell)[0])
            at = text.find(shown, place) if shown.isascii() else place
            assert at >= 0, f"{shown} of {row} is not in the PDF, or not in its place"
    assert squeezed(LINE) in text
    assert text.count("Notalicence") >= 2  # at the end, and at the foot of each page


def test_the_page_shows_as_many_rows_as_the_files_and_links_to_the_same_ones(named: Clinic) -> None:
    page = named.client("director").get(f"/register?where={GROUP}&state=NOT+CLEARED")
    rows, _ = csv_rows(fetch(named, "csv", f"?where={GROUP}&state=NOT+CLEARED"))
    assert f"{len(rows)} rows" in words_of(page)
    body = page.get_data(as_text=True).replace("&amp;", "&")
    assert body.count("<tr>") - 1 == len(rows)
    asked = (f"state=NOT+CLEARED&where={GROUP}", f"where={GROUP}&state=NOT+CLEARED")
    assert any(f"/register.xlsx?{query}" in body for query in asked)


def test_exceptions_stand_first_in_every_file(named: Clinic) -> None:
    number = named.scalar(f"SELECT max(id) FROM document WHERE holder_id = {named.ids['trainee']} AND kind = 'licence'")
    client = named.client("second")
    refused = {"verdict": "refused", "how": "The register does not know it.", "password": PASSWORD}
    assert client.post(f"/documents/{number}", data=refused).status_code == 302
    rows, facts = csv_rows(fetch(named, "csv"))
    exceptions = int(facts["Exceptions"])
    assert exceptions >= 2
    assert {row[4].split(",")[0] for row in rows[:exceptions]} <= {"Blocked", "Suspended", "Revoked", "On hold", "Expired"}
    assert all(row[8] for row in rows[:exceptions]), "an exception says what mends it"
    only, _ = csv_rows(fetch(named, "csv", "?only=exceptions"))
    assert only == rows[:exceptions]


def test_no_cell_of_the_csv_begins_a_formula(named: Clinic) -> None:
    for line in csv_lines(fetch(named, "csv")):
        assert not any(cell.lstrip()[:1] in set("=+-@\uff1d") for cell in line if cell), line


def test_a_name_that_the_fonts_cannot_print_is_replaced_and_said(named: Clinic) -> None:
    text = pdf_text(fetch(named, "pdf", "?name=%E7%94%B0"))
    assert MISSING * 2 in text
    assert squeezed("stands for a character that the fonts of this file do not have") in text
    assert MISSING not in pdf_text(fetch(named, "pdf", "?name=Tara"))


def test_equal_registers_make_equal_bytes(named: Clinic) -> None:
    for kind in ("csv", "xlsx", "pdf"):
        assert fetch(named, kind) == fetch(named, kind)


def test_a_pdf_is_tagged_for_screen_readers_and_names_its_title_and_language(named: Clinic) -> None:
    root: Any = PdfReader(io.BytesIO(fetch(named, "pdf"))).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "Register of" in PdfReader(io.BytesIO(fetch(named, "pdf"))).metadata.title


def test_each_row_of_a_grant_carries_the_printed_name_the_instant_and_the_meaning_of_its_signature(named: Clinic) -> None:
    rows, _ = csv_rows(fetch(named, "csv", "?state=CLEARED"))
    assert len(rows) == 2
    for row in rows:
        assert row[9].startswith("Dora Director, 24 Nov 2026, 09:00:00 UTC+00:00: I grant independent practice to Tara Trainee")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?where=left-elbow", "no such group or region"), ("?tier=deadly", "no such hazard"), ("?state=FINE", "no such standing"),
        ("?only=all", "only exceptions"), (f"?name={'x' * 5000}", "at most 100 letters"), ("?as_of=2027-02-30", "2027-03-03"),
        ("?where=" + "x" * 5000, "no such group or region"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/register", "/register.csv", "/register.xlsx", "/register.pdf"])
def test_what_does_not_exist_is_refused_with_words(clinic_of_module: Clinic, path: str, query: str, words: str) -> None:
    answer = clinic_of_module.client("director").get(path + query)
    assert (answer.status_code, words in words_of(answer)) == (422, True), words_of(answer)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_another_sites_register_is_not_found(clinic_of_module: Clinic, kind: str) -> None:
    path = f"/register.{kind}?site={clinic_of_module.sites['north']}"
    assert clinic_of_module.client("southern").get(path).status_code == 404
    assert clinic_of_module.client("trainee").get(path).status_code == 403
    assert clinic_of_module.client("auditor").get(path).status_code == 200


def test_an_instant_that_is_still_ahead_is_marked_as_such_on_the_page_and_in_every_file(named: Clinic) -> None:
    query = "?as_of=2027-03-03"
    assert "This looks ahead." in words_of(named.client("director").get(f"/register{query}"))
    _, facts = csv_rows(fetch(named, "csv", query))
    assert "Not a standing of today" in facts["Looking ahead"]
    assert facts["As known"].startswith("24 Nov 2026")
    assert squeezed("looking ahead") in pdf_text(fetch(named, "pdf", query))
    assert xlsx_rows(fetch(named, "xlsx", query))[1]["Title"].endswith("looking ahead")


def test_a_table_too_long_for_paper_is_refused_and_says_what_to_take_instead() -> None:
    table = Table("Long", (), ("A",), [("x",)] * (MOST_ROWS + 1), "Line")
    with pytest.raises(InvalidInput, match="take the CSV"):
        table_pdf(table)


def test_control_characters_do_not_break_a_file() -> None:
    table = Table("T", (("As of", "now"),), ("A", "B"), [("a\x01b\x0b", "\ud800 x\ufffe"), ("", "y\r\nz")], "Line")
    sheet = load_workbook(io.BytesIO(xlsx_bytes(table)))["Rows"]
    assert sheet["A2"].value == "a\ufffdb\ufffd" == written("a\x01b\x0b")
    assert MISSING in pdf_text(table_pdf(table))


def test_the_register_page_asks_few_statements(named: Clinic) -> None:
    client = named.client("director")
    client.get("/register")
    with named.app.app_context(), counted_statements(db.engine) as seen:
        assert client.get("/register").status_code == 200
    assert_at_most(23, seen)
