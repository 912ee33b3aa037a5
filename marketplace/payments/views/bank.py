"""Files to the bank, and what the bank answers."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, ListView, View

from marketplace.pages.views import ActionPage
from marketplace.payments import actions, policies, queries
from marketplace.payments.forms import AnswerForm, SendForm
from marketplace.payments.models import BankAnswer, Change, Channel, PayeeAccount, PaymentBatch, PaymentOrder


class FinancePage(LoginRequiredMixin):
    """For finance officers of the bureau for which the person acts."""

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not policies.may_send(request.user, request.organisation):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class Send(FinancePage, ActionPage):
    template_name = "payments/send.html"
    title = gettext_lazy("Send payments")
    submit_label = gettext_lazy("Send the chosen payments")
    form_class = SendForm
    done_message = gettext_lazy("Committed. Give the file to the bank; Stripe is told by itself.")

    def get_form_kwargs(self) -> dict[str, Any]:
        orders = PaymentOrder.objects.to_send().filter(bureau=self.request.organisation)
        return super().get_form_kwargs() | {"orders": orders}

    def perform(self, form) -> list[PaymentBatch]:
        """One batch for each channel, as each payee's account says; all or none."""
        orders = list(form.cleaned_data["orders"])
        accounts = PayeeAccount.objects.to_pay({order.payee_id for order in orders})
        by_channel: dict[str, list[PaymentOrder]] = {}
        for order in orders:
            account = accounts.get(order.payee_id)
            by_channel.setdefault(account.channel if account else Channel.BANK_FILE, []).append(order)
        return [
            actions.send_payments(self.request.organisation, some, by=self.request.user, channel=channel)
            for channel, some in sorted(by_channel.items())
        ]

    def get_success_url(self) -> str:
        return self.object[0].get_absolute_url() if len(self.object) == 1 else reverse("payments:batches")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = queries.sendable(self.request.organisation)
        chosen = set(self.request.POST.getlist("orders"))
        for row in rows:
            row["is_alone"] = policies.is_alone(self.request.user, row["order"])
            ready = bool(row["account"]) and not row["is_alone"]
            row["checked"] = str(row["order"].pk) in chosen if self.request.method == "POST" else ready
        return super().get_context_data(**kwargs) | {
            "rows": rows,
            "total": sum(row["order"].amount for row in rows),
            "own_account": PayeeAccount.objects.of(self.request.organisation),
            "back_url": reverse("payments:queue"),
            "breadcrumbs": [(_("Payments"), reverse("payments:queue")), (self.get_title(), None)],
        }


class Batches(FinancePage, ListView):
    template_name = "payments/batches.html"
    context_object_name = "batches"
    paginate_by = 25

    def get_queryset(self):
        batches = PaymentBatch.objects.filter(bureau=self.request.organisation).select_related("made_by")
        return batches.annotate(
            paid=Count("attempts", filter=Q(attempts__state="paid")),
            failed=Count("attempts", filter=Q(attempts__state__in=("failed", "returned"))),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "breadcrumbs": [(_("Payments"), reverse("payments:queue")), (_("Bank files"), None)]
        }


class BatchPage(FinancePage, DetailView):
    template_name = "payments/batch.html"
    context_object_name = "batch"

    def get_queryset(self):
        return PaymentBatch.objects.filter(bureau=self.request.organisation).select_related("account", "made_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "is_file": self.object.channel == Channel.BANK_FILE,
            "unfinished": self.object.attempts.unfinished().count(),
            "attempts": self.object.attempts.select_related("order__payee", "account").order_by("order__number"),
            "breadcrumbs": [
                (_("Payments"), reverse("payments:queue")),
                (_("Bank files"), reverse("payments:batches")),
                (self.object.number, None),
            ],
        }


class BatchFile(FinancePage, View):
    def post(self, request, pk, format: str) -> HttpResponse:
        batches = PaymentBatch.objects.filter(bureau=request.organisation, channel=Channel.BANK_FILE)
        batch = get_object_or_404(batches, pk=pk)
        if format not in actions.BANK_FILES:
            raise Http404
        response = HttpResponse(
            actions.download_bank_file(batch, format, by=request.user), content_type=actions.BANK_FILES[format][1]
        )
        response["Content-Disposition"] = f'attachment; filename="{batch.number}.{format}"'
        response["Cache-Control"] = "no-store"
        return response


class Answers(FinancePage, ActionPage):
    """Hand in an answer; below it, those of before."""

    template_name = "payments/answers.html"
    title = gettext_lazy("The bank's answers")
    submit_label = gettext_lazy("Read the file")
    intro = gettext_lazy("Nothing changes yet: first you see row by row what the answer would do.")
    form_class = AnswerForm

    def perform(self, form) -> BankAnswer:
        return actions.read_bank_answer(self.request.organisation, form.cleaned_data["file"], by=self.request.user)

    def get_success_url(self) -> str:
        return self.object.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        answers = BankAnswer.objects.filter(bureau=self.request.organisation).select_related("read_by")
        return super().get_context_data(**kwargs) | {
            "answers": answers.defer("content")[:25],
            "breadcrumbs": [(_("Payments"), reverse("payments:queue")), (self.get_title(), None)],
        }


class AnswerAction(FinancePage, ActionPage):
    @cached_property
    def answer(self) -> BankAnswer:
        answers = BankAnswer.objects.filter(bureau=self.request.organisation).select_related("bureau")
        return get_object_or_404(answers, pk=self.kwargs["pk"])


class AnswerPage(AnswerAction):
    template_name = "payments/answer.html"
    submit_label = gettext_lazy("Apply all rows")
    done_message = gettext_lazy("The answer has been applied.")

    def get_title(self) -> str:
        return self.answer.name

    def perform(self, form) -> BankAnswer:
        return actions.apply_bank_answer(self.answer, by=self.request.user)

    def get_success_url(self) -> str:
        return self.answer.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_open = self.answer.state == BankAnswer.State.READ
        effects = queries.preview_answer(self.answer) if is_open else []
        attempts = self.answer.attempts.select_related("order__payee", "batch").order_by("order__number")
        return super().get_context_data(**kwargs) | {
            "answer": self.answer,
            "is_open": is_open,
            "effects": effects,
            "faults": sum(bool(effect.fault) for effect in effects),
            "changes": sum(effect.change != Change.NONE and not effect.fault for effect in effects),
            "attempts": [] if is_open else attempts,
            "breadcrumbs": [
                (_("Payments"), reverse("payments:queue")),
                (_("The bank's answers"), reverse("payments:answers")),
                (self.answer.name, None),
            ],
        }


class Discard(AnswerAction):
    title = gettext_lazy("Discard this answer")
    submit_label = gettext_lazy("Discard")
    intro = gettext_lazy("Nothing of it is applied.")
    danger = True

    def perform(self, form) -> BankAnswer:
        return actions.discard_bank_answer(self.answer, by=self.request.user)

    def get_success_url(self) -> str:
        return reverse("payments:answers")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back_url": self.answer.get_absolute_url()}
