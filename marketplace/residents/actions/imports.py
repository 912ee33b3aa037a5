"""The register by file: looked at row by row first, then applied whole or not at all."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Region, User
from marketplace.residents import policies
from marketplace.residents.models import (
    RegisterImport,
    Resident,
    born_on,
    hash_of_id,
    hash_of_phone,
    mask_id,
    mask_name,
)
from marketplace.residents.registerfile import RegisterRow, read_register

from .register import move_resident, reinstate_resident, report_death, sex_of, suspend_resident

BATCH = 2_000
SHOWN = 200  # rows of each kind that the preview lists; the counts are always of all
COMPARED = ("name", "region_id", "community", "household", "preferred_way", "phone_hash")


@dataclass
class Plan:
    """What a file would do to the register as it stands now."""

    added: list[RegisterRow] = field(default_factory=list)
    changed: list[tuple[RegisterRow, Any]] = field(default_factory=list)
    ended: list[tuple[RegisterRow, Any]] = field(default_factory=list)
    unchanged: int = 0
    gone: list[Any] = field(default_factory=list)
    rejected: list[RegisterRow] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "ended": len(self.ended),
            "gone": len(self.gone),
            "unchanged": self.unchanged,
            "rejected": len(self.rejected),
        }

    def report(self) -> dict[str, Any]:
        """Counts, and the first rows of each kind, masked: this is stored in the clear."""
        return {
            "counts": self.counts(),
            "added": [_shown(row) for row in self.added[:SHOWN]],
            "changed": [_shown(row) for row, _known in self.changed[:SHOWN]],
            "ended": [_shown(row) for row, _known in self.ended[:SHOWN]],
            "gone": [{"name": mask_name(known["name"])} for known in self.gone[:SHOWN]],
            "rejected": [_shown(row) for row in self.rejected[:SHOWN]],
        }


def _shown(row: RegisterRow) -> dict[str, Any]:
    return {
        "row": row.number,
        "name": mask_name(row.name),
        "id": mask_id(row.id_number) if "id_number" not in row.problems else "",
        "state": row.state,
        "problems": row.problems,
    }


def _as_stored(row: RegisterRow) -> dict[str, str]:
    return {
        "name": row.name,
        "region_id": row.region,
        "community": row.community,
        "household": row.household,
        "preferred_way": row.preferred_way,
        "phone_hash": hash_of_phone(row.phone) if row.phone else "",
    }


def make_plan(rows: list[RegisterRow], bureau: Organisation, *, is_complete: bool) -> Plan:
    """Hold the file against the register: three statements whatever the size."""
    plan = Plan()
    known = {
        entry["id_hash"]: entry
        for entry in Resident.objects.values("pk", "id_hash", "state", *COMPARED).iterator(chunk_size=5_000)
    }
    met: set[str] = set()
    for row in rows:
        if not row.region.startswith(bureau.region.prefix) and "unknown_region" not in row.problems:
            row.problems.append("other_region")
        if row.problems:
            plan.rejected.append(row)
            continue
        digest = hash_of_id(row.id_number)
        met.add(digest)
        entry = known.get(digest)
        if entry is not None and not _is_ours_to_change(entry, bureau):
            row.problems.append("elsewhere")
            plan.rejected.append(row)
            continue
        if entry is None:
            if row.state == Resident.State.ACTIVE:
                plan.added.append(row)
            else:
                plan.unchanged += 1  # someone who left before we knew them
        elif row.state in (Resident.State.DECEASED, Resident.State.MOVED):
            if entry["state"] == row.state or entry["state"] == Resident.State.DECEASED:
                plan.unchanged += 1
            else:
                plan.ended.append((row, entry))
        elif entry["state"] == Resident.State.DECEASED:
            row.problems.append("deceased")
            plan.rejected.append(row)
        elif entry["state"] == Resident.State.MOVED or any(
            entry[name] != value for name, value in _as_stored(row).items()
        ):
            plan.changed.append((row, entry))
        else:
            plan.unchanged += 1
    if is_complete:
        plan.gone = [
            entry
            for digest, entry in known.items()
            if digest not in met
            and entry["state"] == Resident.State.ACTIVE
            and entry["region_id"].startswith(bureau.region.prefix)
        ]
    return plan


def _is_ours_to_change(entry: dict[str, Any], bureau: Organisation) -> bool:
    """In the bureau's own region, or given up by the other one: nobody takes a resident by naming an ID number."""
    return entry["region_id"].startswith(bureau.region.prefix) or entry["state"] in (
        Resident.State.MOVED,
        Resident.State.DECEASED,
    )


def places_of(bureau: Organisation) -> dict[str, str]:
    """Codes and names of every place in the bureau's region, to its code."""
    places: dict[str, str] = {}
    for region in Region.objects.filter(code__startswith=bureau.region.prefix):
        places[region.name] = places[region.code] = region.code
    return places


