"""What search engines may read: the site's pages and the public lists, in both languages."""

from collections.abc import Iterable

from django.contrib.sitemaps import Sitemap
from wagtail.models import Page

from cms.models import HomePage


class SitePages(Sitemap):
    def items(self) -> Iterable[Page]:
        pages = Page.objects.none()
        for home in HomePage.objects.live():
            pages |= Page.objects.live().public().descendant_of(home, inclusive=True)
        return pages.order_by("path")

    def location(self, item: Page) -> str:
        return item.get_url() or "/"

    def lastmod(self, item: Page):
        return item.last_published_at


class PublicLists(Sitemap):
    def items(self) -> list[str]:
        paths = ("/tenders/", "/providers/", "/services/", "/consultations/", "/standards/", "/needs/")
        return [prefix + path for path in paths for prefix in ("", "/en")]

    def location(self, item: str) -> str:
        return item


SITEMAPS = {"pages": SitePages, "lists": PublicLists}
