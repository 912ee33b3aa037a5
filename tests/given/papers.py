"""Papers that were printed and sealed, reached through the verbs."""

import datetime
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.conf import settings

from marketplace.papers import authority
from marketplace.papers.actions import print_paper, sign_paper
from marketplace.papers.models import Paper
from marketplace.parties.models import Organisation, Role, User
from tests.given.people import a_bureau, a_person, an_organisation


def a_signatory(organisation: Organisation) -> User:
    return a_person(Role.SIGNATORY, of=organisation)


def a_paper(organisation: Organisation | None = None, by: User | None = None, **fields) -> Paper:
    """An unsealed notice of a bureau."""
    bureau = organisation or a_bureau(name="太仓市民政局")
    return print_paper(
        fields.pop("kind", "notice"),
        "papers/base.html",
        {},
        title=fields.pop("title", "居家养老服务合同"),
        about=fields.pop("about", bureau),
        organisation=bureau,
        by=by or a_signatory(bureau),
        **fields,
    )


def a_sealed_paper(*organisations: Organisation) -> Paper:
    """A paper with the seals of the bureau that issued it and of the others (one provider unless named)."""
    paper = a_paper()
    for organisation in (paper.organisation, *(organisations or [an_organisation(name="太仓市怡安养老服务中心")])):
        signer = a_signatory(organisation)
        sign_paper(paper, signer=signer, organisation=organisation, reason="签订合同", by=signer)
    return Paper.objects.get(pk=paper.pk)


def the_bytes(paper: Paper) -> bytes:
    with paper.file.open("rb") as file:
        return file.read()


def a_certificate(name: str, *, days: int = 365, trusted: bool = True, signs: bool = True, usage=None) -> tuple:
    """(key, certificate): issued by the installation's authority, or by nobody that it knows."""
    key = rsa.generate_private_key(65537, 2048)
    issuer_key, issuer = key, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    if trusted:
        root, issuer_key = authority._demo_authority(Path(settings.SEAL_DIR))
        issuer = root.subject
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=800))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if signs:
        builder = builder.add_extension(authority._usage(ca=False), critical=True)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    return key, builder.sign(issuer_key, hashes.SHA256())


def readers_agree(pdf: bytes, folder: Path, *, seals: int) -> None:
    """Three programs that are not ours read the file: the syntax is sound, every seal holds, our root stands behind."""
    programs = {name: shutil.which(name) for name in ("pdfsig", "qpdf")}
    programs["pyhanko"] = shutil.which("pyhanko") or shutil.which("pyhanko", path=str(Path(sys.executable).parent))
    if missing := [name for name, path in programs.items() if path is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    file = folder / "sealed.pdf"
    file.write_bytes(pdf)

    def said(*words: object) -> str:
        run = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
        return run.stdout + run.stderr

    read = said(programs["pdfsig"], "-nocert", file)
    assert read.count("Signature is Valid") == seals, read
    assert read.count("ETSI.CAdES.detached") == seals, read
    assert "No syntax or stream encoding errors" in said(programs["qpdf"], "--check", file)
    summary = said(
        programs["pyhanko"], "sign", "validate", "--trust", settings.SEAL_AUTHORITIES, "--trust-replace",
        "--no-revocation-check", "--executive-summary", file,
    )  # fmt: skip
    assert summary.count(":VALID") == seals, summary
    altered = bytearray(pdf)
    altered[pdf.index(b"stream") + 20] ^= 1
    file.write_bytes(bytes(altered))
    assert ":VALID" not in said(
        programs["pyhanko"], "sign", "validate", "--trust", settings.SEAL_AUTHORITIES, "--trust-replace",
        "--no-revocation-check", "--executive-summary", file,
    )  # fmt: skip
