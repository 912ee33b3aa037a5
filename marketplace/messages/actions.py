"""Telling people: in the inbox at once, by mail after the transaction that caused it has committed."""

import datetime
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.db import models, transaction
from django.template import Context
from django.template.loader import get_template
from django.urls import translate_url
from django.utils import translation

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Region, User
from marketplace.rules.calendar import add_months
from marketplace.rules.queries import resolve

from . import policies
from .models import Letter, Message, Preference, TextMessage
from .tasks import MOST_TRIES, mail_message, send_text

# What the filter `yuan` puts around an amount: a page sets it in figures of one width, plain text has no use for it.
OF_AMOUNTS = re.compile(r'<span class="money(?:-sign)?">|</span>')


@transaction.atomic
def tell(
    users: Iterable[User],
    *,
    template: str = "",
    context: Mapping[str, Any] | None = None,
    subject: Any = "",
    body: Any = "",
    url: str = "",
    about: models.Model | None = None,
    key: str = "",
) -> list[Message]:
    """Tell each person once, in the person's own language; returns the messages that are new.

    Either `template` names `messages/<template>.txt` (the first line is the subject, the rest the text; `reader` and
    `url` are in its context), or `subject` and `body` are strings, lazy where they shall be translated, filled with
    `context` by `%(name)s`. With a `key` the same person is told only once, however often a task is retried.
    """
    told = []
    people = {user.pk: user for user in users if user.is_active and not user.is_service}
    for user in people.values():
        address = translate_url(str(url), user.language)
        with translation.override(user.language):
            if template:
                title, text = _render(template, {**(context or {}), "reader": user, "url": address})
            else:
                title, text = str(subject), str(body)
                if context is not None:
                    title, text = title % context, text % context
        fields = {
            "subject": title[:200],
            "body": text,
            "url": address,
            "about_type": about._meta.label_lower if about else "",
            "about_id": str(about.pk) if about else "",
            "language": user.language,
        }
        if key:
            message, is_new = Message.objects.get_or_create(to=user, key=key, defaults=fields)
        else:
            message, is_new = Message.objects.create(to=user, **fields), True
        if is_new:
            told.append(message)
    refusing = set(Preference.objects.filter(user__in=people, by_mail=False).values_list("user_id", flat=True))
    for message in told:
        if message.to.email and message.to_id not in refusing:
            transaction.on_commit(partial(mail_message.enqueue, str(message.pk)))
    return told


def _render(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and text. Plain text: nothing is escaped for HTML here, the inbox page escapes when it shows it."""
    text = get_template(f"messages/{template}.txt").template.render(Context(context, autoescape=False))
    text = OF_AMOUNTS.sub("", text)
    first, _newline, rest = text.strip().partition("\n")
    return first.strip(), rest.strip()


@transaction.atomic
def read_message(message: Message, *, by: User) -> Message:
    """The reader has opened it; the first time counts. Not audited: what one reads is one's own."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    authorise(policies.may_read, by, message)
    if message.read_at is None:
        message.read_at = clock.now()
        message.save(update_fields=["read_at"])
    return message


@transaction.atomic
def read_all_messages(*, by: User) -> int:
    """Mark everything in one's own inbox as read; how many there were."""
    return Message.objects.visible_to(by).unread().update(read_at=clock.now())


@transaction.atomic
def choose_mail(*, by_mail: bool, by: User) -> Preference:
    """Whether messages also come by mail; the inbox has them in any case."""
    preference, _created = Preference.objects.update_or_create(user=by, defaults={"by_mail": by_mail})
    return preference


def text_number(
    number: str, template: str, context: Mapping[str, Any], *, key: str, about: models.Model | None = None
) -> TextMessage | None:
    """Send an SMS after commit, in Chinese: `messages/<template>.txt` without its first line. None when sent before.

    The caller has decided that this person may be reached at this number.
    """
    with translation.override("zh-hans"):
        _title, text = _render(template, {**context})
    message, is_new = TextMessage.objects.get_or_create(
        key=key,
        defaults={
            "number": number,
            "text": " ".join(text.split()),
            "about_type": about._meta.label_lower if about else "",
            "about_id": str(about.pk) if about else "",
        },
    )
    if not is_new:
        return None
    transaction.on_commit(partial(send_text.enqueue, str(message.pk)))
    return message


def write_letter(
    *,
    name: str,
    address: str,
    region: Region,
    template: str,
    context: Mapping[str, Any],
    key: str,
    about: models.Model | None = None,
) -> Letter | None:
    """Put a letter on the list to print and post of the place's desk. None when it was written before."""
    with translation.override("zh-hans"):
        title, text = _render(template, {**context})
    letter, is_new = Letter.objects.get_or_create(
        key=key,
        defaults={
            "region": region,
            "name": name,
            "address": address,
            "subject": title[:200],
            "text": text,
            "about_type": about._meta.label_lower if about else "",
            "about_id": str(about.pk) if about else "",
        },
    )
    return letter if is_new else None


@transaction.atomic
def post_letters(letters: Iterable[Letter], *, by: User) -> int:
    """They are printed and on their way; how many. Letters that were posted before stay as they are."""
    posted = 0
    for letter in Letter.objects.select_for_update().filter(pk__in=[letter.pk for letter in letters]).order_by("pk"):
        authorise(policies.may_post_letters, by, letter.region)
        if letter.state == Letter.State.TO_PRINT:
            letter.post()
            letter.posted_at, letter.posted_by = clock.now(), by
            letter.save(update_fields=["state", "posted_at", "posted_by"])
            record("letter.posted", letter, by=by)
            posted += 1
    return posted


def send_waiting_texts() -> int:
    """By the clock: what the gateway did not take is offered again; how many."""
    waiting = TextMessage.objects.exclude(state=TextMessage.State.SENT).filter(
        tries__lt=MOST_TRIES, created_at__lt=clock.database_time() - datetime.timedelta(minutes=5)
    )
    for pk in waiting.values_list("pk", flat=True)[:500]:
        send_text.enqueue(str(pk))
    return len(waiting[:500])


def sent_since() -> datetime.datetime:
    """What left the house before this moment is not kept (rule `privacy.sent_messages`; 个人信息保护法 art. 19)."""
    months = int(resolve("privacy.sent_messages").value)
    return clock.at_hour(add_months(clock.today(), -months), 0)


def forget_sent() -> int:
    """By the clock: text messages and letters of long ago go, with number, name and address; how many."""
    before, count = sent_since(), 0
    for kind in (TextMessage, Letter):
        count += kind._base_manager.filter(created_at__lt=before).delete()[0]
    return count


def forget_told(model: type[models.Model], keys: Iterable[Any]) -> None:
    """Delete what was sent about these objects, to whom, at which number and address: a part of forgetting them."""
    about = {"about_type": model._meta.label_lower, "about_id__in": [str(key) for key in keys]}
    for kind in (Message, TextMessage, Letter):
        kind._base_manager.filter(**about).delete()
