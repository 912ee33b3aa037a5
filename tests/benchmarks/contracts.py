"""Contracts printed, beside WeasyPrint on the same pages; a filtered list of ten thousand, beside its bare SQL."""

import copy
import os
import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection, reset_queries
from django.test import Client
from django.urls import reverse
from django.utils import translation
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from contracts import documents, queries
from contracts.models import Clause, Contract, Deliverable
from marketplace.pages import clock
from marketplace.pages.models import uuid7
from marketplace.papers.models import Paper
from tests.given.contracts import a_draft_contract, a_signed_contract, a_yearly_contract

PAPERS = int(os.environ.get("BENCH_PAPERS", "1000"))
CONTRACTS = 10_000
STATES = ("in_force", "in_force", "closed", "signed", "terminated")
STATEMENTS_FEW, TRIES = 500, 9
EVERY = 4  # of how many papers the bare page is printed too


def run() -> Iterator[tuple[str, float, str, float]]:
    yield from printing()
    yield from listing()


def printing() -> Iterator[tuple[str, float, str, float]]:
    """The whole verb (context, template, PDF/A, files, row, audit) against writing the same HTML as the same PDF/A."""
    pattern = a_yearly_contract(months=15, premises=True)
    copies = copies_of(pattern, PAPERS)
    by = pattern.cast.officer
    fonts = FontConfiguration()
    bare(documents.print_contract(copies[0], by=by), fonts)  # both presses are warm
    ours = floor = 0.0
    papers, beside = [], 0
    for number, contract in enumerate(copies[1:]):
        started = time.perf_counter()
        papers.append(documents.print_contract(contract, by=by))
        ours += time.perf_counter() - started
        if number % EVERY == 0:  # in between, so that both have the same machine
            floor += bare(papers[-1], fonts)
            beside += 1
    pages = statistics.median(paper.pages for paper in papers)
    name = f"print {len(papers)} contracts of {pages:.0f} pages, one core, beside WeasyPrint on {beside} of them"
    yield name, len(papers) / ours, "contracts/s", beside / floor


def bare(paper: Paper, fonts: FontConfiguration) -> float:
    """Seconds that WeasyPrint takes for the same page alone."""
    source = read(paper)
    started = time.perf_counter()
    HTML(string=source, url_fetcher=URLFetcher(allowed_protocols=["data"]), base_url="").write_pdf(
        font_config=fonts, pdf_variant="pdf/a-3a", pdf_tags=True, pdf_identifier=paper.pk.bytes
    )
    return time.perf_counter() - started


def read(paper: Paper) -> str:
    with paper.source.open("rb") as file:
        return file.read().decode()


def copies_of(pattern: Contract, count: int) -> list[Contract]:
    """The same contract under other numbers, straight into the tables."""
    clauses, deliverables = list(pattern.clauses.all()), list(pattern.deliverables.all())
    made: list[Contract] = []
    rows: dict[type, list[Any]] = {Clause: [], Deliverable: []}
    for number in range(count):
        contract = copy.copy(pattern)
        contract._state = copy.copy(pattern._state)
        contract.pk, contract.number, contract.paper = uuid7(), f"HTBENCH-{number:06d}", None
        vars(contract)["state"] = STATES[number % len(STATES)]
        made.append(contract)
        for kind, originals in ((Clause, clauses), (Deliverable, deliverables)):
            for original in originals:
                row = copy.copy(original)
                row._state = copy.copy(original._state)
                row.pk, row.contract_id = uuid7(), contract.pk
                rows[kind].append(row)
    Contract.objects.bulk_create(made, batch_size=STATEMENTS_FEW)
    for kind, found in rows.items():
        kind.objects.bulk_create(found, batch_size=STATEMENTS_FEW)
    return list(Contract.objects.filter(number__startswith="HTBENCH").order_by("number")[:count])


def listing() -> Iterator[tuple[str, float, str, float]]:
    """The page over HTTP against the statements that it needs, run bare."""
    pattern = a_signed_contract(a_draft_contract())
    rows = []
    for number in range(CONTRACTS):
        row = copy.copy(pattern)
        row._state = copy.copy(pattern._state)
        row.pk, row.number = uuid7(), f"HTLIST-{number:06d}"
        vars(row)["state"] = STATES[number % len(STATES)]
        row.title = f"{pattern.title}{number}"
        row.signed_at = clock.now()
        rows.append(row)
    Contract.objects.bulk_create(rows, batch_size=STATEMENTS_FEW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client, query = Client(), {"state": "closed", "buyer": str(pattern.buyer_id)}
    with translation.override("zh-hans"):
        url = reverse("contracts:register")
    client.get(url, query)
    counts = {len(statements(lambda page=page: client.get(url, query | {"page": str(page)}))) for page in (1, 2, 40)}
    yield "statements of a page of the register, most against least", max(counts), "statements", min(counts)
    whole = statistics.median(timed(lambda: list(page_of(query, pattern))) for _ in range(TRIES))
    found = statements(lambda: list(page_of(query, pattern)))
    bare = statistics.median(timed(lambda: run_bare(found)) for _ in range(TRIES))
    yield f"a filtered page of {CONTRACTS} contracts as rows", whole, "s", 3 * bare
    page = statistics.median(timed(lambda: client.get(url, query)) for _ in range(TRIES))
    asked = statements(lambda: client.get(url, query))
    bare = statistics.median(timed(lambda: run_bare(asked)) for _ in range(TRIES))
    yield f"a filtered page of {CONTRACTS} contracts over HTTP", page, "s", 3 * bare


def page_of(query: dict[str, str], pattern: Contract) -> Any:
    """What the list asks for: the count and one page."""
    found = queries.register(state=query["state"], buyer=str(pattern.buyer_id))
    found.count()
    return found[:25]


def statements(act: Any) -> list[str]:
    """The SQL that it sends, with its parameters in place."""
    connection.force_debug_cursor = True
    reset_queries()
    act()
    found = [row["sql"] for row in connection.queries if row["sql"].lstrip().upper().startswith("SELECT")]
    connection.force_debug_cursor = False
    return found


def run_bare(found: list[str]) -> None:
    with connection.cursor() as cursor:
        for sql in found:
            cursor.execute(sql)
            cursor.fetchall()


def timed(act: Any) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
