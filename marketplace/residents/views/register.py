"""The register at the desk: masked, opened for a purpose, on record."""

import datetime
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.pages import clock
from marketplace.pages.lists import ListPage
from marketplace.pages.views import ActionPage
from marketplace.parties.models import User
from marketplace.residents import actions, policies, queries
from marketplace.residents.forms import (
    AccountForm,
    CorrectionForm,
    DelegationForm,
    PurposeForm,
    RegisterFilter,
    ResidentForm,
    StateForm,
)
from marketplace.residents.models import Delegation, RecordView, Resident

from .base import AtDesk, OneResident

OPEN_FOR = datetime.timedelta(minutes=10)
TONES = {"active": "good", "suspended": "warn", "moved": "quiet", "deceased": "quiet"}


class Register(LoginRequiredMixin, AtDesk, ListPage):
    """No export: the register does not leave as a file."""

    template_name = "residents/register.html"
    title = _("Register of residents")
    intro = _("Names and numbers are masked. Open a record with a stated purpose when you need more.")
    empty_title = _("Nobody is registered in your region")
    empty_text = _("Bring in the civil-affairs file, or register one person.")

    def get_filter_form(self) -> RegisterFilter:
        return RegisterFilter(self.request.GET, prefixes=self.prefixes)

    def get_rows(self):
        return queries.register(self.request.user).filter(region__code__startswith=self.prefixes[0])

    def filter(self, rows, cleaned):
        if text := cleaned.get("q"):
            rows = queries.find_by_name(rows, text)
        if region := cleaned.get("region"):
            rows = rows.filter(region__code__startswith=region.prefix)
        if state := cleaned.get("state"):
            rows = rows.filter(state=state)
        return rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        today = clock.today()
        rows = [
            {
                "pk": resident.pk,
                "name": resident.masked_name,
                "id": resident.masked_id,
                "age": resident.age_on(today),
                "place": f"{resident.region} {resident.community}",
                "household": resident.get_household_display(),
                "state": resident.get_state_display(),
                "tone": TONES[resident.state],
            }
            for resident in context["object_list"]
        ]
        return context | {
            "rows": rows,
            "may_import": policies.may_import_register(self.request.user, self.bureau),
        }


class AddResident(AtDesk, ActionPage):
    form_class = ResidentForm
    title = _("Register a resident")
    submit_label = _("Register")
    done_message = _("The resident is in the register.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"prefixes": self.prefixes}

    def perform(self, form: ResidentForm) -> Resident:
        return actions.register_resident(by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return reverse("residents:resident", args=[self.object.pk])


class CorrectResident(OneResident, ActionPage):
    """What is wrong in the register is put right at the desk; the history keeps who did it."""

    form_class = CorrectionForm
    intro = _("The ID number does not change. A move out of your region is recorded as “moved away”.")
    submit_label = _("Save")
    done_message = _("Corrected.")

    def allows(self, user: User, resident: Resident) -> bool:
        return policies.may_keep_register(user, resident.region_id)

    def get_title(self) -> str:
        return gettext("Correct the record of %(name)s") % {"name": self.resident}

    def get_initial(self) -> dict[str, Any]:
        shown = ("region", "community", "household", "household_number", "preferred_way")
        return {name: getattr(self.resident, name) for name in shown}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"prefixes": policies.prefixes_of(self.request.user, *policies.DESK)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.get_success_url()}

    def perform(self, form: CorrectionForm) -> Resident:
        return actions.correct_resident(self.resident, by=self.request.user, **form.corrections())


class ResidentPage(OneResident, TemplateView):
    template_name = "residents/resident.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        resident, user = self.resident, self.request.user
        return super().get_context_data(**kwargs) | {
            "resident": resident,
            "tone": TONES[resident.state],
            "age": resident.age_on(clock.today()),
            "history": queries.history(resident),
            "views": resident.views.select_related("viewer", "organisation")[:10],
            "may_reinstate": resident.erased_at is None
            and (
                resident.state in ("suspended", "moved")
                or (resident.state == "deceased" and policies.may_undo_death(user, resident))
            ),
            "may_erase": resident.state in ("moved", "deceased")
            and resident.erased_at is None
            and policies.may_erase(user, resident),
            "delegations": resident.delegations.live().select_related("delegate"),
            "may_appoint": policies.may_appoint(user, resident),
        }


class Unmask(OneResident, ActionPage):
    form_class = PurposeForm
    title = _("Open the record")
    intro = _("Your name, the time and the purpose are kept, and the resident can read them.")
    submit_label = _("Open it")

    def perform(self, form: PurposeForm) -> RecordView:
        return actions.view_resident(
            self.resident, form.cleaned_data["purpose"], by=self.request.user, organisation=self.request.organisation
        )

    def get_success_url(self) -> str:
        return reverse("residents:record", args=[self.kwargs["pk"], self.object.pk])


class Record(OneResident, TemplateView):
    """The one screen that shows everything, for ten minutes, to the person who stated the purpose."""

    template_name = "residents/record.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        view = get_object_or_404(
            RecordView,
            pk=self.kwargs["view"],
            resident=self.resident,
            viewer=self.request.user,
            viewed_at__gte=clock.now() - OPEN_FOR,
        )
        return super().get_context_data(**kwargs) | {"resident": self.resident, "opened": view}


