"""Frameworks come in whole: what was used is never edited, a change is a new version, written first as a draft."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from evaluations import policies, treerows
from evaluations.citing import cited_standard
from evaluations.measures import REGISTRY
from evaluations.models import Framework, FrameworkDraft, Indicator
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.rules.queries import resolve

# Whose leaves count as results: 财预〔2020〕10号 asks that output and benefit, satisfaction within it, weigh enough.
RESULTS = {Indicator.Dimension.OUTPUT, Indicator.Dimension.BENEFIT, Indicator.Dimension.SATISFACTION}


@transaction.atomic
def add_framework(spec: dict[str, Any], *, by: User) -> Framework:
    """Add a framework from a tree; one that is there with the same code and version is returned as it is.

    `spec`: code, version, title, title_en, source, kind, out_of, bands, and `indicators`: branches and leaves, each
    with code, name, name_en and either `children`, or weight, top and evidence, or also measure, measure_from and
    measure_to; a branch of the first level may name its `dimension`, a leaf the code
    of a `standard` in force that it holds the service to. Raises ValidationError: "weights" unless the
    leaves weigh 100 together, "leaf" for a leaf without a scale, "measure" for one that nothing can be counted by,
    "results" where output and benefit weigh too little, "bands", "codes",
    "standard" for a standard without a version in force.
    """
    authorise(policies.may_keep_frameworks, by)
    existing = Framework.objects.filter(code=spec["code"], version=spec.get("version", 1)).first()
    if existing:
        return existing
    total = sum((_weight(node) for node in spec["indicators"]), Decimal(0))
    if total != 100:
        raise ValidationError(
            _("The leaves of this framework weigh %(total)s together; they must weigh 100."),
            code="weights",
            params={"total": _plain(total)},
        )
    kind = spec.get("kind", Framework.Kind.CONTRACT)
    _refuse_bands(spec, kind)
    framework = Framework(
        code=spec["code"],
        version=spec.get("version", 1),
        title=spec["title"],
        title_en=spec.get("title_en", ""),
        source=spec.get("source", ""),
        kind=kind,
        out_of=spec.get("out_of", 100),
        bands=spec.get("bands", []),
    )
    rows: list[Indicator] = []
    for node in spec["indicators"]:
        _gather(framework, node, None, rows)
    _refuse_twins(rows)
    if kind == Framework.Kind.CONTRACT:
        _refuse_few_results(rows)
    framework.save()
    Indicator.objects.bulk_create(rows)
    record("framework.added", framework, by=by, code=framework.code, version=framework.version)
    return framework


@transaction.atomic
def start_draft(bureau: Organisation, *, base: Framework | None = None, by: User) -> FrameworkDraft:
    """A table to write in: empty, or a copy of a framework."""
    authorise(policies.may_write_framework, by, bureau)
    draft = FrameworkDraft.objects.create(
        bureau=bureau,
        code=base.code if base else "",
        title=base.title if base else "",
        title_en=base.title_en if base else "",
        source=base.source if base else "",
        kind=base.kind if base else Framework.Kind.CONTRACT,
        out_of=base.out_of if base else 100,
        bands=base.bands if base else [],
        rows=treerows.rows_of(list(base.indicators.select_related("standard__standard"))) if base else [],
        started_by=by,
        saved_at=clock.now(),
    )
    record("framework.drafted", draft, by=by, organisation=bureau)
    return draft


@transaction.atomic
def save_draft(draft: FrameworkDraft, *, facts: dict[str, Any], rows: list[dict[str, str]], by: User) -> FrameworkDraft:
    """Keep what is typed, right or not yet. Raises ValidationError "adopted" once it is a framework."""
    draft = _locked(draft)
    authorise(policies.may_write_framework, by, draft.bureau)
    if draft.adopted_id:
        raise ValidationError(_("This draft has been adopted: start another from it."), code="adopted")
    for name in ("code", "title", "title_en", "source", "kind", "out_of", "bands"):
        setattr(draft, name, facts[name])
    draft.rows, draft.saved_at = rows, clock.now()
    draft.save()
    record("framework.saved", draft, by=by, organisation=draft.bureau)
    return draft


@transaction.atomic
def adopt_draft(draft: FrameworkDraft, *, by: User) -> Framework:
    """Make the next version of the framework of this code.

    Raises ValidationError: "adopted", "untitled", those of `treerows.tree_of` and those of `add_framework`.
    """
    draft = _locked(draft)
    authorise(policies.may_write_framework, by, draft.bureau)
    if draft.adopted_id:
        raise ValidationError(_("This draft has been adopted: start another from it."), code="adopted")
    if not draft.code or not draft.title:
        raise ValidationError(_("A framework needs a code and a title."), code="untitled")
    last = Framework.objects.filter(code=draft.code).aggregate(last=Max("version"))["last"] or 0
    framework = add_framework(
        {
            "code": draft.code,
            "version": last + 1,
            "title": draft.title,
            "title_en": draft.title_en,
            "source": draft.source,
            "kind": draft.kind,
            "out_of": draft.out_of,
            "bands": draft.bands,
            "indicators": treerows.tree_of(draft.rows),
        },
        by=by,
    )
    draft.adopted = framework
    draft.save(update_fields=["adopted"])
    return framework


def _locked(draft: FrameworkDraft) -> FrameworkDraft:
    return FrameworkDraft.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=draft.pk)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _weight(node: dict[str, Any]) -> Decimal:
    if "children" in node:
        return sum((_weight(child) for child in node["children"]), Decimal(0))
    if not node.get("top") or not node.get("weight"):
        raise ValidationError(
            _("Indicator %(code)s has no scale or no weight."), code="leaf", params={"code": node.get("code", "?")}
        )
    if node.get("measure"):
        _refuse_measure(node)
    return Decimal(str(node["weight"]))


def _refuse_measure(node: dict[str, Any]) -> None:
    low, high = node.get("measure_from"), node.get("measure_to")
    if node["measure"] not in REGISTRY or low is None or high is None or Decimal(str(low)) == Decimal(str(high)):
        raise ValidationError(
            _("Indicator %(code)s: say what it is computed from, what value earns nothing and what value earns all."),
            code="measure",
            params={"code": node.get("code", "?")},
        )


def _refuse_bands(spec: dict[str, Any], kind: str) -> None:
    bands = spec.get("bands", [])
    if kind != Framework.Kind.RATING:
        return
    floors = [Decimal(str(band["from"])) for band in bands]
    if not bands or floors != sorted(set(floors), reverse=True) or floors[0] > spec.get("out_of", 100):
        raise ValidationError(
            _("A rating needs the points from which each level is given, the highest level first."), code="bands"
        )


def _refuse_twins(rows: list[Indicator]) -> None:
    codes = [row.code for row in rows]
    twins = sorted({code for code in codes if codes.count(code) > 1})
    if twins:
        raise ValidationError(
            _("Each code stands once; these stand twice: %(codes)s."), code="codes", params={"codes": "、".join(twins)}
        )


def _refuse_few_results(rows: list[Indicator]) -> None:
    """Only where every group says what it is: an older template that doesn't can't be told."""
    groups = [row for row in rows if row.parent_id is None]
    if not all(group.dimension for group in groups):
        return
    rule = resolve("evaluation.result_weight_min")
    weigh = sum((group.weight for group in groups if group.dimension in RESULTS), Decimal(0))
    if weigh < rule.value:
        raise ValidationError(
            _("Output and benefit weigh %(weigh)s together; they must weigh at least %(least)s (%(source)s)."),
            code="results",
            params={"weigh": _plain(weigh), "least": rule.number, "source": rule.citation},
        )


def _gather(framework: Framework, node: dict[str, Any], parent: Indicator | None, rows: list[Indicator]) -> None:
    is_branch = "children" in node
    indicator = Indicator(
        framework=framework,
        parent=parent,
        position=len(rows) + 1,
        code=node["code"],
        name=node["name"],
        name_en=node.get("name_en", ""),
        weight=_weight(node),
        top=None if is_branch else node["top"],
        evidence=node.get("evidence", ""),
        evidence_en=node.get("evidence_en", ""),
        standard=cited_standard(node),
        dimension=node.get("dimension", ""),
        measure="" if is_branch else node.get("measure", ""),
        measure_from=None if is_branch else node.get("measure_from"),
        measure_to=None if is_branch else node.get("measure_to"),
    )
    rows.append(indicator)
    for child in node.get("children", ()):
        _gather(framework, child, indicator, rows)
