"""Frameworks come in whole, from a template: what was used is never edited, a change is a new version."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from evaluations import policies
from evaluations.citing import cited_standard
from evaluations.models import Framework, Indicator
from marketplace.audit.actions import authorise, record
from marketplace.parties.models import User


@transaction.atomic
def add_framework(spec: dict[str, Any], *, by: User) -> Framework:
    """Add a framework from a tree; one that is there with the same code and version is returned as it is.

    `spec`: code, version, title, title_en, source, and `indicators`: branches and leaves, each with code, name, name_en
    and either `children`, or weight, top and evidence; `standard`, the code of one in force, where a leaf holds
    the service to it. Raises ValidationError(code="weights") unless the leaves weigh 100 together, "leaf" for a leaf
    without a scale, "standard" for a standard without a version in force.
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
            params={"total": total},
        )
    framework = Framework.objects.create(
        code=spec["code"],
        version=spec.get("version", 1),
        title=spec["title"],
        title_en=spec.get("title_en", ""),
        source=spec.get("source", ""),
    )
    rows: list[Indicator] = []
    for node in spec["indicators"]:
        _gather(framework, node, None, rows)
    Indicator.objects.bulk_create(rows)
    record("framework.added", framework, by=by, code=framework.code, version=framework.version)
    return framework


def _weight(node: dict[str, Any]) -> Decimal:
    if "children" in node:
        return sum((_weight(child) for child in node["children"]), Decimal(0))
    if not node.get("top") or not node.get("weight"):
        raise ValidationError(
            _("Indicator %(code)s has no scale or no weight."), code="leaf", params={"code": node.get("code", "?")}
        )
    return Decimal(str(node["weight"]))


def _gather(framework: Framework, node: dict[str, Any], parent: Indicator | None, rows: list[Indicator]) -> None:
    indicator = Indicator(
        framework=framework,
        parent=parent,
        position=len(rows) + 1,
        code=node["code"],
        name=node["name"],
        name_en=node.get("name_en", ""),
        weight=_weight(node),
        top=None if "children" in node else node["top"],
        evidence=node.get("evidence", ""),
        evidence_en=node.get("evidence_en", ""),
        standard=cited_standard(node),
    )
    rows.append(indicator)
    for child in node.get("children", ()):
        _gather(framework, child, indicator, rows)
