"""What a script needs to act as each role: var/demo.json."""

import json

from django.conf import settings

from .world import World


def load(world: World) -> None:
    """Write the demo's base address, accounts and remembered objects."""
    (settings.VAR_DIR / "demo.json").write_text(
        json.dumps(
            {"base_url": settings.BASE_URL, "accounts": [], "objects": world.recall()}, ensure_ascii=False, indent=1
        )
    )
