"""People and organisations to act with."""

import itertools

from stdnum.cn import uscc

from marketplace.parties.actions import grant_role
from marketplace.parties.models import Organisation, Region, Role, User

_count = itertools.count(1)
PASSWORD = "correct horse battery staple"


def valid_uscc(serial: int, prefix: str = "52320585") -> str:
    """A USCC of the registering body in the prefix, with a right checksum."""
    body = f"{prefix}{serial:09d}"
    return body + uscc.calc_check_digit(body)


def a_region() -> Region:
    """Chengxiang town in Taicang, with every place above it."""
    parent = None
    for code, name, level in [
        ("320000000000", "江苏省", "province"),
        ("320500000000", "苏州市", "prefecture"),
        ("320585000000", "太仓市", "county"),
        ("320585100000", "城厢镇", "town"),
    ]:
        parent, _ = Region.objects.get_or_create(code=code, defaults={"name": name, "level": level, "parent": parent})
    return parent


def an_organisation(kind=Organisation.Kind.SOCIAL_ORGANISATION, **fields) -> Organisation:
    number = next(_count)
    legal_form = (
        Organisation.LegalForm.STATE_ORGAN
        if kind in (Organisation.Kind.BUREAU, Organisation.Kind.FINANCE, Organisation.Kind.AUDIT)
        else Organisation.LegalForm.SERVICE_BODY
    )
    prefix = "11320585" if legal_form == Organisation.LegalForm.STATE_ORGAN else "52320585"
    return Organisation.objects.create(
        **{
            "uscc": valid_uscc(number, prefix),
            "name": f"机构{number}",
            "kind": kind,
            "legal_form": legal_form,
            "region": fields.pop("region", None) or a_region(),
            **fields,
        }
    )


def a_bureau(**fields) -> Organisation:
    return an_organisation(Organisation.Kind.BUREAU, **fields)


def a_person(*roles: Role, of: Organisation | None = None, name: str = "", **fields) -> User:
    """A person who holds the roles in the organisation and signs in with PASSWORD."""
    number = next(_count)
    user = User.objects.create_user(
        name=name or f"人{number}", email=f"person{number}@example.org", password=PASSWORD, **fields
    )
    for role in roles:
        grant_role(user, of, role, by=None)
    return user
