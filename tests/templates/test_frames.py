from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from tests.templates.pages import TEMPLATES, render

NAV = [
    {"label": "Next step", "href": "/home", "icon": "home", "current": False},
    {"label": "Queue", "href": "/queue", "icon": "queue", "current": True, "count": 7},
]
SIGNED_IN: dict[str, Any] = {
    "nav": NAV,
    "person": SimpleNamespace(printed_name="Imre Quillfeather"),
    "sign_out_action": "/sign-out",
    "theme": "dark",
    "bank_notice": "Educational draft, not yet reviewed by a licensed clinician.",
}
PAGE = '{% extends "base.html" %}{% block heading %}7 wait for you{% endblock %}{% block content %}<p>Here.</p>{% endblock %}'
PUBLIC = '{% extends "base_public.html" %}{% block heading %}Check a code{% endblock %}'
EXAM = '{% extends "base_exam.html" %}{% block title %}Item 1 of 26{% endblock %}{% block content %}<h1>Item 1</h1>{% endblock %}'


def test_the_tab_carries_the_heading_and_the_name_of_the_product() -> None:
    assert "<title>7 wait for you · Needle Clearance</title>" in render(PAGE, **SIGNED_IN)


def test_the_current_entry_of_the_menu_is_marked_and_counts_are_read_out() -> None:
    html = render(PAGE, **SIGNED_IN)
    assert re.search(r'<a href="/queue" aria-current="page">.*7<span class="sr-only"> waiting</span>', html)
    assert '<a href="/home">' in html


def test_signing_out_is_a_form_with_a_token() -> None:
    form = re.search(r'<form method="post" action="/sign-out"[^>]*>(.*?)</form>', render(PAGE, **SIGNED_IN), re.S)
    assert form is not None
    assert 'name="csrf_token"' in form[1]


def test_a_name_may_be_given_as_plain_text() -> None:
    assert "<strong>Imre</strong>" in render(PAGE, person="Imre", nav=NAV)


@pytest.mark.parametrize(("theme", "attribute"), [("dark", ' data-theme="dark"'), ("auto", ""), (None, "")])
def test_the_theme_is_fixed_only_when_somebody_chose_one(theme: str | None, attribute: str) -> None:
    assert f'<html lang="en"{attribute}>' in render(PAGE, theme=theme)


def test_a_second_column_appears_only_when_it_holds_something() -> None:
    assert 'class="split"' not in render(PAGE)
    assert 'class="split"' in render(PAGE + "{% block aside %}<p>Beside.</p>{% endblock %}")


def test_the_content_is_shown_once_with_and_without_a_second_column() -> None:
    for page in (PAGE, PAGE + "{% block aside %}x{% endblock %}"):
        assert render(page).count("<p>Here.</p>") == 1


@pytest.mark.parametrize("page", [PAGE, PUBLIC, EXAM])
def test_a_demonstration_says_so_on_every_frame(page: str) -> None:
    assert "Nothing here is a real clearance." in render(page, installation_kind="demonstration")
    assert "Nothing here is a real clearance." not in render(page, installation_kind="real")


@pytest.mark.parametrize("page", [PAGE, EXAM])
def test_the_draft_notice_stands_where_learners_read_the_bank(page: str) -> None:
    assert SIGNED_IN["bank_notice"] in render(page, **SIGNED_IN)
    assert 'class="draft' not in render(page, bank_notice=None)


@pytest.mark.parametrize("page", [PAGE, PUBLIC, EXAM])
def test_a_frame_needs_no_context_at_all(page: str) -> None:
    html = render(page)
    assert html.count("<main") == 1
    assert html.count("<h1") == 1
    assert '<a class="skip" href="#main">' in html


def test_flashed_messages_are_polite_and_escaped() -> None:
    html = render(PAGE, flashed=(("ok", "Saved."), ("stop", "<b>No</b>"), ("message", "Plain.")))
    assert 'class="flashes" role="status"' in html
    assert "note note--ok" in html
    assert "note note--stop" in html
    assert "&lt;b&gt;No&lt;/b&gt;" in html


def test_hostile_names_in_the_frame_are_escaped() -> None:
    evil = '"><script>x</script>'
    nav = [{"label": evil, "href": evil, "icon": evil, "current": False}]
    html = render(PAGE, person=evil, nav=nav, organisation=evil)
    assert "<script>" not in html


ERROR: dict[str, Any] = {"status": 409, "title": "It changed", "what_happened": "Another window was faster."}


@pytest.mark.parametrize("context", [{}, SIGNED_IN])
def test_an_error_page_says_what_happened_and_what_to_do_to_anybody(context: dict[str, Any]) -> None:
    html = render('{% extends "errors/error.html" %}', what_to_do="Load it again.", **ERROR, **context)
    assert "Error 409" in html
    for words in ("It changed", "Another window was faster.", "Load it again."):
        assert words in html


def test_an_error_page_leads_on_to_the_place_it_was_given() -> None:
    html = render('{% extends "errors/error.html" %}', what_to_do="", link=("/quizzes", "Back to the exams"), **ERROR)
    assert '<a class="btn btn--primary btn--big" href="/quizzes">Back to the exams</a>' in html


def test_the_no_permission_page_names_who_it_is_for() -> None:
    html = render('{% extends "errors/403.html" %}', needed="a supervisor of this site", **SIGNED_IN)
    assert "It is for a supervisor of this site." in html
    assert "Error 403" in html


def test_the_page_for_a_fault_needs_neither_context_nor_functions_nor_filters() -> None:
    bare = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    html = bare.get_template("errors/500.html").render()
    assert "Something went wrong on our side" in html
    assert "reference" not in html
    assert "3MAR-7K2Q" in bare.get_template("errors/500.html").render(reference="3MAR-7K2Q")
