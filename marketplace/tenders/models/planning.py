"""Before a tender: the line of the plan, and the public intention."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.pages.models import Row
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import is_auditor

from .choices import MethodCode

DESK_ROLES = [Role.OFFICER, Role.APPROVER, Role.SIGNATORY]


def _desks_of(user: User) -> models.QuerySet[Organisation]:
    return Organisation.objects.filter(
        memberships__user=user, memberships__ended_at=None, memberships__role__in=DESK_ROLES
    )


class PlanLineQuerySet(models.QuerySet["PlanLine"]):
    def visible_to(self, user: User) -> "PlanLineQuerySet":
        """The bureau's procurement people and auditors; the public reads intentions."""
        if not user.is_authenticated:
            return self.none()
        return self if is_auditor(user) else self.filter(bureau__in=_desks_of(user))


class PlanLine(Row):
    """A purchase that the bureau plans within a budget line: what, for how much, when, by which method (REG 29)."""

    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="plan_lines")
    budget_line = models.ForeignKey(
        BudgetLine, on_delete=models.PROTECT, related_name="plan_lines", verbose_name=_("budget line")
    )
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="plan_lines", verbose_name=_("kind of service")
    )
    title = models.CharField(_("title"), max_length=120)
    about = models.TextField(_("what is needed"), blank=True)
    amount = models.PositiveBigIntegerField(_("planned amount"))  # fen
    method = models.CharField(_("method"), max_length=16, choices=MethodCode)
    planned_for = models.DateField(_("planned start"))  # the first day of a month
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = PlanLineQuerySet.as_manager()

    class Meta:
        ordering = ["planned_for", "created_at"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="plan_amount_positive")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("tenders:plan_line", args=[self.pk])


class Intention(Row):
    """What the bureau has told the market it will buy, thirty days or more ahead (财库〔2020〕10号)."""

    number = models.CharField(_("number"), max_length=40, unique=True)
    plan_line = models.OneToOneField(PlanLine, on_delete=models.PROTECT, related_name="intention")
    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="intentions")
    # As published: a later change of the plan does not rewrite it.
    title = models.CharField(_("title"), max_length=120)
    about = models.TextField(_("what is needed"))
    amount = models.PositiveBigIntegerField(_("planned amount"))  # fen
    planned_for = models.DateField(_("planned start"))
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("tenders:intention", args=[self.number])
