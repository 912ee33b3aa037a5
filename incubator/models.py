"""Cohorts of an incubator 孵化基地, who applied and was admitted, and the tenders that they were told of."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from marketplace.pages.language import local
from marketplace.pages.models import Row, StateField
from marketplace.parties.models import Organisation, Region, User
from marketplace.parties.policies import is_auditor, is_operator


class CohortQuerySet(models.QuerySet["Cohort"]):
    def published(self):
        return self.exclude(state=Cohort.State.DRAFT)

    def visible_to(self, user: User):
        """Every published call; drafts only for the hub's people."""
        if not user.is_authenticated:
            return self.published()
        if is_operator(user) or is_auditor(user):
            return self.all()
        mine = user.memberships.filter(ended_at=None).values("organisation")
        return self.filter(~Q(state=Cohort.State.DRAFT) | Q(hub__in=mine))


class Cohort(Row):
    """A call of a hub for young organisations: so many places and desks, from one day to another."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("cohort", "Draft")
        OPEN = "open", pgettext_lazy("cohort", "Open to applications")
        RUNNING = "running", pgettext_lazy("cohort", "Running")
        FINISHED = "finished", pgettext_lazy("cohort", "Finished")

    number = models.CharField(_("cohort number"), max_length=40, unique=True)
    hub = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cohorts")
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=160, blank=True)
    about = models.TextField(_("what is offered"))
    about_en = models.TextField(_("what is offered, in English"), blank=True)
    places = models.PositiveSmallIntegerField(_("places"))
    desks = models.PositiveSmallIntegerField(_("desks"), default=0)
    opens_on = models.DateField(_("applications from"))
    closes_on = models.DateField(_("applications until"))
    ends_on = models.DateField(_("runs until"))
    state = StateField(_("state"), default=State.DRAFT, choices=State.choices)

    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_on"]
        constraints = [
            models.CheckConstraint(
                name="cohort_days_in_order",
                condition=Q(closes_on__gte=F("opens_on")) & Q(ends_on__gt=F("closes_on")),
            ),
            models.CheckConstraint(name="cohort_has_places", condition=Q(places__gt=0)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("incubator:cohort", args=[self.number])

    @property
    def public_path(self) -> str:
        """The page's address in the first language, as it is stored."""
        return f"/incubator/{self.number}/"

    @property
    def local_title(self) -> str:
        return local(self.title, self.title_en)

    @property
    def local_about(self) -> str:
        return local(self.about, self.about_en)

    @property
    def tone(self) -> str:
        return {"draft": "quiet", "open": "active", "running": "good", "finished": "quiet"}[self.state]

    @transition(state, source=State.DRAFT, target=State.OPEN)
    def publish(self) -> None:
        """The call is out."""

    @transition(state, source=State.OPEN, target=State.RUNNING)
    def begin(self) -> None:
        """Applications are closed; those admitted move in."""

    @transition(state, source=State.RUNNING, target=State.FINISHED)
    def finish(self) -> None:
        """Everyone has graduated or left."""


class ApplicationQuerySet(models.QuerySet["Application"]):
    def admitted(self):
        return self.filter(state=Application.State.ADMITTED)

    def waiting(self):
        return self.filter(state__in=[Application.State.APPLIED, Application.State.CHECKED])

    def visible_to(self, user: User):
        """The hub and the organisation that applied."""
        if not user.is_authenticated:
            return self.none()
        if is_operator(user) or is_auditor(user):
            return self.all()
        mine = user.memberships.filter(ended_at=None).values("organisation")
        return self.filter(Q(cohort__hub__in=mine) | Q(organisation__in=mine))


class Application(Row):
    """A young organisation asks for a place, and what becomes of it."""

    class State(models.TextChoices):
        APPLIED = "applied", pgettext_lazy("incubation", "Applied")
        CHECKED = "checked", pgettext_lazy("incubation", "Checked")
        ADMITTED = "admitted", pgettext_lazy("incubation", "Admitted")
        REFUSED = "refused", pgettext_lazy("incubation", "Refused")
        GRADUATED = "graduated", pgettext_lazy("incubation", "Graduated")
        LEFT = "left", pgettext_lazy("incubation", "Left")

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="incubations")
    plan = models.TextField(_("what you want to become"))
    interests = models.ManyToManyField(
        "directory.Category", related_name="+", verbose_name=_("services you want to offer")
    )
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("where")
    )
    desks_wanted = models.PositiveSmallIntegerField(_("desks wanted"), default=0)
    desks = models.PositiveSmallIntegerField(_("desks"), default=0)
    state = StateField(_("state"), default=State.APPLIED, choices=State.choices)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(_("applied"))
    check_by = models.DateField(_("to be checked by"))
    finding = models.TextField(_("finding of the check"), blank=True)
    reason = models.TextField(_("reason"), blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["applied_at"]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "organisation"], name="one_application_a_cohort"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.cohort}"

    def get_absolute_url(self) -> str:
        return reverse("incubator:application", args=[self.pk])

    @property
    def tone(self) -> str:
        return {"applied": "warn", "checked": "active", "admitted": "good", "refused": "bad", "graduated": "good",
                "left": "quiet"}[self.state]  # fmt: skip

    @transition(state, source=State.APPLIED, target=State.CHECKED)
    def check_off(self) -> None:
        """Papers and record are in order."""

    @transition(state, source=State.CHECKED, target=State.ADMITTED)
    def admit(self) -> None:
        """The organisation has a place."""

    @transition(state, source=[State.APPLIED, State.CHECKED], target=State.REFUSED)
    def refuse(self) -> None:
        """No place this time."""

    @transition(state, source=State.ADMITTED, target=State.GRADUATED)
    def graduate(self) -> None:
        """Stands on its own feet: 出壳."""

    @transition(state, source=State.ADMITTED, target=State.LEFT)
    def leave(self) -> None:
        """Gives its place back."""


