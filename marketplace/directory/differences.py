"""What changed between two versions of a standard, clause by clause and word by word."""

import difflib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Piece:
    """Some characters of a clause; `kind` is same, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One clause before and after. `kind`: same, added, removed, changed."""

    kind: str
    before: list[Piece] = field(default_factory=list)
    after: list[Piece] = field(default_factory=list)


def compare(before: list[str], after: list[str]) -> list[Change]:
    """Clauses in their order: what stayed, what came, what went, and within a changed clause which words."""
    changes: list[Change] = []
    for tag, a1, a2, b1, b2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            changes += [Change("same", [Piece("same", clause)], [Piece("same", clause)]) for clause in before[a1:a2]]
            continue
        old, new = before[a1:a2], after[b1:b2]
        paired = min(len(old), len(new))
        changes += [_changed(old[place], new[place]) for place in range(paired)]
        changes += [Change("removed", [Piece("removed", clause)]) for clause in old[paired:]]
        changes += [Change("added", [], [Piece("added", clause)]) for clause in new[paired:]]
    return changes


def _changed(old: str, new: str) -> Change:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.4:  # two clauses that have little in common are two clauses
        return Change("changed", [Piece("removed", old)], [Piece("added", new)])
    before, after = [], []
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if a1 < a2:
            before.append(Piece("same" if tag == "equal" else "removed", old[a1:a2]))
        if b1 < b2:
            after.append(Piece("same" if tag == "equal" else "added", new[b1:b2]))
    return Change("changed", before, after)
