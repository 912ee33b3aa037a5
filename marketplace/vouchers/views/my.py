"""The resident's own pages, and those of whoever acts for them: one thing a page, large."""

from typing import Any

from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.doors import doors_of
from marketplace.pages.views import ActionPage
from marketplace.residents.actions import end_delegation, view_resident
from marketplace.residents.models import Delegation, RecordView, Resident
from marketplace.residents.policies import may_act_for
from marketplace.residents.views.register import OPEN_FOR
from marketplace.vouchers import documents, policies, queries
from marketplace.vouchers.codes import code_now
from marketplace.vouchers.models import CardLook

CHOSEN = "my_resident"


def mine(request: HttpRequest) -> list[Resident]:
    """The reader's own record first, then those of whom the reader is a delegate."""
    user = request.user
    delegated = Delegation.objects.live().filter(delegate=user).values("resident_id")
    residents = Resident.objects.filter(Q(user=user) | Q(pk__in=delegated)).select_related("region")
    return sorted(residents, key=lambda resident: (resident.user_id != user.pk, resident.name))


class MyPage(AccessMixin):
    """Guards and fetches the resident whose page it is."""

    residents: list[Resident]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.residents = mine(request)
        if not self.residents:
            works = request.user.memberships.filter(ended_at=None).exists()
            return render(request, "vouchers/my_nobody.html", {"works": works}, status=403)
        return super().dispatch(request, *args, **kwargs)

    @property
    def resident(self) -> Resident:
        chosen = self.request.session.get(CHOSEN)
        return next((one for one in self.residents if str(one.pk) == chosen), self.residents[0])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        resident = self.resident
        is_own = resident.user_id == self.request.user.pk
        return super().get_context_data(**kwargs) | {
            "resident": resident,
            "residents": self.residents,
            "is_own": is_own,
            "shown_name": resident.name if is_own else resident.masked_name,
            "helpline": queries.helpline_of(resident),
        }


class My(MyPage, TemplateView):
    """How much is left, until when, and three doors."""

    template_name = "vouchers/my.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        resident = self.resident
        return super().get_context_data(**kwargs) | {
            "balance": queries.balance_of(resident),
            "wallets": queries.wallets_now(resident),
            "latest": queries.history_of(resident)[:3],
            "card": resident.cards.live().first(),
            "may_act": policies.may_show_code(self.request.user, resident),
            "may_read_all": may_act_for(self.request.user, resident),
            "doors": doors_of("my", self.request.user, resident),
            "bookings": queries.bookings_of(resident).standing()[:1],
            "offered": resident.waiting.filter(state="offered").exists(),
        }


class Choose(MyPage, TemplateView):
    """A delegate says for whom."""

    template_name = "vouchers/my_choose.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.get("resident", "")
        if wanted not in {str(resident.pk) for resident in self.residents}:
            raise Http404
        request.session[CHOSEN] = wanted
        return HttpResponseRedirect(reverse("vouchers:my"))


class History(MyPage, TemplateView):
    template_name = "vouchers/my_history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"rows": queries.history_of(self.resident)[:60]}


class Looked(MyPage, TemplateView):
    """Who opened what is masked, when and why."""

    template_name = "vouchers/my_looked.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        views = self.resident.views.select_related("viewer", "organisation")[:100]
        looks = CardLook.objects.filter(card__resident=self.resident).select_related("provider", "by")
        return super().get_context_data(**kwargs) | {"views": views, "looks": looks.order_by("-looked_at")[:50]}


class MyCare(MyPage, TemplateView):
    """What two assessors found, and the plan: health data, so for the resident and who may act, not who may look."""

    template_name = "vouchers/my_care.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        resident = self.resident
        if not may_act_for(self.request.user, resident):
            raise PermissionDenied
        return super().get_context_data(**kwargs) | {
            "assessment": resident.assessments.valid_on(clock.today()).first(),
            "plan": resident.care_plans.select_related("written_by").prefetch_related("needs").first(),
        }


class MyRecord(MyPage, ActionPage):
    """The right to read and to have a copy (个人信息保护法第四十五条). Opened as at the desk: on record."""

    template_name = "vouchers/my_action.html"
    title = _("What the register holds about me")
    intro = _("Name, ID number, telephone and address, as they stand there. It is noted who opens them and when.")
    submit_label = _("Open my record")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("vouchers:my")}

    def perform(self, form: Form) -> RecordView:
        return view_resident(self.resident, gettext("To read one's own record"), by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("vouchers:my_record_open", args=[self.object.pk])


class MyRecordOpen(MyPage, TemplateView):
    """For ten minutes, to the person who opened it; printed it is the copy."""

    template_name = "vouchers/my_record.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        views = RecordView.objects.filter(viewer=self.request.user, viewed_at__gte=clock.now() - OPEN_FOR)
        get_object_or_404(views, pk=self.kwargs["pk"], resident=self.resident)
        return super().get_context_data(**kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


class MyHelpers(MyPage, TemplateView):
    """Who may look or act for the resident, as it was agreed; the resident ends it, or the helper steps down."""

    template_name = "vouchers/my_helpers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        live = self.resident.delegations.live().select_related("delegate").order_by("starts_on")
        return context | {"helpers": live if context["is_own"] else live.filter(delegate=self.request.user)}


class EndHelp(MyPage, ActionPage):
    template_name = "vouchers/my_action.html"
    submit_label = _("End it")
    done_message = _("Ended.")
    danger = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who stepped down has no page here any more: a second press goes where the first one led."""
        answered = self.answer_of_first_press() if request.user.is_authenticated else None
        return answered or super().dispatch(request, *args, **kwargs)

    @property
    def delegation(self) -> Delegation:
        mine = self.resident.delegations.select_related("delegate")
        if self.resident.user_id != self.request.user.pk:
            mine = mine.filter(delegate=self.request.user)
        return get_object_or_404(mine, pk=self.kwargs["pk"])

    def get_title(self) -> Any:
        if self.delegation.delegate_id == self.request.user.pk:
            return _("Act for this resident no longer?")
        return _("Shall %(name)s act for you no longer?") % {"name": self.delegation.delegate.name}

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": reverse("vouchers:my_helpers")}

    def perform(self, form: Form) -> Delegation:
        return end_delegation(self.delegation, by=self.request.user)

    def get_success_url(self) -> str:
        is_own = self.resident.user_id == self.request.user.pk
        return reverse("vouchers:my_helpers") if is_own else reverse("desk")


class MyCode(MyPage, TemplateView):
    """The rotating code: for the resident and who may act, not for who may only look."""

    template_name = "vouchers/my_code.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if not policies.may_show_code(self.request.user, self.resident):
            raise PermissionDenied
        card = self.resident.cards.live().first()
        context = super().get_context_data(**kwargs) | {"card": card}
        if card is None:
            return context
        code, seconds = code_now(card, clock.now())
        return context | {"code": code, "seconds": seconds, "qr": documents.code_qr(card, code)}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


class PrintCard(MyPage, ActionPage):
    """The card once more, on paper."""

    template_name = "vouchers/my_card.html"
    title = _("My card")
    submit_label = _("Print the card")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        card = self.resident.cards.live().first()
        return super().get_context_data(**kwargs) | {
            "card": card,
            "qr": documents.card_qr(card) if card else "",
            "may_print": policies.may_print_card(self.request.user, self.resident),
        }

    def perform(self, form) -> Any:
        card = get_object_or_404(self.resident.cards.live())
        return documents.print_card(card, by=self.request.user)

    def get_success_url(self) -> str:
        """The sheet itself: what proves it to a third party stands on it."""
        return reverse("papers:paper_file", args=[self.object.code])
