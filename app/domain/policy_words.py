"""A policy in plain sentences made from its numbers, and the difference between two policies in words.

What a policy says of itself in `words` is its author's; these sentences are made from what it really asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.domain.policy import TIERS, Policy, Share, TierRules

_OTHER = ("id", "kind", "words", "initial", "continuing")
_FIELDS: dict[str, str] = {
    "quiz": "exam",
    "validity_months": "months for which it counts",
    "per_group": "procedures in the group",
    "per_region": "procedures in each region claimed",
    "min_rating": "lowest rating that counts",
    "min_days": "different days",
    "subjects": "who or what counts",
    "count_unsigned": "those that nobody signed count against it",
    "observers": "different observers",
    "max_share": "largest share of one observer",
    "min_on_patients": "smallest share on patients",
    "window_months": "months that it looks back",
    "live_video": "live video counts",
    "last": "last procedures looked at",
    "rating": "lowest rating among them",
    "which": "competencies",
    "competencies": "competencies listed",
    "document": "document",
    "for_jurisdiction": "for the site's jurisdiction",
    "number": "number",
    "hours": "hours",
    "hours_in_person": "hours in person",
    "hours_online": "hours online",
    "hours_practicum": "hours of practicum",
    "topics": "topics",
    "accreditors": "accreditors",
    "cover_regions": "every region covered",
    "years": "years licensed and unrestricted",
    "regions": "regions asked for first",
    "level": "level",
    "severity": "lowest severity",
    "text": "text",
    "version": "version of the text",
    "k": "how many of them",
    "of": "parts",
}
_WHOLE: dict[str, str] = {
    "id": "name of the file",
    "title": "title",
    "basis": "what it rests on",
    "later": "what it does not ask yet",
    "expiring_days": "days before an end that are marked",
    "cases_after_suspension": "first procedures with an observer after a suspension",
}
_TIER: dict[str, str] = {
    "open": "open",
    "term_months": "months of the term",
    "signers": "signers",
    "external_signer": "one signer is external",
}


def facts_of(requirement: Any) -> tuple[str, ...]:
    """What a requirement really asks, field by field; defaults that ask nothing are left out."""
    found = []
    for name in type(requirement).model_fields:
        value = getattr(requirement, name)
        if name in _OTHER or value in (None, False, 0, ()) or (name, value) == ("min_days", 1):
            continue
        if name == "of":
            found += [f"{child.words} ({'; '.join(facts_of(child)) or child.kind})" for child in value]
        else:
            found.append(f"{_FIELDS[name]}: {_value(value)}")
    return tuple(found)


def when_asked(requirement: Any) -> str:
    """When a requirement is asked."""
    if requirement.continuing:
        return "Before the grant and all the time after it" if requirement.initial else "All the time after the grant"
    return "Before the grant" if requirement.initial else "Never"


def differences(old: Policy, new: Policy) -> tuple[str, ...]:
    """Every difference between two policies, each in a sentence of its own; none if they ask the same."""
    found = [f"{words.capitalize()}: {_step(getattr(old, n), getattr(new, n))}" for n, words in _differing(old, new, _WHOLE)]
    if old.observer.term_months != new.observer.term_months:
        found.append(f"Right to observe, months of the term: {_step(old.observer.term_months, new.observer.term_months)}")
    for tier in TIERS:
        found += [f"{tier.capitalize()}. {words}" for words in _of_tier(old.rules(tier), new.rules(tier))]
    return tuple(found)


def _of_tier(old: TierRules, new: TierRules) -> Iterator[str]:
    for name, words in _differing(old, new, _TIER):
        yield f"{words.capitalize()}: {_step(getattr(old, name), getattr(new, name))}"
    before, after = {r.id: r for r in old.requirements}, {r.id: r for r in new.requirements}
    yield from (f"No longer asked: {r.words}." for r in old.requirements if r.id not in after)
    yield from (f"Asked in addition: {r.words} ({'; '.join(facts_of(r))})." for r in new.requirements if r.id not in before)
    for name in (r.id for r in new.requirements if r.id in before):
        yield from _of_requirement(before[name], after[name])
    kept = [r.id for r in old.requirements if r.id in after]
    if kept != [r.id for r in new.requirements if r.id in before]:
        yield "The requirements stand in another order."


def _of_requirement(old: Any, new: Any) -> Iterator[str]:
    if old.kind != new.kind:
        yield f"{old.words}: another kind of requirement, {new.kind} instead of {old.kind} ({'; '.join(facts_of(new))})."
        return
    if when_asked(old) != when_asked(new):
        yield f"{new.words}: {_step(when_asked(old), when_asked(new))}"
    if old.words != new.words:
        yield f"{old.words}: said otherwise, “{new.words}”."
    for name in (n for n in type(new).model_fields if n not in _OTHER and getattr(old, n) != getattr(new, n)):
        yield f"{new.words}, {_FIELDS[name]}: {_step(getattr(old, name), getattr(new, name))}"


def _differing(old: Any, new: Any, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((n, words) for n, words in names.items() if getattr(old, n, None) != getattr(new, n, None))


def _step(old: Any, new: Any) -> str:
    return f"{_value(old)} becomes {_value(new)}."


_VALUES: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "yes" if value else "no",
    Share: lambda value: f"{100 * value.num / value.den:.4g} %",
    tuple: lambda value: "; ".join(_value(v) for v in value) or "none",
    type(None): lambda _: "none",
}


def _value(value: Any) -> str:
    """A value as words."""
    if hasattr(value, "words"):
        return f"{value.words} ({'; '.join(facts_of(value))})"
    return _VALUES.get(type(value), str)(value)
