"""The strict reader gives plain data with lines, or every reason why not."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.formats.file_problems import BrokenFile, FileProblem
from app.formats.strict_yaml import MAX_PROBLEMS, Document, load
from app.formats.visible_text import MAX_BYTES


def refused(text: str | bytes) -> tuple[FileProblem, ...]:
    with pytest.raises(BrokenFile) as caught:
        load(text if isinstance(text, bytes) else text.encode(), "bank/a.yaml")
    return caught.value.file_problems


def test_plain_values_keep_their_kind() -> None:
    text = b'a: word\nb: "no"\nc: -12\nd: 22.5\ne: true\nf: null\ng: "012"\nh: [x, n]\ni: >-\n  two\n  lines\n'
    assert load(text, "f").data == {
        "a": "word", "b": "no", "c": -12, "d": 22.5, "e": True, "f": None, "g": "012", "h": ["x", "n"],
        "i": "two lines",
    }  # fmt: skip


def test_every_field_knows_its_line_and_a_missing_one_that_of_the_field_around_it() -> None:
    document = load(b"a: 1\nb:\n  - {id: x, text: y}\n  - id: z\n    text: w\n", "f")
    assert document.line_of(("a",)) == 1
    assert document.line_of(("b", 0, "text")) == 3
    assert document.line_of(("b", 1, "text")) == 5
    assert document.line_of(("b", 1, "rationale")) == 4
    assert document.line_of(("c",)) == 1


def test_parts_of_a_path_that_the_file_does_not_have_are_passed_over() -> None:
    document = load(b"high:\n  requirements:\n    - kind: exam\n      quiz: x\n", "f")
    assert document.line_of(("high", "requirements", 0, "exam", "quiz")) == 4


@pytest.mark.parametrize("word", ["no", "Yes", "ON", "off", "True", "012", "0x1F", "1_000", "+1", "1:30", "0o17"])
def test_words_that_yaml_turns_into_something_else_must_be_quoted(word: str) -> None:
    (problem,) = refused(f"a: 1\nb: {word}\n")
    assert (problem.file, problem.line, problem.field) == ("bank/a.yaml", 2, "b")
    assert word in problem.message
    assert "quotes" in problem.cure
    assert load(f'b: "{word}"'.encode(), "f").data == {"b": word}


DATES = ["2026-11-24", "2026-11-24T10:00:00Z"]
ODD_NUMBERS = [".5", "1.", "1e3", "1.5e+3", ".inf", ".nan"]


@pytest.mark.parametrize("word", [*DATES, *ODD_NUMBERS, "~", "Null", "=", "<<"])
def test_dates_odd_numbers_and_signs_must_be_quoted_too(word: str) -> None:
    (problem,) = refused(f"b: [{word}]\n")
    assert (problem.line, problem.field) == (1, "b.0")
    assert problem.cure


@given(st.text(alphabet="0123456789.:_-+eExXoOnaifNAIFtrue~ ysTZ", min_size=1, max_size=12))
def test_a_plain_word_that_is_accepted_means_the_same_to_the_safe_loader(word: str) -> None:
    text = f"a: {word}\n".encode()
    try:
        ours = load(text, "f").data
    except BrokenFile:
        return
    assert repr(ours) == repr(yaml.safe_load(text))


def test_a_field_that_is_there_twice_names_both_lines() -> None:
    (problem,) = refused("a: 1\nb: 2\na: 3\n")
    assert (problem.line, problem.field) == (3, "a")
    assert "line 1" in problem.message


def test_the_same_name_in_two_places_is_no_duplicate() -> None:
    assert load(b"a: {x: 1}\nb: {x: 2}\n", "f").data == {"a": {"x": 1}, "b": {"x": 2}}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: &here 1\nb: 2\n", 1, "anchor"),
        ("a: 1\nb: *here\n", 2, "here"),
        ("a: !!str 1\n", 1, "tag"),
        ("a: !python/object:os.system x\n", 1, "tag"),
        ("%YAML 1.1\n---\na: 1\n", 1, "directive"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: 1\n1: b\n", 2, "not text"),
        ("a: 1\nno: b\n", 2, "yes or no"),
        ("? [a]\n: b\n", 1, "name"),
        ("a:\nb: 1\n", 1, "missing"),
        ("", 1, "empty"),
        ("# a comment alone\n", 1, "empty"),
        ("a: b: c\n", 1, "not YAML"),
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "not YAML"),
        ('a: 1\nb: "open\nc: 1\n', 2, "not YAML"),
        ("a: @b\n", 1, "not YAML"),
        ("a:\n\t- b\n", 2, "tab"),
        ("a: b\x07\n", 1, "U+0007"),
        ("a: 1\nb: x\u202ey\n", 2, "U+202E"),
        ("a: x\u2028b: y\n", 1, "U+2028"),
        ('a: "x\\u202ey"\n', 1, "U+202E"),
        ("a: x\u200by\n", 1, "U+200B"),
        ("\ufeffa: 1\n", 1, "byte order mark"),
        ('a: "\\ud800"\n', 1, "not YAML"),
        ("a: x\ry\n", 1, "U+000D"),
    ],
)
def test_what_is_refused_says_where_and_how_to_mend_it(text: str, line: int, words: str) -> None:
    problem = refused(text)[0]
    assert problem.line == line
    assert words in problem.message
    assert len(problem.cure) > 10


def test_text_that_is_not_utf_8_names_the_line() -> None:
    (problem,) = refused(b"a: 1\nb: caf\xe9\n")
    assert (problem.line, problem.cure) == (2, "Save it with the encoding UTF-8.")


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    (problem,) = refused(b"a: " + b"x" * MAX_BYTES)
    assert "1,000,000" in problem.message


@pytest.mark.parametrize("depth", [25, 5000])
def test_deep_nesting_is_refused(depth: int) -> None:
    assert "nesting" in refused("[" * depth)[0].message


def test_all_problems_of_a_file_come_at_once() -> None:
    problems = refused("a: no\nb: &x 1\nc: 1:30\na: 2\n")
    assert [(p.line, p.field) for p in problems] == [(1, "a"), (2, "b"), (3, "c"), (4, "a")]


def test_a_flood_of_problems_is_cut_off() -> None:
    assert len(refused("a: [" + "no, " * 5000 + "no]\n")) == MAX_PROBLEMS


def test_windows_line_ends_are_accepted() -> None:
    document = load(b"a: 1\r\nb: 2\r\n", "f")
    assert (document.data, document.line_of(("b",))) == ({"a": 1, "b": 2}, 2)


def outcome(text: bytes) -> Document | tuple[FileProblem, ...]:
    try:
        return load(text, "f")
    except BrokenFile as broken:
        return broken.file_problems


@given(st.one_of(st.binary(max_size=200), st.text(alphabet="ab:-[]{}\"'&*!|>%#@`, \n?", max_size=60).map(str.encode)))
def test_no_bytes_make_the_reader_fall_over(text: bytes) -> None:
    found = outcome(text)
    assert isinstance(found, Document) or all(p.line >= 1 and p.message and p.cure for p in found)
