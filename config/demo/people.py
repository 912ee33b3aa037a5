"""Places, organisations and people of the demo city."""

import datetime

from django.contrib.auth.hashers import make_password

from marketplace.parties.actions import grant_role
from marketplace.parties.models import Organisation, Region, Role, User

from . import cast
from .world import World


def load(world: World) -> None:
    """Idempotent: what is there stays as it is."""
    for place in cast.REGIONS.values():
        Region.objects.get_or_create(
            code=place.code,
            defaults={
                "name": place.name,
                "name_en": place.name_en,
                "level": place.level,
                "is_rural": place.is_rural,
                "parent": Region.objects.get(code=cast.REGIONS[place.parent].code) if place.parent else None,
            },
        )
    for body in cast.ORGANISATIONS.values():
        Organisation.objects.get_or_create(
            uscc=body.uscc,
            defaults={
                "name": body.name,
                "name_en": body.name_en,
                "kind": body.kind,
                "legal_form": body.legal_form,
                "region": Region.objects.get(code=cast.REGIONS[body.region].code),
                "about": body.about,
                "about_en": body.about_en,
                "registered_on": datetime.date.fromisoformat(body.registered_on),
            },
        )
    password = make_password(cast.PASSWORD)  # one hash for all: Argon2 is slow on purpose
    for key, person in cast.PEOPLE.items():
        email = cast.email_of(key)
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(name=person.name, email=email)
            User.objects.filter(pk=user.pk).update(
                password=password, is_staff=person.is_operator, is_superuser=person.is_operator
            )
        for role in person.roles:
            grant_role(user, world.organisation(person.organisation or ""), Role(role), by=None)
