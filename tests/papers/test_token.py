"""A seal whose key never leaves its device: SoftHSM plays the device."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.core.exceptions import ValidationError
from django.urls import reverse

from marketplace.papers import authority, sealing
from marketplace.papers.actions import sign_paper
from marketplace.papers.models import Paper
from marketplace.parties.models import Organisation
from tests.given.papers import a_certificate, a_paper, a_signatory, readers_agree, the_bytes
from tests.given.people import an_organisation

pytestmark = pytest.mark.django_db
PIN = "2580"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


@pytest.fixture(scope="module")
def device(tmp_path_factory) -> str:
    """A token named minfu; the path of its library."""
    library = next((path for path in MODULES if Path(path).exists()), None)
    if library is None or shutil.which("softhsm2-util") is None:
        pytest.skip("softhsm2 is not installed")
    folder = tmp_path_factory.mktemp("device")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    run("--init-token", "--free", "--label", "minfu", "--so-pin", "0852", "--pin", PIN)
    return library


def run(*words: str) -> None:
    subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def production(settings, device, tmp_path):
    """No files with keys; the installation's own authority is trusted."""
    settings.SEAL_DIR = str(tmp_path / "seals")
    settings.SEAL_AUTHORITIES = str(tmp_path / "seals" / "authority.pem")
    authority.trusted_roots()
    settings.PRODUCTION = True
    settings.SEAL_PKCS11_MODULE, settings.SEAL_PKCS11_TOKEN, settings.SEAL_PKCS11_PIN = device, "minfu", PIN


def on_the_token(organisation: Organisation, tmp_path: Path) -> x509.Certificate:
    """The organisation's key and certificate, put on the device as its maker's tools would."""
    import pkcs11  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    key, certificate = a_certificate(organisation.name)
    pem = tmp_path / "key.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    name = organisation.uscc
    run("--import", str(pem), "--token", "minfu", "--label", name, "--id", name.encode().hex(), "--pin", PIN)
    pem.unlink()
    library = pkcs11.lib(settings.SEAL_PKCS11_MODULE)
    library.reinitialize()  # another program wrote to the token
    with library.get_token(token_label="minfu").open(rw=True, user_pin=PIN) as session:
        session.create_object(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.LABEL: organisation.uscc,
                pkcs11.Attribute.ID: organisation.uscc.encode(),
                pkcs11.Attribute.SUBJECT: certificate.subject.public_bytes(),
                pkcs11.Attribute.VALUE: certificate.public_bytes(serialization.Encoding.DER),
            }
        )
    return certificate


def test_an_organisation_seals_with_the_key_on_the_device(tmp_path, client):
    paper = a_paper()
    certificate = on_the_token(paper.organisation, tmp_path)
    signer = a_signatory(paper.organisation)

    signature = sign_paper(paper, signer=signer, organisation=paper.organisation, reason="签订", by=signer)

    assert signature.certificate_serial == f"{certificate.serial_number:X}"
    pdf = the_bytes(Paper.objects.get(pk=paper.pk))
    (check,) = sealing.check_seals(pdf)
    assert check.holds and check.certificate_serial == signature.certificate_serial
    assert not list(Path(tmp_path / "seals").glob("*.p12")), "no key was written to a file"
    readers_agree(pdf, tmp_path, seals=1)
    client.force_login(signer)
    said = client.get(reverse("papers:seal")).content.decode()
    assert signature.certificate_serial in said


def test_who_has_no_key_there_and_no_file_can_not_seal(tmp_path):
    paper = a_paper()
    on_the_token(an_organisation(), tmp_path)
    signer = a_signatory(paper.organisation)
    with pytest.raises(ValidationError) as refusal:
        sign_paper(paper, signer=signer, organisation=paper.organisation, reason="签订", by=signer)
    assert refusal.value.code == "no_seal"


@pytest.mark.parametrize("wrong", [{"SEAL_PKCS11_PIN": "0000"}, {"SEAL_PKCS11_TOKEN": "another"}])
def test_a_device_that_does_not_answer_signs_nothing(settings, tmp_path, wrong):
    paper = a_paper()
    on_the_token(paper.organisation, tmp_path)
    for name, value in wrong.items():
        setattr(settings, name, value)
    signer = a_signatory(paper.organisation)
    with pytest.raises(ValidationError) as refusal:
        sign_paper(paper, signer=signer, organisation=paper.organisation, reason="签订", by=signer)
    assert refusal.value.code == "no_seal"
    assert not Paper.objects.get(pk=paper.pk).signatures.exists()
