"""From HTML to PDF: one thread, one set of fonts, the same bytes for the same page.

WeasyPrint's FontConfiguration must be one a process (without it a hundred documents take 1.3 GB) and must never be
shared across threads (heap corruption), so a process renders in one thread of its own. Nothing is fetched from the
network: a template may use `data:` addresses and nothing else.
"""

import hashlib
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from django.core.exceptions import ImproperlyConfigured
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

POINTS_PER_PIXEL = 0.75
_press: ThreadPoolExecutor | None = None
_fonts: FontConfiguration | None = None
# One for all: each would read the machine's certificates anew, a twelfth of the time that a contract takes.
_fetcher = URLFetcher(allowed_protocols=["data"])


@dataclass(frozen=True)
class Rendered:
    """A printed document and where its seals go, in points from the lower left corner."""

    pdf: bytes
    pages: int
    seal_places: list[tuple[str, int, float, float]]


@cache
def require_chinese_font() -> None:
    """Raise ImproperlyConfigured, naming the package, when no font with Chinese characters is installed.

    Without one WeasyPrint prints empty boxes and says nothing.
    """
    fc_list = shutil.which("fc-list")
    if not fc_list:
        raise ImproperlyConfigured(
            "fontconfig is not installed, so nothing can be printed. On Debian or Ubuntu: apt-get install fontconfig "
            "fonts-noto-cjk; on macOS: brew install fontconfig font-noto-sans-cjk-sc."
        )
    found = subprocess.run([fc_list, ":lang=zh-cn", "family"], capture_output=True, text=True, check=False)  # noqa: S603
    if not found.stdout.strip():
        raise ImproperlyConfigured(
            "No font with Chinese characters is installed, so nothing can be printed. On Debian or Ubuntu: "
            "apt-get install fonts-noto-cjk; on macOS: brew install font-noto-sans-cjk-sc."
        )


def _forget_press() -> None:
    """A forked child must not wait for the parent's thread."""
    global _press, _fonts
    _press = _fonts = None


os.register_at_fork(after_in_child=_forget_press)


def render_pdf(html: str, *, identifier: str, tagged: bool = True) -> Rendered:
    """Print a page. The same html and identifier give the same bytes.

    `tagged` makes PDF/A-3a, which a screen reader can follow; off for a drawing such as a seal.
    Raises ImproperlyConfigured without a Chinese font.
    """
    global _press
    require_chinese_font()
    if _press is None:
        _press = ThreadPoolExecutor(max_workers=1, thread_name_prefix="press")
    return _press.submit(_render, html, identifier, tagged).result()


def _render(html: str, identifier: str, tagged: bool) -> Rendered:
    global _fonts
    if _fonts is None:
        _fonts = FontConfiguration()
    document = HTML(string=html, url_fetcher=_fetcher, base_url="").render(
        font_config=_fonts, pdf_variant="pdf/a-3a" if tagged else None, pdf_tags=tagged
    )
    pdf = document.write_pdf(
        pdf_variant="pdf/a-3a" if tagged else None,
        pdf_tags=tagged,
        pdf_identifier=hashlib.sha256(identifier.encode()).digest()[:16],
    )
    places = []
    for index, page in enumerate(document.pages):
        for name, point in page.anchors.items():
            if name.startswith("seal-"):
                x, y = point[0], point[1]
                places.append(
                    (name, index, round(x * POINTS_PER_PIXEL, 2), round((page.height - y) * POINTS_PER_PIXEL, 2))
                )
    return Rendered(pdf, len(document.pages), places)
