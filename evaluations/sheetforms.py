"""The scorer's sheet as a form: a mark, a note and files for every leaf."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.forms import asked
from marketplace.pages.uploads import ENDINGS, ManyFiles
from marketplace.parties.models import Role, User

from .actions.evidence import KINDS
from .models import Engagement, Evidence, Indicator, SheetEntry
from .queries import Row
from .sheets import LONGEST_NOTE, LONGEST_REMARK, Change, note_of, points_of

MOST_BUTTONS = 10  # a longer scale is a number to type
EITHER = "choose_"  # before a field's name: which of two devices' values stands


def file_of(leaf: Indicator) -> str:
    return f"file_{leaf.pk}"


@dataclass
class Line:
    """One line of the paper: a branch, or a leaf with its fields, files and what two devices wrote."""

    indicator: Indicator
    depth: int
    points: forms.BoundField | None = None
    note: forms.BoundField | None = None
    file: forms.BoundField | None = None
    evidence: list[Evidence] | None = None
    points_differ: "Differing | None" = None
    note_differs: "Differing | None" = None


@dataclass
class Differing:
    """What two devices wrote into one field, not knowing of each other."""

    name: str
    entries: list[SheetEntry]


class SheetForm(forms.Form):
    """One scorer's sheet. Every field may be empty: a sheet grows. What may stand in one, `evaluations.sheets` says."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    visited_on = asked(
        forms.CharField(
            label=_("Visited on"), required=False, widget=forms.DateInput(attrs={"type": "date"}), max_length=20
        )
    )
    remark = forms.CharField(
        label=_("Remarks"), required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=LONGEST_REMARK
    )

    def __init__(
        self,
        *args: Any,
        rows: list[Row],
        heads: Mapping[str, list[SheetEntry]],
        evidence: Mapping[Any, list[Evidence]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rows, self.heads, self.evidence = rows, heads, evidence
        for row in rows:
            if is_scored(row.indicator):
                self._add_leaf(row.indicator)
        for name, entries in heads.items():
            if name in self.fields:
                self.fields[name].initial = entries[-1].value
        self.fields["seen"].initial = " ".join(str(entry.pk) for entries in heads.values() for entry in entries)

    def _add_leaf(self, leaf: Indicator) -> None:
        self.fields[points_of(leaf)] = _points_field(leaf)
        self.fields[note_of(leaf)] = forms.CharField(
            label=_("Evidence seen: %(name)s") % {"name": leaf.local_name}, required=False, max_length=LONGEST_NOTE
        )
        self.fields[file_of(leaf)] = forms.Field(
            label=_("Photos and files: %(name)s") % {"name": leaf.local_name},
            required=False,
            widget=ManyFiles(attrs={"accept": ",".join(ending for kind in KINDS for ending in ENDINGS[kind])}),
        )

    def clean_seen(self) -> frozenset[uuid.UUID]:
        """What stood on the page; of a page that doesn't say, nothing is known."""
        found = set()
        for word in self.cleaned_data["seen"].split():
            try:
                found.add(uuid.UUID(word))
            except ValueError:
                continue
        return frozenset(found)

    @property
    def lines(self) -> Iterator[Line]:
        """The sheet as it is drawn."""
        for row in self.rows:
            leaf = row.indicator
            if not is_scored(leaf):
                yield Line(leaf, row.depth)
                continue
            yield Line(
                leaf,
                row.depth,
                points=self[points_of(leaf)],
                note=self[note_of(leaf)],
                file=self[file_of(leaf)],
                evidence=self.evidence.get(leaf.pk, []),
                points_differ=self._differing(points_of(leaf)),
                note_differs=self._differing(note_of(leaf)),
            )

    def _differing(self, name: str) -> Differing | None:
        entries = self.heads.get(name, [])
        return Differing(name, entries) if len(entries) > 1 else None

    @property
    def visited_on_differs(self) -> Differing | None:
        return self._differing("visited_on")

    @property
    def remark_differs(self) -> Differing | None:
        return self._differing("remark")

    def changes(self, known: Mapping[uuid.UUID, SheetEntry]) -> list[Change]:
        """What was written on this page: fields that no longer hold what stood there when the page was made.

        `known` are all entries of the sheet by id. A page that doesn't say what it showed is taken to have shown what
        stands now.
        """
        seen = frozenset(entry.pk for entries in self.heads.values() for entry in entries)
        if "seen" in self.data:
            seen = self.cleaned_data.get("seen") or frozenset()
        shown: dict[str, set[str]] = {}
        for pk in seen & known.keys():
            shown.setdefault(known[pk].name, set()).add(known[pk].value)
        found = []
        for name in self.fields:
            if name == "seen" or name.startswith("file_"):
                continue
            chosen = self.data.get(EITHER + name)
            value = chosen if chosen is not None else str(self[name].value() or "").replace("\r\n", "\n").strip()
            if chosen is not None or value not in shown.get(name, {""}):
                found.append(Change(name, value, seen=seen))
        return found

    def brought(self) -> list[tuple[Indicator, Any]]:
        """The files that came with the page, each with its leaf."""
        leaves = [row.indicator for row in self.rows if is_scored(row.indicator)]
        return [(leaf, file) for leaf in leaves for file in self.files.getlist(file_of(leaf)) if file]

    def show_now(self, heads: Mapping[str, list[SheetEntry]], evidence: Mapping[Any, list[Evidence]]) -> None:
        """After a part of it was kept: the page, when it is shown again with what was refused, knows what stands."""
        self.heads, self.evidence = heads, evidence
        seen = " ".join(str(entry.pk) for entries in heads.values() for entry in entries)
        data = self.data.copy()
        data["seen"] = seen
        self.data = data


def is_scored(indicator: Indicator) -> bool:
    """A leaf that a person marks."""
    return indicator.is_leaf and not indicator.measure


def _points_field(leaf: Indicator) -> forms.Field:
    label, top = f"{leaf.code} {leaf.local_name}", leaf.top or 0
    if top > MOST_BUTTONS:
        widget: forms.Widget = forms.NumberInput(attrs={"inputmode": "numeric", "min": 0, "max": top, "step": 1})
    else:
        widget = forms.RadioSelect(choices=[(str(points), str(points)) for points in range(top + 1)])
    return forms.CharField(label=label, required=False, widget=widget)


class AddScorerForm(forms.Form):
    """One more scorer. Those who have a sheet can be chosen too: the refusal says why not."""

    scorer = forms.ModelChoiceField(label=pgettext_lazy("evaluation", "Scorer"), queryset=User.objects.none())
    is_independent = forms.BooleanField(
        label=_(
            "We declare: this scorer is not tied to the buyer or the provider by membership, contract, kinship or "
            "interest."
        ),
        required=False,
    )

    def __init__(self, *args: Any, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scorer"].queryset = User.objects.filter(
            memberships__organisation=engagement.evaluator,
            memberships__role=Role.EVALUATOR,
            memberships__ended_at=None,
        ).distinct()
