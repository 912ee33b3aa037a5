"""What a script needs to act as each role: var/demo.json."""

import json

from django.conf import settings

from marketplace.parties.actions import issue_token
from marketplace.parties.queries import token_holder

from . import cast
from .world import World


def load(world: World) -> None:
    """Write the demo's base address, accounts and remembered objects. A token still good is written again."""
    target = settings.VAR_DIR / "demo.json"
    earlier = json.loads(target.read_text()) if target.exists() else {"accounts": []}
    tokens = {account["username"]: account["api_token"] for account in earlier["accounts"]}
    accounts = []
    for key, person in cast.PEOPLE.items():
        if not person.demo_role:
            continue
        username = cast.email_of(key)
        accounts.append(
            {
                "role": person.demo_role,
                "username": username,
                "password": cast.PASSWORD,
                "api_token": _token(world, key, tokens.get(username, "")),
                "organisation": cast.ORGANISATIONS[person.organisation].name if person.organisation else None,
            }
        )
    content = {"base_url": settings.BASE_URL, "accounts": accounts, "objects": world.recall()}
    target.write_text(json.dumps(content, ensure_ascii=False, indent=1))


def _token(world: World, key: str, earlier: str) -> str:
    if token_holder(earlier) is not None:
        return earlier
    organisation = cast.PEOPLE[key].organisation
    _held, token = issue_token("demo", world.organisation(organisation) if organisation else None, by=world.person(key))
    return token
