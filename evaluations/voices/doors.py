"""The ways to a voice from the pages of the rooms below: the receipt, the resident's own page, the one window, the
call-back."""

from django.urls import reverse
from django.utils.translation import gettext as _

from evaluations import voicepolicies
from evaluations.models import Feedback
from marketplace.pages.doors import Door
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.residents.policies import may_act_for
from marketplace.vouchers.models import CallBack, Redemption


def doors_of_receipt(user: User, redemption: Redemption) -> list[Door]:
    """Turn the screen round, or print the slip. One query."""
    if getattr(redemption, "is_reversed", False) or not voicepolicies.may_hand_out_slip(user, redemption.provider):
        return []
    if Feedback.objects.given().filter(redemption_id=redemption.id).exists():
        return []
    return [
        Door(
            _("How was it? Turn the screen to the resident"), reverse("evaluations:voice_counter", args=[redemption.id])
        ),
        Door(_("Print a slip to say so at home"), reverse("evaluations:voice_slip", args=[redemption.id])),
    ]


def doors_of_my(user: User, resident: Resident) -> list[Door]:
    doors = []
    if may_act_for(user, resident):
        doors.append(Door(_("Say how it was"), reverse("evaluations:my_voices")))
        doors.append(Door(_("I am not content with something"), reverse("evaluations:my_grievances")))
    return doors


def doors_of_window(user: User, resident: Resident) -> list[Door]:
    return [
        Door(_("Write down how it was"), reverse("evaluations:voices_of", args=[resident.pk])),
        Door(_("Write down a grievance"), reverse("evaluations:lodge_for", args=[resident.pk])),
    ]


def doors_of_call_back(user: User, call: CallBack) -> list[Door]:
    return [Door(_("And ask how it was"), reverse("evaluations:voice_call", args=[call.pk]))]
