"""Take in a package of another publisher: all of it or nothing, the same one twice without effect."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from marketplace.pages import clock

from .. import policies
from ..models import (
    ImportedAward,
    ImportedContract,
    ImportedPackage,
    ImportedProcess,
    ImportedRelease,
    ImportedTransaction,
)
from ..reading import NotAPackage, ReadAmount, ReadPackage, ReadProcess, ReadRelease, read_package

__all__ = ["ImportReport", "NotAPackage", "Outcome", "import_package", "preview_package"]

STAGES = list(ImportedProcess.Stage.values)


@dataclass(frozen=True)
class Outcome:
    """What comes of one release: `new`, `changed`, `unchanged` or `unreadable`; and what of it could not be read."""

    position: int
    ocid: str
    release_id: str
    title: str
    state: str
    issues: list[tuple[str, str]]


@dataclass
class ImportReport:
    """Row by row. `package` is None for a preview, for a refusal, and when nothing was new."""

    publisher: str
    outcomes: list[Outcome]
    kept: Counter = field(default_factory=Counter)
    package: ImportedPackage | None = None

    @property
    def is_refused(self) -> bool:
        """A release that can't be read refuses the package."""
        return any(outcome.state == "unreadable" for outcome in self.outcomes)

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(outcome.state for outcome in self.outcomes))

    @property
    def issues(self) -> int:
        return sum(len(outcome.issues) for outcome in self.outcomes)


def preview_package(content: bytes) -> ImportReport:
    """What an import would do. Changes nothing. Raises NotAPackage."""
    read = read_package(content)
    return ImportReport(read.publisher, _outcomes(read, _held(read)), read.kept)


@transaction.atomic
def import_package(content: bytes, *, file_name: str, by: Any) -> ImportReport:
    """Import a release or record package. `by` None is whoever holds the machine's shell.

    Raises NotAPackage; a package with an unreadable release is reported and not imported.
    """
    if by is not None and not policies.may_import(by):
        raise PermissionDenied(_("You may not do this."))
    read = read_package(content)
    outcomes = _outcomes(read, _held(read))
    report = ImportReport(read.publisher, outcomes, read.kept)
    wanted = {outcome.position for outcome in outcomes if outcome.state in ("new", "changed")}
    if report.is_refused or not wanted:
        return report

    report.package = ImportedPackage.objects.create(
        file_name=file_name[:200],
        sha256=read.sha256,
        publisher=read.publisher,
        uri=str(read.frame.get("uri") or "")[:500],
        license=_address(read.frame.get("license")),
        published_at=_moment(read.frame.get("publishedDate")),
        frame=_plain(read.frame),
        report={"counts": report.counts, "issues": report.issues, "kept": dict(read.kept)},
        imported_at=clock.now(),
        imported_by=by,
    )
    for release in read.releases:
        if release.position in wanted:
            _store(report.package, release)
    return report


def _held(read: ReadPackage) -> dict[tuple[str, str], str]:
    """(ocid, release id) → digest of what we have of this publisher."""
    rows = ImportedRelease.objects.filter(process__publisher=read.publisher)
    return {
        (ocid, release_id): sha256
        for ocid, release_id, sha256 in rows.values_list("process__ocid", "release_id", "sha256")
    }


def _outcomes(read: ReadPackage, held: dict[tuple[str, str], str]) -> list[Outcome]:
    outcomes, held = [], dict(held)
    for release in read.releases:
        key = (release.ocid, release.release_id)
        if release.process is None:
            state = "unreadable"
        elif key not in held:
            state = "new"
        else:
            state = "unchanged" if held[key] == release.sha256 else "changed"
        held[key] = release.sha256
        title = release.process.title if release.process else ""
        outcomes.append(Outcome(release.position, release.ocid, release.release_id, title, state, release.issues))
    return outcomes


def _address(value: Any) -> str:
    """A web address, since the page makes a link of it; another scheme (javascript:) stays in the frame alone."""
    text = str(value or "")[:500]
    return text if text.startswith(("http://", "https://")) else ""


def _moment(value: Any) -> datetime.datetime | None:
    try:
        return parse_datetime(str(value)) if value else None
    except ValueError:
        return None


def _plain(frame: dict[str, Any]) -> dict[str, Any]:
    """The package's own fields as JSON that the database takes."""
    return {name: value for name, value in frame.items() if isinstance(value, str | list | dict | int | None)}


def _store(package: ImportedPackage, release: ReadRelease) -> None:
    """Keep the release; the process's columns follow its newest one."""
    state = release.process
    assert state is not None
    process = ImportedProcess.objects.select_for_update().filter(publisher=package.publisher, ocid=state.ocid).first()
    is_newest = process is None or not (
        process.released_at and state.released_at and process.released_at > state.released_at
    )
    columns = _columns(state) | {"package": package}
    if process is None:
        process = ImportedProcess.objects.create(publisher=package.publisher, ocid=state.ocid, **columns)
    elif is_newest:
        reached = max(STAGES.index(process.stage), STAGES.index(state.stage))
        for name, value in (columns | {"stage": STAGES[reached]}).items():
            setattr(process, name, value if value not in (None, "") else getattr(process, name))
        process.save()
    ImportedRelease.objects.update_or_create(
        process=process,
        release_id=release.release_id,
        defaults={
            "sha256": release.sha256,
            "released_at": release.released_at,
            "original": release.original,
            "issues": [list(issue) for issue in release.issues],
        },
    )
    if is_newest:
        _store_parts(process, state)


def _columns(state: ReadProcess) -> dict[str, Any]:
    names = (
        "stage", "title", "description", "language", "buyer", "status", "method", "method_details", "category",
        "released_at", "bids_due_at", "url",
    )  # fmt: skip
    return {name: getattr(state, name) for name in names} | _amount(state.value)


def _amount(value: ReadAmount) -> dict[str, Any]:
    return {"amount": value.amount, "currency": value.currency}


def _store_parts(process: ImportedProcess, state: ReadProcess) -> None:
    """Awards, contracts and payments merge by their ids, as OCDS merges them: what a later release leaves out stays."""
    for award in state.awards:
        _merge(
            ImportedAward(process=process, award_id=award.award_id),
            process.awards.filter(award_id=award.award_id).first(),
            {name: getattr(award, name) for name in ("title", "status", "suppliers", "awarded_at")}
            | _amount(award.value),
        )
    for contract in state.contracts:
        names = ("award_id", "title", "status", "signed_at", "starts_at", "ends_at")
        kept = _merge(
            ImportedContract(process=process, contract_id=contract.contract_id),
            process.contracts.filter(contract_id=contract.contract_id).first(),
            {name: getattr(contract, name) for name in names} | _amount(contract.value),
        )
        named = [one.transaction_id for one in contract.transactions if one.transaction_id]
        kept.transactions.filter(transaction_id__in=named).delete()
        ImportedTransaction.objects.bulk_create(
            ImportedTransaction(
                contract=kept,
                transaction_id=one.transaction_id,
                paid_at=one.paid_at,
                payer=one.payer,
                payee=one.payee,
                **_amount(one.value),
            )
            for one in contract.transactions
        )


def _merge(fresh: Any, held: Any, values: dict[str, Any]) -> Any:
    """The held row, or a fresh one, with every value that the release has."""
    row = held or fresh
    for name, value in values.items():
        if value not in (None, "") or held is None:
            setattr(row, name, value)
    row.save()
    return row
