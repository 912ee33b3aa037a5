"""The draw of the panel, and the experts' pages."""

from typing import Any

from django import forms
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage

from .. import policies
from ..actions import declare_no_conflict, declare_tie, draw_panel, fill_seats, hand_in_scores, recuse, score_bid
from ..consortia import members_by_lead
from ..drawing import library, ties_of
from ..forms.drafting import ReasonForm
from ..forms.evaluation import DrawForm, TieForm
from ..forms.panel import DeclarationForm, ScorecardForm
from ..models import Bid, ExpertTie, Lot, Panel, Panellist, Scorecard
from ..queries.assignment import assignment_of, sheet_of
from ..queries.draws import cause_text, draws_of
from ..queries.public import public_tender
from .base import TenderPage
from .openedbids import opened_files


class DrawPage(TenderPage):
    """Draw the panel at random."""

    title = gettext_lazy("Draw the panel")
    template_name = "tenders/draw.html"
    policy = staticmethod(policies.may_draw_panel)
    form_class = DrawForm
    submit_label = gettext_lazy("Draw now")
    done_message = gettext_lazy("The panel is drawn. Each expert has been told.")

    def perform(self, form: forms.Form) -> Panel:
        return draw_panel(
            self.tender,
            representatives=list(form.cleaned_data["representatives"]),
            by_speciality=form.cleaned_data["by_speciality"],
            by_region=form.cleaned_data["by_region"],
            by=self.request.user,
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"tender": self.tender}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        experts = library(self.tender)
        ties = ties_of(self.tender, experts)
        return super().get_context_data(**kwargs) | {
            "pool_size": experts.count() - len(ties),
            "ties": [(user, cause_text(cause)) for user, cause in ties.items()],
        }


class FillSeatsPage(TenderPage):
    """Draw for the seats that recusals have left empty."""

    title = gettext_lazy("Draw for the empty seats")
    intro = gettext_lazy(
        "Members have stepped down and nobody was left in the draw. Only a full panel goes on (Order 87, Article 49): "
        "new members are drawn from those of the library who have not sat on it and have no tie."
    )
    policy = staticmethod(policies.may_draw_panel)
    submit_label = gettext_lazy("Draw now")
    done_message = gettext_lazy("The seats are filled. Each expert has been told.")

    def perform(self, form: forms.Form) -> Panel:
        return fill_seats(self.tender, by=self.request.user)


