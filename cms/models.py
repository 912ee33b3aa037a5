"""The public site: home page, sections and the pages in them. Wagtail keeps drafts, versions and translations."""

from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet

from . import queries
from .blocks import BodyBlock

SECTION_DEPTH = 3  # root, home, section


class HomePage(Page):
    """`/` and `/en/`: what Minfu is, live numbers, the latest, and three doors."""

    headline = models.CharField(_("headline"), max_length=60, blank=True)
    lead = models.CharField(_("lead"), max_length=240, blank=True)

    content_panels = [*Page.content_panels, FieldPanel("headline"), FieldPanel("lead")]
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    subpage_types: ClassVar[list[str]] = ["cms.SectionPage", "cms.ArticlePage"]
    template = "cms/home_page.html"

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().get_context(request, *args, **kwargs) | {
            "numbers": queries.numbers(),
            "tenders": queries.latest_tenders(),
            "news": ArticlePage.objects.newest(self, "news"),
        }


class SectionPage(Page):
    """Policy, news, guides, help: a list of its pages."""

    intro = models.CharField(_("introduction"), max_length=240, blank=True)
    by_date = models.BooleanField(_("newest first, with dates"), default=False)

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("by_date")]
    parent_page_types: ClassVar[list[str]] = ["cms.HomePage"]
    subpage_types: ClassVar[list[str]] = ["cms.ArticlePage"]
    template = "cms/section_page.html"

    class Meta:
        verbose_name = _("section")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        articles = ArticlePage.objects.live().child_of(self)
        paginator = Paginator(articles.order_by("-date", "path") if self.by_date else articles.order_by("path"), 25)
        page = paginator.get_page(request.GET.get("page"))
        return super().get_context(request, *args, **kwargs) | {"articles": page, "page_obj": page}


class ArticleQuerySet(PageQuerySet):
    def newest(self, home: Page, section: str, count: int = 4) -> list["ArticlePage"]:
        """The newest published pages of one section under this language's home page."""
        return list(
            self.live()
            .filter(path__startswith=home.path, url_path__startswith=f"{home.url_path}{section}/")
            .order_by("-date", "path")[:count]
        )


class ArticlePage(Page):
    """One page of policy, news or help, or a page on its own such as open data."""

    class Audience(models.TextChoices):
        EVERYONE = "", _("Everyone")
        RESIDENT = "resident", _("Residents and relatives")
        PROVIDER = "provider", _("Providers")
        BUREAU = "bureau", _("Bureaus")
        EVALUATOR = "evaluator", _("Evaluators")

    summary = models.CharField(_("summary"), max_length=240, blank=True)
    date = models.DateField(_("date"), null=True, blank=True)
    source = models.CharField(pgettext_lazy("policy", "issued by"), max_length=80, blank=True)
    reference = models.CharField(_("document number"), max_length=60, blank=True)
    audience = models.CharField(_("for whom"), max_length=16, choices=Audience, default=Audience.EVERYONE, blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("date"),
        FieldPanel("source"),
        FieldPanel("reference"),
        FieldPanel("audience"),
        FieldPanel("body"),
    ]
    objects = PageManager.from_queryset(ArticleQuerySet)()
    parent_page_types: ClassVar[list[str]] = ["cms.HomePage", "cms.SectionPage"]
    subpage_types: ClassVar[list[str]] = []
    template = "cms/article_page.html"

    class Meta:
        verbose_name = _("page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().get_context(request, *args, **kwargs) | {"beside": self.beside()}

    def beside(self) -> list["ArticlePage"]:
        """The pages of the same section, for the margin; none for a page on its own."""
        if self.depth < SECTION_DEPTH + 1:
            return []
        return list(ArticlePage.objects.live().sibling_of(self).order_by("-date", "path")[:10])

    def plain_text(self) -> str:
        """What a reader sees, without marks: what the site's search finds."""
        return " ".join([self.summary, *self.body.stream_block.get_searchable_content(self.body)])
