"""Who bids: the consortium and its partners, the bid bond; and the buyer's view of bonds."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from marketplace.pages import clock
from marketplace.pages.views import ActionPage
from marketplace.parties.models import Organisation, Role

from .. import policies
from ..actions import (
    ask_partner,
    confirm_partner,
    declare_bond,
    decline_partner,
    hold_bid_bond,
    name_designer,
    refuse_bid_bond,
    release_bid_bond,
    set_bid_bond,
)
from ..forms.bidding import BondForm, PartnerForm
from ..forms.bonds import AmountForm, DesignerForm, NoteForm
from ..models import BidBond, Designer, Partner, Tender
from ..rulebook import rule_for
from .base import TenderPage, desk_crumbs
from .bidding import BidderPage


class ConsortiumPage(BidderPage):
    """Ask other suppliers to bid together."""

    title = gettext_lazy("Consortium")
    template_name = "tenders/consortium.html"
    form_class = PartnerForm
    submit_label = gettext_lazy("Ask this partner")
    done_message = gettext_lazy("The partner has been asked. It confirms by itself.")

    def perform(self, form: forms.Form) -> Partner:
        given = form.cleaned_data
        return ask_partner(self.tender, self.supplier, given["uscc"], given["work"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:consortium", args=[self.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "partners": list(
                Partner.objects.visible_to(self.request.user)
                .filter(tender=self.tender, lead=self.supplier)
                .select_related("member")
            ),
            "rule": rule_for(self.tender, "tender.consortium"),
        }


class PartnerPage(ActionPage):
    """The partner answers for itself; the lead may go on without it."""

    template_name = "tenders/partner.html"
    partner: Partner

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.partner = get_object_or_404(
                Partner.objects.visible_to(request.user).select_related("tender__bureau", "lead", "member"),
                pk=kwargs["pk"],
            )
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Consortium for %(number)s") % {"number": self.partner.tender.number}

    def perform(self, form: forms.Form) -> Partner:
        if self.request.POST.get("answer") == "confirm":
            self.done_message = _("You take part in the consortium.")
            return confirm_partner(self.partner, by=self.request.user)
        self.done_message = _("The consortium goes on without this partner.")
        return decline_partner(self.partner, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:partner", args=[self.partner.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, partner = self.request.user, self.partner
        is_open = partner.tender.takes_bids_at(clock.now()) and partner.state != Partner.State.DECLINED
        return super().get_context_data(**kwargs) | {
            "partner": partner,
            "tender": partner.tender,
            "may_confirm": is_open and partner.state == Partner.State.ASKED and policies.may_bid(user, partner.member),
            "may_decline": is_open and policies.may_answer_for_partner(user, partner),
            "rule": rule_for(partner.tender, "tender.consortium"),
            "breadcrumbs": [(partner.tender.number, partner.tender.get_absolute_url()), (_("Consortium"), None)],
        }


class BondPage(BidderPage):
    """The bidder's own bond."""

    title = gettext_lazy("Bid bond")
    template_name = "tenders/bond.html"
    form_class = BondForm
    submit_label = gettext_lazy("Declare the bond")
    done_message = gettext_lazy("Declared. The buyer's finance checks it after the deadline.")

    def perform(self, form: forms.Form) -> BidBond:
        given = form.cleaned_data
        return declare_bond(
            self.tender, self.supplier, given["form"], given["reference"], file=given["file"], by=self.request.user
        )

    def get_success_url(self) -> str:
        return reverse("tenders:bond", args=[self.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "bonds": list(
                BidBond.objects.visible_to(self.request.user).filter(tender=self.tender, supplier=self.supplier)
            ),
            "most": rule_for(self.tender, "tender.bid_bond_max"),
            "refund": rule_for(self.tender, "tender.bid_bond_refund"),
        }


class BondsPage(LoginRequiredMixin, TemplateView):
    """The buyer's finance: every bond of a tender, after the deadline."""

    template_name = "tenders/bonds.html"

    def get_context_data(self, pk: str, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        tender = get_object_or_404(Tender.objects.of_bureaus_of(user, Role.FINANCE).select_related("bureau"), pk=pk)
        is_due = tender.bids_due_at is not None and not tender.takes_bids_at(clock.now())
        return super().get_context_data(**kwargs) | {
            "tender": tender,
            "is_due": is_due,
            "bonds": list(tender.bonds.select_related("supplier")) if is_due else [],
            "refund": rule_for(tender, "tender.bid_bond_refund"),
            "breadcrumbs": desk_crumbs(tender, (_("Bid bonds"), None)),
        }


class BondStep(ActionPage):
    """One decision on one bond by the buyer's finance."""

    template_name = "tenders/bond_step.html"
    bond: BidBond

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.bond = get_object_or_404(
                BidBond.objects.filter(
                    tender__in=Tender.objects.of_bureaus_of(request.user, Role.FINANCE)
                ).select_related("tender__bureau", "supplier"),
                pk=kwargs["pk"],
            )
            if self.bond.tender.takes_bids_at(clock.now()):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_success_url(self) -> str:
        return reverse("tenders:bonds", args=[self.bond.tender_id])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "bond": self.bond,
            "back_url": self.get_success_url(),
            "breadcrumbs": desk_crumbs(self.bond.tender, (_("Bid bonds"), self.get_success_url())),
        }


class HoldBond(BondStep):
    title = gettext_lazy("The bond has arrived")
    submit_label = gettext_lazy("Yes, hold it")
    done_message = gettext_lazy("The bond is held.")

    def perform(self, form: forms.Form) -> BidBond:
        return hold_bid_bond(self.bond, by=self.request.user)


class RefuseBond(BondStep):
    title = gettext_lazy("The bond has not arrived")
    intro = gettext_lazy("Without a bond the envelope stays shut.")
    form_class = NoteForm
    submit_label = gettext_lazy("Not received by the deadline")
    danger = True

    def perform(self, form: forms.Form) -> BidBond:
        return refuse_bid_bond(self.bond, form.cleaned_data["note"], by=self.request.user)


class ReleaseBond(BondStep):
    title = gettext_lazy("Give the bond back")
    submit_label = gettext_lazy("Give it back")
    done_message = gettext_lazy("The bond is released.")

    def perform(self, form: forms.Form) -> BidBond:
        return release_bid_bond(self.bond, by=self.request.user)


class BondFile(LoginRequiredMixin, View):
    """The letter of guarantee: for its bidder always, for the buyer's finance after the deadline."""

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        bond = BidBond.objects.visible_to(request.user).filter(pk=pk).first()
        if bond is None:
            bond = get_object_or_404(
                BidBond.objects.filter(
                    tender__in=Tender.objects.of_bureaus_of(request.user, Role.FINANCE),
                    tender__bids_due_at__lte=clock.now(),
                ),
                pk=pk,
            )
        return FileResponse(bond.file.open("rb"), as_attachment=True, filename=bond.file_name)


class SetBondPage(TenderPage):
    """How much bond bidders give, while the tender is a draft."""

    title = gettext_lazy("Bid bond")
    form_class = AmountForm
    submit_label = gettext_lazy("Save and return")

    def get_initial(self) -> dict[str, Any]:
        return {"bid_bond": self.tender.bid_bond or None}

    def perform(self, form: forms.Form) -> Tender:
        return set_bid_bond(self.tender, form.cleaned_data["bid_bond"] or 0, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rule = rule_for(self.tender, "tender.bid_bond_max")
        text = _("At most %(percent)s%% of the budget (%(source)s); leave empty for none.")
        return super().get_context_data(**kwargs) | {"intro": text % {"percent": rule.number, "source": rule.citation}}


class DesignersPage(TenderPage):
    """Who designed the project or wrote its specification, and so may not bid."""

    title = gettext_lazy("Who may not bid")
    template_name = "tenders/designers.html"
    policy = staticmethod(policies.may_name_designer)
    form_class = DesignerForm
    submit_label = gettext_lazy("Put on record")

    def perform(self, form: forms.Form) -> Designer:
        organisation: Organisation = form.cleaned_data["uscc"]
        return name_designer(self.tender, organisation, form.cleaned_data["work"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("tenders:designers", args=[self.tender.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "designers": list(self.tender.designers.select_related("organisation")),
            "rule": rule_for(self.tender, "tender.linked_bidders"),
        }
