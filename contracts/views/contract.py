"""The page of one contract, and its papers."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import DetailView, View
from django_fsm import can_proceed

from contracts import checks, formula, plans, policies, queries
from contracts.archive import write_archive
from contracts.differences import admissions_behind, differences
from contracts.figures import article_number
from contracts.models import Bond, Contract, Deliverable, Premises, Subcontract
from contracts.money import Money
from marketplace.audit.actions import record
from marketplace.ledger.policies import may_see_line as may_see_line_of
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.payments.interest import interest_of
from marketplace.payments.models import InterestClaim, PaymentOrder
from marketplace.payments.policies import may_claim_interest, may_decide_interest
from marketplace.rules.calendar import due_date
from marketplace.rules.explanation import explain
from marketplace.rules.queries import resolve


class ContractPage(DetailView):
    """One contract: its money from budget to bank, its words, deliveries and life. Public once signed."""

    template_name = "contracts/contract.html"
    slug_field = slug_url_kwarg = "number"
    context_object_name = "contract"

    def get_queryset(self) -> QuerySet[Contract]:
        return (
            Contract.objects.visible_to(self.request.user)
            .select_related(
                "buyer__region", "supplier", "budget_line__fund", "award__lot__tender", "call_off__lot__tender",
                "programme", "paper", "statement", "template",
            )
            .prefetch_related(
                "clauses", "signings__organisation", "signings__signer", "amendments__line", "bonds__forfeitures",
                "premises__items",
                "monthly_reports", "subcontracts", "prices", "evaluation_notes", "members__organisation",
            )
        )  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        contract, user = self.object, self.request.user
        is_side = user.is_authenticated and policies.is_side(user, contract)
        instalments = queries.instalments_of(contract)
        money = queries.money_of(contract)
        may_see_line = user.is_authenticated and contract.budget_line and may_see_line_of(user, contract.budget_line)
        notice = queries.notice_of(contract) if is_side else None
        fallen = list(queries.fallen_awards().filter(contract_lots__contract=contract).order_by("ended_at"))
        late_rule = resolve("contract.late_interest", on=clock.today(), region=contract.buyer.region)
        return (
            super().get_context_data(**kwargs)
            | {
                "money": money,
                "shares": queries.shares_of(money),
                "line_url": contract.budget_line.get_absolute_url() if may_see_line else "",
                "provider_url": reverse("directory:provider", args=[contract.supplier.uscc]),
                "bonds": [self._bond(bond, is_side) for bond in contract.bonds.all()],
                "months": plans.months_of(contract),
                "articles": [(article_number(clause.position), clause) for clause in contract.clauses.all()],
                "is_side": is_side,
                "is_desk": is_side,
                "may_take_archive": user.is_authenticated and policies.may_take_archive(user, contract),
                "is_draft": contract.state == Contract.State.DRAFT,
                "vouchers": queries.vouchers_of(contract) if contract.programme_id and contract.is_public else [],
                "premises": [self._premises(premises, is_side) for premises in contract.premises.all()],
                "premises_are_out": any(premises.is_out for premises in contract.premises.all()),
                "fallen_draft": fallen[-1] if fallen and policies.may_edit(user, contract) else None,
                "suspension": checks.suspension_of(contract) if is_side and not contract.ended_at else None,
                "notice": notice,
                "may_answer_notice": bool(notice) and policies.may_answer_notice(user, notice),
                "may_withdraw_notice": bool(notice) and policies.may_withdraw_notice(user, notice),
                "differences": differences(contract) if contract.state == Contract.State.DRAFT else [],
                "admissions": admissions_behind(contract) if contract.programme_id else [],
                "breadcrumbs": [
                    (_("Contracts"), reverse("contracts:desk"))
                    if is_side
                    else (_("Contract register"), reverse("contracts:register")),
                    (contract.title, ""),
                ],
            }
            | plans.folded(contract, [self._instalment(one, is_side, late_rule) for one in instalments])
            | plans.recent(queries.history_of(contract, instalments, fallen))
            | _dates(contract)
            | _may(user, contract, is_side, money)
        )

    def _instalment(self, instalment: queries.Instalment, is_side: bool, late_rule: Any) -> dict[str, Any]:
        deliverable, user = instalment.deliverable, self.request.user
        in_force = deliverable.contract.state == Contract.State.IN_FORCE
        order, acceptance = instalment.order, instalment.acceptance
        may_report = is_side and policies.may_report(user, deliverable)
        return {
            "deliverable": deliverable,
            "report": instalment.report,
            "acceptance": acceptance,
            "deductions": [formula.in_words(line) for line in acceptance.lines] if acceptance else [],
            "order": order,
            "orders": instalment.orders,
            **self._interest(order, is_side, late_rule),
            "waits": deliverable.waits_for_renewal and deliverable.state == Deliverable.State.PLANNED,
            "may_record": may_report
            and in_force
            and can_proceed(deliverable.deliver)
            and deliverable.is_delivery
            and not deliverable.waits_for_renewal,
            "may_report": may_report
            and in_force
            and can_proceed(deliverable.deliver)
            and not deliverable.waits_for_renewal,
            "may_invoice": may_report
            and instalment.report is not None
            and (order is None or order.state in (PaymentOrder.State.DRAFT, PaymentOrder.State.APPROVED)),
            "may_accept": is_side
            and in_force
            and deliverable.state == Deliverable.State.DELIVERED
            and policies.may_accept(user, deliverable),
            "may_order_again": is_side and instalment.left_to_order > 0 and policies.may_accept(user, deliverable),
            "is_owed_again": bool(order) and instalment.left_to_order > 0,
        }

    def _interest(self, order: PaymentOrder | None, is_side: bool, rule: Any) -> dict[str, Any]:
        """For being late; and for those who may claim or pay it, where."""
        if order is None:
            return {}
        user, interest = self.request.user, interest_of(order, rule=rule)
        claims = [claim for claim in order.interest_claims.all() if claim.state != InterestClaim.State.REFUSED]
        may_claim = is_side and may_claim_interest(user, order)
        may_see = may_claim or (is_side and may_decide_interest(user, order))
        is_due = bool(interest.amount) and order.state == PaymentOrder.State.PAID
        return {
            "interest": interest,
            "claim": claims[0] if claims else None,
            "may_claim": may_claim,
            "interest_url": f"{order.get_absolute_url()}#interest" if is_due and may_see else "",
        }

    def _bond(self, bond: Bond, is_side: bool) -> dict[str, Any]:
        """The bond, what was forfeited of it, and what this reader may do."""
        bond.contract = self.object
        user, held = self.request.user, bond.state == Bond.State.HELD
        holds = is_side and policies.may_return_bond(user, bond)
        return {
            "bond": bond,
            "forfeitures": list(bond.forfeitures.all()),
            "may_return": holds and held and self.object.state not in Contract.STANDING_STATES,
            "may_forfeit": is_side and held and self.object.is_public and policies.may_forfeit(user, bond),
            "may_hand_over": holds,
        }

    def _premises(self, premises: Premises, is_side: bool) -> dict[str, Any]:
        """The place, and the step that this reader may take."""
        premises.contract = self.object
        user, step = self.request.user, None
        if is_side:
            steps = (
                (premises.hand_over, policies.may_hand_over, "hand_over", _("Hand over")),
                (premises.take_over, policies.may_take_over, "take_over", _("Take over")),
                (premises.give_back, policies.may_take_over, "give_back", _("Give back")),
                (premises.take_back, policies.may_hand_over, "take_back", _("Take back")),
            )
            signed = self.object.is_public
            step = next(
                (
                    (reverse(f"contracts:{name}", args=[self.object.number, premises.position]), label)
                    for move, policy, name, label in steps
                    if signed and can_proceed(move) and policy(user, premises)
                ),
                None,
            )
        return {"premises": premises, "items": list(premises.items.all()), "step": step}


def _dates(contract: Contract) -> dict[str, Any]:
    """The statutory days and why they are what they are."""
    region = contract.buyer.region
    rule = resolve("contract.signing_period", on=contract.awarded_on, region=region)
    dates: dict[str, Any] = {
        "sign_by_rule": explain(rule, contract.awarded_on, contract.sign_by),
        "is_late": clock.today() > contract.sign_by,
    }
    if contract.signed_at:
        signed_on = contract.signed_at.astimezone(clock.SHANGHAI).date()
        for name in ("publication", "filing"):
            found = resolve(f"contract.{name}_period", on=signed_on, region=region)
            dates[f"{name}_by"] = due_date(signed_on, found)
    return dates


# Of the side column; the others stand where the page speaks of them.
STEPS = (
    *("may_amend", "may_renew", "may_take_bond", "may_tell", "may_suspend", "may_close", "may_end"),
    *("may_give_notice",),
)


def _may(user: User, contract: Contract, is_side: bool, money: Money) -> dict[str, bool]:
    """What the reader may do now, by the policies that guard the verbs; a stranger nothing."""
    if not is_side:
        return {}
    standing = contract.state in (Contract.State.SIGNED, Contract.State.IN_FORCE)
    pending = any(amendment.state in ("draft", "sent", "half_signed") for amendment in contract.amendments.all())
    held = sum(bond.left for bond in contract.bonds.all() if bond.state == Bond.State.HELD)
    changes = standing and not pending and contract.is_service
    may = {
        "may_edit": policies.may_edit(user, contract),
        "may_send": policies.may_send(user, contract) and can_proceed(contract.send),
        "may_discard": policies.may_discard(user, contract) and can_proceed(contract.discard),
        "may_sign": policies.may_sign(user, contract),
        "may_refuse": policies.may_refuse(user, contract) and can_proceed(contract.refuse),
        "may_begin": policies.may_begin(user, contract) and can_proceed(contract.begin),
        "may_close": policies.may_end(user, contract)
        and can_proceed(contract.close)
        and checks.unfinished(contract, money) is None,
        "may_end": policies.may_end(user, contract) and can_proceed(contract.terminate),
        "may_amend": changes and policies.may_draft_amendment(user, contract),
        "may_renew": changes
        and contract.is_renewable
        and contract.assured_until is not None
        and contract.assured_until < contract.ends_on
        and policies.may_draft_amendment(user, contract),
        "may_take_bond": contract.state in Contract.STANDING_STATES
        and held < contract.bond_amount
        and policies.may_hold_bond(user, contract),
        "may_suspend": policies.may_suspend(user, contract) and can_proceed(contract.suspend),
        "may_resume": policies.may_suspend(user, contract) and can_proceed(contract.resume),
        "may_tell": contract.state == Contract.State.IN_FORCE
        and contract.is_service
        and policies.may_tell(user, contract),
        "may_consent": contract.subcontracts.filter(state=Subcontract.State.ASKED).exists()
        and policies.may_consent(user, Subcontract(contract=contract)),
        "may_give_notice": can_proceed(contract.terminate) and policies.may_give_notice(user, contract),
    }
    return {name: bool(allowed) for name, allowed in may.items()} | {"has_steps": any(may[name] for name in STEPS)}


def _pdf(paper: Any, name: str) -> FileResponse:
    if paper is None:
        raise Http404
    return FileResponse(paper.file.open("rb"), filename=f"{name}.pdf", content_type="application/pdf")


class ContractPaper(View):
    """The signed PDF: public once both have signed, before that for the two sides."""

    def get(self, request: HttpRequest, number: str) -> FileResponse:
        contract = get_object_or_404(Contract.objects.visible_to(request.user).select_related("paper"), number=number)
        return _pdf(contract.paper, contract.number)


class StatementPaper(View):
    """The final statement, public with the contract."""

    def get(self, request: HttpRequest, number: str) -> FileResponse:
        contract = get_object_or_404(
            Contract.objects.visible_to(request.user).select_related("statement"), number=number
        )
        return _pdf(contract.statement, f"{contract.number}-statement")


class ContractArchive(LoginRequiredMixin, View):
    """The whole file of the contract, for its two sides and for auditors; who took it is recorded."""

    def get(self, request: HttpRequest, number: str) -> FileResponse:
        contract = get_object_or_404(
            Contract.objects.visible_to(request.user).select_related("buyer", "supplier", "paper", "statement"),
            number=number,
        )
        if not policies.may_take_archive(request.user, contract):
            raise Http404
        record("contract.downloaded", contract, by=request.user, organisation=contract.buyer, number=contract.number)
        return FileResponse(
            write_archive(contract),
            as_attachment=True,
            filename=f"{contract.number}.zip",
            content_type="application/zip",
        )
