"""A leaf of a framework may hold a service to a standard that residents were heard about."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from marketplace.directory.models import StandardVersion


def cited_standard(node: dict[str, Any]) -> StandardVersion | None:
    """The version in force of the standard that a node names by its code; None when it names none.

    The version is kept: what is adopted later does not change what a service was judged by.
    Raises ValidationError(code="standard") when no version of it is in force.
    """
    code = node.get("standard", "")
    if not code:
        return None
    version = StandardVersion.objects.adopted().filter(standard__code=code).first()
    if version is None:
        raise ValidationError(
            _("Indicator %(indicator)s cites standard %(code)s, of which no version is in force."),
            code="standard",
            params={"indicator": node.get("code", "?"), "code": code},
        )
    return version
