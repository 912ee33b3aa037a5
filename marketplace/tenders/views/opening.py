"""The opening: a countdown before, the custodians' passphrases at, the record after."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from marketplace.pages import clock
from marketplace.pages.views import ActionPage, refuse

from .. import policies
from ..actions import set_passphrase, unlock_bids
from ..models import CustodianKey, Tender
from ..queries.opening import awaits_bodies, opening_of
from ..queries.public import public_tender
from ..rulebook import opening_window


class PassphraseForm(forms.Form):
    passphrase = forms.CharField(
        label=gettext_lazy("Passphrase"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        strip=False,
    )


class NewPassphraseForm(forms.Form):
    """Twice, since nobody can help when it is lost."""

    passphrase = forms.CharField(
        label=gettext_lazy("New passphrase"),
        help_text=gettext_lazy("A sentence that only you know, of at least 12 characters. Nobody can recover it."),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
    again = forms.CharField(
        label=gettext_lazy("The same passphrase again"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("passphrase") and cleaned.get("again") and cleaned["passphrase"] != cleaned["again"]:
            self.add_error("again", forms.ValidationError(_("The two are not the same."), code="differ"))
        return cleaned


class PassphrasePage(ActionPage):
    """A custodian sets their passphrase: once, or again after it was lost."""

    title = gettext_lazy("Your custodian's passphrase")
    template_name = "tenders/passphrase.html"
    form_class = NewPassphraseForm
    submit_label = gettext_lazy("Set the passphrase")
    done_message = gettext_lazy("Your passphrase is set. Tenders published from now on are locked with it.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not policies.may_hold_key(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def perform(self, form: forms.Form) -> CustodianKey:
        return set_passphrase(form.cleaned_data["passphrase"], by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("desk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "key": CustodianKey.objects.filter(user=self.request.user, retired_at=None).first()
        }


class OpeningPage(ActionPage):
    """Anyone may watch; a custodian of this tender has a field for the passphrase."""

    template_name = "tenders/opening.html"
    form_class = PassphraseForm
    submit_label = gettext_lazy("Give my share")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.tender = public_tender(kwargs["number"])
        if request.method != "POST":  # watching needs no sign-in
            return View.dispatch(self, request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def get_title(self) -> str:
        return _("Opening of the bids for %(number)s") % {"number": self.tender.number}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """A wrong passphrase is kept on record: it is shown after the transaction that counts it has ended."""
        self.wrong: ValidationError | None = None
        answer = super().form_valid(form)
        if self.wrong is None:
            return answer
        refuse(form, self.wrong)
        return self.form_invalid(form)

    def perform(self, form: forms.Form) -> Tender:
        try:
            tender = unlock_bids(self.tender, form.cleaned_data["passphrase"], by=self.request.user)
        except ValidationError as refusal:
            if getattr(refusal, "error_dict", {}).get("passphrase", [refusal])[0].code != "wrong_passphrase":
                raise
            self.wrong, self.done_message = refusal, None
            return self.tender
        if tender.state == Tender.State.CLOSED:
            self.done_message = _("Your share is in. A second custodian has %(minutes)s minutes to give theirs.") % {
                "minutes": int(opening_window(tender).total_seconds() // 60)
            }
        elif tender.state == Tender.State.FAILED and tender.end_code == "too_few_envelopes":
            self.done_message = tender.why_ended
        else:
            self.done_message = _("The envelopes are open.")
        return tender

    def get_success_url(self) -> str:
        return reverse("tenders:opening", args=[self.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | opening_context(self.tender, self.request.user)
        if getattr(self, "wrong", None) is not None:
            context["submission_key"] = uuid.uuid4()  # the one that was sent is spent
        return context | {
            "breadcrumbs": [
                (_("Tenders"), reverse("tenders:list")),
                (self.tender.number, self.tender.get_absolute_url()),
                (_("Opening"), None),
            ],
        }


class OpeningNow(View):
    """What those who watch see of the session right now; asked again every few seconds."""

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        context = opening_context(public_tender(number), request.user)
        return render(request, "tenders/parts/opening_now.html", context)


def opening_context(tender: Tender, user: Any) -> dict[str, Any]:
    """The session as it stands: countdown, envelopes, custodians, and what this reader may do."""
    now = clock.now()
    seen = opening_of(tender)
    is_due = tender.bids_due_at <= now
    mine = next((c for c in seen.custodians if user.is_authenticated and c.user_id == user.pk), None)
    waits = bool(mine and mine.waits_until and mine.waits_until > now)
    can_open = tender.state in (Tender.State.PUBLISHED, Tender.State.CLOSED) and is_due
    ended = tender.state in (Tender.State.FAILED, Tender.State.CANCELLED) or seen.opening is not None
    return {
        "tender": tender,
        "now": now,
        "is_due": is_due,
        "seconds_left": max(int((tender.bids_due_at - now).total_seconds()), 0),
        "seen": seen,
        "may_unlock": can_open and mine is not None and not waits and policies.may_hold_key(user),
        "is_waiting": waits,
        "window": int(opening_window(tender).total_seconds() // 60),
        "waiting_for_second": any(c.waits_until and c.waits_until > now for c in seen.custodians),
        "awaits_bodies": can_open and awaits_bodies(tender, now),
        "bodies_due_at": tender.bodies_due_at,
        "is_live": not ended,
        "lots": list(tender.lots.all()),
        "may_repeat": user.is_authenticated and policies.may_repeat(user, tender),
    }
