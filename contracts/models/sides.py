"""Which lots a contract is for, and who stands behind the supplier."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.pages.models import Row
from marketplace.parties.models import Organisation

from .contract import Contract


class ContractAward(Row):
    """One lot of the contract. While the contract stands, no other can rest on the same award."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="awards")
    award = models.ForeignKey("tenders.Award", on_delete=models.PROTECT, related_name="contract_lots")
    amount = models.PositiveBigIntegerField(_("amount"))
    stands = models.BooleanField(default=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["award"], condition=Q(stands=True), name="one_standing_contract_an_award")
        ]


class ContractMember(Row):
    """A member of the consortium 联合体 behind the lead, who signs too and is liable with it (GPL 24)."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="members")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="consortium_contracts")
    position = models.PositiveSmallIntegerField(_("no."))
    part = models.CharField(_("part of the service"), max_length=300)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "organisation"], name="a_member_once"),
            models.UniqueConstraint(fields=["contract", "position"], name="one_member_a_place"),
        ]
