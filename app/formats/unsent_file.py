"""Files of unsent answers, as the exam page saves them when the server cannot be reached: read strictly, or refused."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, ValidationError

from app.domain.errors import InvalidInput
from app.domain.strict import Strict

MOST_BYTES = 256 * 1024
FORMAT = "needle-clearance/unsent-answers/1"
_NO_SUCH_FILE = "This is no file of unsent answers. Choose the one that the exam page saved; its name begins with unsent-answers."
_ALTERED = "This file was changed after the exam page saved it: its digest does not fit. Take the file as it was saved."
Key = Annotated[int, Field(ge=1, le=2**31 - 1)]


class UnsentAnswer(Strict):
    """One answer that had not reached the server, with the id it was to be sent with."""

    op_id: Annotated[str, Field(min_length=8, max_length=64)]
    position: Key
    base_seq: Annotated[int, Field(ge=0)]
    payload: dict[str, Any]
    certainty: str | None
    client_at: Annotated[AwareDatetime, Field(strict=False)]


class UnsentFile(Strict):
    """The unsent answers of one person in one attempt, in the order they were given."""

    format: str
    attempt: Key
    person: Key
    made_at: Annotated[AwareDatetime, Field(strict=False)]
    ops: Annotated[list[UnsentAnswer], Field(min_length=1, max_length=500)]
    sha256: str


def read_unsent(data: bytes) -> UnsentFile:
    """The file, if it is whole; raises InvalidInput with what to do otherwise.

    The digest shows a file that was damaged or edited by hand. It is no proof of who wrote it, so what comes this way is
    evidence and never counts by itself.
    """
    if len(data) > MOST_BYTES:
        raise InvalidInput("This file is larger than any that the exam page saves (256 KB). Choose the right one.")
    body = _parsed(data)
    if body.get("format") != FORMAT:
        raise InvalidInput(_NO_SUCH_FILE)
    content = {name: value for name, value in body.items() if name != "sha256"}
    if hashlib.sha256(plain_json(content).encode("utf-8", "surrogatepass")).hexdigest() != body.get("sha256"):
        raise InvalidInput(_ALTERED)
    try:
        return UnsentFile.model_validate(body)
    except ValidationError:
        raise InvalidInput(_NO_SUCH_FILE) from None


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InvalidInput(_NO_SUCH_FILE) from None
    if not isinstance(body, dict):
        raise InvalidInput(_NO_SUCH_FILE)
    return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number")


def plain_json(value: Any) -> str:
    """JSON as a browser writes it, with sorted names and without spaces: the text that the digest covers."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{plain_json(name)}:{plain_json(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(plain_json, value)) + "]"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")  # never as 1e-05, which a browser writes out
    return json.dumps(value, ensure_ascii=False)
