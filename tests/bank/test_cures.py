"""The words of a refusal, and what to do."""

from __future__ import annotations

import pytest

from app.bank.cures import field_of, message_and_cure


@pytest.mark.parametrize(
    ("said", "message", "cure"),
    [
        ("Field required", "This field is missing.", "Add it."),
        ("Input should be 'exam' or 'practice'", "not one of those allowed", "Write 'exam' or 'practice'."),
        ("Input should be less than or equal to 5", "too large", "Write 5 or less."),
        ("String should have at most 300 characters", "too long", "Shorten it to 300 characters."),
        ("Tuple should have at least 3 items after validation, not 2", "too few entries", "Write at least 3."),
        ("an option is correct or dangerous, not both: decide which", "An option is correct or", "Decide which."),
        (
            "exactly one option must have correct: true",
            "Exactly one option must have correct: true.",
            "Mend this field.",
        ),
    ],
)
def test_a_refusal_becomes_a_message_and_a_cure(said: str, message: str, cure: str) -> None:
    found = message_and_cure(said)
    assert message in found[0]
    assert found[1].startswith(cure)


def test_an_unknown_type_is_a_problem_of_the_field_type() -> None:
    said = "Input tag 'essay' found using 'type' does not match any of the expected tags: 'single_best_answer', 'ordering'"
    assert field_of("", said) == "type"
    assert message_and_cure(said)[1].startswith("Write one of 'single_best_answer', 'ordering'.")


def test_other_refusals_keep_their_field() -> None:
    assert field_of("options.0.text", "Field required") == "options.0.text"
