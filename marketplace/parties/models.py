"""People, organisations, who belongs to which in what role, and where they are."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition
from stdnum.cn import uscc as uscc_number

from marketplace.pages.language import local
from marketplace.pages.models import Row, StateField


class Region(models.Model):
    """A place by the national 12-digit code (GB/T 2260 with the statistical extension): a tree by its prefix."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("Province")
        PREFECTURE = "prefecture", _("Prefecture")
        COUNTY = "county", _("County")
        TOWN = "town", _("Town or sub-district")
        COMMUNITY = "community", _("Community")

    code = models.CharField(_("region code"), max_length=12, primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    level = models.CharField(_("level"), max_length=12, choices=Level)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    is_rural = models.BooleanField(_("rural"), default=False)
    # The middle of the place, for maps; None where nobody has given it.
    lat = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    lng = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return local(self.name, self.name_en)

    @property
    def prefix(self) -> str:
        """The part of the code that every place inside shares."""
        digits = {"province": 2, "prefecture": 4, "county": 6, "town": 9, "community": 12}
        return self.code[: digits[self.level]]


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, *, name: str, email: str | None = None, phone: str | None = None, password: str | None = None, **more
    ):
        if not email and not phone:
            raise ValidationError(_("A person needs a telephone number or an e-mail address."), code="no_contact")
        user = self.model(
            name=name, email=self.normalize_email(email).lower() if email else None, phone=phone or None, **more
        )
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, *, name: str = "Operator", **more):
        return self.create_user(name=name, is_staff=True, is_superuser=True, **more)


class User(AbstractBaseUser, PermissionsMixin, Row):
    """A person who signs in by telephone or e-mail, or a named service (`is_service`) that acts for the clock."""

    name = models.CharField(_("name"), max_length=80)
    email = models.EmailField(_("e-mail"), null=True, blank=True, unique=True)
    phone = models.CharField(_("telephone"), max_length=20, null=True, blank=True, unique=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("operator"), default=False)
    is_service = models.BooleanField(pgettext_lazy("account", "service"), default=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email__isnull=False) | models.Q(phone__isnull=False) | models.Q(is_service=True),
                name="user_can_be_reached",
            )
        ]

    def __str__(self) -> str:
        return self.name


def validate_uscc(value: str) -> None:
    """GB 32100 checksum. Raises ValidationError(code="uscc")."""
    if not uscc_number.is_valid(value):
        raise ValidationError(
            _("%(value)s is not a valid unified social credit code: check the 18 characters."),
            code="uscc",
            params={"value": value},
        )


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def active(self):
        return self.filter(state=Organisation.State.ACTIVE)

    def bureaus(self):
        return self.filter(kind=Organisation.Kind.BUREAU)

    def providers(self):
        return self.filter(kind__in=[Organisation.Kind.SOCIAL_ORGANISATION, Organisation.Kind.ENTERPRISE])

    def pending(self):
        return self.filter(state=Organisation.State.PENDING)

    def of(self, user: "User"):
        """Those the person belongs to today."""
        live = Membership.objects.filter(user=user if user.is_authenticated else None, ended_at=None)
        return self.filter(pk__in=live.values("organisation"))

    def visible_to(self, user: "User"):
        """Who trades is public; who has only asked to, or trades no more, is seen by its members and the operator."""
        if not user.is_authenticated:
            return self.filter(state__in=[Organisation.State.ACTIVE, Organisation.State.SUSPENDED])
        if user.is_superuser:
            return self
        live = Membership.objects.filter(user=user, ended_at=None)
        return self.filter(
            models.Q(state__in=[Organisation.State.ACTIVE, Organisation.State.SUSPENDED])
            | models.Q(pk__in=live.values("organisation"))
        )


