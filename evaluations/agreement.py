"""How far the scorers of one evaluation agree: Krippendorff's alpha for interval data."""

from collections.abc import Iterable

from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import interval_distance


def alpha(marks: Iterable[tuple[str, str, float]]) -> float | None:
    """Of (scorer, leaf, share of the leaf's highest mark). 1 is full agreement, 0 what chance would give.

    None where nothing can be compared: fewer than two scorers, or no leaf that two of them marked. Krippendorff,
    Content Analysis (2004), chapter 11.
    """
    marks = list(marks)
    by_leaf: dict[str, set[str]] = {}
    for scorer, leaf, _share in marks:
        by_leaf.setdefault(leaf, set()).add(scorer)
    if not any(len(scorers) > 1 for scorers in by_leaf.values()):
        return None
    if len({share for _scorer, _leaf, share in marks}) == 1:
        return 1.0  # nothing varies and nobody differs: the formula would divide by nought
    return float(AnnotationTask(data=marks, distance=interval_distance).alpha())
