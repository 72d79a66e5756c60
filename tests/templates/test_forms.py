from __future__ import annotations

from typing import Any

import wtforms
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from tests.templates.pages import element, render

IMPORTS = (
    '{% from "macros/forms.html" import csrf, error_summary, field, group, tick, raw_input, raw_select, submit, act, '
    "signing_block with context %}"
)


class Record(wtforms.Form):
    name = wtforms.StringField("Printed name", [InputRequired("Fill this in.")], description="As in signatures.")
    role = wtforms.RadioField(
        "Role",
        [InputRequired("Choose one.")],
        choices=[SelectChoice("a", "Trainee | Learns"), SelectChoice("b", "Auditor")],
    )
    seen = wtforms.SelectMultipleField(
        "Seen",
        choices=[SelectChoice("x", "Consent"), SelectChoice("y", "Guard")],
        option_widget=CheckboxInput(),
        widget=ListWidget(),
    )
    external = wtforms.BooleanField("External", description="Does not work here.")
    depth = wtforms.StringField("Depth", [Optional()])
    password = wtforms.PasswordField("Password")
    code = wtforms.StringField("Code of your authenticator")


def macro(call: str, **context: Any) -> str:
    return render(IMPORTS + "{{ " + call + " }}", **context)


def refused() -> Record:
    form = Record(MultiDict({"name": ""}))
    assert not form.validate()
    return form


def test_a_field_ties_label_hint_and_error_to_its_input() -> None:
    found = element(macro("field(form.name)", form=refused()))
    box = next(found.iter("input"))
    ids = {e.get("id") for e in found.iter()}
    assert next(found.iter("label")).get("for") == box.get("id") == "name"
    assert (box.get("aria-describedby") or "").split() == ["name-hint", "name-error"]
    assert {"name-hint", "name-error"} <= ids
    assert box.get("aria-invalid") == "true"


def test_a_field_without_hint_and_error_describes_nothing() -> None:
    html = macro("field(form.depth, kind='number', unit='mm', inputmode='decimal')", form=Record())
    assert "aria-describedby" not in html
    assert "aria-invalid" not in html
    assert 'inputmode="decimal"' in html
    assert "mm</span>" in html
    assert "(optional)" in html


def test_the_value_typed_comes_back_escaped() -> None:
    html = macro("field(form.name)", form=Record(MultiDict({"name": '"><script>'})))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_radio_buttons_are_a_group_with_a_legend_and_its_error() -> None:
    found = element(macro("field(form.role, kind='choices')", form=refused()))
    group = next(found.iter("fieldset"))
    assert group.get("aria-describedby") == "role-error"
    assert "Role" in "".join(next(found.iter("legend")).itertext())
    assert [small.text for small in found.iter("small")] == ["Learns"]
    assert [e.get("id") for e in found.iter("input")] == ["role-0", "role-1"]


def test_a_list_of_checkboxes_is_a_group_too() -> None:
    found = element(macro("field(form.seen)", form=Record()))
    assert {e.get("type") for e in found.iter("input")} == {"checkbox"}
    assert len(list(found.iter("fieldset"))) == 1


def test_a_tick_keeps_its_description() -> None:
    html = macro("field(form.external)", form=Record())
    assert 'aria-describedby="external-hint"' in html
    assert "Does not work here." in html


def test_the_summary_links_to_every_field_in_the_order_of_the_page() -> None:
    found = element(macro("error_summary(form)", form=refused()))
    assert [a.get("href") for a in found.iter("a")] == ["#name", "#role-0"]
    assert "2 things to correct" in "".join(found.itertext())


def test_the_summary_holds_what_concerns_the_form_as_a_whole() -> None:
    form = refused()
    form.form_errors.append("Somebody else was faster.")
    words = "".join(element(macro("error_summary(form)", form=form)).itertext())
    assert "3 things to correct" in words
    assert "Somebody else was faster." in words


def test_a_form_without_errors_has_no_summary() -> None:
    assert macro("error_summary(form)", form=Record()).strip() == ""


class Option(wtforms.Form):
    text = wtforms.StringField("Text", [InputRequired("Write the option.")])


class Item(wtforms.Form):
    options = wtforms.FieldList(wtforms.FormField(Option), min_entries=2)


def test_the_summary_reaches_into_lists_of_forms() -> None:
    form = Item(MultiDict({"options-0-text": "", "options-1-text": "kept"}))
    assert not form.validate()
    found = element(macro("error_summary(form)", form=form))
    assert [a.get("href") for a in found.iter("a")] == ["#options-0-text"]


def test_a_signature_shows_its_meaning_its_signer_and_its_time_and_asks_for_the_password() -> None:
    call = "signing_block('I recommend.', 'Imre', '3 Mar 2027, 10:42', form, ['password', 'code'], snapshot='5e1c')"
    html = macro(call, form=Record())
    for words in (
        "I recommend.",
        "Imre",
        "3 Mar 2027, 10:42",
        "5e1c",
        'type="password"',
        'autocomplete="current-password"',
        'autocomplete="one-time-code"',
        "Six digits.",
    ):
        assert words in html


def test_a_fresh_sign_in_is_not_asked_for_the_password_again() -> None:
    assert "password" not in macro("signing_block('I grant.', 'Imre', 'now')")


def test_filters_keep_what_was_chosen() -> None:
    found = element(macro("raw_select('kind', 'Kind', [(1, 'One'), (2, 'Two')], '2')"))
    assert [o.get("value") for o in found.iter("option") if o.get("selected") is not None] == ["2"]
    assert 'value="2027-03-03"' in macro("raw_input('as_of', 'As of', '2027-03-03', type='date')")


def test_a_single_act_is_a_form_with_a_token() -> None:
    found = element(macro("act('Deactivate', '/people/3/deactivate', 'stop')"))
    form = next(found.iter("form"))
    assert (form.get("method"), form.get("action")) == ("post", "/people/3/deactivate")
    assert [e.get("name") for e in found.iter("input")] == ["csrf_token"]
