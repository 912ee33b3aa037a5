"""The hot tables. docs/decisions/0006-voucher-wallets.md says why they look like this.

Every key begins with resident and month: monthly partitions and sharding by resident need no change of key. Nothing
here points by a foreign key at a row of another shard except to reference data (programmes, services, providers), which
every shard would hold a copy of; those carry no database constraint.

Nor do vouchers and redemptions towards their resident: the issue reads the residents in the statement that makes the
rows, the redemption holds the resident's row, and the constraint would check each row again for a third of its cost.
`verify_ledger` names a wallet without a resident.
"""

import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from marketplace.directory.models import Service
from marketplace.parties.models import Organisation, Role, User
from marketplace.residents.models import Resident

from .programmes import Programme, last_of_month


class VoucherQuerySet(models.QuerySet["Voucher"]):
    def of_month(self, month: datetime.date) -> "VoucherQuerySet":
        return self.filter(month=month)


class Voucher(models.Model):
    """What one resident may spend in one month from one programme: a wallet of its own, in fen.

    `spent + held + expired <= granted` always; inserting the row is the issue. Changed only by guarded UPDATEs.
    """

    pk = models.CompositePrimaryKey("resident", "month", "programme")
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="vouchers", db_constraint=False, db_index=False
    )
    month = models.DateField(_("month"))
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="vouchers", db_constraint=False, db_index=False
    )
    granted = models.IntegerField(_("granted"))
    spent = models.IntegerField(_("spent"), default=0, db_default=0)
    held = models.IntegerField(_("held"), default=0, db_default=0)
    expired = models.IntegerField(_("expired"), default=0, db_default=0)

    objects = VoucherQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["programme", "month"], name="voucher_by_programme")]
        # One constraint and not six: PostgreSQL parses each anew for every row that it changes.
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    granted__gt=0,
                    spent__gte=0,
                    held__gte=0,
                    expired__gte=0,
                    granted__gte=models.F("spent") + models.F("held") + models.F("expired"),
                ),
                name="voucher_never_overspent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def balance(self) -> int:
        """Fen that can still be spent."""
        return self.granted - self.spent - self.held - self.expired

    @property
    def last_day(self) -> datetime.date:
        return last_of_month(self.month)


class RedemptionQuerySet(models.QuerySet["Redemption"]):
    def visible_to(self, user: User) -> "RedemptionQuerySet":
        """The provider's people; the programme's bureau and auditors; the resident and delegates."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        mine = user.memberships.filter(
            ended_at=None,
            role__in=[Role.COUNTER, Role.OWNER, Role.FINANCE, Role.OFFICER, Role.APPROVER],
        ).values("organisation")
        scope = models.Q(provider__in=mine) | models.Q(programme__bureau__in=mine)
        if user.memberships.filter(role=Role.AUDITOR, ended_at=None).exists():
            return self
        own = Resident.objects.filter(models.Q(user=user) | models.Q(delegations__in=user.delegations.live())).values(
            "pk"
        )
        return self.filter(scope | models.Q(resident__in=own))


class Redemption(models.Model):
    """A transfer from one month's voucher to a provider, once, for ever: taking it back is a `Reversal`.

    `id` is made from the provider and the idempotency key, so that the same request can't make two. `amount` is the
    voucher's part and `own_part` what the resident pays, both fen; together the price of `units` of the service.
    """

    class State(models.TextChoices):
        REDEEMED = "redeemed", _("Redeemed")
        VOIDED = "voided", _("Voided")
        REVERSED = "reversed", _("Reversed after settlement")

    pk = models.CompositePrimaryKey("resident", "month", "id")
    id = models.UUIDField(editable=False)
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="redemptions", db_constraint=False, db_index=False
    )
    month = models.DateField(_("month of the voucher"))
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="redemptions", db_constraint=False, db_index=False
    )
    provider = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="redemptions",
        db_constraint=False,
        db_index=False,
        verbose_name=_("provider"),
    )
    service = models.ForeignKey(
        Service,
        on_delete=models.PROTECT,
        related_name="redemptions",
        db_constraint=False,
        db_index=False,
        verbose_name=_("service"),
    )
    units = models.SmallIntegerField(_("units"), default=1)
    amount = models.IntegerField(_("voucher part"))
    own_part = models.IntegerField(_("own part"), default=0)
    balance_left = models.IntegerField(_("balance left"))
    card = models.CharField(max_length=20, blank=True)
    device = models.CharField(_("device"), max_length=60, blank=True)
    performed_at = models.DateTimeField(_("performed"))
    redeemed_at = models.DateTimeField(_("redeemed"))
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )

    objects = RedemptionQuerySet.as_manager()

    class Meta:
        ordering = ["-redeemed_at"]
        indexes = [
            models.Index(fields=["id"], name="redemption_by_id"),
            models.Index(fields=["provider", "month", "redeemed_at"], name="redemption_by_provider"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(units__gt=0, amount__gt=0, own_part__gte=0, balance_left__gte=0),
                name="redemption_moves_something",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def price(self) -> int:
        """What the service cost in all, fen."""
        return self.amount + self.own_part


class Reversal(models.Model):
    """A redemption taken back, whole, with its reason: the money is in the wallet again. At most one for each."""

    pk = models.CompositePrimaryKey("resident", "month", "redemption_id")
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="reversals", db_index=False)
    month = models.DateField(_("month of the voucher"))
    redemption_id = models.UUIDField()
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    amount = models.PositiveIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    after_settlement = models.BooleanField(_("after settlement"), default=False)
    reversed_at = models.DateTimeField(_("taken back"))
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["redemption_id"], name="reversal_by_redemption"),
            models.Index(fields=["provider", "month"], name="reversal_by_provider"),
        ]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="reversal_moves_something")]
