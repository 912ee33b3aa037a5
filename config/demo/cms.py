"""The demo city's public site: pages written as plain text in `site/`, published through the same verb as code uses.

The text's marks, one a line: `=== section/slug days-ago audience` begins a page; `# ` title, `> ` summary,
`@ ` issued by | document number, `## ` heading, `!`, `!!`, `!+` a notice (to know, to take care, in short),
`1. title | text` a step, `- ` an item, `? ` a question and the lines after it its answer, `| a | b` a table whose first
row is its head, `-> /address label` a button; anything else is a paragraph.
"""

import datetime
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from django.utils.html import escape
from wagtail.models import Page

from cms.actions import LANGUAGES, open_site, publish_article
from cms.models import ArticlePage, HomePage
from config.demo.world import World
from marketplace.pages import clock

TEXTS = Path(__file__).parent / "site"
NOTICES = {"!!": "warning", "!+": "success", "!": "info"}


def load(world: World) -> None:
    """Open the site and publish its pages, each at its own date."""
    by = world.person("admin")
    home = open_site(by=by)
    if ArticlePage.objects.exists():
        return
    homes = {language: HomePage.objects.get(locale__language_code=language) for language in LANGUAGES}
    written: dict[str, Page] = {}
    for language in LANGUAGES:
        for place, days_ago, fields, body in read_pages((TEXTS / f"{language}.txt").read_text()):
            section, _slash, slug = place.rpartition("/")
            parent = homes[language].get_children().get(slug=section).specific if section else homes[language]
            day = world.today - datetime.timedelta(days=days_ago)
            with world.at(clock.at_hour(day, 9)):
                page = publish_article(
                    parent,
                    slug=slug,
                    body=body,
                    by=by,
                    date=day if section in ("policy", "news") else None,
                    translation_of=written.get(place),
                    **fields,
                )
            written.setdefault(place, page)
    world.remember("site", home.get_url())


def read_pages(text: str) -> Iterator[tuple[str, int, dict[str, str], list[dict[str, Any]]]]:
    """Each page as (section/slug, days ago, fields, StreamField body)."""
    for chunk in re.split(r"^=== ", text, flags=re.M)[1:]:
        head, *lines = chunk.strip().splitlines()
        place, days_ago, *audience = head.split()
        fields = {"audience": audience[0] if audience else ""}
        body_lines = []
        for line in lines:
            if line.startswith("# "):
                fields["title"] = line[2:]
            elif line.startswith("> "):
                fields["summary"] = line[2:]
            elif line.startswith("@ "):
                fields["source"], _bar, fields["reference"] = (part.strip() for part in line[2:].partition("|"))
            elif line.strip():
                body_lines.append(line.strip())
        yield place, int(days_ago), fields, list(_blocks(body_lines))


def _blocks(lines: list[str]) -> Iterator[dict[str, Any]]:
    for kind, group in groupby(lines, _kind):
        run = list(group)
        match kind:
            case "heading":
                yield from ({"type": "heading", "value": line[3:]} for line in run)
            case "notice":
                for line in run:
                    mark, _space, words = line.partition(" ")
                    yield {"type": "notice", "value": {"tone": NOTICES[mark], "text": f"<p>{_inline(words)}</p>"}}
            case "steps":
                parts = [re.sub(r"^\d+\. ", "", line).partition(" | ") for line in run]
                steps = [{"title": title, "text": f"<p>{_inline(words)}</p>"} for title, _bar, words in parts]
                yield {"type": "steps", "value": {"steps": steps}}
            case "items":
                items = "".join(f"<li>{_inline(line[2:])}</li>" for line in run)
                yield {"type": "text", "value": f"<ul>{items}</ul>"}
            case "question":
                for line in run:
                    question, _bar, answer = line[2:].partition(" | ")
                    value = {"question": question, "answer": f"<p>{_inline(answer)}</p>"}
                    yield {"type": "question", "value": value}
            case "table":
                rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in run]
                yield {"type": "table", "value": _table(rows)}
            case "link":
                for line in run:
                    _arrow, address, label = line.split(" ", 2)
                    yield {"type": "link", "value": {"label": label, "address": address}}
            case _:
                yield {"type": "text", "value": "".join(f"<p>{_inline(line)}</p>" for line in run)}


def _kind(line: str) -> str:
    marks = [("## ", "heading"), ("!", "notice"), ("- ", "items"), ("? ", "question"), ("| ", "table"), ("-> ", "link")]
    if re.match(r"\d+\. ", line):
        return "steps"
    return next((kind for mark, kind in marks if line.startswith(mark)), "text")


def _inline(words: str) -> str:
    """Escaped, with **bold** and [links](/address)."""
    words = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(words))
    return re.sub(r"\[(.+?)\]\((.+?)\)", r'<a href="\2">\1</a>', words)


def _table(rows: list[list[str]]) -> dict[str, Any]:
    head, *body = rows
    is_number = [all(re.match(r"^[¥\d]", row[column]) for row in body) for column in range(len(head))]
    return {
        "caption": "",
        "columns": [
            {"type": "number" if number else "text", "heading": label}
            for label, number in zip(head, is_number, strict=True)
        ],
        "rows": [{"values": row} for row in body],
    }
