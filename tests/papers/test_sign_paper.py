"""Organisations seal a paper in a row; anyone can see whether the seals still hold."""

import subprocess

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from marketplace.papers import sealing
from marketplace.papers.actions import sign_paper
from marketplace.papers.models import Paper, Signature
from marketplace.parties.models import Role
from tests.given.papers import a_paper, a_sealed_paper, a_signatory, readers_agree, the_bytes
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


def test_two_seals_in_a_row_hold(tmp_path):
    paper = a_sealed_paper()

    checks = sealing.check_seals(the_bytes(paper))
    assert [check.organisation_name for check in checks] == ["太仓市民政局", "太仓市怡安养老服务中心"]
    assert all(check.holds for check in checks)
    rows = list(paper.signatures.all())
    assert [row.certificate_serial for row in rows] == [check.certificate_serial for check in checks]
    assert rows[-1].sha256 == paper.sha256 != paper.printed_sha256
    # The PDF carries the database's clock.
    assert abs((checks[0].signed_at - rows[0].signed_at).total_seconds()) < 1


def test_other_readers_agree(tmp_path):
    pdf = the_bytes(a_sealed_paper())
    readers_agree(pdf, tmp_path, seals=2)
    (tmp_path / "sealed.pdf").write_bytes(pdf)
    said = subprocess.run(["pdfsig", str(tmp_path / "sealed.pdf")], capture_output=True, text=True, check=False).stdout
    assert "太仓市怡安养老服务中心" in said


def test_an_altered_file_is_detected():
    content = the_bytes(a_sealed_paper())
    place = content.index(b"stream") + 20
    altered = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]

    checks = sealing.check_seals(altered)

    assert checks and not any(check.holds for check in checks)


def test_a_seal_of_another_authority_is_not_trusted(settings, tmp_path):
    content = the_bytes(a_sealed_paper())
    settings.SEAL_AUTHORITIES = str(tmp_path / "other" / "authority.pem")

    assert not any(check.trusted for check in sealing.check_seals(content))


def test_an_organisation_seals_once():
    paper = a_sealed_paper()
    signer = a_signatory(paper.organisation)

    with pytest.raises(ValidationError) as refusal:
        sign_paper(paper, signer=signer, organisation=paper.organisation, reason="再签", by=signer)

    assert refusal.value.code == "signed_already"
    assert paper.signatures.count() == 2


@pytest.mark.parametrize("role", [Role.OFFICER, Role.FINANCE])
def test_only_a_signatory_or_owner_signs(role):
    paper = a_paper()
    person = a_person(role, of=paper.organisation)

    with pytest.raises(PermissionDenied):
        sign_paper(paper, signer=person, organisation=paper.organisation, reason="签", by=person)


def test_nobody_signs_in_anothers_name_or_for_anothers_organisation():
    paper = a_paper()
    signer = a_signatory(paper.organisation)
    with pytest.raises(PermissionDenied):
        sign_paper(paper, signer=signer, organisation=paper.organisation, reason="签", by=a_person())
    with pytest.raises(PermissionDenied):
        sign_paper(paper, signer=signer, organisation=an_organisation(), reason="签", by=signer)
    assert not Signature.objects.exists()


def test_a_replaced_version_is_not_sealed():
    old = a_paper()
    a_paper(old.organisation)
    signer = a_signatory(old.organisation)

    with pytest.raises(ValidationError) as refusal:
        sign_paper(old, signer=signer, organisation=old.organisation, reason="签", by=signer)

    assert refusal.value.code == "superseded"


def test_a_stored_file_that_was_exchanged_is_not_sealed():
    paper = a_paper()
    with open(paper.file.path, "ab") as file:
        file.write(b"%")
    signer = a_signatory(paper.organisation)

    with pytest.raises(ValidationError) as refusal:
        sign_paper(paper, signer=signer, organisation=paper.organisation, reason="签", by=signer)

    assert refusal.value.code == "altered"


def test_production_makes_no_seal_of_its_own(settings, tmp_path):
    paper = a_paper()
    settings.PRODUCTION = True
    settings.SEAL_DIR = str(tmp_path / "none")
    signer = a_signatory(paper.organisation)

    with pytest.raises(ValidationError) as refusal:
        sign_paper(paper, signer=signer, organisation=paper.organisation, reason="签", by=signer)

    assert refusal.value.code == "no_seal"
    assert not (tmp_path / "none").exists()


def test_signatures_only_grow():
    a_sealed_paper()
    with pytest.raises(DatabaseError), transaction.atomic():
        Signature.objects.update(reason="不同")


def test_seals_go_where_the_template_says():
    paper = a_paper()
    Paper.objects.filter(pk=paper.pk).update(seal_places=[["seal-1", 0, 100.0, 500.0]])
    signer = a_signatory(paper.organisation)

    sign_paper(paper, signer=signer, organisation=paper.organisation, reason="签", by=signer, place="seal-1")

    assert b"[100 381 219 500]" in the_bytes(Paper.objects.get(pk=paper.pk)).replace(b" ]", b"]").replace(b"[ ", b"[")
