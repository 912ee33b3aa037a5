"""Places, organisations and people of the demo city."""

import datetime
from importlib.resources import files

from django.contrib.auth.hashers import make_password

from marketplace.parties.actions import grant_role, load_regions, register_organisation
from marketplace.parties.models import Organisation, Role, User

from . import cast
from .world import World


def load(world: World) -> None:
    """Idempotent: what is there stays as it is."""
    password = make_password(cast.PASSWORD)  # one hash for all: Argon2 is slow on purpose
    for key, person in cast.PEOPLE.items():
        if not User.objects.filter(email=cast.email_of(key)).exists():
            create = User.objects.create_superuser if person.is_operator else User.objects.create_user
            user = create(name=person.name, email=cast.email_of(key))
            user.password = password
            user.save(update_fields=["password"])
    operator = world.person("admin")
    with (files("marketplace.parties") / "data" / "demo_regions.csv").open(encoding="utf-8-sig") as lines:
        load_regions(lines, by=operator)
    for body in cast.ORGANISATIONS.values():
        if not Organisation.objects.filter(uscc=body.uscc).exists():
            register_organisation(
                uscc=body.uscc,
                name=body.name,
                name_en=body.name_en,
                kind=body.kind,
                legal_form=body.legal_form,
                region=world.region(body.region),
                about=body.about,
                about_en=body.about_en,
                phone=body.phone,
                registered_on=datetime.date.fromisoformat(body.registered_on),
                by=operator,
            )
    for key, person in cast.PEOPLE.items():
        for role in person.roles:
            grant_role(world.person(key), world.organisation(person.organisation or ""), Role(role), by=None)
