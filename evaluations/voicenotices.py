"""What people are told about voices: residents in plain words and by their own way, officials in their inbox, the
provider without who."""

from typing import Any

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell, text_number, write_letter
from marketplace.parties.models import Organisation, Role, User
from marketplace.residents.models import Resident
from marketplace.residents.models.identity import hash_of_phone

from .models import Feedback, Grievance, Hearing
from .notices import people_of
from .voicecodes import address
from .voicepolicies import belongs_to


def is_number_of(phone: str, provider: Organisation | None) -> bool:
    """The number is the provider's or one of its people's: what is sent there does not reach the resident."""
    if provider is None:
        return False
    numbers = User.objects.filter(
        memberships__organisation=provider, memberships__ended_at=None, phone__isnull=False
    ).values_list("phone", flat=True)
    wanted = hash_of_phone(phone)
    return any(hash_of_phone(number) == wanted for number in (*numbers, provider.phone) if number)


def _reach(
    resident: Resident | None, phone: str, people: list[User], provider: Organisation | None, **message: Any
) -> None:
    """In the inbox of those who speak for the resident, and by text message or letter: never to the provider's people.

    Delegates who did not complain themselves are not told: some complaints are about what happens at home.
    """
    template, context, key, about, url = (message[name] for name in ("template", "context", "key", "about", "url"))
    tell(
        [one for one in people if not belongs_to(one, provider)],
        template=template, context=context, key=key, about=about, url=url,
    )  # fmt: skip
    number = phone or (resident.phone if resident and resident.preferred_way == Resident.Way.SMS else "")
    if number and not is_number_of(number, provider):
        text_number(number, template, context, key=key, about=about)
    elif resident is not None and resident.preferred_way == Resident.Way.POST and resident.address:
        write_letter(
            name=resident.name, address=resident.address, region=resident.region,
            template=template, context=context, key=key, about=about,
        )  # fmt: skip


def _sides(grievance: Grievance) -> list[User]:
    """Whoever spoke: the account that lodged it and the resident's own."""
    own = grievance.resident.user if grievance.resident else None
    return [one for one in (grievance.lodged_by, own) if one is not None]


def _full(pk: str) -> Grievance:
    return Grievance.objects.select_related(
        "handler", "provider", "resident__user", "resident__region", "lodged_by", "merged_into"
    ).get(pk=pk)


def tell_lodged(grievance: Grievance, code: str) -> None:
    """Number and code, at once and inside the verb: the code is kept nowhere from which a task could take it."""
    page = address(reverse("evaluations:track"))
    _reach(
        grievance.resident, grievance.phone, [], grievance.provider,
        template="evaluations/grievance_lodged",
        context={"grievance": grievance, "code": code, "page": page},
        key=f"grievance/{grievance.pk}/lodged", about=grievance, url="",
    )  # fmt: skip


@task
def tell_complainant(grievance_id: str, event: str) -> None:
    """`event`: acknowledged, passed_up, answered, closed, merged. Those whose case was put together with this one hear
    of its answer too."""
    grievance = _full(grievance_id)
    _tell_side(grievance, event)
    if event == "answered":
        for follower in grievance.merged.all():
            _tell_side(_full(str(follower.pk)), event)


def _tell_side(grievance: Grievance, event: str) -> None:
    _reach(
        grievance.resident, grievance.phone, _sides(grievance), grievance.provider,
        template=f"evaluations/grievance_{event}",
        context={"grievance": grievance, "page": address(reverse("evaluations:track"))},
        key=f"grievance/{grievance.pk}/{event}/{grievance.steps.count()}",
        about=grievance,
        url=reverse("evaluations:my_grievance", args=[grievance.pk]),
    )  # fmt: skip


@task
def tell_officials(grievance_id: str, event: str) -> None:
    """`event`: new, passed_up, stated, reopened, late (then the approving officers too)."""
    grievance = _full(grievance_id)
    roles = (Role.OFFICER, Role.APPROVER) if event in ("late", "passed_up") else (Role.OFFICER,)
    tell(
        [one for one in people_of(grievance.handler, *roles) if not belongs_to(one, grievance.provider)],
        template="evaluations/grievance_desk",
        context={"grievance": grievance, "event": event},
        url=grievance.get_absolute_url(),
        about=grievance,
        key=f"grievance/{grievance.pk}/{event}/{grievance.steps.count()}",
    )


@task
def tell_provider(hearing_id: str) -> None:
    """A question waits: what kind it is and until when, nothing else."""
    hearing = Hearing.objects.select_related("provider", "bureau").get(pk=hearing_id)
    tell(
        people_of(hearing.provider, Role.OWNER),
        template="evaluations/hearing_asked",
        context={"hearing": hearing},
        url=hearing.get_absolute_url(),
        about=hearing,
        key=f"hearing/{hearing.pk}",
    )


@task
def tell_voice_at_counter(feedback_id: str) -> None:
    """To the resident: somebody has spoken for you at the counter. If it was not you, ring."""
    feedback = Feedback.objects.select_related("provider", "resident__user", "resident__region").get(pk=feedback_id)
    resident = feedback.resident
    _reach(
        resident, "", [resident.user] if resident.user else [], feedback.provider,
        template="evaluations/voice_at_counter",
        context={"feedback": feedback, "name": resident.masked_name},
        key=f"voice-at-counter/{feedback.pk}", about=feedback, url="",
    )  # fmt: skip
