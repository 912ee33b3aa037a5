"""The chapters in which the rules are read: by the first word of the key, and procurement by its stages."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

CHAPTERS = {
    "planning": _("Before the tender: plan, method, intention"),
    "notice": _("Notice, periods, changes"),
    "bids": _("Bids, bonds, opening"),
    "panel": _("Panel, scores, prices"),
    "award": _("Result and award"),
    "framework": _("Framework agreements"),
    "tender": _("Procurement: the rest"),
    "challenge": _("Queries, challenges, complaints"),
    "redflag": _("Red flags"),
    "contract": _("Contract and payment"),
    "service": _("Purchase of services"),
    "evaluation": _("Evaluation of performance"),
    "rating": _("Ratings of social organisations"),
    "voucher": _("Vouchers"),
    "feedback": pgettext_lazy("rules", "Residents' feedback"),
    "grievance": pgettext_lazy("rules", "Residents' grievances"),
    "consultation": _("Consulting residents"),
    "needs": _("Needs and supply"),
    "assessment": _("Assessment of ability"),
    "incubator": _("Incubators"),
    "registration": _("Registration"),
    "identity": _("Identity numbers"),
    "privacy": pgettext_lazy("rules", "Privacy"),
    "account": _("Accounts and access"),
}
# Procurement has more rules than all the others: its keys, by the stage at which they are asked for.
STAGES = {
    "planning": "budget_disclosed ceiling_allowed intention_period invitation_pool_factor leave_open_approval "
    "method_award method_conditions method_change_approval public_consultation rfq_services set_aside_all "
    "set_aside_share set_aside_small_share single_source_top_up splitting threshold records_period",
    "notice": "amendment_limits bid_period change_period digest_hour documents_period notice_period "
    "objection_reply_period saved_searches unconfirmed_bid_lapses",
    "bids": "bid_bond_max bid_bond_refund body_period consortium failure_grounds linked_bidders min_suppliers "
    "min_suppliers_reduced opening_window outage_margin passphrase_attempts passphrase_lock",
    "panel": "abnormal_low abnormal_low_answer conflict_years criteria_quantified discriminating_criteria "
    "fixed_price_scored outlier panel_draw panel_experts_share panel_size panel_size_large price_score "
    "price_weight_max price_weight_min pricing rating_as_criterion reevaluation small_consortium_discount_max "
    "small_consortium_discount_min small_discount_due small_discount_max small_discount_min "
    "social_organisation_small tie_order treated_as_small uniform_lowest_price",
    "award": "award_notice_period candidates decision_period report_period result_notice_contents "
    "result_notice_period standstill winner_refuses",
    "framework": "framework_elimination framework_recipient_chooses framework_term",
}
_STAGE_OF = {f"tender.{key}": stage for stage, keys in STAGES.items() for key in keys.split()}
_ELSEWHERE = {"payment": "contract"}


def chapter_of(key: str) -> str:
    """The chapter of a key; its first word where nobody gave it another."""
    first = key.split(".")[0]
    return _STAGE_OF.get(key) or _ELSEWHERE.get(first, first)
