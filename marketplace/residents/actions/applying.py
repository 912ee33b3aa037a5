"""The decision on a file: the whole of it goes into the register, or nothing does."""

import hashlib
from itertools import batched

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.residents import policies
from marketplace.residents.models import ImportRow, RegisterImport, Resident, ResidentChange

from .reading import COMPARED, forget_file, gone_from, locked_import
from .register import move_resident, reinstate_resident, report_death, suspend_resident

BATCH = 500

ADD = """
INSERT INTO residents_resident (
    id, created_at, name, id_number, id_hash, id_override, birth_date, sex, region_id, community, household_number,
    household, phone, phone_hash, address, preferred_way, state, state_reason, state_at, registered_at, changed_at)
SELECT resident, %(now)s, name, id_number, id_hash, '', birth_date, sex, region, community, household_number,
    household, phone, phone_hash, address, preferred_way, state, '', %(now)s, %(now)s, %(now)s
FROM residents_importrow WHERE register_import_id = %(file)s AND kind = 'added' ORDER BY number
"""
TELL = """
INSERT INTO residents_residentchange (
    id, created_at, resident_id, kind, fields, before, register_import_id, digest, by_id, changed_at)
SELECT id, %(now)s, resident, 'registered', '', '{}', register_import_id, digest, %(by)s, %(now)s
FROM residents_importrow WHERE register_import_id = %(file)s AND kind = 'added'
"""


def to_decide(register_import: RegisterImport, by: User) -> RegisterImport:
    """The file under lock, if it is still to be decided on and may go in. Raises ValidationError as `apply_import`."""
    register_import = locked_import(register_import)
    authorise(policies.may_import_register, by, register_import.bureau)
    if register_import.state not in (RegisterImport.State.PREVIEWED, RegisterImport.State.APPLYING):
        raise ValidationError(_("This file has been decided on already."), code="decided")
    rejected = register_import.report["counts"]["rejected"]
    if rejected and register_import.kind == RegisterImport.Kind.REGISTER:
        raise ValidationError(
            _("%(count)s rows can't be taken. Mend the file and send it again: it goes in whole or not at all."),
            code="rejected",
            params={"count": rejected},
        )
    return register_import


@transaction.atomic
def apply_import(register_import: RegisterImport, *, by: User) -> RegisterImport:
    """Bring every row of the file into the register, or none. What was encrypted while reading moves on as it is.

    Who is gone from a complete file is suspended, not deleted: a person decides why. Whom a monthly match names is
    suspended at once. Each resident's own history says what the file did, and the audit trail holds the manifest: the
    SHA-256 over every line's keyed digest and what became of it.

    Raises ValidationError: `decided` (before), `rejected` (some rows can't be taken), `stale` (the register has moved
    on since the file was read).
    """
    register_import = to_decide(register_import, by)
    if _is_stale(register_import):
        raise ValidationError(
            _("The register has changed since this file was read. Let it be read again, then decide."), code="stale"
        )
    register_import.manifest = manifest_of(register_import)
    if register_import.kind == RegisterImport.Kind.MATCH:
        _suspend_matched(register_import, by)
    else:
        _add(register_import, by)
        _change(register_import, by)
        _end(register_import, by)
        for pk in gone_from(register_import).values_list("pk", flat=True):
            suspend_resident(Resident(pk=pk), reason=_("No longer in the civil-affairs register"), by=by)
    counts = register_import.report["counts"]
    forget_file(register_import)
    register_import.apply()
    register_import.decided_by, register_import.decided_at = by, clock.now()
    register_import.save(update_fields=["state", "manifest", "decided_by", "decided_at"])
    record(
        "register.imported",
        register_import,
        by=by,
        organisation=register_import.bureau,
        manifest=register_import.manifest,
        **counts,
    )
    return register_import


def _is_stale(register_import: RegisterImport) -> bool:
    """Somebody was registered, or one of the people in the file was changed, after the file was held against them."""
    by_hash = Resident.objects.filter(id_hash=OuterRef("id_hash"))
    by_key = Resident.objects.filter(pk=OuterRef("resident"), changed_at__gt=register_import.read_at)
    rows = register_import.rows.order_by()
    return (
        rows.filter(Exists(by_hash), kind=ImportRow.Kind.ADDED).exists()
        or rows.filter(Exists(by_key), kind__in=[ImportRow.Kind.CHANGED, ImportRow.Kind.ENDED]).exists()
    )


