"""Opening the public site and publishing its pages from code. Editors do the same in Wagtail's own screens."""

from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from wagtail.models import Locale, Page, Site

from marketplace.audit.actions import authorise, record
from marketplace.parties.models import User
from marketplace.search.actions import index, unindex

from . import policies
from .models import ArticlePage, HomePage, SectionPage

LANGUAGES = ("zh-hans", "en")
KIND = "page"  # in the search index
SECTIONS = ("policy", "news", "guides", "help")


@transaction.atomic
def open_site(*, by: User | None) -> HomePage:
    """The home page and the four sections in both languages; makes what is missing and leaves the rest alone."""
    authorise(policies.may_open_site, by)
    homes = {language: _home(language) for language in LANGUAGES}
    chinese = homes["zh-hans"]
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True, hostname="localhost")
    if site.root_page_id != chinese.pk:
        site.root_page, site.site_name = chinese, "民福"
        site.save()
    Page.objects.filter(depth=2, slug="home").exclude(pk=chinese.pk).delete()  # Wagtail's own welcome
    for slug in SECTIONS:
        first = None
        for language in LANGUAGES:
            section = _section(homes[language], slug, language, first)
            first = first or section
    record("site.opened", chinese, by=by)
    return chinese


def _home(language: str) -> HomePage:
    locale, _created = Locale.objects.get_or_create(language_code=language)
    home = HomePage.objects.filter(locale=locale).first()
    if home:
        return home
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root", locale=locale)
    original = HomePage.objects.filter(locale__language_code="zh-hans").first()
    with translation.override(language):
        title = pgettext("site", "Minfu")
    home = HomePage(title=title, slug="minfu" if language == "zh-hans" else f"minfu-{language}", locale=locale)
    if original:
        home.translation_key = original.translation_key
    return root.add_child(instance=home)


def _section(home: HomePage, slug: str, language: str, translation_of: SectionPage | None) -> SectionPage:
    section = SectionPage.objects.child_of(home).filter(slug=slug).first()
    if section:
        return section
    with translation.override(language):
        title, intro = {
            "policy": (pgettext("section", "Policy"), _("The rules that say who gets what, and who answers for it.")),
            "news": (pgettext("section", "News"), _("What happened, month by month.")),
            "guides": (pgettext("section", "Guides"), _("How to do it, step by step, for each kind of user.")),
            "help": (pgettext("section", "Questions and answers"), _("Short answers to what people ask most.")),
        }[slug]
    section = SectionPage(title=title, slug=slug, intro=intro, by_date=slug in ("policy", "news"), locale=home.locale)
    if translation_of:
        section.translation_key = translation_of.translation_key
    return home.add_child(instance=section)


@transaction.atomic
def publish_article(
    parent: Page, *, slug: str, title: str, body: list[dict[str, Any]], by: User, translation_of: Page | None = None,
    **fields: Any,
) -> ArticlePage:  # fmt: skip
    """Write a page under a home page or section and publish it. `body` is StreamField data: [{"type", "value"}…]."""
    authorise(policies.may_publish, by)
    article = ArticlePage(
        slug=slug, title=title, body=body, locale=parent.locale, owner=by, search_description=fields.get("summary", ""),
        **fields,
    )  # fmt: skip
    if translation_of:
        article.translation_key = translation_of.translation_key
    parent.add_child(instance=article)
    article.save_revision(user=by).publish(user=by)
    return article


def announce_published(page: Page, *, by: User | None) -> None:
    """A page went out, from Wagtail's screens, a schedule or code: keep who did it and let the search find it."""
    record("page.published", page, by=by)
    if isinstance(page, ArticlePage):
        index(
            page,
            kind=KIND,
            title=page.title,
            text=page.plain_text(),
            url=page.get_url() or "",
            language=page.locale.language_code,
        )


def announce_unpublished(page: Page, *, by: User | None) -> None:
    record("page.unpublished", page, by=by)
    unindex(page, kind=KIND)
