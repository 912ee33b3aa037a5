"""Wagtail tells of a page's fate by signal alone: its screens, schedules and workflows all end here."""

from typing import Any

from django.dispatch import receiver
from wagtail.models import Page
from wagtail.signals import page_published, page_unpublished

from . import actions


@receiver(page_published)
def published(sender: type, instance: Page, revision: Any = None, **kwargs: Any) -> None:
    actions.announce_published(instance, by=revision.user if revision else None)


@receiver(page_unpublished)
def unpublished(sender: type, instance: Page, **kwargs: Any) -> None:
    actions.announce_unpublished(instance, by=None)