class Match(Row):
    """An open tender that fits a young organisation, of which it has been told once."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="matches")
    tender = models.ForeignKey("tenders.Tender", on_delete=models.PROTECT, related_name="+")
    is_near = models.BooleanField(_("in the organisation's own region"), default=False)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(_("told"))

    class Meta:
        ordering = ["-told_at"]
        constraints = [models.UniqueConstraint(fields=["application", "tender"], name="told_once_of_a_tender")]


class SubsidyQuerySet(models.QuerySet["Subsidy"]):
    def visible_to(self, user: User):
        """The hub, the organisation, and the bureau that is asked to pay."""
        if not user.is_authenticated:
            return self.none()
        if is_operator(user) or is_auditor(user):
            return self.all()
        mine = user.memberships.filter(ended_at=None).values("organisation")
        return self.filter(
            Q(bureau__in=mine) | Q(application__cohort__hub__in=mine) | Q(application__organisation__in=mine)
        )


def claim_path(subsidy: "Subsidy", name: str) -> str:
    return f"private/subsidies/{subsidy.application_id}/{subsidy.pk}/{name}"


class Subsidy(Row):
    """Public money for an admitted organisation, in fen: asked for by its hub, granted by a bureau on a budget line,
    paid by the bureau's payment order once the organisation has shown what it spent."""

    class Kind(models.TextChoices):
        START = "start", pgettext_lazy("subsidy", "Start-up")
        STAFF = "staff", pgettext_lazy("subsidy", "Staff costs")
        ACTIVITY = "activity", pgettext_lazy("subsidy", "Small activity")

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("subsidy", "With the bureau")
        GRANTED = "granted", pgettext_lazy("subsidy", "Granted, to be accounted for")
        CLAIMED = "claimed", pgettext_lazy("subsidy", "Accounted for, to be checked")
        ORDERED = "ordered", pgettext_lazy("subsidy", "Payment ordered")
        REFUSED = "refused", pgettext_lazy("subsidy", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("subsidy", "Withdrawn")

    number = models.CharField(_("subsidy number"), max_length=40, unique=True)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="subsidies")
    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="subsidies_asked")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    purpose = models.CharField(pgettext_lazy("payment", "purpose"), max_length=120)
    amount = models.PositiveBigIntegerField(_("amount"))
    state = StateField(_("state"), default=State.ASKED, choices=State.choices)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(pgettext_lazy("subsidy", "asked for"))
    line = models.ForeignKey("ledger.BudgetLine", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    spent = models.PositiveBigIntegerField(_("spent by the organisation"), default=0)
    account = models.TextField(_("what it was spent on"), blank=True)
    file = models.FileField(_("receipts"), upload_to=claim_path, max_length=300, blank=True)
    file_name = models.CharField(_("file name"), max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    claimed_at = models.DateTimeField(_("accounted for"), null=True, blank=True)
    due = models.PositiveBigIntegerField(_("to be paid"), default=0)
    ordered_at = models.DateTimeField(pgettext_lazy("payment", "ordered"), null=True, blank=True)

    objects = SubsidyQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["bureau", "state"], name="subsidies_by_bureau")]
        constraints = [
            models.CheckConstraint(name="subsidy_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="no_more_due_than_granted", condition=Q(due__lte=F("amount"))),
            models.CheckConstraint(
                name="granted_subsidy_has_a_line",
                condition=Q(state__in=["asked", "refused", "withdrawn"]) | Q(line__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.purpose}"

    def get_absolute_url(self) -> str:
        return reverse("incubator:subsidy", args=[self.pk])

    @property
    def tone(self) -> str:
        return {"asked": "warn", "granted": "active", "claimed": "warn", "ordered": "good", "refused": "bad",
                "withdrawn": "quiet"}[self.state]  # fmt: skip

    @transition(state, source=State.ASKED, target=State.GRANTED)
    def grant(self) -> None:
        """The bureau agrees; its line has promised the money."""

    @transition(state, source=State.GRANTED, target=State.CLAIMED)
    def claim(self) -> None:
        """The organisation has shown what it spent."""

    @transition(state, source=State.CLAIMED, target=State.GRANTED)
    def send_back(self) -> None:
        """The receipts don't show it yet."""

    @transition(state, source=State.CLAIMED, target=State.ORDERED)
    def order(self) -> None:
        """What was shown is owed and ordered; the rest went back to the line."""

    @transition(state, source=State.ASKED, target=State.REFUSED)
    def refuse(self) -> None:
        """The bureau does not pay."""

    @transition(state, source=[State.GRANTED, State.CLAIMED], target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """Nothing will be paid; the line has its money back."""
