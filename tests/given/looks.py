"""Whoever looks sees the same before and after: an instrument for what nobody may learn."""

import io
import re
import zipfile
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from lxml import html

from marketplace.parties.actions import issue_token

DEEPEST, MOST_PAGES = 2, 45
SEEDS = ("/desk/", "/evaluations/", "/evaluations/desk/", "/audit/", "/audit/trail/", "/admin/", "/inbox/", "/figures/")
# What may differ between two answers to the same question: tokens, nonces, the key of a form, when a head was signed.
FLEETING = re.compile(
    r"""((csrfmiddlewaretoken|submission_key)" value="|nonce="|"(token|signature|signed_at)": ?")[^"]*"""
)
# How many entries of all kinds are sealed, and the head over them: every look adds some. That writing adds none is
# asserted beside.
HEADS = {
    "/audit/": re.compile(r"""<td class="(number|date)">[^<]*</td>|<code class="text-break">[0-9a-f]{64}</code>"""),
    "/audit/head.json": re.compile(r""""(number|size)": \d+|"(root|sealed_at)": "[^"]*\""""),
}


class Look:
    """What one person sees at every address that the person can reach.

    The situation has `people` by role and the `addresses` that are named after what must not be seen.
    """

    def __init__(self, situation: Any, role: str) -> None:
        self.situation, self.client = situation, Client()
        person = situation.people[role]
        if person is not None:
            self.client.force_login(person)
            organisation = person.memberships.filter(ended_at=None).first()
            if organisation:
                _token, secret = issue_token("画像", organisation.organisation, by=person)
                self.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        self.addresses = self._reachable()

    def _reachable(self) -> list[str]:
        found, ring = dict.fromkeys(self.situation.addresses), [*SEEDS]
        for _depth in range(DEEPEST):
            further: list[str] = []
            for address in ring:
                if address in found or len(found) > MOST_PAGES:
                    continue
                found[address] = None
                further += self._links(address)
            ring = further
        return list(found)

    def _links(self, address: str) -> list[str]:
        response = self.client.get(address)
        if response.status_code != 200 or "html" not in response.get("Content-Type", ""):
            return []
        document = html.fromstring(response.content)
        paths = [
            urlsplit(anchor.get("href")) for anchor in document.xpath("//main//a[@href] | //*[@id='content']//a[@href]")
        ]
        return [path.path for path in paths if not path.netloc and path.path.startswith("/") and "out" not in path.path]

    def see(self) -> dict[str, tuple[int, str]]:
        return {address: self._words_of(address) for address in self.addresses}

    def _words_of(self, address: str) -> tuple[int, str]:
        response = self.client.get(address)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        if "spreadsheetml" in response.get("Content-Type", ""):
            book = zipfile.ZipFile(io.BytesIO(body))
            return response.status_code, "".join(
                book.read(part).decode() for part in book.namelist() if part.startswith("xl/") and part.endswith(".xml")
            )
        if address == "/metrics":
            return response.status_code, ""  # counts of requests and seconds; nothing of any row
        words = FLEETING.sub("", body.decode(errors="replace"))
        return response.status_code, HEADS[address].sub("", words) if address in HEADS else words


def the_same(before: dict[str, tuple[int, str]], now: dict[str, tuple[int, str]], whose: str) -> None:
    """Address by address, saying where the first difference is."""
    for address, seen in now.items():
        if seen != before[address]:
            pairs = zip(before[address][1].splitlines(), seen[1].splitlines(), strict=False)
            first = next(((one, other) for one, other in pairs if one != other), ("length", "length"))
            raise AssertionError(f"{whose} sees a difference at {address}: {first}")
