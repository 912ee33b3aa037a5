"""The bidder's pages of one tender: the workspace, sealing, confirming, withdrawing."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.pages.views import ActionPage

from .. import policies
from ..actions import confirm_bid, deliver_promised, submit_bid, withdraw_bid
from ..bidcontent import BidContent, refuse_content
from ..draftfiles import content_of, files_of
from ..eligibility import obstacles
from ..forms.bidding import BodyForm, SealForm
from ..letters import has_letter
from ..models import BidBond, BidDraft, Envelope, Partner, PromisedFile, Tender
from ..queries.amendments import differences, unconfirmed_amendments
from ..queries.results import is_told, own_scores

LAST_HOURS = datetime.timedelta(hours=24)  # when the page begins to offer the fingerprint: a help, not a rule


class BidderPage(ActionPage):
    """A page of one tender for one supplier: the organisation that the person acts for."""

    tender: Tender

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.tender = get_object_or_404(
                Tender.objects.public().select_related("bureau").prefetch_related("lots"), number=kwargs["number"]
            )
            self.supplier = request.organisation or None
            if not policies.may_bid(request.user, self.supplier):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def draft(self) -> BidDraft | None:
        return BidDraft.objects.visible_to(self.request.user).filter(tender=self.tender, supplier=self.supplier).first()

    def envelope(self) -> Envelope | None:
        """The one that stands."""
        return (
            Envelope.objects.visible_to(self.request.user)
            .filter(tender=self.tender, supplier=self.supplier)
            .exclude(state__in=[Envelope.State.REPLACED, Envelope.State.WITHDRAWN])
            .first()
        )

    def get_success_url(self) -> str:
        return reverse("tenders:bid", args=[self.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        home = reverse("tenders:bid", args=[self.tender.number])
        crumbs = [(_("Opportunities"), reverse("tenders:opportunities")), (self.tender.number, home)]
        return super().get_context_data(**kwargs) | {
            "tender": self.tender,
            "supplier": self.supplier,
            "takes_bids": self.tender.takes_bids_at(clock.now()),
            "back_url": home,
            "breadcrumbs": [*crumbs, (str(self.get_title()), None)] if self.title else crumbs,
        }


class Workspace(BidderPage):
    """The task list of a bid; after sealing its receipt; after opening its fate."""

    template_name = "tenders/bid.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.http_method_not_allowed(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft, envelope, number = self.draft(), self.envelope(), self.tender.number
        content = content_of(draft)
        files = list(draft.files.all()) if draft else []
        history = (
            Envelope.objects.visible_to(self.request.user)
            .filter(tender=self.tender, supplier=self.supplier)
            .order_by("-created_at")
        )
        tasks = [
            {
                "label": _("Conditions of taking part"),
                "url": reverse("tenders:bid_eligibility", args=[number]),
                "done": content.is_eligible,
            },
            {
                "label": _("Prices"),
                "url": reverse("tenders:bid_prices", args=[number]),
                "done": bool(content.prices),
            },
            {
                "label": _("Service plan"),
                "url": reverse("tenders:bid_plan", args=[number]),
                "done": bool(content.plan.strip()),
                "hint": _("Written here, or as a file."),
            },
            {
                "label": _("Files"),
                "url": reverse("tenders:bid_files", args=[number]),
                "done": bool(files),
                "hint": ngettext("%(count)s file", "%(count)s files", len(files)) % {"count": len(files)},
            },
        ]
        if content.promised or self.tender.bids_due_at - clock.now() < LAST_HOURS:
            tasks.append(
                {
                    "label": _("Fingerprint now, file later"),
                    "url": reverse("tenders:bid_promise", args=[number]),
                    "done": bool(content.promised),
                    "hint": _("When the upload would not be through by the deadline."),
                }
            )
        tasks += self._standing_tasks(number)
        ready = content.is_eligible and bool(content.prices) and bool(content.plan.strip() or files or content.promised)
        return super().get_context_data(**kwargs) | {
            "tasks": tasks,
            "is_ready": ready,
            "has_draft": draft is not None,
            "envelope": envelope,
            "history": [one for one in history if envelope is None or one.pk != envelope.pk],
            "obstacles": obstacles(self.tender, self.supplier) if self.tender.takes_bids_at(clock.now()) else [],
            "to_confirm": list(unconfirmed_amendments(envelope)) if envelope else [],
            "promises": list(envelope.promised.all()) if envelope else [],
            "bodies_due_at": self.tender.bodies_due_at,
            "takes_bodies": clock.now() < self.tender.bodies_due_at,
            "bids": [
                {"bid": bid, "scores": own_scores(bid), "is_told": is_told(bid), "has_letter": has_letter(bid)}
                for bid in (envelope.bids.select_related("lot") if envelope else [])
            ],
        }

    def _standing_tasks(self, number: str) -> list[dict[str, Any]]:
        """What concerns the bidder and not the words of the bid: the consortium and the bond."""
        partners = Partner.objects.standing().filter(tender=self.tender, lead=self.supplier)
        asked = [partner.state for partner in partners]
        tasks: list[dict[str, Any]] = [
            {
                "label": _("Consortium"),
                "url": reverse("tenders:consortium", args=[number]),
                "done": bool(asked) and all(state == Partner.State.CONFIRMED for state in asked),
                "hint": _("Only if you bid together with others."),
                "status": "" if asked else _("Optional"),
            }
        ]
        if self.tender.bid_bond:
            bond = BidBond.objects.standing().filter(tender=self.tender, supplier=self.supplier).first()
            tasks.append(
                {
                    "label": _("Bid bond"),
                    "url": reverse("tenders:bond", args=[number]),
                    "done": bond is not None,
                    "hint": _("%(amount)s yuan, by transfer or guarantee")
                    % {"amount": format_yuan(self.tender.bid_bond)},
                }
            )
        return tasks


class ConfirmPage(BidderPage):
    """The tender was changed after the bid was sealed: read the difference, confirm with one click."""

    title = gettext_lazy("Does your bid stand?")
    template_name = "tenders/bid_confirm.html"
    submit_label = gettext_lazy("My bid stands as it is")
    done_message = gettext_lazy("Confirmed: your bid stands and will be opened.")

    def perform(self, form: forms.Form) -> Envelope:
        envelope = self.envelope()
        if envelope is None:
            raise ValidationError(_("There is no sealed bid."), code="not_standing")
        return confirm_bid(envelope, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        envelope = self.envelope()
        waiting = unconfirmed_amendments(envelope) if envelope else []
        return super().get_context_data(**kwargs) | {
            "entries": [{"amendment": one, "differences": differences(one)} for one in waiting]
        }


class DeliverPage(BidderPage):
    """The file behind a fingerprint."""

    title = gettext_lazy("Upload the promised file")
    template_name = "tenders/bid_deliver.html"
    form_class = BodyForm
    submit_label = gettext_lazy("Upload")
    done_message = gettext_lazy("The file is the one you promised. It is sealed with your bid.")

    def get_promise(self) -> PromisedFile:
        return get_object_or_404(
            PromisedFile.objects.filter(
                envelope__in=Envelope.objects.visible_to(self.request.user), envelope__tender=self.tender
            ).select_related("envelope__tender", "envelope__supplier"),
            pk=self.kwargs["pk"],
        )

    def perform(self, form: forms.Form) -> PromisedFile:
        return deliver_promised(self.get_promise(), form.cleaned_data["file"], by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "promise": self.get_promise(),
            "bodies_due_at": self.tender.bodies_due_at,
        }


class SealPage(BidderPage):
    """Check your answers, then seal."""

    title = gettext_lazy("Check and seal")
    template_name = "tenders/bid_seal.html"
    form_class = SealForm
    submit_label = gettext_lazy("Seal and hand in")
    done_message = gettext_lazy("Your bid is sealed and handed in. This is your receipt.")

    def perform(self, form: forms.Form) -> Envelope:
        draft = self.draft()
        content, files = content_of(draft), files_of(draft) if draft else []
        return submit_bid(self.tender, self.supplier, content, files, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        draft = self.draft()
        content = content_of(draft)
        files = list(draft.files.all()) if draft else []
        return super().get_context_data(**kwargs) | {
            "content": content,
            "offers": [{"lot": lot, "price": content.prices.get(str(lot.pk))} for lot in self.tender.lots.all()],
            "files": files,
            "promised": content.promised,
            "problems": problems_of(self.tender, content, len(files)),
            "replaces": self.envelope(),
        }


def problems_of(tender: Tender, content: BidContent, file_count: int) -> list[str]:
    """What would refuse this bid, in words."""
    try:
        refuse_content(tender, content, file_count=file_count)
    except ValidationError as refusal:
        return refusal.messages
    return []


class WithdrawPage(BidderPage):
    title = gettext_lazy("Withdraw your bid?")
    intro = gettext_lazy("It is destroyed unread. You may hand in another one until the deadline.")
    submit_label = gettext_lazy("Withdraw the bid")
    done_message = gettext_lazy("Your bid is withdrawn and destroyed.")
    danger = True

    def perform(self, form: forms.Form) -> Envelope:
        envelope = self.envelope()
        if envelope is None:
            raise ValidationError(_("There is no bid to withdraw."), code="not_standing")
        return withdraw_bid(envelope, by=self.request.user)
