"""What the register's pages read: always masked, always from what the reader may see."""

import re
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, User

from . import policies
from .models import RegisterImport, Resident, ResidentChange, hash_of_id, hash_of_phone

PROBLEMS = {
    "no_name": gettext_lazy("no name"),
    "id_number": gettext_lazy("the ID number doesn't add up"),
    "unknown_region": gettext_lazy("unknown place"),
    "other_region": gettext_lazy("outside your region"),
    "unknown_household": gettext_lazy("unknown word for the household"),
    "unknown_preferred_way": gettext_lazy("unknown way to be reached"),
    "unknown_state": gettext_lazy("unknown state"),
    "twice": gettext_lazy("the same person twice in the file"),
    "deceased": gettext_lazy("recorded as deceased"),
    "elsewhere": gettext_lazy("in another bureau's register: it must record the move first"),
}

MOST_SHOWN = 40  # rows of each kind on the page of a file; the counts are of all


def register(user: User) -> QuerySet[Resident]:
    """The residents of the reader's region, by name; ID number and telephone stay encrypted unless a row shows them."""
    return Resident.objects.visible_to(user).select_related("region").defer("phone", "address").order_by("name", "pk")


def find_by_name(rows: QuerySet[Resident], text: str) -> QuerySet[Resident]:
    """By the beginning of a name. A number typed here finds nobody: it would stand in the page's address."""
    text = text.replace("\0", "").strip()
    return rows.none() if re.search(r"\d{6}", text) else rows.filter(name__startswith=text)


def find(rows: QuerySet[Resident], text: str) -> QuerySet[Resident]:
    """By the beginning of a name, or exactly by an ID number or a telephone number."""
    text = text.replace("\0", "").strip()
    if re.fullmatch(r"[\dXx]{15,18}", text):
        return rows.filter(id_hash=hash_of_id(text))
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 7:
        return rows.filter(Q(phone_hash=hash_of_phone(digits)))
    return rows.filter(name__startswith=text)


def rejected_in_words(register_import: RegisterImport) -> list[dict[str, Any]]:
    """The rows that can't be taken, each with what is wrong with it."""
    return [
        row | {"words": [PROBLEMS.get(code, code) for code in row["problems"]]}
        for row in register_import.report.get("rejected", [])
    ]


def previewed(register_import: RegisterImport) -> list[dict[str, Any]]:
    """What the file would do, or did, kind by kind: the first rows of each, and of changed ones what is different."""
    report = register_import.report
    titles = {"changed": _("Changed"), "added": _("New"), "ended": _("Deceased or moved"), "gone": _("Gone")}
    return [
        {
            "title": title,
            "count": report["counts"][kind],
            "says_what": kind in ("changed", "ended"),
            "rows": [row | {"words": _fields_in_words(row)} for row in report[kind][:MOST_SHOWN]],
        }
        for kind, title in titles.items()
        if report.get(kind)
    ]


def _fields_in_words(row: dict[str, Any]) -> str:
    if row.get("state") in (Resident.State.DECEASED, Resident.State.MOVED):
        return str(Resident.State(row["state"]).label)
    names = {"phone_hash": "phone", "region_id": "region"}
    fields = [names.get(name, name) for name in row.get("fields", ())]
    return "、".join(str(getattr(Resident._meta.get_field(name), "verbose_name", name)) for name in fields)


def history(resident: Resident) -> list[ResidentChange]:
    """What was done to the record, by whom or by which file, newest first."""
    return list(resident.changes.select_related("by", "register_import")[:20])


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Files that were looked at and not decided on."""
    if organisation is None or organisation.kind != Organisation.Kind.BUREAU:
        return []
    if not policies.may_import_register(user, organisation):
        return []
    waiting = RegisterImport.objects.filter(bureau=organisation, state=RegisterImport.State.PREVIEWED)[:5]
    return [
        WaitingItem(
            _("Decide on the register file “%(name)s”") % {"name": one.file_name},
            reverse("residents:import", args=[one.pk]),
        )
        for one in waiting
    ]


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    if organisation is None or organisation.kind != Organisation.Kind.BUREAU:
        return []
    if not policies.may_open_register(user):
        return []
    alerts = (
        [
            DeskLink(
                _("Alerts about opened records"),
                reverse("residents:alerts"),
                _("Who opened unusually many"),
                group=DeskGroup.OVERSIGHT,
            )
        ]
        if policies.may_see_alerts(user, organisation)
        else []
    )
    return [
        DeskLink(
            _("Register of residents"),
            reverse("residents:register"),
            _("The register, cards and PINs, acting for someone"),
            group=DeskGroup.RESIDENTS,
        ),
        *alerts,
    ]
