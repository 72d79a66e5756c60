from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.templates.pages import APP, STATIC, TEMPLATES, render

PAGES = sorted(APP.rglob("templates/**/*.html"))
SHEETS = sorted((STATIC / "css").glob("*.css"))
MODULES = sorted((STATIC / "js").glob("*.js"))
SYMBOLS = {symbol.get("id") for symbol in ElementTree.parse(STATIC / "icons.svg").getroot()}
OWN_HOST = re.compile(r"(?<!xmlns=\")https?://|[\"'(]//")


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(APP)) for path in paths]


@pytest.mark.parametrize("page", PAGES, ids=named(PAGES))
def test_no_page_has_inline_style_or_script(page: Path) -> None:
    text = re.sub(r"{#.*?#}", "", page.read_text(encoding="utf-8"), flags=re.S)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", PAGES + SHEETS + MODULES, ids=named(PAGES + SHEETS + MODULES))
def test_nothing_comes_from_another_host(path: Path) -> None:
    assert not OWN_HOST.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=named(PAGES))
def test_every_icon_that_a_page_names_is_drawn(page: Path) -> None:
    names = set(re.findall(r"\bicon\(\"([a-z-]+)\"", page.read_text(encoding="utf-8")))
    drawn = render('{% from "macros/icons.html" import icon %}{% for n in names %}{{ icon(n) }}{% endfor %}', names=sorted(names))
    assert set(re.findall(r"icons\.svg#([a-z-]+)", drawn)) <= SYMBOLS


def test_every_other_name_of_an_icon_leads_to_one_that_is_drawn() -> None:
    source = '{% import "macros/icons.html" as icons %}{{ icons.OTHER_NAMES.values()|join(" ") }}'
    assert {f"i-{name}" for name in render(source).split()} <= SYMBOLS


@pytest.mark.parametrize("sheet", SHEETS, ids=named(SHEETS))
def test_every_token_that_a_style_sheet_uses_is_defined(sheet: Path) -> None:
    everything = "\n".join(path.read_text(encoding="utf-8") for path in SHEETS)
    defined = set(re.findall(r"(--[a-z0-9-]+)\s*:", everything))
    assert set(re.findall(r"var\((--[a-z0-9-]+)", sheet.read_text(encoding="utf-8"))) <= defined


@pytest.mark.parametrize("sheet", SHEETS, ids=named(SHEETS))
def test_the_braces_of_a_style_sheet_match(sheet: Path) -> None:
    text = sheet.read_text(encoding="utf-8")
    assert text.count("{") == text.count("}")


def test_every_macro_file_documents_each_macro_it_offers() -> None:
    for path in sorted((TEMPLATES / "macros").glob("*.html")):
        text = path.read_text(encoding="utf-8")
        about = text.split("#}", 1)[0]
        inner = {"one_badge", "first_id", "summary_lines", "described_by", "hint_and_errors", "optional_mark"}
        offered = set(re.findall(r"{% macro ([a-z_]+)\(", text)) - inner
        assert {name for name in offered if f"{name}(" not in about} == set(), path.name
