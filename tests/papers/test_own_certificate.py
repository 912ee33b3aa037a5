"""An organisation seals with its own certificate; a time-stamp authority may say when."""

import datetime
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from asn1crypto import tsp
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pyhanko.sign.timestamps import DummyTimeStamper

from marketplace.papers import authority, sealing
from marketplace.papers.actions import deposit_seal, sign_paper
from marketplace.papers.models import Paper
from marketplace.parties.models import Organisation, Role
from tests.given.papers import a_certificate, a_paper, a_signatory, the_bytes
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db
PASSPHRASE = "机构自己的口令"


@pytest.fixture(autouse=True)
def keys_of_their_own(settings, tmp_path):
    """No other test's seals."""
    settings.SEAL_DIR = str(tmp_path / "seals")
    settings.SEAL_AUTHORITIES = str(tmp_path / "seals" / "authority.pem")
    authority.trusted_roots()


def a_p12(organisation: Organisation, **certificate) -> ContentFile:
    key, made = a_certificate(certificate.pop("name", organisation.name), **certificate)
    content = pkcs12.serialize_key_and_certificates(
        b"seal", key, made, None, serialization.BestAvailableEncryption(PASSPHRASE.encode())
    )
    return ContentFile(content, name="seal.p12")


def test_an_organisation_seals_with_its_own_certificate():
    paper = a_paper()
    signer = a_signatory(paper.organisation)
    facts = deposit_seal(paper.organisation, a_p12(paper.organisation), passphrase=PASSPHRASE, by=signer)

    signature = sign_paper(paper, signer=signer, organisation=paper.organisation, reason="签订", by=signer)

    assert signature.certificate_serial == facts.serial
    (check,) = sealing.check_seals(the_bytes(Paper.objects.get(pk=paper.pk)))
    assert check.holds and check.certificate_serial == facts.serial


@pytest.mark.parametrize(
    ("certificate", "passphrase", "code"),
    [
        ({}, "别的口令", "unreadable"),
        ({"days": -1}, PASSPHRASE, "expired"),
        ({"name": "别的机构"}, PASSPHRASE, "another"),
        ({"trusted": False}, PASSPHRASE, "untrusted"),
        ({"signs": False}, PASSPHRASE, "not_for_signing"),
    ],
)
def test_a_certificate_that_can_not_seal_is_refused(certificate, passphrase, code):
    organisation = an_organisation()
    signer = a_signatory(organisation)
    with pytest.raises(ValidationError) as refusal:
        deposit_seal(organisation, a_p12(organisation, **certificate), passphrase=passphrase, by=signer)
    assert [error.code for errors in refusal.value.error_dict.values() for error in errors] == [code]
    assert authority.seal_facts(organisation) is None


def test_only_owner_or_signatory_deposits(client):
    organisation = an_organisation()
    with pytest.raises(PermissionDenied):
        deposit_seal(
            organisation, a_p12(organisation), passphrase=PASSPHRASE, by=a_person(Role.FINANCE, of=organisation)
        )
    client.force_login(a_person(Role.COUNTER, of=organisation))
    assert client.get(reverse("papers:seal")).status_code == 403
    client.force_login(a_signatory(organisation))
    upload = SimpleUploadedFile("seal.p12", a_p12(organisation).read())
    wrong = client.post(reverse("papers:seal"), {"file": upload, "passphrase": "x"})
    assert wrong.status_code == 422
    upload = SimpleUploadedFile("seal.p12", a_p12(organisation).read())
    assert client.post(reverse("papers:seal"), {"file": upload, "passphrase": PASSPHRASE}).status_code == 302
    assert authority.seal_facts(organisation).serial in client.get(reverse("papers:seal")).content.decode()


@pytest.fixture
def time_authority(settings):
    """A real RFC 3161 server on the loopback; settings name it."""
    key, certificate = a_certificate("时间戳机构", usage=ExtendedKeyUsageOID.TIME_STAMPING)
    stamper = DummyTimeStamper(
        Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        PrivateKeyInfo.load(
            key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        ),
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = stamper.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args):
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SEAL_TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/"
    yield
    server.shutdown()


def test_a_time_stamp_says_when(time_authority):
    paper = a_paper()
    signer = a_signatory(paper.organisation)
    sign_paper(paper, signer=signer, organisation=paper.organisation, reason="签订", by=signer)
    (check,) = sealing.check_seals(the_bytes(Paper.objects.get(pk=paper.pk)))
    assert check.holds
    assert abs(check.stamped_at - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(minutes=2)
