"""Keys that never leave their device: seals on a PKCS#11 token (密码机, 智能密码钥匙), beside the PKCS#12 files.

SEAL_PKCS11_MODULE is the device's library, SEAL_PKCS11_TOKEN the label of its token, SEAL_PKCS11_PIN opens it. On the
token, an organisation's key and certificate both carry its USCC as their label.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cryptography import x509
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

# A token is logged in once a process: two threads take turns.
_turn = threading.Lock()


def is_on() -> bool:
    return bool(settings.SEAL_PKCS11_MODULE)


@contextmanager
def _session() -> Iterator[Any]:
    """Raises ValidationError(code="no_seal") when the device does not answer."""
    # The device's library is loaded on first use, in the process that signs: it must not live through a fork.
    import pkcs11  # noqa: PLC0415
    from pyhanko.config.pkcs11 import TokenCriteria  # noqa: PLC0415
    from pyhanko.sign.pkcs11 import open_pkcs11_session  # noqa: PLC0415

    with _turn:
        try:
            session = open_pkcs11_session(
                settings.SEAL_PKCS11_MODULE,
                token_criteria=TokenCriteria(label=settings.SEAL_PKCS11_TOKEN),
                user_pin=settings.SEAL_PKCS11_PIN,
            )
        except (pkcs11.PKCS11Error, RuntimeError) as fault:
            raise ValidationError(
                _("The device that keeps the electronic seals does not answer: tell the operator."), code="no_seal"
            ) from fault
        with session:
            yield session


def certificate_of(uscc: str) -> x509.Certificate | None:
    """The certificate on the token; None when the organisation has none there."""
    from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415

    with _session() as session:
        wanted = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: uscc}
        for found in session.get_objects(wanted):
            return x509.load_der_x509_certificate(found[Attribute.VALUE])
    return None


@contextmanager
def signer_of(uscc: str) -> Iterator["Signer"]:
    """A signer whose key stays on the token, while the context lasts."""
    from pyhanko.sign.pkcs11 import PKCS11Signer  # noqa: PLC0415

    with _session() as session:
        yield PKCS11Signer(session, cert_label=uscc, key_label=uscc)
