"""Contracts printed, beside WeasyPrint on the same pages; a filtered list of ten thousand, beside its bare SQL."""

import copy
import os
import statistics
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection, reset_queries
from django.test import RequestFactory
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from contracts import documents, registers
from contracts.models import Clause, Contract, Deliverable
from marketplace.pages import clock
from marketplace.pages.models import uuid7
from marketplace.papers.models import Paper
from tests.given.contracts import a_draft_contract, a_signed_contract, a_yearly_contract

PAPERS = int(os.environ.get("BENCH_PAPERS", "1000"))
CONTRACTS = 10_000
STATES = ("in_force", "in_force", "closed", "signed", "terminated")
BATCH, TRIES = 500, 99
FETCHER = URLFetcher(allowed_protocols=["data"])
EVERY = 4  # of how many papers the bare page is printed too


def run() -> Iterator[tuple[str, float, str, float, str]]:
    yield from printing()
    yield from listing()


def printing() -> Iterator[tuple[str, float, str, float, str]]:
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
    yield name, len(papers) / ours, "contracts/s", beside / floor, "≥ 0.8"


def bare(paper: Paper, fonts: FontConfiguration) -> float:
    """Seconds that WeasyPrint takes for the same page alone."""
    source = read(paper)
    started = time.perf_counter()
    HTML(string=source, url_fetcher=FETCHER, base_url="").write_pdf(
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
    Contract.objects.bulk_create(made, batch_size=BATCH)
    for kind, found in rows.items():
        kind.objects.bulk_create(found, batch_size=BATCH)
    return list(Contract.objects.filter(number__startswith="HTBENCH").order_by("number")[:count])


def listing() -> Iterator[tuple[str, float, str, float, str]]:
    """Its statements through the ORM to rows, and the whole page, each beside the same statements run bare."""
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
    Contract.objects.bulk_create(rows, batch_size=BATCH)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    query = {"state": "closed", "buyer": str(pattern.buyer_id)}
    counts = {len(statements(lambda page=page: page_over_http(query | {"page": page}))) for page in ("1", "2", "40")}
    yield "statements of a page of the register, most against least", max(counts), "statements", min(counts), "≤ 1"
    for name, ours, asked in (
        ("its statements as rows", lambda: page_as_rows(query), "≤ 3"),
        ("the whole page over WSGI", lambda: page_over_http(query), ""),
    ):
        found = statements(ours)
        value, bare = by_turns(ours, lambda found=found: run_bare(found))
        yield f"a filtered page of {CONTRACTS} contracts: {name}", value, "ms", bare, asked


def page_as_rows(query: dict[str, str]) -> list[dict[str, Any]]:
    """What the list asks for, through its own doors: who buys, the count, one page."""
    registers.buyers()
    found = registers.register(**query)
    found.count()
    return list(found[:25].values(*registers.ON_THE_PAGE))


@cache
def application() -> WSGIHandler:
    return get_wsgi_application()


def page_over_http(query: dict[str, str]) -> bytes:
    """As the server asks for it: middleware, statements, templates."""
    environ = RequestFactory()._base_environ(PATH_INFO="/contracts/", QUERY_STRING=urlencode(query))
    response = application()(environ, lambda status, headers: None)
    content = b"".join(response)
    response.close()
    return content


def by_turns(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """The median of each, ms, taken in turns: what else the machine does falls on both alike."""
    took: dict[Callable[[], object], list[float]] = {ours: [], bare: []}
    ours(), bare()
    for _try in range(TRIES):
        for side, times in took.items():
            started = time.perf_counter()
            side()
            times.append(time.perf_counter() - started)
    return statistics.median(took[ours]) * 1000, statistics.median(took[bare]) * 1000


def statements(act: Any) -> list[str]:
    """The SQL that it sends, with its parameters in place."""
    connection.force_debug_cursor = True
    reset_queries()
    act()
    found = [row["sql"] for row in connection.queries if "SELECT" in row["sql"]]
    connection.force_debug_cursor = False
    return found


def run_bare(found: list[str]) -> None:
    with connection.cursor() as cursor:
        for sql in found:
            cursor.execute(sql)
            cursor.fetchall()
