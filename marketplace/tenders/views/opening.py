"""The opening: a countdown before, the custodians' passphrases at, the record after."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from marketplace.pages import clock
from marketplace.pages.views import ActionPage

from .. import policies
from ..actions import set_passphrase, unlock_bids
from ..models import CustodianKey, Tender
from ..queries.opening import opening_of
from ..queries.public import public_tender


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

    def perform(self, form: forms.Form) -> Tender:
        tender = unlock_bids(self.tender, form.cleaned_data["passphrase"], by=self.request.user)
        if tender.state == Tender.State.CLOSED:
            self.done_message = _("Your share is in. A second custodian has 30 minutes to give theirs.")
        elif tender.state == Tender.State.FAILED and tender.end_code == "too_few_envelopes":
            self.done_message = tender.why_ended
        else:
            self.done_message = _("The envelopes are open.")
        return tender

    def get_success_url(self) -> str:
        return reverse("tenders:opening", args=[self.tender.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now, tender, user = clock.now(), self.tender, self.request.user
        seen = opening_of(tender)
        is_due = tender.bids_due_at <= now
        mine = next((c for c in seen.custodians if user.is_authenticated and c.user_id == user.pk), None)
        waits = bool(mine and mine.waits_until and mine.waits_until > now)
        can_open = tender.state in (Tender.State.PUBLISHED, Tender.State.CLOSED) and is_due
        return super().get_context_data(**kwargs) | {
            "tender": tender,
            "now": now,
            "is_due": is_due,
            "seconds_left": max(int((tender.bids_due_at - now).total_seconds()), 0),
            "seen": seen,
            "may_unlock": can_open and mine is not None and not waits,
            "is_waiting": waits,
            "waiting_for_second": any(c.waits_until and c.waits_until > now for c in seen.custodians),
            "shows_bidders": is_due,
            "lots": list(tender.lots.all()),
            "breadcrumbs": [
                (_("Tenders"), reverse("tenders:list")),
                (tender.number, tender.get_absolute_url()),
                (_("Opening"), None),
            ],
        }
