"""The reference pack in force."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.catalogue.models import CatalogueVersion
from app.domain.catalogue import Catalogue, parse_catalogue
from app.domain.errors import Unavailable


@dataclass(frozen=True, slots=True)
class InForce:
    """The catalogue and the version it is."""

    version_id: int
    catalogue: Catalogue


_READ: dict[str, Catalogue] = {}
"""The catalogues that this process has read, by their digest: a text of a hundred kilobytes is read once and not for every page."""
_NEWEST = select(CatalogueVersion.id, CatalogueVersion.sha256).where(
    CatalogueVersion.id == select(func.max(CatalogueVersion.id)).scalar_subquery()
)  # built once: most pages ask it


NO_CATALOGUE = "The question bank is not loaded. Run: flask --app app bank load"


def catalogue_in_force(session: Session) -> InForce:
    """The newest catalogue; raises Unavailable while none is loaded, or where it is not the one that its digest was made of."""
    row = session.execute(_NEWEST).one_or_none()
    if row is None:
        raise Unavailable(NO_CATALOGUE)
    return stored_catalogue(session, row.id, row.sha256)


def stored_catalogue(session: Session, version_id: int, sha256: str) -> InForce:
    """The catalogue of a stored version; raises Unavailable where it is not the one that its digest was made of.

    A process compares the two when it reads a text for the first time, and goes on with what it read then.
    """
    if sha256 not in _READ:
        content = session.scalars(select(CatalogueVersion.content).where(CatalogueVersion.id == version_id)).one()
        if hashlib.sha256(content.encode()).hexdigest() != sha256:
            raise Unavailable(
                "The catalogue was changed in the database. Nobody can be confirmed as cleared. Bring it back from a backup."
            )
        _READ[sha256] = parse_catalogue(json.loads(content))
    return InForce(version_id, _READ[sha256])


def altered_catalogues(session: Session) -> list[str]:
    """What is wrong with stored versions: a text that its digest was not made of."""
    rows = session.execute(select(CatalogueVersion.id, CatalogueVersion.sha256, CatalogueVersion.content))
    wrong = [row.id for row in rows if hashlib.sha256(row.content.encode()).hexdigest() != row.sha256]
    return [f"Version {number} of the catalogue was changed in the database since it was loaded." for number in sorted(wrong)]
