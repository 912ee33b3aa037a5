"""Cohorts and applications, reached through the verbs that people use."""

import datetime

from incubator import actions
from incubator.models import Application, Cohort
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role

from .directory import a_category
from .people import a_person, an_organisation


def a_hub() -> Organisation:
    return an_organisation(Organisation.Kind.INCUBATOR)


def a_cohort(hub: Organisation | None = None, **fields) -> Cohort:
    """A draft. `cohort.manager` may act on it."""
    hub = hub or a_hub()
    manager = a_person(Role.MANAGER, of=hub)
    today = clock.today()
    cohort = actions.draft_cohort(
        hub,
        **{
            "title": "初创社会组织培育营",
            "about": "场地、辅导和项目对接。",
            "places": 2,
            "desks": 6,
            "opens_on": today,
            "closes_on": today + datetime.timedelta(days=12),
            "ends_on": today + datetime.timedelta(days=365),
            **fields,
        },
        by=manager,
    )
    cohort.manager = manager
    return cohort


def an_open_cohort(**fields) -> Cohort:
    cohort = a_cohort(**fields)
    opened = actions.publish_cohort(cohort, by=cohort.manager)
    opened.manager = cohort.manager
    return opened


def an_application(cohort: Cohort | None = None, organisation: Organisation | None = None, **fields) -> Application:
    cohort = cohort or an_open_cohort()
    organisation = organisation or an_organisation()
    owner = a_person(Role.OWNER, of=organisation)
    application = actions.apply_to_cohort(
        cohort,
        organisation,
        **{"plan": "三年内成为镇里的助浴机构。", "interests": [a_category("day-care")], "desks_wanted": 2, **fields},
        by=owner,
    )
    application.owner, application.manager = owner, cohort.manager
    return application


def a_checked_application(*args, **fields) -> Application:
    application = an_application(*args, **fields)
    actions.check_application(application, finding="登记有效,无处罚。", by=application.manager)
    return application


def an_admitted_application(*args, desks: int = 2, **fields) -> Application:
    application = a_checked_application(*args, **fields)
    actions.admit(application, desks=desks, by=application.manager)
    return application
