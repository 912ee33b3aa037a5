"""Print a paper, seal it, give a receipt."""

import datetime
import hashlib
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User

from . import authority, documents, policies, receipts, sealing
from .models import Paper, Receipt, Signature, new_code


@transaction.atomic
def print_paper(
    kind: str,
    template: str,
    context: dict[str, Any],
    *,
    title: str,
    about: models.Model,
    language: str = "zh-hans",
    organisation: Organisation | None = None,
    by: User,
) -> Paper:
    """Print the next version of a document and keep it.

    `template` extends `papers/base.html`; `context` gains `paper` (code, title, version, issued_at, verify_url),
    `issuer` and `qr`. `organisation` issues it. `title` is public: name no person in it. The caller's verb has
    decided that `by` may.
    Raises ImproperlyConfigured when this machine has no Chinese font.
    """
    about_type = ContentType.objects.get_for_model(about)
    earlier = Paper.objects.of(about, kind).filter(language=language).select_for_update().first()
    paper = Paper(
        about_type=about_type,
        about_id=str(about.pk),
        code=new_code(),
        kind=kind,
        title=title,
        language=language,
        version=earlier.version + 1 if earlier else 1,
        organisation=organisation,
        issued_at=clock.now(),
        created_by=by,
    )
    html = documents.compose(paper, template, context)
    rendered = documents.render(paper, html)
    paper.pages, paper.seal_places = rendered.pages, [list(place) for place in rendered.seal_places]
    paper.sha256 = paper.printed_sha256 = hashlib.sha256(rendered.pdf).hexdigest()
    paper.file.save(f"{paper.stem}.pdf", ContentFile(rendered.pdf), save=False)
    paper.source.save(f"{paper.stem}.html", ContentFile(html.encode()), save=False)
    paper.save(force_insert=True)

    record("paper.printed", paper, by=by, organisation=organisation, kind=kind, code=paper.code, sha256=paper.sha256)
    return paper


def forget_papers(kind: str, before: datetime.datetime) -> int:
    """Papers of a kind that names persons, printed before that moment, go with their files; how many.

    That they were printed stays in the audit trail, under their codes.
    """
    papers = list(Paper.objects.filter(kind=kind, issued_at__lt=before, signatures=None))
    for paper in papers:
        with transaction.atomic():
            for file in (paper.file, paper.source):
                transaction.on_commit(partial(file.storage.delete, file.name))
            paper.delete()
    return len(papers)


@transaction.atomic
def sign_paper(
    paper: Paper, *, signer: User, organisation: Organisation, reason: str, by: User, place: str = ""
) -> Signature:
    """Set an organisation's seal on a paper, in the name of the person who signs.

    `place` names an element `id="seal-…"` of the print template; without it the first place that is still free.
    Raises ValidationError(code="signed_already" | "superseded" | "no_seal" | "altered").
    """
    paper = Paper.objects.select_for_update().get(pk=paper.pk)
    authorise(policies.may_sign, by, organisation, signer)
    return _set_seal(paper, organisation, reason, by, place)


@transaction.atomic
def seal_issued(paper: Paper, *, reason: str, by: User, place: str = "") -> Signature:
    """Set the seal of the organisation that issued a paper, by a job: what the seal stands for has been decided.

    For papers that follow from a recorded act (an opening, a report whose every member has signed): the caller's verb
    has decided, and the reason names it. Raises PermissionDenied for a person, ValidationError as `sign_paper`.
    """
    paper = Paper.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=paper.pk)
    authorise(policies.may_seal_issued, by, paper)
    return _set_seal(paper, paper.organisation, reason, by, place)


def _set_seal(paper: Paper, organisation: Organisation, reason: str, by: User, place: str) -> Signature:
    if paper.signatures.filter(organisation=organisation).exists():
        raise ValidationError(
            _("%(name)s has signed this already."), code="signed_already", params={"name": organisation}
        )
    if Paper.objects.of(paper.about, paper.kind).filter(language=paper.language, version__gt=paper.version).exists():
        raise ValidationError(_("There is a newer version of this document: sign that one."), code="superseded")
    with paper.file.open("rb") as file:
        pdf = file.read()
    if hashlib.sha256(pdf).hexdigest() != paper.sha256:
        raise ValidationError(_("The stored file is not the one that was printed. Tell the operator."), code="altered")

    number = paper.signatures.count() + 1
    field = f"Seal{number}"
    page, box = documents.seal_box(paper, place, number)
    seal = authority.seal_of(organisation)
    moment = clock.now()
    sealed = sealing.seal_pdf(
        pdf,
        seal,
        settings.SEAL_PASSPHRASE,
        field=field,
        page=page,
        box=box,
        organisation_name=organisation.name,
        organisation_number=organisation.uscc,
        signer_name=by.name,
        reason=reason,
        moment=moment,
    )
    paper.sha256 = hashlib.sha256(sealed).hexdigest()
    paper.file.save(f"{paper.stem}-{number}.pdf", ContentFile(sealed), save=False)
    paper.save(update_fields=["sha256", "file"])
    signature = Signature.objects.create(
        paper=paper,
        organisation=organisation,
        signer=by,
        field=field,
        reason=reason,
        certificate_serial=seal.serial,
        sha256=paper.sha256,
        signed_at=moment,
    )

    record(
        "paper.signed",
        paper,
        by=by,
        organisation=organisation,
        code=paper.code,
        sha256=paper.sha256,
        certificate=seal.serial,
    )
    return signature


@transaction.atomic
def deposit_seal(organisation: Organisation, file: Any, *, passphrase: str, by: User) -> authority.SealFacts:
    """The organisation seals with its own certificate (PKCS#12) from now on; what was sealed before still holds.

    Raises ValidationError as `authority.keep_seal` does.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(policies.may_deposit_seal, by, organisation)
    facts = authority.keep_seal(organisation, file.read(), passphrase)
    record("seal.deposited", organisation, by=by, organisation=organisation, certificate=facts.serial)
    return facts


@transaction.atomic(savepoint=False)  # nothing in it is caught on the way
def issue_receipt(
    kind: str,
    statement: dict[str, Any],
    *,
    about: models.Model,
    organisation: Organisation | None = None,
    by: User | None,
) -> Receipt:
    """Sign a statement. It holds text, integers and lists or objects of them: money in fen, times in ISO 8601.

    `organisation` is who it is given to, whose people may fetch it again. Raises TypeError for other values.
    """
    code, now = new_code(), clock.now()
    body = receipts.canonical(
        {
            "code": code,
            "issued_at": now.astimezone(clock.SHANGHAI).isoformat(timespec="milliseconds"),
            "issuer": settings.CITY_NAME,
            "kind": kind,
            "statement": statement,
            "verify": f"{settings.BASE_URL}/verify/{code}",
        }
    )
    key_id, signature = receipts.sign(body)
    receipt = Receipt.objects.create(
        about=about,
        code=code,
        kind=kind,
        organisation=organisation,
        body=body.decode(),
        key_id=key_id,
        signature=signature,
        sha256=hashlib.sha256(body).hexdigest(),
        issued_at=now,
        created_by=by,
    )
    record("receipt.issued", receipt, by=by, organisation=organisation, kind=kind, code=code, sha256=receipt.sha256)
    return receipt
