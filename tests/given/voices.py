"""A redemption that somebody may speak about, and a place with three offices above it."""

from dataclasses import dataclass, field

from evaluations.actions import acknowledge_grievance, ask_provider, lodge_grievance, state_side
from evaluations.models import Grievance
from marketplace.parties.models import Organisation, Region, Role, User
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import redeem
from marketplace.vouchers.models import Redemption

from .people import a_bureau, a_person, a_region
from .residents import a_resident
from .vouchers import Counter, a_counter

STORY = "11月3日下午护理员小李没有按约上门，打电话说忘了，券却已经刷掉了。"


def a_community() -> Region:
    """Fudong community in Chengxiang town."""
    community, _ = Region.objects.get_or_create(
        code="320585100003", defaults={"name": "府东社区", "level": "community", "parent": a_region()}
    )
    return community


@dataclass
class Spoken:
    """A counter and what was redeemed there."""

    counter: Counter
    redemption: Redemption
    owner: User

    @property
    def provider(self) -> Organisation:
        return self.counter.provider

    @property
    def resident(self) -> Resident:
        return self.counter.resident


def a_visit_paid(counter: Counter | None = None, *, key: str = "voice-1") -> Spoken:
    """One hour of care, paid by voucher."""
    counter = counter or a_counter()
    redemption = redeem(counter.provider, **counter.request(key=key))
    return Spoken(counter, Redemption.objects.get(id=redemption.id), a_person(Role.OWNER, of=counter.provider))


@dataclass
class Offices:
    """Community, town and county office of one place, each with an officer."""

    place: Region
    bureaus: list[Organisation] = field(default_factory=list)
    officers: list[User] = field(default_factory=list)


def three_offices() -> Offices:
    place = a_community()
    offices = Offices(place)
    for region in (place, place.parent, place.parent.parent):
        bureau = a_bureau(region=region, name=f"{region.name}办公室")
        offices.bureaus.append(bureau)
        offices.officers.append(a_person(Role.OFFICER, of=bureau))
    return offices


def a_grievance(
    offices: Offices, *, provider: Organisation | None = None, resident: Resident | None = None, **fields
) -> tuple[Grievance, str]:
    """Told by the resident herself at the community's desk."""
    resident = resident or a_resident(
        region=offices.place, name="钱阿凤", phone="13812345678", address="府东街18号302室"
    )
    return lodge_grievance(
        **{
            "channel": Grievance.Channel.DESK,
            "category": Grievance.Category.MISSED,
            "words": STORY,
            "place": offices.place,
            "relation": Grievance.Relation.SELF,
            "resident": resident,
            "provider": provider,
            "by": offices.officers[0],
        }
        | fields
    )


def heard(grievance: Grievance, officer: User, owner: User) -> Grievance:
    """In hand, and both sides were heard."""
    grievance = acknowledge_grievance(grievance, by=officer)
    hearing = ask_provider(grievance, question="本月有老人反映护理员没有按约上门，请说明排班和核销情况。", by=officer)
    state_side(hearing, statement="当天护理员生病，我们忘记改约，向老人道歉。", by=owner)
    return Grievance.objects.get(pk=grievance.pk)
