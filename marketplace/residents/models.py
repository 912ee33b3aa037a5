"""The register of residents: encrypted where it must be, masked where it is shown, with everyone who looked."""

import datetime
import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages import clock
from marketplace.pages.models import Row, StateField
from marketplace.parties.encryption import EncryptedTextField, keyed_hash
from marketplace.parties.models import Organisation, Region, Role, User


def hash_of_id(number: str) -> str:
    """How a resident is found by an ID number that is not there to read."""
    return keyed_hash("resident.id_number", number.strip().upper())


def hash_of_phone(number: str) -> str:
    return keyed_hash("resident.phone", re.sub(r"\D", "", number))


def mask_name(name: str) -> str:
    """张三 → 张*, 张小三 → 张*三, 欧阳小三 → 欧**三 (the practice of public notices, domain-rules §7)."""
    if len(name) <= 1:
        return name
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_id(number: str) -> str:
    """320585194001011234 → 320585********1234."""
    return f"{number[:6]}{'*' * max(len(number) - 10, 0)}{number[-4:]}" if number else ""


def check_character(body: str) -> str:
    """The 18th character for the first 17 digits (GB 11643-1999, ISO 7064 mod 11-2)."""
    return "10X98765432"[sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body[:17])) % 11]


def validate_id_number(value: str) -> None:
    """GB 11643: 18 characters with a check character. Raises ValidationError(code="id_number")."""
    number = value.strip().upper()
    if not re.fullmatch(r"\d{17}[\dX]", number) or check_character(number) != number[-1] or not born_on(number):
        raise ValidationError(
            _("This ID number doesn't add up: check the 18 characters, the last one above all."), code="id_number"
        )


def born_on(number: str) -> datetime.date | None:
    """The date of birth that an ID number carries; None when it is no date."""
    try:
        return datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


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
        mine = models.Q(user=user) | models.Q(
            pk__in=Delegation.objects.live().filter(delegate=user).values("resident_id")
        )
        bureaus = Organisation.objects.filter(
            kind=Organisation.Kind.BUREAU,
            memberships__user=user,
            memberships__ended_at=None,
            memberships__role__in=[Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER],
        ).select_related("region")
        for bureau in bureaus.distinct():
            mine |= models.Q(region__code__startswith=bureau.region.prefix)
        return self.filter(mine)


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
    household = models.CharField(_("household"), max_length=12, choices=Household, default=Household.FAMILY)
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
    registered_at = models.DateTimeField(_("registered"), default=clock.now)

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
        return mask_name(self.name)

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

    @transition(state, source=[State.SUSPENDED, State.MOVED], target=State.ACTIVE)
    def reinstate(self, reason: str) -> None:
        """In the register again."""
        self.state_reason = reason

    @transition(state, source=[State.ACTIVE, State.SUSPENDED], target=State.MOVED)
    def move_away(self, reason: str) -> None:
        """Lives elsewhere: entitlement ends here."""
        self.state_reason = reason

    @transition(state, source=[State.ACTIVE, State.SUSPENDED, State.MOVED], target=State.DECEASED)
    def die(self, reason: str) -> None:
        """The record is kept, the vouchers stop at once."""
        self.state_reason = reason


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def live(self) -> "DelegationQuerySet":
        today = clock.today()
        return self.filter(
            models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=today), starts_on__lte=today, ended_at=None
        )


class Delegation(Row):
    """A resident lets someone act for them, on record, until a date."""

    class Kind(models.TextChoices):
        RELATIVE = "relative", _("Relative")
        NEIGHBOUR = "neighbour", _("Neighbour")
        WORKER = "worker", _("Community worker")

    class Scope(models.TextChoices):
        VIEW = "view", _("See the balance and history")
        ACT = "act", _("See and act: card, services, complaints")

    resident = models.ForeignKey(
        Resident, on_delete=models.CASCADE, related_name="delegations", verbose_name=_("resident")
    )
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations", verbose_name=_("delegate")
    )
    kind = models.CharField(_("relation"), max_length=10, choices=Kind)
    scope = models.CharField(pgettext_lazy("delegation", "may"), max_length=6, choices=Scope, default=Scope.VIEW)
    consent_on = models.DateField(_("consent given on"))
    consent_note = models.CharField(_("how consent was given"), max_length=200)
    starts_on = models.DateField(_("from"), default=clock.today)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "delegate"], condition=models.Q(ended_at=None), name="one_live_delegation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.delegate} → {self.resident}"


class RecordView(Row):
    """Someone saw what is masked: who, when, for what purpose. Append-only; the resident reads it."""

    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="views")
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(_("purpose"), max_length=200)
    viewed_at = models.DateTimeField(_("seen"), default=clock.now)

    class Meta:
        ordering = ["-viewed_at"]
        indexes = [models.Index(fields=["resident", "-viewed_at"], name="views_of_resident")]


class RegisterImport(Row):
    """A file of the civil-affairs register: previewed row by row, then applied whole or not at all.

    `rows` holds the file's rows encrypted between preview and application, and is emptied after.
    """

    class State(models.TextChoices):
        PREVIEWED = "previewed", _("Waiting for your decision")
        APPLIED = "applied", pgettext_lazy("import", "Applied")
        DISCARDED = "discarded", _("Discarded")

    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("bureau"))
    file_name = models.CharField(_("file"), max_length=200)
    is_complete = models.BooleanField(_("the file is the whole register"), default=False)
    rows = EncryptedTextField(blank=True)
    report = models.JSONField(default=dict)
    state = StateField(_("state"), default=State.PREVIEWED, choices=State.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        ordering = ["-created_at"]

    @transition(state, source=State.PREVIEWED, target=State.APPLIED)
    def apply(self) -> None:
        """Every row is in the register."""

    @transition(state, source=State.PREVIEWED, target=State.DISCARDED)
    def discard(self) -> None:
        """Nothing was changed."""
