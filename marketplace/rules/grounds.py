"""The rules from which nothing is computed: they stand here as the ground of what a procedure or a programme does.

A programme's own data (amounts, tiers, services) and the steps of a procedure follow them; a change of such a row
changes its page and nothing else, and the page says so. tests/rules/test_grounds.py holds this list to the code.
"""

_BY_CHAPTER = {
    "assessment": "ability ltci",
    "challenge": "complaint_refusal suspends",
    "contract": "e_signature monthly_report",
    "evaluation": "cycle self_weights use",
    "identity": "citizen_number uscc",
    "incubator": "call_period handover indicators penalty_years services stages term",
    "privacy": "basis face_filing impact_assessment_period masking processor retention rights security sensitive "
    "sharing",
    "rating": "bands benefits dimensions levels points",
    "registration": "annual_report association_members decision",
    "service": "budget_first buyers catalogue_required credit_checks day_care_standard excluded general_conditions "
    "new_organisation_years suppliers violation_years",
    "tender": "award_notice_period budget_disclosed ceiling_allowed failure_grounds framework_recipient_chooses "
    "method_award panel_draw price_score rating_as_criterion reevaluation result_notice_contents rfq_services "
    "set_aside_all set_aside_share set_aside_small_share small_consortium_discount_max small_consortium_discount_min "
    "social_organisation_small standstill treated_as_small uniform_lowest_price winner_refuses",
    "voucher": "central_share exclusions face_only formula fraud_controls minimum_age monthly_amount national_cap "
    "national_cap_pilot national_rate retest_share services tiers",
}
GROUNDS = frozenset(f"{chapter}.{name}" for chapter, names in _BY_CHAPTER.items() for name in names.split())
