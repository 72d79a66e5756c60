"""What makes a bank sound beyond each file: references, duplicates, guessable keys, wording, blueprints. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.domain.bank_rules.blueprints import blueprint_problems, picture_problems
from app.domain.bank_rules.likeness import NEAR_DUPLICATE, likeness_problems
from app.domain.bank_rules.problem import Kind, RuleProblem, Subject
from app.domain.bank_rules.proofs import length_problems, proof_problems
from app.domain.bank_rules.references import item_references, policy_references, quiz_references, scene_references
from app.domain.bank_rules.wording import LONGEST_KEY_SHARE, key_length_problems, longest_keys, wording_problems
from app.domain.catalogue import Catalogue
from app.domain.items import ItemContent
from app.domain.items.needle.proof import BODIES
from app.domain.policy import Policy
from app.domain.quiz import Quiz
from app.domain.scenes import Scene, scene_problems

__all__ = [
    "LONGEST_KEY_SHARE",
    "NEAR_DUPLICATE",
    "Kind",
    "RuleProblem",
    "Subject",
    "bank_problems",
    "longest_keys",
    "picture_problems",
]


def soundness(scene: Scene) -> Iterator[RuleProblem]:
    """What the geometry of a scene has wrong; the cure stands after the colon of each finding."""
    for field, said in scene_problems(scene):
        message, _, cure = said.partition(": ")
        yield RuleProblem(("scene", scene.id), field, f"{message}.", f"{cure[:1].upper()}{cure[1:]}")


def bank_problems(
    items: Sequence[ItemContent],
    catalogue: Catalogue | None,
    quizzes: Sequence[Quiz],
    policies: Sequence[Policy] = (),
    scenes: Sequence[Scene] = (),
    bodies: int = BODIES,
) -> list[RuleProblem]:
    """Every problem of the bank as a whole; without a readable pack its references go unchecked.

    `bodies` is in how many bodies the proof of a needle placement is tried.
    """
    found = [problem for item in items for problem in wording_problems(item)]
    found += [*likeness_problems(items), *key_length_problems(items)]
    found += [problem for scene in scenes for problem in soundness(scene)]
    found += [problem for item in items for problem in proof_problems(item, bodies)]
    if catalogue is not None:
        found += [problem for item in items for problem in item_references(item, catalogue)]
        found += [problem for item in items for problem in length_problems(item, catalogue)]
        for quiz in quizzes:
            wrong = list(quiz_references(quiz, catalogue))
            found += wrong or blueprint_problems(quiz, catalogue)
        found += [problem for scene in scenes for problem in scene_references(scene, catalogue)]
        found += [problem for policy in policies for problem in policy_references(policy, catalogue, quizzes)]
    return found
