"""The register of residents: encrypted where it must be, masked where it is shown."""

import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from marketplace.pages import clock
from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField
from marketplace.parties.models import Organisation, Region, Role, User

from .identity import mask_id, mask_name


class ResidentQuerySet(models.QuerySet["Resident"]):
    def active(self) -> "ResidentQuerySet":
        return self.filter(state=Resident.State.ACTIVE)

    def within(self, region: Region) -> "ResidentQuerySet":
        """Who lives in a place or in any place inside it."""
        return self.filter(region__code__startswith=region.prefix)

    def visible_to(self, user: User) -> "ResidentQuerySet":
        """A bureau's officers and community workers see the residents of their region; people see themselves and
        those who made them a delegate."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        mine = models.Q(user=user) | models.Q(pk__in=user.delegations.live().values("resident_id"))
        return self.filter(mine | _kept_by(user))

    def kept_by(self, user: User) -> "ResidentQuerySet":
        """Whom the reader meets at a bureau's desk. Nobody keeps the record of themselves because it is theirs."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(_kept_by(user))


def _kept_by(user: User) -> models.Q:
    bureaus = Organisation.objects.filter(
        kind=Organisation.Kind.BUREAU,
        memberships__user=user,
        memberships__ended_at=None,
        memberships__role__in=[Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER],
    ).select_related("region")
    kept = models.Q(pk__in=[])
    for bureau in bureaus.distinct():
        kept |= models.Q(region__code__startswith=bureau.region.prefix)
    return kept


class Resident(Row):
    """A person in the register, by residence and not by hukou."""

    class Sex(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")

    class Household(models.TextChoices):
        ALONE = "alone", _("Lives alone")
        COUPLE = "couple", _("With spouse")
        FAMILY = "family", _("With family")
        INSTITUTION = "institution", _("In an institution")

    class Way(models.TextChoices):
        PHONE = "phone", _("Telephone")
        SMS = "sms", _("Text message")
        POST = "post", _("Letter")
        WORKER = "worker", _("Visit by the community worker")

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        MOVED = "moved", _("Moved away")
        DECEASED = "deceased", _("Deceased")

    name = models.CharField(pgettext_lazy("person", "name"), max_length=60)
    id_number = EncryptedTextField(_("ID number"))
    id_hash = models.CharField(max_length=64, unique=True, editable=False)
    id_override = models.CharField(_("reason why a failing check character is accepted"), max_length=200, blank=True)
    birth_date = models.DateField(_("date of birth"), db_index=True)
    sex = models.CharField(_("sex"), max_length=6, choices=Sex)
    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, related_name="residents", verbose_name=_("place of residence")
    )
    community = models.CharField(_("community"), max_length=80, blank=True)
    household_number = models.CharField(_("household number"), max_length=30, blank=True)
    household = models.CharField(_("living situation"), max_length=12, choices=Household, default=Household.FAMILY)
    phone = EncryptedTextField(_("telephone"), blank=True)
    phone_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    address = EncryptedTextField(_("address"), blank=True)
    preferred_way = models.CharField(_("preferred way to be reached"), max_length=8, choices=Way, default=Way.PHONE)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="resident",
        verbose_name=_("own account"),
    )
    state = StateField(_("state"), default=State.ACTIVE, choices=State.choices)
    state_reason = models.CharField(_("reason"), max_length=200, blank=True)
    state_at = models.DateTimeField(_("in this state since"), default=clock.now)
    registered_at = models.DateTimeField(_("registered"), default=clock.now)
    changed_at = models.DateTimeField(_("changed"), default=clock.now)
    erased_at = models.DateTimeField(_("made unrecognisable"), null=True, blank=True)

    objects = ResidentQuerySet.as_manager()

    class Meta:
        ordering = ["name", "birth_date"]
        indexes = [
            models.Index(fields=["region", "state", "birth_date"], name="resident_by_place"),
            models.Index(fields=["name"], name="resident_by_name"),
        ]

    def __str__(self) -> str:
        return self.masked_name

    @property
    def masked_name(self) -> str:
        return mask_name(self.name) if self.erased_at is None else gettext("(erased)")

    @property
    def masked_id(self) -> str:
        return mask_id(self.id_number)

    def age_on(self, day: datetime.date) -> int:
        """Full years on that day."""
        return day.year - self.birth_date.year - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))

    @transition(state, source=[State.ACTIVE], target=State.SUSPENDED)
    def suspend(self, reason: str) -> None:
        """Vouchers stand still until it is cleared."""
        self.state_reason = reason

    @transition(state, source=[State.SUSPENDED, State.MOVED, State.DECEASED], target=State.ACTIVE)
    def reinstate(self, reason: str) -> None:
        """In the register again; or never dead."""
        self.state_reason = reason

    @transition(state, source=[State.ACTIVE, State.SUSPENDED], target=State.MOVED)
    def move_away(self, reason: str) -> None:
        """Lives elsewhere: entitlement ends here."""
        self.state_reason = reason

    @transition(state, source=[State.ACTIVE, State.SUSPENDED, State.MOVED], target=State.DECEASED)
    def die(self, reason: str) -> None:
        """The record is kept, the vouchers stop at once."""
        self.state_reason = reason


class Benefit(Row):
    """What a resident receives from elsewhere. A programme may exclude who does (民办函〔2025〕49号)."""

    class Kind(models.TextChoices):
        EXTREME_POVERTY = "extreme_poverty_support", _("Support in extreme poverty")
        CENTRALISED_CARE = "centralised_care_subsidy", _("Subsidy for centralised care")
        IMPROVEMENT = "improvement_action", _("Improvement of home and community care")
        LTCI = "ltci", _("Long-term care insurance")
        MINIMUM_LIVING = "minimum_living", _("Minimum living allowance")

    resident = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="benefits")
    kind = models.CharField(_("benefit"), max_length=30, choices=Kind)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["starts_on"]
        indexes = [models.Index(fields=["resident", "kind"], name="benefit_of_resident")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="benefit_dates_in_order",
            )
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())
