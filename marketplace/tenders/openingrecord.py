"""What of a tender is printed: the record of the opening."""

from django.db import transaction
from django.tasks import task

from marketplace.papers.actions import print_paper, seal_issued
from marketplace.papers.models import Paper
from marketplace.parties.actions import service_user

from .methods import method_of
from .models import Opening
from .queries.opening import opening_of

# What the paper calls things: 招标 has bids 投标 and a bid opening 开标 (Order 87), the other methods have responses
# 响应文件 that are opened (Order 74, 财库〔2014〕214号, Order 110).
TENDERED = {
    "record": "开标记录",
    "due": "投标截止时间",
    "opened": "开标时间",
    "file": "投标文件",
    "read_out": "唱标记录",
    "supplier": "投标人",
}
RESPONDED = {
    "record": "响应文件开启记录",
    "due": "响应文件提交截止时间",
    "opened": "开启时间",
    "file": "响应文件",
    "read_out": "开启结果",
    "supplier": "供应商",
}


def words_of(opening: Opening) -> dict[str, str]:
    return TENDERED if method_of(opening.tender).calls_for_tenders else RESPONDED


@task
def print_opening_record(pk: str) -> None:
    """The opening record as a paper under the buyer's seal that anyone can verify; once.

    Raises ValidationError `no_seal` when the buyer has deposited none: then the printed record stands.
    """
    with transaction.atomic():
        opening = Opening.objects.select_for_update(of=("self",)).select_related("tender__bureau").get(tender=pk)
        paper = Paper.objects.filter(code=opening.paper_code).first() or _printed(opening)
    if not paper.signatures.exists():
        seal_issued(paper, reason=words_of(opening)["record"], by=service_user("tenders.clock"))


def _printed(opening: Opening) -> Paper:
    tender, words = opening.tender, words_of(opening)
    seen = opening_of(tender)
    paper = print_paper(
        "opening",
        "tenders/print/opening.html",
        {
            "tender": tender,
            "seen": seen,
            "read_out": [lot for lot in tender.lots.all() if lot.pk not in seen.untold],
            "words": words,
        },
        title=f"{tender.number} {words['record']}",
        about=opening,
        organisation=tender.bureau,
        by=service_user("tenders.clock"),
    )
    opening.paper_code = paper.code
    opening.save(update_fields=["paper_code"])
    return paper
