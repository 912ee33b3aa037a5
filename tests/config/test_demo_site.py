"""The demo city's pages: written twice, once in each language, and readable."""

from cms.blocks import BodyBlock
from config.demo.cms import TEXTS, read_pages


def test_every_page_is_written_in_both_languages():
    chinese, english = (list(read_pages((TEXTS / f"{name}.txt").read_text())) for name in ("zh-hans", "en"))
    assert [page[0] for page in chinese] == [page[0] for page in english]
    assert len(chinese) >= 20
    for place, _days, fields, body in chinese + english:
        assert fields["title"] and fields["summary"], place
        assert body, place
        BodyBlock().clean(BodyBlock().to_python(body))
