"""Where the private keys live: files outside the database.

The demo makes a certificate authority and one seal an organisation under var/keys on first use. Production makes
nothing: SEAL_DIR holds one PKCS#12 file an organisation, named <USCC>.p12, from a licensed authority, opened with
SEAL_PASSPHRASE, or a PKCS#11 token holds the keys (tokens.py); SEAL_AUTHORITIES is a PEM file of the roots that a
signature is checked against; RECEIPT_KEYS are the Ed25519 seeds that sign receipts, base64, newest first (older ones
stay, so that old receipts can be checked).
"""

import base64
import datetime
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.translation import gettext_lazy as _
from nacl.signing import SigningKey, VerifyKey

from marketplace.parties.models import Organisation

from . import tokens

# The demo city acts in the past too, so its certificates reach back and forward.
DEMO_FROM = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
DEMO_UNTIL = datetime.datetime(2049, 12, 31, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Seal:
    """An organisation's key with its certificate: as PKCS#12, or (then empty) on the token under `label`.

    `serial` is the certificate's serial number in hex.
    """

    pkcs12: bytes
    serial: str
    label: str = ""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two workers that start together must not make two authorities."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_secret(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    temporary.rename(path)


def _name(common: str, serial: str = "") -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, common),
        x509.NameAttribute(NameOID.COMMON_NAME, common),
    ]
    if serial:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    return x509.Name(parts)


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _certificate(subject: x509.Name, key, issuer: x509.Name, issuer_key, *, ca: bool) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(DEMO_FROM)
        .not_valid_after(DEMO_UNTIL)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(_usage(ca=ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _demo_authority(folder: Path) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """The demo's own certificate authority; the caller holds the folder's lock."""
    key_file, root_file = folder / "authority.key", folder / "authority.pem"
    if not root_file.exists():
        key = rsa.generate_private_key(65537, 3072)
        name = _name("民福演示证书机构 Minfu Demo Authority")
        root = _certificate(name, key, name, key, ca=True)
        _write_secret(
            key_file,
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
        _write_secret(root_file, root.public_bytes(serialization.Encoding.PEM))
    root = x509.load_pem_x509_certificate(root_file.read_bytes())
    return root, serialization.load_pem_private_key(key_file.read_bytes(), password=None)


def _make_demo_seal(organisation: Organisation, path: Path) -> None:
    with _alone(path.parent):
        if path.exists():
            return
        root, root_key = _demo_authority(path.parent)
        key = rsa.generate_private_key(65537, 2048)
        subject = _name(organisation.name, organisation.uscc)
        certificate = _certificate(subject, key, root.subject, root_key, ca=False)
        _write_secret(
            path,
            pkcs12.serialize_key_and_certificates(
                organisation.uscc.encode(),
                cast(Any, key),
                certificate,
                [root],
                serialization.BestAvailableEncryption(settings.SEAL_PASSPHRASE.encode()),
            ),
        )


def seal_of(organisation: Organisation) -> Seal:
    """The organisation's seal: on the token when it has one there, else its file.

    Raises ValidationError(code="no_seal") when production has neither, or the token does not answer.
    """
    if certificate := _on_token(organisation):
        return Seal(b"", f"{certificate.serial_number:X}", label=organisation.uscc)
    path = Path(settings.SEAL_DIR) / f"{organisation.uscc}.p12"
    if not path.exists():
        if settings.PRODUCTION:
            raise ValidationError(
                _("%(name)s has no electronic seal on this installation: ask the operator to deposit its certificate."),
                code="no_seal",
                params={"name": organisation},
            )
        _make_demo_seal(organisation, path)
    content = path.read_bytes()
    try:
        _key, certificate, _more = pkcs12.load_key_and_certificates(content, settings.SEAL_PASSPHRASE.encode())
    except ValueError:
        raise ValidationError(
            _("The electronic seal of %(name)s can't be opened: ask the operator."),
            code="no_seal",
            params={"name": organisation},
        ) from None
    return Seal(content, f"{certificate.serial_number:X}")


def _on_token(organisation: Organisation) -> x509.Certificate | None:
    return tokens.certificate_of(organisation.uscc) if tokens.is_on() else None


@dataclass(frozen=True)
class SealFacts:
    """What a certificate says of itself."""

    holder: str
    issuer: str
    serial: str
    valid_until: datetime.datetime
    is_on_token: bool = False


def seal_facts(organisation: Organisation) -> SealFacts | None:
    """Of the certificate that seals for the organisation now; None when there is none yet."""
    if certificate := _on_token(organisation):
        return _facts(certificate, is_on_token=True)
    path = Path(settings.SEAL_DIR) / f"{organisation.uscc}.p12"
    if not path.exists():
        return None
    _key, certificate, _more = pkcs12.load_key_and_certificates(path.read_bytes(), settings.SEAL_PASSPHRASE.encode())
    return _facts(certificate)


def _facts(certificate: x509.Certificate, *, is_on_token: bool = False) -> SealFacts:
    return SealFacts(
        _common_name(certificate.subject),
        _common_name(certificate.issuer),
        f"{certificate.serial_number:X}",
        certificate.not_valid_after_utc,
        is_on_token,
    )


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def keep_seal(organisation: Organisation, content: bytes, passphrase: str) -> SealFacts:
    """Check an organisation's own PKCS#12 and keep it, encrypted anew with this installation's passphrase.

    Raises ValidationError by field: "unreadable" (not PKCS#12, or another passphrase), "no_key", "expired",
    "not_for_signing", "another" when it does not name the organisation, "untrusted" when no root of
    SEAL_AUTHORITIES stands behind it.
    """
    try:
        key, certificate, more = pkcs12.load_key_and_certificates(content, passphrase.encode())
    except ValueError:
        raise _refuse("passphrase", _("This file can't be opened with this passphrase."), "unreadable") from None
    if key is None or certificate is None:
        raise _refuse("file", _("The file needs the certificate and its private key."), "no_key")
    now = datetime.datetime.now(datetime.UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise _refuse("file", _("The certificate is not valid today."), "expired")
    if not _may_sign(certificate):
        raise _refuse("file", _("This certificate is not made for signing."), "not_for_signing")
    names = [str(attribute.value) for attribute in certificate.subject]
    if not any(organisation.uscc in name or name == organisation.name for name in names):
        raise _refuse("file", _("The certificate names another organisation."), "another")
    roots = [x509.load_der_x509_certificate(root) for root in trusted_roots()]
    if not _leads_to(certificate, list(more), roots):
        raise _refuse("file", _("No authority that this installation trusts has issued the certificate."), "untrusted")
    path = Path(settings.SEAL_DIR) / f"{organisation.uscc}.p12"
    with _alone(path.parent):
        _write_secret(
            path,
            pkcs12.serialize_key_and_certificates(
                organisation.uscc.encode(),
                cast(Any, key),
                certificate,
                more or None,
                serialization.BestAvailableEncryption(settings.SEAL_PASSPHRASE.encode()),
            ),
        )
    return _facts(certificate)


def _may_sign(certificate: x509.Certificate) -> bool:
    """Its key binds its holder (non-repudiation): readers ask that of a signature."""
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment
    except x509.ExtensionNotFound:
        return False


def _refuse(field: str, message: Any, code: str) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code)})


def _leads_to(certificate: x509.Certificate, between: list[x509.Certificate], roots: list[x509.Certificate]) -> bool:
    """One of the roots has issued it, directly or through the certificates that came with it."""
    for issuer in (*roots, *between):
        if issuer == certificate:
            continue
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            continue
        rest = [one for one in between if one != issuer]
        if issuer in roots or _leads_to(issuer, rest, roots):
            return True
    return False


def trusted_roots() -> list[bytes]:
    """The certificates (DER) that signatures are checked against."""
    path = Path(settings.SEAL_AUTHORITIES)
    if not path.exists():
        if settings.PRODUCTION:
            raise ImproperlyConfigured(f"SEAL_AUTHORITIES names no file: {path}")
        with _alone(path.parent):
            _demo_authority(path.parent)
    roots = x509.load_pem_x509_certificates(path.read_bytes())
    return [root.public_bytes(serialization.Encoding.DER) for root in roots]


def _key_id(key: VerifyKey) -> str:
    return hashlib.sha256(bytes(key)).hexdigest()[:16]


@cache
def _signing_keys(seeds: tuple[str, ...], demo_file: str) -> tuple[SigningKey, ...]:
    if seeds:
        return tuple(SigningKey(base64.b64decode(seed)) for seed in seeds)
    path = Path(demo_file)
    with _alone(path.parent):
        if not path.exists():
            _write_secret(path, bytes(SigningKey.generate()))
    return (SigningKey(path.read_bytes()),)


def _receipt_keys() -> tuple[SigningKey, ...]:
    return _signing_keys(tuple(settings.RECEIPT_KEYS), str(Path(settings.VAR_DIR) / "keys" / "receipts.ed25519"))


def receipt_key() -> tuple[str, SigningKey]:
    """The key that signs today's receipts, with its id."""
    key = _receipt_keys()[0]
    return _key_id(key.verify_key), key


def receipt_verify_keys() -> dict[str, VerifyKey]:
    """Every key that a receipt may be signed with, by id, newest first."""
    return {_key_id(key.verify_key): key.verify_key for key in _receipt_keys()}