class Organisation(Row):
    """A bureau, a social organisation, an evaluator, an incubator: whoever trades, by its USCC."""

    class Kind(models.TextChoices):
        BUREAU = "bureau", _("Civil affairs bureau")
        FINANCE = "finance", _("Finance department")
        SOCIAL_ORGANISATION = "social_organisation", _("Social organisation")
        ENTERPRISE = "enterprise", _("Enterprise")
        EVALUATOR = "evaluator", _("Third-party evaluator")
        INCUBATOR = "incubator", _("Incubator")
        AUDIT = "audit", _("Audit office")
        OPERATOR = "operator", _("Operator")

    class LegalForm(models.TextChoices):
        STATE_ORGAN = "state_organ", _("State organ")
        ASSOCIATION = "association", _("Association")
        SERVICE_BODY = "service_body", _("Social service body")
        FOUNDATION = "foundation", _("Foundation")
        COMPANY = "company", _("Company")
        INSTITUTION = "institution", _("Public institution")

    class State(models.TextChoices):
        PENDING = "pending", _("Asks to join")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        CLOSED = "closed", _("Closed")

    uscc = models.CharField(_("unified social credit code"), max_length=18, unique=True)
    uscc_override = models.CharField(_("reason why a failing checksum is accepted"), max_length=200, blank=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    legal_form = models.CharField(_("legal form"), max_length=16, choices=LegalForm)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="organisations", verbose_name=_("region"))
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    registered_on = models.DateField(_("registered on"), null=True, blank=True)
    legal_representative = models.CharField(_("legal representative"), max_length=80, blank=True)
    about = models.TextField(_("about"), blank=True)
    about_en = models.TextField(_("about, in English"), blank=True)
    state = StateField(_("state"), default=State.ACTIVE, choices=State.choices)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        """The name as it is shown; on papers and in data stands `name`, which is the registered one."""
        return local(self.name, self.name_en)

    @transition(state, source=State.PENDING, target=State.ACTIVE)
    def admit(self) -> None:
        """The operator has checked the registration: the organisation may trade."""

    @transition(state, source=[State.PENDING, State.ACTIVE, State.SUSPENDED], target=State.CLOSED)
    def close(self) -> None:
        """Refused, dissolved or merged: its history stays."""

    @transition(state, source=State.ACTIVE, target=State.SUSPENDED)
    def suspend(self) -> None:
        """No new bids, no redemptions; what is signed goes on."""

    @transition(state, source=State.SUSPENDED, target=State.ACTIVE)
    def reinstate(self) -> None:
        """Trade again."""


class Role(models.TextChoices):
    """What a person may do for an organisation. One person may hold several."""

    OFFICER = "officer", _("Procurement officer")
    APPROVER = "approver", _("Approving officer")
    CUSTODIAN = "custodian", _("Key custodian")
    OWNER = "owner", _("Owner")
    BIDDER = "bidder", _("Bid writer")
    SIGNATORY = "signatory", _("Signatory")
    FINANCE = "finance", _("Finance")
    COUNTER = "counter", _("Counter staff")
    COMMUNITY_WORKER = "community_worker", _("Community worker")
    EVALUATOR = "evaluator", pgettext_lazy("role", "Evaluator")
    EXPERT = "expert", _("Procurement expert")
    MANAGER = "manager", _("Incubator manager")
    AUDITOR = "auditor", _("Auditor")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def live(self):
        return self.filter(ended_at=None)

    def visible_to(self, user: User):
        """Colleagues see each other; the operator sees all."""
        if user.is_authenticated and user.is_superuser:
            return self
        return self.filter(organisation__in=Organisation.objects.of(user))


class Membership(Row):
    """A person holds a role in an organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"], condition=models.Q(ended_at=None), name="one_live_membership"
            )
        ]


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self):
        return self.filter(accepted_at=None, withdrawn_at=None)

    def visible_to(self, user: User):
        if user.is_authenticated and user.is_superuser:
            return self
        return self.filter(organisation__in=Organisation.objects.of(user))


class Invitation(Row):
    """A colleague was asked to join with a role. The signed link that was sent works once and until `expires_at`."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(email="") | ~models.Q(phone=""), name="invitation_can_be_reached"
            )
        ]

    @property
    def contact(self) -> str:
        return self.email or self.phone


class NumberSeries(models.Model):
    """The last human number given, per organisation, kind and year: gap-free because the giver holds the row."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "kind", "year"], name="one_series")]


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self):
        """Not revoked. Whether its days are over as well, `queries.token_holder` asks."""
        return self.filter(revoked_at=None)

    def visible_to(self, user: User):
        return self.filter(user=user) if user.is_authenticated else self.none()


class ApiToken(Row):
    """A bearer token: random, shown once, kept as its SHA-256. It works through `expires_on`, which never changes."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bearer_tokens")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    expires_on = models.DateField(_("last day"))
    reminded_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class ApiAnswer(Row):
    """What the first call with an Idempotency-Key was answered; the unique row is what racing twins wait for."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField(default=bytes)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_a_key")]
