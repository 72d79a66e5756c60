"""The reference pack in force."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

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


@lru_cache(maxsize=8)
def _parsed(content: str) -> Catalogue:
    return parse_catalogue(json.loads(content))


@lru_cache(maxsize=8)
def kept(version_id: int, sha256: str, content: str) -> InForce:
    """The catalogue of a stored version, parsed once."""
    return InForce(version_id, _parsed(content))


_NEWEST = select(CatalogueVersion.id, CatalogueVersion.sha256, CatalogueVersion.content).where(
    CatalogueVersion.id == select(func.max(CatalogueVersion.id)).scalar_subquery()
)  # built once: most pages ask it


def catalogue_in_force(session: Session) -> InForce:
    """The newest catalogue; raises Unavailable while none is loaded."""
    row = session.execute(_NEWEST).one_or_none()
    if row is None:
        raise Unavailable("The question bank is not loaded. Run: flask --app app bank load")
    return kept(row.id, row.sha256, row.content)
