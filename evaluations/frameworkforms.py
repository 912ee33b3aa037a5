"""The table in which a framework is written: its facts, and rows of text."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .measures import REGISTRY
from .models import Framework, FrameworkDraft, Indicator
from .treerows import CELLS, DEEPEST, is_blank

LONGEST = {"code": 10, "name": 120, "name_en": 160, "evidence": 300, "evidence_en": 400}
MOST_ROWS = 400


class DraftForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120, required=False)
    title_en = forms.CharField(label=gettext_lazy("English title"), max_length=160, required=False)
    code = forms.SlugField(
        label=gettext_lazy("Code"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("The same code makes the next version of that framework."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What it judges"), choices=Framework.Kind.choices)
    source = forms.CharField(label=gettext_lazy("Source"), max_length=200, required=False)
    out_of = forms.IntegerField(label=gettext_lazy("Full points"), min_value=100, max_value=10000)
    bands = forms.CharField(
        label=gettext_lazy("Bands of a rating"),
        required=False,
        help_text=gettext_lazy("Only for a rating: level and points, the highest first, such as 5A 950, 4A 901."),
    )

    def __init__(self, *args: Any, draft: FrameworkDraft, **kwargs: Any) -> None:
        kwargs["initial"] = {
            name: getattr(draft, name) for name in ("title", "title_en", "code", "kind", "source", "out_of")
        } | {"bands": "，".join(f"{band['level']} {band['from']}" for band in draft.bands)}
        super().__init__(*args, **kwargs)

    def clean_bands(self) -> list[dict[str, Any]]:
        found = []
        for part in self.cleaned_data["bands"].replace("，", ",").replace("；", ",").split(","):
            words = part.split()
            if not words:
                continue
            if len(words) != 2 or not words[1].isdigit() or len(words[0]) > 2:
                raise ValidationError(_("Write a level and its points: 5A 950."), code="bands")
            found.append({"level": words[0].upper(), "from": int(words[1])})
        return found

    @staticmethod
    def row_choices() -> dict[str, Any]:
        return {
            "levels": [str(level) for level in range(1, DEEPEST + 1)],
            "dimensions": Indicator.Dimension.choices,
            "measures": [(one.name, one.label) for one in REGISTRY.values()],
        }


def typed_rows(data: QueryDict) -> list[dict[str, str]]:
    """The rows as they stand on the page, cut only where a column ends; blank ones fall out."""
    columns = {name: data.getlist(f"row_{name}") for name in CELLS}
    count = min(MOST_ROWS, max((len(cells) for cells in columns.values()), default=0))
    rows = [
        {
            name: (cells[number] if number < len(cells) else "")[: LONGEST.get(name, 60)]
            for name, cells in columns.items()
        }
        for number in range(count)
    ]
    return [row for row in rows if not is_blank(row)]
