"""Put what the domain found wrong beside the fields that it is about."""

from __future__ import annotations

from typing import Any

from app.domain.errors import InvalidInput


def put_problems(form: Any, error: InvalidInput) -> None:
    """Add each problem to the field of its path; those without a field go to the form as a whole."""
    for path, message in error.problems:
        field = form._fields.get(path)
        if field is not None:
            field.errors = [*field.errors, message]
        else:
            form.form_errors.append(message)
