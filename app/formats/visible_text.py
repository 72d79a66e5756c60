"""Bytes → text in which a reviewer sees everything that a program sees."""

from __future__ import annotations

from typing import NoReturn

from app.domain.strict import HIDDEN
from app.formats.file_problems import BrokenFile, FileProblem

MAX_BYTES = 1_000_000


def decode(content: bytes, file: str) -> str:
    """UTF-8 text with plain line ends; raises BrokenFile for a large file, another encoding, or hidden characters."""

    def refuse(line: int, message: str, cure: str) -> NoReturn:
        raise BrokenFile([FileProblem(file, line, "", message, cure)])

    if len(content) > MAX_BYTES:
        refuse(1, f"The file has more than {MAX_BYTES:,} bytes.", "Split it into several files.")
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        refuse(line, "The file is not UTF-8 text.", "Save it with the encoding UTF-8.")
    problems = [
        FileProblem(file, number, "", *hidden)
        for number, line in enumerate(text.split("\n"), start=1)
        if (hidden := hidden_character(line))
    ]
    if problems:
        raise BrokenFile(problems)
    return text


def hidden_character(text: str) -> tuple[str, str] | None:
    """(what, cure) for the first character that a reviewer would not see; line feeds are fine."""
    found = HIDDEN.search(text)
    if found is None:
        return None
    if found.group() == "\t":
        return "There is a tab.", "Use spaces."
    if found.group() == "\ufeff":
        return "There is a byte order mark.", "Save the file as UTF-8 without it."
    number = f"U+{ord(found.group()):04X}"
    return f"There is a control or invisible character ({number}).", "Delete it, or type the visible one."
