"""What a resident says of the care: one face, one sentence, once for each occasion."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.directory.models import Category
from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation, Region, User
from marketplace.residents.models import Resident


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def given(self) -> "FeedbackQuerySet":
        return self.filter(state=Feedback.State.GIVEN)

    def visible_to(self, user: User) -> "FeedbackQuerySet":
        """The resident, and who may act for them; nobody who belongs to the provider, whatever else they are.

        Everybody else reads numbers, and sentences without who.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        mine = Q(resident__user=user) | Q(resident__in=user.delegations.live().values("resident"))
        ours = user.memberships.filter(ended_at=None).values("organisation")
        return self.filter(mine).exclude(provider__in=ours)


class Feedback(Row):
    """One occasion on which a resident may say how it was: a redemption, or a month of care at one provider.

    The row is made when the resident is asked or first answers. The code on paper and the link of a text message are
    never stored: they hang on the key outside the database. `weight` is percent: how much a voice by its channel
    counts (rule `feedback.weights`).
    """

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("feedback", "Asked")
        GIVEN = "given", pgettext_lazy("feedback", "Given")

    class Face(models.TextChoices):
        SATISFIED = "satisfied", _("Satisfied")
        SO_SO = "so_so", _("So-so")
        NOT_SATISFIED = "not_satisfied", _("Not satisfied")

    class Channel(models.TextChoices):
        COUNTER = "counter", pgettext_lazy("feedback channel", "At the counter")
        PAPER = "paper", pgettext_lazy("feedback channel", "Paper code")
        SMS = "sms", pgettext_lazy("feedback channel", "Text message")
        CALL = "call", pgettext_lazy("feedback channel", "Call-back")
        WORKER = "worker", pgettext_lazy("feedback channel", "Community worker")
        OWN = "own", pgettext_lazy("feedback channel", "Own page")

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="feedback")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="feedback")
    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="+")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    redemption_id = models.UUIDField(null=True)
    month = models.DateField(_("month"))
    performed_on = models.DateField(_("performed"))
    code_hash = models.CharField(max_length=64, null=True, unique=True)
    needs_proof = models.BooleanField(default=False)  # the code came out of the provider's own printer
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    texted_at = models.DateTimeField(null=True)
    expires_on = models.DateField(_("asked until"))
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    face = models.CharField(_("how it was"), max_length=14, choices=Face, blank=True)
    first_face = models.CharField(max_length=14, choices=Face, blank=True)
    sentence = EncryptedTextField(_("in one sentence"), blank=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True)
    weight = models.PositiveSmallIntegerField(_("weight"), default=100)
    given_at = models.DateTimeField(_("given"), null=True)
    changed_at = models.DateTimeField(_("changed"), null=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["provider", "state", "given_at"], name="feedback_of_provider"),
            models.Index(fields=["resident", "provider", "month"], name="feedback_of_resident"),
            models.Index(fields=["state", "given_at"], name="feedback_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["redemption_id"], condition=Q(redemption_id__isnull=False), name="one_voice_a_redemption"
            ),
            models.UniqueConstraint(
                fields=["resident", "provider", "month"],
                condition=Q(redemption_id__isnull=True),
                name="one_voice_a_month_of_care",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", face="", given_at=None)
                | (Q(state="given", given_at__isnull=False) & ~Q(face="") & ~Q(channel="")),
                name="voice_given_has_a_face",
            ),
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=100), name="voice_weighs_something"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.month:%Y-%m}"

    @transition(state, source=State.ASKED, target=State.GIVEN)
    def give(self) -> None:
        """The resident has spoken."""
