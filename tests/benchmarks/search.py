"""Words of two characters and more found among many titles by bigrams, beside the sequential scan for the same.

Every query is timed as a list asks it: the count, which stops at 1,001, and the first page. Before, all that the scan
finds is compared with all that the index finds: a query that misses one raises.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator

from django.db import connection
from django.db.models import QuerySet

from marketplace.pages import clock
from marketplace.search.grams import as_column, fold
from marketplace.search.models import Document
from marketplace.search.queries import MOST_COUNTED, matching

ON_SQLITE = True
TITLES, PAGE, TIMES = 100_000, 25, 5
# How often a kind of service is bought, in a thousand: some all the time, some hardly ever.
KINDS = {
    "居家养老": 180, "日间照料": 150, "社区助餐": 120, "志愿服务": 100, "社会工作": 90, "心理咨询": 70,
    "残疾人康复": 60,
    "适老化改造": 47, "家庭教育指导": 40, "失能照护": 35, "健康讲座": 30, "精神慰藉": 25, "助浴": 9, "认知症照护": 8,
    "临终关怀": 4, "助洁": 3, "喘息服务": 2, "代煎中药": 1,
}  # fmt: skip
PLACES = ["城厢镇", "沙溪镇", "浏河镇", "浮桥镇", "璜泾镇", "双凤镇", "科教新城", "娄东街道", "陆渡街道", "港区"]
QUERIES = ["助浴", "助洁", "关怀", "适老", "适老化改造", "康复", "喘息服务", "中药", "认知症", "讲座", "养老", "浏河镇"]


def run() -> Iterator[tuple[str, float, str, float, str]]:
    fill()
    found, scanned = [], []
    for query in QUERIES:
        if set(keys(matching(query))) != set(keys(scan(query))):
            raise AssertionError(f"The index misses something of {query}")
        for _time in range(TIMES):
            found.append(timed(lambda query=query: as_a_list(matching(query))))
            scanned.append(timed(lambda query=query: as_a_list(scan(query))))
    yield (
        f"find words among {TITLES:,} titles, median of {len(QUERIES)} words",
        statistics.median(found) * 1000,
        "ms",
        statistics.median(scanned) * 1000,
        "≤ 0.3",
    )


def fill() -> None:
    chance, now = random.Random(1), clock.now()
    kinds = chance.choices(list(KINDS), weights=list(KINDS.values()), k=TITLES)
    documents = []
    for number, kind in enumerate(kinds):
        title = f"{chance.choice(PLACES)}{kind}项目{chance.randint(2019, 2026)}年第{number}号采购"
        folded = fold(title)
        documents.append(
            Document(
                kind="tender", object_id=str(number), language="zh-hans", title=title, url="/",
                folded=folded, grams=as_column(folded), updated_at=now,
            )
        )  # fmt: skip
    Document.objects.bulk_create(documents, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE site_search_document" if connection.vendor == "postgresql" else "ANALYZE")


def scan(query: str) -> QuerySet[Document]:
    return Document.objects.filter(folded__contains=query)


def as_a_list(documents: QuerySet[Document]) -> None:
    documents.order_by()[:MOST_COUNTED].count()
    list(documents.order_by("-pk").values_list("pk", "title")[:PAGE])


def keys(documents: QuerySet[Document]) -> list[int]:
    return list(documents.order_by().values_list("pk", flat=True))


def timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
