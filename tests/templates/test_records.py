from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from tests.templates.pages import element, render

UI = (
    '{% from "macros/ui.html" import badge, tag, line, empty, time, day, facts, steps, depth_marks, score, score_bar, '
    "pager, timeline, tabs, crumbs, standing_cell, evidence_item, answer_room, table, cell, row_head %}"
)
EXAM = '{% from "macros/exam.html" import gauge, option, place, palette, certainty %}'
NOON = datetime(2027, 3, 3, 12, 0, tzinfo=UTC)


def macro(call: str, **context: Any) -> str:
    return render(UI + EXAM + "{{ " + call + " }}", **context)


@pytest.mark.parametrize(
    ("standing", "words", "kind"),
    [
        ("cleared", "CLEARED", "cleared"),
        ("CLEARED", "CLEARED", "cleared"),
        ("observer", "ONLY WITH AN OBSERVER", "observer"),
        ("ONLY WITH AN OBSERVER", "ONLY WITH AN OBSERVER", "observer"),
        ("NOT CLEARED", "NOT CLEARED", "stop"),
        ("CANNOT CONFIRM", "CANNOT CONFIRM", "unknown"),
        ("unknown", "CANNOT CONFIRM", "unknown"),
        ("suspended", "SUSPENDED", "suspended"),
    ],
)
def test_a_badge_says_the_word_of_the_glossary_with_an_icon(standing: str, words: str, kind: str) -> None:
    html = macro("badge(standing)", standing=standing)
    assert f"badge--{kind}" in html
    assert html.count("<svg") == 1
    assert "".join(element(html).itertext()).strip() == words


def test_a_mark_stands_beside_the_standing_never_instead_of_it() -> None:
    words = "".join(element(macro("badge('cleared', 'expiring')")).itertext())
    assert words.strip() == "CLEAREDEXPIRING"


def test_a_word_that_no_badge_knows_never_looks_cleared() -> None:
    html = macro("badge('lapsed')")
    assert "badge--unknown" in html
    assert "LAPSED" in html


def test_times_are_readable_by_people_and_by_machines() -> None:
    assert macro("time(at, 'Europe/Dublin')", at=NOON) == (
        '<time class="num" datetime="2027-03-03T12:00:00+00:00">3 Mar 2027, 12:00</time>'
    )
    assert "3 Mar 2027</time>" in macro("day(on)", on=date(2027, 3, 3))
    assert macro("day(none)", none=None) == "–"


def test_the_bar_is_short_below_its_cut_and_only_then() -> None:
    assert "fill--short" in macro("score_bar(value, cut)", value=Fraction(1, 2), cut=Fraction(7, 10))
    assert "fill--short" not in macro("score_bar(value, cut)", value=Fraction(7, 10), cut=Fraction(7, 10))
    assert 'class="cut"' not in macro("score_bar(value)", value=Fraction(1, 2))


def test_a_score_stands_beside_its_bar_in_figures() -> None:
    html = macro("score('Anatomy', value, cut, '(7 of 8)')", value=Fraction(7, 8), cut=Fraction(7, 10))
    assert "87 %" in html
    assert "(7 of 8)" in html


def test_the_step_after_those_done_is_the_current_one() -> None:
    items = list(element(macro("steps(['Learn', 'Exam', 'Cleared'], 1)")).iter("li"))
    assert [li.get("class") for li in items] == ["done", None, None]
    assert [li.get("aria-current") for li in items] == [None, "step", None]


def test_depth_marks_show_so_many_of_so_many() -> None:
    html = macro("depth_marks(4, 6)")
    assert html.count("<path") == 6
    assert html.count('class="done"') == 4


def test_pages_far_away_are_left_out_and_the_ends_kept() -> None:
    found = element(macro("pager(6, 20, '/audit?page={page}&kind=a')"))
    labels = [a.get("aria-label") for a in found.iter("a")]
    assert labels == [
        "Previous page",
        "Page 1",
        "Page 4",
        "Page 5",
        "Page 6",
        "Page 7",
        "Page 8",
        "Page 20",
        "Next page",
    ]
    assert [a.get("href") for a in found.iter("a") if a.get("aria-current")] == ["/audit?page=6&kind=a"]


def test_a_single_page_offers_no_links() -> None:
    assert "<a " not in macro("pager(1, 1, '?page={page}')")


def test_evidence_without_details_has_nothing_to_open() -> None:
    assert "<details" not in macro("evidence_item('met', 'Exam', '92 %', 'Met')")


def test_a_cell_keeps_the_name_of_its_column() -> None:
    row = "<tr>{% call cell('Age', 'end') %}2 d{% endcall %}</tr>"
    call = "{% call table('Everybody', ['Person', ('Age', 'end')]) %}" + row + "{% endcall %}"
    found = element(render(UI + call))
    assert next(found.iter("td")).get("data-label") == "Age"
    assert [th.get("class") for th in found.iter("th")] == [None, "end"]
    assert next(found.iter("caption")).text == "Everybody"


def test_an_unknown_kind_of_room_answer_cannot_look_cleared() -> None:
    html = render(UI + "{% call answer_room('surprise', 'CANNOT CONFIRM') %}{% endcall %}")
    assert "answer-room--unknown" in html


def test_text_in_records_is_escaped() -> None:
    evil = "<script>x</script>"
    html = macro(
        "facts([(e, e)]) ~ timeline([{'at': at, 'words': e}]) ~ tag(e) ~ line('ok', e) ~ empty(e, e)"
        " ~ crumbs([(e, none)]) ~ evidence_item('met', e, e, e) ~ standing_cell(e, 'cleared', e)"
        " ~ option('n', e, 'A', e) ~ place('p', e, 2)",
        e=evil,
        at=NOON,
    )
    assert "<script>" not in html


def test_an_exam_option_looks_the_same_whatever_it_is_worth() -> None:
    first, second = (macro(f"option('option', '{key}', '{key}', 'Words')") for key in "AB")
    assert first.replace("A", "B") == second


def test_the_palette_says_each_state_in_words() -> None:
    cells = [
        {"number": 1, "answered": True, "flagged": True},
        {"number": 2, "unsaved": True, "answered": True},
        {"number": 3, "current": True},
    ]
    items = list(element(macro("palette(cells, '?q={number}')", cells=cells)).iter("a"))
    assert ["".join(a.itertext()) for a in items] == [
        "1, answered, flagged",
        "2, answered, not yet saved",
        "3, not answered",
    ]
    assert [a.get("href") for a in items] == ["?q=1", "?q=2", "?q=3"]
    assert items[2].get("aria-current") == "step"


def test_an_ordering_step_offers_each_place_once() -> None:
    found = element(macro("place('p1', 'Sit down', 3, 2)"))
    assert [o.get("value") for o in found.iter("option")] == ["", "1", "2", "3"]
    assert [o.get("value") for o in found.iter("option") if o.get("selected") is not None] == ["2"]
    assert next(found.iter("select")).get("aria-label") == "Place of: Sit down"
