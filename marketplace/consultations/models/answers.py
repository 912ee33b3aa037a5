"""Who has answered, and what was said: kept apart, so that nobody can look up what a person said.

A `Participation` holds keyed hashes of who took part; an `Answer` holds what was said, a random key, a place and a day.
Nothing joins the two. Hence an answer, once given, can't be found again, changed or taken back; the page says so.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.models import StateField
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Region

from .consultation import Consultation, Question
from .sheets import Sheet


class Participation(models.Model):
    """One person has been counted. `person` and `account` are keyed hashes, for this consultation alone."""

    class Consent(models.TextChoices):
        SELF = "self", pgettext_lazy("consent", "Answered in person")
        DELEGATE = "delegate", pgettext_lazy("consent", "By who acts for the resident, on record")
        VISIT = "visit", pgettext_lazy("consent", "Agreed face to face")
        PHONE = "phone", pgettext_lazy("consent", "Agreed on the telephone")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="participations")
    person = models.CharField(max_length=64, null=True)  # of a resident in the register
    account = models.CharField(max_length=64, null=True)  # of a signed-in user, also of the resident's own
    consent = models.CharField(_("how the resident agreed"), max_length=10, choices=Consent, default=Consent.SELF)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    counted_on = models.DateField(_("counted on"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "person"], condition=Q(person__isnull=False), name="a_person_counts_once"
            ),
            models.UniqueConstraint(
                fields=["consultation", "account"], condition=Q(account__isnull=False), name="an_account_counts_once"
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(account__isnull=False), name="participation_is_of_someone"
            ),
        ]


class Answer(models.Model):
    """What somebody said, by which channel, from which place. No name and no moment."""

    class Channel(models.TextChoices):
        OPEN = "open", pgettext_lazy("channel", "Public page, without signing in")
        SIGNED_IN = "signed_in", pgettext_lazy("channel", "Public page, signed in")
        SHEET = "sheet", pgettext_lazy("channel", "Paper sheet")
        DESK = "desk", pgettext_lazy("channel", "At the desk")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="answers")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    region = models.ForeignKey(Region, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("place"))
    sheet = models.OneToOneField(Sheet, null=True, on_delete=models.PROTECT, related_name="answer")
    token = models.CharField(max_length=64, null=True)  # of an open page: a second click is no second answer
    origin = models.CharField(max_length=64, blank=True)  # keyed hash of address and browser, against floods
    given_on = models.DateField(_("given on"))

    class Meta:
        indexes = [
            models.Index(fields=["consultation", "channel", "region"], name="answers_by_channel"),
            models.Index(fields=["consultation", "origin"], name="answers_by_origin"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "token"], condition=Q(token__isnull=False), name="one_answer_an_open_page"
            ),
            models.CheckConstraint(
                condition=Q(channel="sheet", sheet__isnull=False) | (~Q(channel="sheet") & Q(sheet=None)),
                name="sheet_answers_name_their_sheet",
            ),
        ]


class Reply(models.Model):
    """One choice: `value` is the option's place from 0, or the step from 1 to 5. Several rows where several may be
    chosen; counted by the database."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="replies")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="replies")
    value = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["question", "value"], name="replies_by_value")]
        constraints = [models.UniqueConstraint(fields=["answer", "question", "value"], name="a_choice_counts_once")]


class Remark(models.Model):
    """Words of one's own: published only after somebody looked for names, numbers and addresses in them.

    As given they are encrypted; what is public is what the reader of the bureau let stand.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("remark", "To be read")
        SHOWN = "shown", pgettext_lazy("remark", "Published")
        HELD_BACK = "held_back", pgettext_lazy("remark", "Held back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="remarks")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="remarks")
    text = EncryptedTextField(_("as given"))
    state = StateField(_("state"), default=State.WAITING, choices=State.choices)
    shown = models.CharField(_("as published"), max_length=600, blank=True)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(_("read"), null=True)

    class Meta:
        ordering = ["pk"]  # random: in no order of coming
        constraints = [
            models.UniqueConstraint(fields=["answer", "question"], name="one_remark_a_question"),
            models.CheckConstraint(
                condition=Q(state="shown", read_at__isnull=False) | (~Q(state="shown") & Q(shown="")),
                name="only_read_remarks_are_shown",
            ),
        ]

    @transition(state, source="*", target=State.SHOWN)
    def show(self, words: str) -> None:
        """It stands under the results, in these words."""
        self.shown = words

    @transition(state, source="*", target=State.HELD_BACK)
    def hold_back(self) -> None:
        """It names somebody, or has nothing to do with the question: it stays with the bureau."""
        self.shown = ""
