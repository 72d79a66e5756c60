"""Breadth first, over distinct worlds."""

from __future__ import annotations

from dataclasses import dataclass

from tests.domain.search.acts import Rules, steps
from tests.domain.search.world import World

Way = tuple["Way", str] | None
"""The acts that led to a world: those before, and the last."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search saw: the way to a clearance, or None; how many distinct worlds, how deep, and whether none was left."""

    way: tuple[str, ...] | None
    worlds: int
    depth: int
    fixpoint: bool


def search(start: World, *, rules: Rules, depth: int, socks: int) -> Found:
    """Look for a world in which the applicant is cleared, or the stop has ended, by acts of one human.

    Of worlds seen only the 64-bit hash is kept: among ten million, two fall together with a chance of three in a million.
    """
    seen, layer = {hash(start)}, [(start, None)]
    for level in range(1, depth + 1):
        following: list[tuple[World, Way]] = []
        for world, way in layer:
            for words, after in steps(world, rules, socks):
                mark = hash(after)
                if mark in seen:
                    continue
                seen.add(mark)
                if after.granted or after.lifted:
                    return Found(_told((way, words)), len(seen), level, False)
                if level < depth:
                    following.append((after, (way, words)))
        if not following and level < depth:
            return Found(None, len(seen), level, True)
        layer = following
    return Found(None, len(seen), depth, False)


def _told(way: Way) -> tuple[str, ...]:
    words: list[str] = []
    while way is not None:
        way, said = way
        words.append(said)
    return tuple(reversed(words))


def follow(start: World, rules: Rules, acts: list[str]) -> str | None:
    """Do these acts one after the other; the first that is not possible, or None where all are."""
    world = start
    for words in acts:
        after = dict(steps(world, rules, 2)).get(words)
        if after is None:
            return words
        world = after
    return None