class ChangeState(OneResident, ActionPage):
    """Suspend, reinstate, moved, deceased: one verb by the address."""

    form_class = StateForm
    verbs = {
        "suspend": (actions.suspend_resident, _("Suspend the resident's vouchers")),
        "reinstate": (actions.reinstate_resident, _("Reinstate the resident")),
        "moved": (actions.move_resident, _("Record that the resident has moved away")),
        "deceased": (actions.report_death, _("Record the resident's death")),
    }
    submit_label = _("Record it")
    done_message = _("Recorded.")

    def get_title(self) -> Any:
        if self.kwargs["verb"] not in self.verbs:
            raise Http404
        return self.verbs[self.kwargs["verb"]][1]

    def perform(self, form: StateForm) -> Resident:
        if self.kwargs["verb"] not in self.verbs:
            raise Http404
        verb, _title = self.verbs[self.kwargs["verb"]]
        return verb(self.resident, reason=form.cleaned_data["reason"], by=self.request.user)


class AddDelegation(OneResident, ActionPage):
    form_class = DelegationForm
    title = _("Let someone act for the resident")
    intro = _("Only with the resident's consent, which you record here.")
    submit_label = _("Record it")
    done_message = _("Recorded.")

    def allows(self, user: User, resident: Resident) -> bool:
        return policies.may_appoint(user, resident)

    def perform(self, form: DelegationForm) -> Delegation:
        cleaned = dict(form.cleaned_data)
        return actions.delegate_to(self.resident, cleaned.pop("account"), by=self.request.user, **cleaned)


class EndDelegation(OneResident, ActionPage):
    title = _("End the delegation")
    submit_label = _("End it")
    danger = True
    done_message = _("Ended.")

    def allows(self, user: User, resident: Resident) -> bool:
        return policies.may_appoint(user, resident)

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Delegation:
        delegation = get_object_or_404(self.resident.delegations, pk=self.kwargs["delegation"])
        return actions.end_delegation(delegation, by=self.request.user)


class LinkAccount(OneResident, ActionPage):
    form_class = AccountForm
    title = _("Let the resident sign in")
    intro = _("See the person or their card first. Whoever signs in with this account sees the balance and may book.")
    submit_label = _("Link the account")
    done_message = _("Linked.")

    def perform(self, form: AccountForm) -> Resident:
        return actions.link_account(self.resident, form.cleaned_data["account"], by=self.request.user)


class UnlinkAccount(OneResident, ActionPage):
    title = _("Take the account away")
    intro = _("Whoever signs in with it sees nothing of the resident any more. The card stays good.")
    submit_label = _("Take it away")
    danger = True
    done_message = _("The account is taken away.")

    def get_form(self, form_class=None):
        return Form(**self.get_form_kwargs())

    def perform(self, form: Form) -> Resident:
        return actions.unlink_account(self.resident, by=self.request.user)
