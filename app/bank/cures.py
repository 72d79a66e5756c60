"""What a refused field means in plain words, and what to do about it."""

from __future__ import annotations

import re

REFERENCE = "docs/reference/bank.md lists the fields."

# The form's own words (left) say what a program saw; a writer of items needs to know what to do.
_WORDS: tuple[tuple[str, str, str], ...] = (
    (r"Field required", "This field is missing.", "Add it."),
    (r"Extra inputs are not permitted", "There is no field of this name here.", "Correct its name, or delete it."),
    (r"Input should be a valid string", "This is not text.", "Write text, in quotes if it looks like a number."),
    (r"Input should be a valid integer.*", "This is not a whole number.", "Write a number without quotes or decimals."),
    (r"Input should be a valid number.*", "This is not a number.", "Write a number without quotes."),
    (r"Input should be a valid boolean", "This is neither true nor false.", "Write true or false, without quotes."),
    (r"Input should be a valid tuple|Input should be a valid list", "This is not a list.", "Write a list: [a, b]."),
    (
        r"Input should be a valid dictionary.*|Input should be an object|.* object to extract fields from",
        "This is not a set of fields.",
        "Write fields, each with its value.",
    ),
    (r"Input should be ('.*'|\d+)", "This word is not one of those allowed here.", r"Write \1."),
    (r"Input should be greater than or equal to (\S+)", "The number is too small.", r"Write \1 or more."),
    (r"Input should be less than or equal to (\S+)", "The number is too large.", r"Write \1 or less."),
    (r"Input should be greater than (\S+)", "The number is too small.", r"Write more than \1."),
    (r"Input should be less than (\S+)", "The number is too large.", r"Write less than \1."),
    (r"Input should be a finite number", "This is not a finite number.", "Write a plain decimal number."),
    (r"Input should be None", "A value stands here.", "Write null."),
    (r"String should have at least (\d+) characters?", "The text is too short.", r"Write at least \1 characters."),
    (r"String should have at most (\d+) characters?", "The text is too long.", r"Shorten it to \1 characters."),
    (
        r"String should match pattern .*",
        "The name has characters that it may not have.",
        "Use lower-case letters, digits and single hyphens: upper-trapezius-001.",
    ),
    (r"\w+ should have at least (\d+) items?.*", "There are too few entries.", r"Write at least \1."),
    (r"\w+ should have at most (\d+) items?.*", "There are too many entries.", r"Keep at most \1."),
    (r"Unable to extract tag using discriminator '(\w+)'", r"The field \1 is missing.", r"Add \1."),
    (
        r"Input tag '(.*)' found using '(\w+)' does not match any of the expected tags: (.*)",
        r"\1 is no \2 that is known.",
        r"Write one of \3.",
    ),
)
_TABLE = tuple((re.compile(pattern, re.DOTALL), message, cure) for pattern, message, cure in _WORDS)


def message_and_cure(said: str) -> tuple[str, str]:
    """What is wrong and how to mend it, from the words of a refusal ("what: cure" or a form's own)."""
    for pattern, message, cure in _TABLE:
        found = pattern.fullmatch(said)
        if found:
            return found.expand(message), f"{found.expand(cure)} {REFERENCE}"
    what, colon, cure = said.rpartition(": ")
    if colon and " " in cure:
        return _sentence(what), _sentence(cure)
    return _sentence(said), f"Mend this field. {REFERENCE}"


def field_of(path: str, said: str) -> str:
    """The field of a refusal; one that is about the field which tells kinds apart says so only in its words."""
    kind = re.search(r"discriminator '(\w+)'|found using '(\w+)'", said)
    return f"{path}.{kind[1] or kind[2]}".lstrip(".") if kind else path


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"