def manifest_of(register_import: RegisterImport) -> str:
    """SHA-256 in hex over `hash of the ID number : what became of it : keyed digest of the line`, a line each."""
    digest = hashlib.sha256()
    rows = register_import.rows.order_by("number").values_list("id_hash", "kind", "digest")
    for row in rows.iterator(chunk_size=5_000):
        digest.update((":".join(row) + "\n").encode())
    return digest.hexdigest()


def _add(register_import: RegisterImport, by: User) -> None:
    native = connection.features.has_native_uuid_field
    params = {
        "now": clock.now() if native else connection.ops.adapt_datetimefield_value(clock.now()),
        "file": register_import.pk if native else register_import.pk.hex,
        "by": by.pk if native else by.pk.hex,
    }
    with connection.cursor() as cursor:
        cursor.execute(ADD, params)
        cursor.execute(TELL, params)


def _change(register_import: RegisterImport, by: User) -> None:
    """Known people with something new; who had moved away is back."""
    moment = clock.now()
    names = [name.removesuffix("_id") for name in COMPARED] + ["phone", "address", "changed_at"]
    rows = register_import.rows.filter(kind=ImportRow.Kind.CHANGED).order_by("number").iterator(chunk_size=BATCH)
    for chunk in batched(rows, BATCH):
        residents = Resident.objects.in_bulk([row.resident for row in chunk])
        told = []
        back = [pk for pk, resident in residents.items() if resident.state == Resident.State.MOVED]
        for row in chunk:
            resident = residents[row.resident]
            before, changed = {}, []
            for name in COMPARED:
                value = row.region if name == "region_id" else getattr(row, name)
                if getattr(resident, name) != value:
                    changed.append(name.removesuffix("_id"))
                    if name in ("region_id", "household", "preferred_way"):
                        before[name.removesuffix("_id")] = str(getattr(resident, name))
                    setattr(resident, name, value)
            resident.phone, resident.address = row.phone, row.address or resident.address
            resident.changed_at = moment
            told.append(
                ResidentChange(
                    id=row.id,
                    resident=resident,
                    kind=ResidentChange.Kind.CORRECTED,
                    fields=",".join("phone" if name == "phone_hash" else name for name in changed),
                    before=before,
                    register_import=register_import,
                    digest=row.digest,
                    by=by,
                    changed_at=moment,
                )
            )
        Resident.objects.bulk_update(residents.values(), names, batch_size=BATCH)
        ResidentChange.objects.bulk_create(told)
        for pk in back:  # only now do they live where this bureau may speak for them
            reinstate_resident(Resident(pk=pk), reason=_("Civil-affairs register"), by=by)


def _end(register_import: RegisterImport, by: User) -> None:
    """The register itself says that they died or moved."""
    for row in register_import.rows.filter(kind=ImportRow.Kind.ENDED).order_by("number"):
        verb = report_death if row.state == Resident.State.DECEASED else move_resident
        verb(Resident(pk=row.resident), reason=_("Civil-affairs register"), by=by)


def _suspend_matched(register_import: RegisterImport, by: User) -> None:
    """A match may be wrong: vouchers stop at once, and a person decides whether it is true."""
    reasons = {
        Resident.State.DECEASED: _("Monthly match: recorded as deceased"),
        Resident.State.MOVED: _("Monthly match: recorded as moved away"),
    }
    for row in register_import.rows.filter(kind=ImportRow.Kind.ENDED).order_by("number"):
        suspend_resident(Resident(pk=row.resident), reason=reasons[Resident.State(row.state)], by=by)


@transaction.atomic
def stop_import(register_import: RegisterImport, problem: str) -> RegisterImport:
    """The decision could not be carried out: nothing went in, and the page says why."""
    register_import = locked_import(register_import)
    if register_import.state == RegisterImport.State.APPLYING:
        register_import.preview()
        register_import.problem = problem[:300]
        register_import.save(update_fields=["state", "problem"])
    return register_import
