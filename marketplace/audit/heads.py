"""Signed heads: how much was sealed, and its root, kept where the owner of the database can't reach.

A head is JSON: city, signed_at, public_key, signature, and for each stream its size, number, root, genesis (the root of
the first batch) and sealed_at. The signature is Ed25519 over the canonical bytes of everything else.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from marketplace.pages import clock

from .canonical import canonical, canonical_bytes
from .models import Batch
from .sealing import streams
from .signing import is_signed, public_key, sign


class BadHead(ValueError):
    """The file is not a head, or its signature is not ours."""


@dataclass(frozen=True)
class Head:
    content: dict[str, Any]

    @property
    def signed_at(self) -> str:
        return self.content["signed_at"]

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        return self.content["streams"]

    def size_of(self, stream: str) -> int:
        return self.parts.get(stream, {}).get("size", 0)

    def root_of(self, stream: str) -> str:
        return self.parts.get(stream, {}).get("root", "")

    def as_bytes(self) -> bytes:
        return json.dumps(self.content, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def current_head() -> Head:
    """Sign what is sealed now."""
    parts = {}
    for name in streams():
        last = Batch.objects.filter(stream=name).order_by("-number").first()
        if last:
            first = Batch.objects.filter(stream=name).order_by("number").first()
            parts[name] = {
                "size": last.size,
                "number": last.number,
                "root": last.root,
                "genesis": first.root if first else "",
                "sealed_at": canonical(last.sealed_at),
            }
    content = {
        "city": settings.CITY_NAME,
        "signed_at": clock.database_time().isoformat(timespec="seconds"),
        "public_key": public_key(),
        "streams": parts,
    }
    return Head(content | {"signature": sign(_signed(content))})


def _signed(content: dict[str, Any]) -> bytes:
    return b"minfu head\n" + canonical_bytes({k: v for k, v in content.items() if k != "signature"})


def read_head(data: bytes) -> Head:
    """A head from its file. Raises BadHead."""
    try:
        content = json.loads(data)
        head = Head(content)
        sound = all(isinstance(part["size"], int) and isinstance(part["root"], str) for part in head.parts.values())
        signed = is_signed(_signed(content), content["signature"])
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise BadHead("this is not a head of Minfu") from fault
    if not (sound and signed):
        raise BadHead("the head's signature is not this installation's")
    return head


def folder() -> Path:
    """Where heads are kept outside the database."""
    return Path(settings.AUDIT_HEADS_DIR)


def export_head(path: Path | None = None) -> Path | None:
    """Write the current head to a file; None when nothing is sealed. The newest is always `latest.json`.

    Heads are kept one an hour, so that the folder stays small and every hour has its witness.
    """
    head = current_head()
    if not head.parts:
        return None
    data = head.as_bytes()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path
    folder().mkdir(parents=True, exist_ok=True)
    hourly = folder() / f"head-{head.signed_at[:13].replace(':', '')}.json"
    for target in (hourly, folder() / "latest.json"):
        fresh = target.with_suffix(".new")
        fresh.write_bytes(data)
        fresh.replace(target)
    return hourly


def kept_heads() -> tuple[list[Head], int]:
    """Heads in the folder that speak of this database's chains, and how many speak of another's.

    A chain is known by the root of its first batch, which is signed.
    """
    mine, others = [], 0
    genesis = dict(Batch.objects.filter(number=1).values_list("stream", "root"))
    for path in sorted(folder().glob("*.json")) if folder().is_dir() else []:
        try:
            head = read_head(path.read_bytes())
        except BadHead:
            others += 1
            continue
        if any(genesis.get(name) == part.get("genesis") for name, part in head.parts.items()):
            mine.append(head)
        else:
            others += 1
    return mine, others