@transaction.atomic
def preview_import(
    bureau: Organisation, content: bytes, file_name: str, *, is_complete: bool, by: User
) -> RegisterImport:
    """Read the file and say what it would do. Nothing of the register changes.

    `is_complete`: who is in the register and not in the file is gone. Raises ValidationError on `file`.
    """
    authorise(policies.may_import_register, by, bureau)
    rows = read_register(content, file_name, places_of(bureau))
    plan = make_plan(rows, bureau, is_complete=is_complete)
    register_import = RegisterImport.objects.create(
        bureau=bureau,
        file_name=file_name[:200],
        is_complete=is_complete,
        rows=json.dumps([row.plain() for row in rows], ensure_ascii=False),
        report=plan.report(),
        by=by,
    )
    record("register.previewed", register_import, by=by, organisation=bureau, **plan.counts())
    return register_import


def _locked(register_import: RegisterImport) -> RegisterImport:
    return (
        RegisterImport.objects.select_for_update(of=("self",))
        .select_related("bureau__region")
        .get(pk=register_import.pk)
    )


@transaction.atomic
def apply_import(register_import: RegisterImport, *, by: User) -> RegisterImport:
    """Bring every row of the file into the register, or none.

    Who is gone from a complete file is suspended, not deleted: a person decides why. Raises ValidationError:
    `decided` (applied or discarded before), `rejected` (some rows can't be taken: mend the file).
    """
    register_import = _locked(register_import)
    authorise(policies.may_import_register, by, register_import.bureau)
    if register_import.state != RegisterImport.State.PREVIEWED:
        raise ValidationError(_("This file has been decided on already."), code="decided")
    rows = [RegisterRow(**row) for row in json.loads(register_import.rows)]
    plan = make_plan(rows, register_import.bureau, is_complete=register_import.is_complete)
    if plan.rejected:
        raise ValidationError(
            _("%(count)s rows can't be taken. Mend the file and send it again: it goes in whole or not at all."),
            code="rejected",
            params={"count": len(plan.rejected)},
        )

    _add(plan.added)
    _change(plan.changed, by)
    for row, entry in plan.ended:
        verb = report_death if row.state == Resident.State.DECEASED else move_resident
        verb(Resident(pk=entry["pk"]), reason=_("Civil-affairs register"), by=by)
    for entry in plan.gone:
        suspend_resident(Resident(pk=entry["pk"]), reason=_("No longer in the civil-affairs register"), by=by)

    register_import.apply()
    register_import.rows = ""
    register_import.report = plan.report()
    register_import.decided_at = clock.now()
    register_import.save(update_fields=["state", "rows", "report", "decided_at"])
    record("register.imported", register_import, by=by, organisation=register_import.bureau, **plan.counts())
    return register_import


def _add(rows: list[RegisterRow]) -> None:
    moment = clock.now()
    for start in range(0, len(rows), BATCH):
        Resident.objects.bulk_create(
            [
                Resident(
                    **_as_stored(row),
                    id_number=row.id_number,
                    id_hash=hash_of_id(row.id_number),
                    birth_date=born_on(row.id_number),
                    sex=sex_of(row.id_number),
                    phone=row.phone,
                    address=row.address,
                    registered_at=moment,
                )
                for row in rows[start : start + BATCH]
            ]
        )


def _change(pairs: list[tuple[RegisterRow, Any]], by: User) -> None:
    fields = ["name", "region", "community", "household", "preferred_way", "phone", "phone_hash", "address"]
    for start in range(0, len(pairs), BATCH):
        batch = pairs[start : start + BATCH]
        residents = Resident.objects.in_bulk([entry["pk"] for _row, entry in batch])
        for row, entry in batch:
            resident = residents[entry["pk"]]
            for name, value in _as_stored(row).items():
                setattr(resident, name, value)
            resident.phone = row.phone
            resident.address = row.address or resident.address
        Resident.objects.bulk_update(residents.values(), fields, batch_size=500)
        for _row, entry in batch:
            if entry["state"] == Resident.State.MOVED:
                reinstate_resident(Resident(pk=entry["pk"]), reason=_("Civil-affairs register"), by=by)


@transaction.atomic
def discard_import(register_import: RegisterImport, *, by: User) -> RegisterImport:
    """Forget the file. Raises ValidationError(code="decided")."""
    register_import = _locked(register_import)
    authorise(policies.may_import_register, by, register_import.bureau)
    if register_import.state != RegisterImport.State.PREVIEWED:
        raise ValidationError(_("This file has been decided on already."), code="decided")
    register_import.discard()
    register_import.rows = ""
    register_import.decided_at = clock.now()
    register_import.save(update_fields=["state", "rows", "decided_at"])
    record("register.discarded", register_import, by=by, organisation=register_import.bureau)
    return register_import
