"""Two characters found among many titles by bigrams, beside the sequential scan that finds the same."""

import random
import statistics
import time
from collections.abc import Iterator

from django.db import connection

from marketplace.pages import clock
from marketplace.search.grams import as_column, fold
from marketplace.search.models import Document
from marketplace.search.queries import matching

TITLES = 100_000
WORDS = [
    "居家养老",
    "日间照料",
    "助浴",
    "助餐",
    "助洁",
    "适老化改造",
    "康复护理",
    "精神慰藉",
    "心理咨询",
    "社区食堂",
    "失能照护",
    "志愿服务",
]
PLACES = ["城厢镇", "沙溪镇", "浏河镇", "浮桥镇", "璜泾镇", "双凤镇", "科教新城", "娄东街道"]
QUERIES = ["助浴", "适老", "养老", "浏河", "改造服务"]


def run() -> Iterator[tuple[str, float, str, float]]:
    chance, now = random.Random(1), clock.now()
    documents = []
    for number in range(TITLES):
        title = f"{chance.choice(PLACES)}{chance.choice(WORDS)}服务采购项目第{number}号"
        folded = fold(title)
        documents.append(
            Document(
                kind="tender", object_id=str(number), language="zh-hans", title=title, url="/",
                folded=folded, grams=as_column(folded), updated_at=now,
            )
        )  # fmt: skip
    Document.objects.bulk_create(documents, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE site_search_document")
    found, scanned = [], []
    for query in QUERIES * 3:
        found.append(timed(lambda query=query: keys(matching(query))))
        scanned.append(timed(lambda query=query: keys(Document.objects.filter(folded__contains=query))))
    yield f"find two characters among {TITLES} titles", statistics.median(found), "s", statistics.median(scanned)


def keys(documents) -> list[int]:
    return list(documents.order_by().values_list("pk", flat=True))


def timed(act) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
