from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jinja2 import Environment, nodes

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


def _imports(tree: nodes.Template) -> dict[str, tuple[str, str]]:
    """Name → (file, macro) for everything that a template imports at its top."""
    found = [(one, name) for one in tree.body if isinstance(one, nodes.FromImport) for name in one.names]
    pairs = [(one, name if isinstance(name, tuple) else (name, name)) for one, name in found]
    return {name[1]: (one.template.as_const(), name[0]) for one, name in pairs}


def _names(tree: nodes.Template) -> set[str]:
    """Every name that a template gives a meaning at its top, where its blocks see it."""
    sets = [one for one in tree.body if isinstance(one, nodes.Assign | nodes.AssignBlock)]
    stored = {name.name for one in sets for name in one.find_all(nodes.Name) if name.ctx == "store"}
    return stored | set(_imports(tree)) | {one.name for one in tree.body if isinstance(one, nodes.Macro)}


def _given(tree: nodes.Template) -> set[str]:
    """The same, and every name that the view gives: one that is read and that the page itself never sets."""
    names = list(tree.find_all(nodes.Name))
    return _names(tree) | ({n.name for n in names if n.ctx == "load"} - {n.name for n in names if n.ctx != "load"})


def _parsed(path: Path) -> nodes.Template:
    return Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))


def _frames(tree: nodes.Template) -> list[nodes.Template]:
    """Every template that this one extends or may extend, and those above them."""
    names = [c.value for one in tree.body if isinstance(one, nodes.Extends) for c in one.find_all(nodes.Const)]
    found = [_parsed(TEMPLATES / name) for name in names]
    return found + [above for one in found for above in _frames(one)]


@pytest.mark.parametrize("page", PAGES, ids=named(PAGES))
def test_no_name_of_a_page_is_one_that_its_frame_gives_another_meaning(page: Path) -> None:
    """In a block the frame's meaning wins silently: a page that set `restored` once read a macro of that name, always true."""
    tree = _parsed(page)
    for frame in _frames(tree):
        same = {name for name, what in _imports(tree).items() if _imports(frame).get(name) == what}
        assert (_given(tree) & _names(frame)) - same == set()


def test_some_page_has_a_frame_with_names() -> None:
    assert "restored" in {name for page in PAGES for frame in _frames(_parsed(page)) for name in _names(frame)}
