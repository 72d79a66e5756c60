"""What an item promises is tried: a needle's key and dangers in fifty bodies, a case in every state."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.bank_rules.problem import RuleProblem
from app.domain.catalogue import Catalogue
from app.domain.items import Case, ItemContent, NeedlePlacement
from app.domain.items.case import explore_case
from app.domain.items.needle.proof import BODIES, prove

DECISIONS = (4, 8)
"""How many decisions a full mark takes in a case."""
DECISIONS_IF_MILD = (2, 4)
"""The same where every complication of the case is mild: there the danger is the missed red flag."""


def proof_problems(item: ItemContent, bodies: int = BODIES) -> Iterator[RuleProblem]:
    """Keys that fail, dangers that go unseen, cases that break what the explorer must prove."""
    if isinstance(item, NeedlePlacement):
        found = prove(item, bodies)
    elif isinstance(item, Case):
        found = list(explore_case(item).problems)
    else:
        return
    for field, said in found:
        message, _, cure = said.rpartition(": ") if isinstance(item, Case) else (said, "", "mend the scene, the rule or the proof")
        yield RuleProblem(("item", item.id), field, f"{message[:1].upper()}{message[1:]}.", f"{cure[:1].upper()}{cure[1:]}.")


def length_problems(item: ItemContent, catalogue: Catalogue) -> Iterator[RuleProblem]:
    """Cases that ask for too few or too many decisions."""
    if not isinstance(item, Case) or not (decisions := explore_case(item).decisions):
        return
    severities = {c.severity for c in catalogue.complications if c.id in item.complications}
    least, most = DECISIONS_IF_MILD if severities == {"mild"} else DECISIONS
    if not least <= decisions <= most:
        yield RuleProblem(
            ("item", item.id), "actions", f"A full mark takes {decisions} decisions, and {least} to {most} are asked for.",
            "Give points to more actions, or to fewer.",
        )  # fmt: skip