class TiesPage(ActionPage):
    """An expert's own ties: who declares one is not drawn where it matters."""

    title = gettext_lazy("My ties")
    intro = gettext_lazy(
        "Organisations where you or your family work, hold office or control: you are not drawn for tenders that "
        "concern them, until three years after the tie has ended (Regulation for Implementing the Government "
        "Procurement Law, Article 9)."
    )
    template_name = "tenders/expert_ties.html"
    form_class = TieForm
    submit_label = gettext_lazy("Declare this tie")
    done_message = gettext_lazy("Declared.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.is_expert(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> ExpertTie:
        return declare_tie(
            form.cleaned_data["organisation"],
            form.cleaned_data["kind"],
            ended_on=form.cleaned_data["ended_on"],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return reverse("tenders:expert_ties")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "ties": ExpertTie.objects.filter(user=self.request.user).select_related("organisation"),
            "back_url": reverse("tenders:assignments"),
        }


class DrawCheck(TemplateView):
    """Anyone can run the draw again: seed, pool, order, and who was kept out for what."""

    template_name = "tenders/draw_check.html"

    def get_context_data(self, number: str, **kwargs: Any) -> dict[str, Any]:
        tender = public_tender(number)
        draws = draws_of(tender)
        if not draws:
            raise Http404
        return super().get_context_data(**kwargs) | {
            "tender": tender,
            "draws": draws,
            "breadcrumbs": [
                (_("Tenders"), reverse("tenders:list")),
                (tender.number, tender.get_absolute_url()),
                (_("Check the draw"), None),
            ],
        }


class Assignments(LoginRequiredMixin, ListPage):
    """The panels on which this expert sits or sat."""

    title = gettext_lazy("Panels")
    template_name = "tenders/assignments.html"
    empty_title = gettext_lazy("You are on no panel")
    empty_text = gettext_lazy("When you are drawn for one, you are told and it stands here.")

    def get_rows(self) -> QuerySet[Panellist]:
        return (
            Panellist.objects.visible_to(self.request.user)
            .select_related("panel__tender__bureau")
            .order_by("-panel__drawn_at")
        )


class SeatMixin(LoginRequiredMixin):
    """The seat of this expert; anybody else's is a 404."""

    seat: Panellist

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.seat = get_object_or_404(
                Panellist.objects.visible_to(request.user).select_related("panel__tender__bureau"), pk=kwargs["pk"]
            )
        return super().dispatch(request, *args, **kwargs)

    def crumbs(self, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
        return [
            (_("Panels"), reverse("tenders:assignments")),
            (self.seat.panel.tender.number, reverse("tenders:assignment", args=[self.seat.pk])),
            *more,
        ]


class Assignment(SeatMixin, TemplateView):
    """What this expert has to score; the bids only after the declaration."""

    template_name = "tenders/assignment.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | assignment_of(self.seat) | {"breadcrumbs": self.crumbs()}


class SeatPage(SeatMixin, ActionPage):
    """A page on one's own seat whose form calls one verb."""

    def get_success_url(self) -> str:
        return reverse("tenders:assignment", args=[self.seat.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "seat": self.seat,
            "tender": self.seat.panel.tender,
            "back_url": reverse("tenders:assignment", args=[self.seat.pk]),
            "breadcrumbs": self.crumbs((str(self.get_title()), None)),
        }


class DeclarePage(SeatPage):
    title = gettext_lazy("Declare that you have no conflict of interest")
    template_name = "tenders/declare.html"
    form_class = DeclarationForm
    submit_label = gettext_lazy("Declare, and show me the bids")

    def perform(self, form: forms.Form) -> Panellist:
        return declare_no_conflict(self.seat, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tender = self.seat.panel.tender
        leads = [envelope.supplier for envelope in tender.envelopes.filter(state="opened").select_related("supplier")]
        together = members_by_lead(tender)
        members = [member for lead in leads for member in together[lead.pk]]
        return super().get_context_data(**kwargs) | {"bidders": [*leads, *members]}


class RecusePage(SeatPage):
    title = gettext_lazy("Step down from this panel")
    intro = gettext_lazy("The next expert in the order of the draw takes your seat.")
    form_class = ReasonForm
    submit_label = gettext_lazy("Step down")
    danger = True

    def perform(self, form: forms.Form) -> None:
        recuse(self.seat, reason=form.cleaned_data["reason"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("desk")


class ScorecardPage(SeatPage):
    """One sheet for one bid, like paper."""

    template_name = "tenders/scorecard.html"
    form_class = ScorecardForm
    submit_label = gettext_lazy("Save this sheet")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            seat = get_object_or_404(Panellist.objects.visible_to(request.user), pk=kwargs["pk"])
            if seat.state not in (Panellist.State.DECLARED, Panellist.State.SUBMITTED):
                raise PermissionDenied
            self.bid = get_object_or_404(
                Bid.objects.filter(
                    lot__tender__panel=seat.panel_id,
                    lot__state__in=[Lot.State.EVALUATING, Lot.State.RANKED, Lot.State.AWARDED],
                )
                .valid()
                .select_related("lot", "supplier", "envelope"),
                pk=kwargs["bid"],
            )
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Scorecard: %(supplier)s") % {"supplier": self.bid.supplier}

    def get_form_kwargs(self) -> dict[str, Any]:
        criteria, given = sheet_of(self.seat, self.bid)
        return super().get_form_kwargs() | {"criteria": criteria, "given": given}

    def perform(self, form: ScorecardForm) -> Scorecard:
        return score_bid(self.seat, self.bid, form.scores(), by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "bid": self.bid,
            "files": opened_files(self.bid),
            "is_closed": self.seat.state == Panellist.State.SUBMITTED,
        }


class HandInPage(SeatPage):
    title = gettext_lazy("Hand in your scores")
    template_name = "tenders/hand_in.html"
    submit_label = gettext_lazy("Hand in")
    done_message = gettext_lazy("Handed in. Thank you.")

    def perform(self, form: forms.Form) -> Panellist:
        return hand_in_scores(self.seat, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | assignment_of(self.seat)
