"""A programme's rule tried on the register before it starts or changes; and the change by two officers."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from marketplace.pages import clock
from marketplace.pages.views import ActionPage
from marketplace.vouchers import actions, policies
from marketplace.vouchers.actions.changes import proposed_terms
from marketplace.vouchers.entitlement import terms_of
from marketplace.vouchers.forms import ChangeForm, terms_initial
from marketplace.vouchers.models import Programme, ProgrammeChange
from marketplace.vouchers.models.programmes import first_of_month, next_month
from marketplace.vouchers.queries.terms import changed_terms
from marketplace.vouchers.queries.trials import compare, try_terms

from .programmes import OneProgramme


def months_between(first: Any, last: Any) -> int:
    """How many months from the one to the other, both counted."""
    return max((last.year - first.year) * 12 + last.month - first.month + 1, 0)


class Trial(OneProgramme, ActionPage):
    """Counts of the rule as it is; sent, the counts of a change; proposed, a change that waits."""

    template_name = "vouchers/trial.html"
    form_class = ChangeForm
    title = _("Try the rule on the register")

    @property
    def month(self):
        """The next month that the rule would be asked for."""
        programme = self.programme
        this = first_of_month(clock.today())
        return max(this, first_of_month(programme.starts_on))

    def get_initial(self) -> dict[str, Any]:
        return terms_initial(self.programme) | {"from_month": f"{next_month(first_of_month(clock.today())):%Y-%m}"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        programme, month = self.programme, self.month
        trial = try_terms(terms_of(programme), month)
        left = months_between(month, programme.ends_on)
        changes = programme.changes.select_related("programme__bureau")
        waiting = changes.filter(state__in=["proposed", "approved"]).first()
        kwargs.setdefault("comparison", None)
        kwargs.setdefault("month", f"{month:%Y-%m}")
        return super().get_context_data(**kwargs) | {
            "programme": programme,
            "trial": trial,
            "months_left": left,
            "to_end": trial.all.amount * left,
            "is_enough": programme.budget_line.available >= trial.all.amount,
            "waiting": waiting,
            "may_approve_change": waiting is not None and policies.may_approve_change(self.request.user, waiting),
            "may_propose": programme.state == Programme.State.RUNNING
            and policies.may_draft_programme(self.request.user, programme.bureau)
            and waiting is None,
        }

    def form_valid(self, form: ChangeForm) -> HttpResponse:
        if "propose" in self.request.POST:
            return super().form_valid(form)
        month = form.cleaned_data["from_month"]
        after = proposed_terms(self.programme, form.cleaned_terms(), form.cleaned_tiers())
        found = compare(terms_of(self.programme), after, month)
        return self.render_to_response(self.get_context_data(form=form, comparison=found, month=f"{month:%Y-%m}"))

    def perform(self, form: ChangeForm) -> ProgrammeChange:
        return actions.propose_change(
            self.programme,
            form.cleaned_terms(),
            tiers=form.cleaned_tiers(),
            from_month=form.cleaned_data["from_month"],
            reason=form.cleaned_data["reason"],
            by=self.request.user,
        )

    done_message = _("Proposed. A second officer looks at it.")


class DecideChange(OneProgramme, ActionPage):
    template_name = "vouchers/decide_change.html"
    title = _("Change of the programme")
    done_message = _("Recorded.")

    @property
    def change(self) -> ProgrammeChange:
        change = get_object_or_404(
            ProgrammeChange.objects.select_related("programme__bureau"),
            pk=self.kwargs["pk"],
            programme__code=self.kwargs["code"],
        )
        if not policies.may_issue(self.request.user, change.programme):
            raise PermissionDenied
        return change

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        change = self.change
        return super().get_context_data(**kwargs) | {"change": change, "rows": changed_terms(change)}

    def perform(self, form: Any) -> Any:
        verb = actions.approve_change if "approve" in self.request.POST else actions.withdraw_change
        return verb(self.change, by=self.request.user)
