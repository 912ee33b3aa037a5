"""A scorecard that the demo's scorer has half filled in: marks, comments, two photos from the visit."""

import datetime
import io
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from evaluations import actions
from evaluations.models import Scorecard
from evaluations.photos import place_of
from evaluations.queries import scored_leaves
from marketplace.pages import clock

from .world import World

SCORER = "evaluator"
NOTES = (
    "需求调查表一百二十份，抽看十份，签名齐全；服务方案按自理程度分了三档。",
    "上门签到与核销时间逐条对照，二十条中一条相差四十分钟，护理员当场说明。",
    "培训记录到三月，四月集中培训的签到表待补。",
)
PHOTOS = ("签到簿_第3页.jpg", "护理员排班表.jpg")


def load(world: World) -> None:
    """Idempotent: returns at once when the sheet has been begun."""
    engagement = world.recall().get("engagement")
    person = world.person(SCORER)
    sheet = Scorecard.objects.filter(engagement=engagement, scorer=person, state=Scorecard.State.OPEN).first()
    if sheet is None or sheet.entries.exists():
        return
    leaves = list(scored_leaves(sheet.engagement.framework))
    half = leaves[: (len(leaves) + 1) // 2]
    visit = clock.at_hour(world.today - datetime.timedelta(days=1), 10)
    with world.at(visit):
        actions.save_scorecard(
            sheet,
            points={leaf.pk: (leaf.top or 0) - number % 2 for number, leaf in enumerate(half)},
            notes={leaf.pk: note for leaf, note in zip(half, NOTES, strict=False)},
            visited_on=clock.today(),
            by=person,
        )
        for number, name in enumerate(PHOTOS):
            actions.add_evidence(
                sheet,
                half[min(1, len(half) - 1)],
                SimpleUploadedFile(name, _a_page(name), "image/jpeg"),
                here=place_of("31.45820", f"121.1092{number}"),
                by=person,
            )


def _a_page(name: str) -> bytes:
    """A ruled page on a desk, as a telephone sees it; no two are alike."""
    shade = zlib.crc32(name.encode()) % 24
    picture = Image.new("RGB", (960, 720), (122 + shade, 96, 70))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(120, 60), (850, 40), (880, 690), (90, 670)], fill=(246, 243, 232))
    for row in range(12):
        top = 120 + 44 * row
        draw.line([(130, top), (846, top - 8)], fill=(150, 160, 170), width=2)
        draw.line([(170, top - 18), (170 + (row * 53 + shade * 7) % 160 + 60, top - 20)], fill=(40, 50, 90), width=5)
        draw.line([(520, top - 20), (520 + (row * 37 + shade * 5) % 120 + 40, top - 22)], fill=(40, 50, 90), width=5)
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=80)
    return held.getvalue()
