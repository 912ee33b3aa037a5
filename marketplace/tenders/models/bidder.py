"""Who stands behind a bid: members of a consortium, ties between suppliers, who wrote the file, the bond."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.encryptedfiles import encrypted_storage
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, User

from .award import Award
from .bid import my_suppliers
from .tender import Tender


class PartnerQuerySet(models.QuerySet["Partner"]):
    def standing(self) -> "PartnerQuerySet":
        return self.exclude(state=Partner.State.DECLINED)

    def visible_to(self, user: User) -> "PartnerQuerySet":
        """Until the opening a consortium is known to its own members alone."""
        mine = my_suppliers(user) if user.is_authenticated else Organisation.objects.none()
        return self.filter(Q(lead__in=mine) | Q(member__in=mine))


class Partner(Row):
    """A member of the consortium that `lead` bids for; every member confirms for itself (GPL 24)."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("partner", "Asked")
        CONFIRMED = "confirmed", pgettext_lazy("partner", "Takes part")
        DECLINED = "declined", pgettext_lazy("partner", "Declined")

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="partners")
    lead = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="consortia_led")
    member = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="consortia_joined")
    work = models.CharField(_("what it will do"), max_length=300)
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "lead", "member"], condition=~Q(state="declined"), name="one_place_in_a_consortium"
            ),
            models.CheckConstraint(condition=~Q(lead=F("member")), name="lead_is_no_partner"),
        ]

    @transition(state, source=State.ASKED, target=State.CONFIRMED)
    def confirm(self) -> None:
        """The member takes part and is liable for the whole with the others."""

    @transition(state, source=[State.ASKED, State.CONFIRMED], target=State.DECLINED)
    def decline(self) -> None:
        """The member does not, or no longer, take part."""


class TieQuerySet(models.QuerySet["Tie"]):
    def live(self) -> "TieQuerySet":
        return self.filter(ended_at=None)


class Tie(Row):
    """A tie between two suppliers that keeps them from bidding for one lot (REG 18), or the finding that there is
    none although their heads bear the same name."""

    class Kind(models.TextChoices):
        SAME_HEAD = "same_head", _("The same person in charge")
        CONTROL = "control", _("One directly controls the other")
        MANAGEMENT = "management", _("One manages the other")
        NAMESAKES = "namesakes", _("Two persons of the same name")

    one = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="ties")
    other = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="ties_back")
    kind = models.CharField(_("tie"), max_length=12, choices=Kind)
    evidence = models.CharField(_("how it is known"), max_length=300)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = TieQuerySet.as_manager()

    class Meta:
        ordering = ["-recorded_at"]
        constraints = [
            models.UniqueConstraint(fields=["one", "other", "kind"], condition=Q(ended_at=None), name="one_live_tie"),
            models.CheckConstraint(condition=~Q(one=F("other")), name="tie_between_two"),
        ]


class Designer(Row):
    """An organisation that designed the project, wrote its specification or supervises it: it may not bid (REG 18)."""

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="designers")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="designed_tenders")
    work = models.CharField(_("what it did"), max_length=300)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tender", "organisation"], name="one_designer")]


class BidBondQuerySet(models.QuerySet["BidBond"]):
    def standing(self) -> "BidBondQuerySet":
        return self.exclude(state__in=[BidBond.State.REFUSED, BidBond.State.RELEASED])

    def free(self) -> "BidBondQuerySet":
        """Those to give back: the tender is decided, and a winner has signed for every lot. Who refused the award
        keeps no claim to it (REG 33)."""
        mine = Award.objects.filter(lot__tender=OuterRef("tender"), supplier=OuterRef("supplier"))
        bound = mine.filter(Q(state=Award.State.STANDING, contracted_at=None) | Q(state=Award.State.DECLINED))
        return self.filter(~Exists(bound), tender__finished_at__isnull=False)

    def visible_to(self, user: User) -> "BidBondQuerySet":
        return self.filter(supplier__in=my_suppliers(user)) if user.is_authenticated else self.none()


class BidBond(Row):
    """A supplier's bid bond: money by transfer, or a guarantee's file; never cash (REG 33)."""

    class Form(models.TextChoices):
        TRANSFER = "transfer", _("Bank transfer")
        GUARANTEE = "guarantee", _("Letter of guarantee")

    class State(models.TextChoices):
        DECLARED = "declared", pgettext_lazy("bid bond", "Declared")
        HELD = "held", pgettext_lazy("bid bond", "Held")
        REFUSED = "refused", pgettext_lazy("bid bond", "Not received")
        RELEASED = "released", pgettext_lazy("bid bond", "Returned")

    tender = models.ForeignKey(Tender, on_delete=models.CASCADE, related_name="bonds")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bid_bonds")
    form = models.CharField(_("how it is given"), max_length=10, choices=Form)
    amount = models.PositiveBigIntegerField(_("amount"))  # fen
    reference = models.CharField(_("bank's reference, or number of the guarantee"), max_length=80)
    file = models.FileField(upload_to="bonds/", storage=encrypted_storage, max_length=200, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    state = StateField(_("state"), default=State.DECLARED, choices=State.choices)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    objects = BidBondQuerySet.as_manager()

    class Meta:
        ordering = ["declared_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "supplier"], condition=Q(state__in=["declared", "held"]), name="one_standing_bond"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bond_amount_positive"),
        ]

    @transition(state, source=State.DECLARED, target=State.HELD)
    def hold(self) -> None:
        """The money has arrived, or the guarantee was found good."""

    @transition(state, source=State.DECLARED, target=State.REFUSED)
    def refuse(self) -> None:
        """Nothing arrived by the deadline."""

    @transition(state, source=[State.DECLARED, State.HELD], target=State.RELEASED)
    def release(self) -> None:
        """Given back."""
