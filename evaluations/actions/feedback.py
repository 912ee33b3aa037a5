"""A resident's voice: asked for, given once, changed within days. The provider never gives it for the resident.

Five doors lead here. At the provider's counter the resident proves with PIN or rotating code that it is the resident
who taps; a code on the provider's own receipt asks for the same proof, since the provider could read it; a code on the
bureau's statement and the link in a text message reach nobody but the resident; a caller or community worker writes
down what is said. Whoever belongs to the provider is refused at every door, and so is the provider's own device.
"""

import re

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from evaluations import voicenotices, voicepolicies
from evaluations.models import Feedback
from evaluations.voicecodes import RECEIPT, clean_code, count_miss, hash_of_code, read_token, refuse_guesser
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Organisation, User
from marketplace.residents.models import Resident
from marketplace.rules.calendar import add_days
from marketplace.rules.queries import resolve
from marketplace.vouchers.actions.consent import ask_consent, prove_presence
from marketplace.vouchers.models import Redemption, Reversal

from .occasions import occasion_of, set_code

MOST_LETTERS = 200
Channel, Face = Feedback.Channel, Feedback.Face
WRITTEN_DOWN = (Channel.CALL, Channel.WORKER)


@transaction.atomic
def print_receipt_code(redemption: Redemption, *, by: User) -> tuple[Feedback, str]:
    """The code for the slip that the counter prints. It needs the resident's proof, because the provider sees it.

    Empty when the bureau's statement has a better one already, or the voice is given.
    """
    feedback = occasion_of(redemption)
    authorise(voicepolicies.may_hand_out_slip, by, redemption.provider)
    if feedback.state == Feedback.State.GIVEN or (feedback.code_hash and not feedback.needs_proof):
        return feedback, ""
    return feedback, set_code(feedback, RECEIPT, needs_proof=True)


def give_at_counter(redemption: Redemption, *, face: str, sentence: str = "", pin: str, by: User) -> Feedback:
    """The resident taps at the counter and confirms with PIN or rotating code. Only ever the first voice.

    Raises ValidationError: `face`, `given`, `taken_back`, and what `ask_consent` refuses. Opens its own transactions,
    so that a wrong PIN stays counted.
    """
    authorise(voicepolicies.may_hand_out_slip, by, redemption.provider)
    _checked_face(face)
    feedback = occasion_of(redemption)
    _refuse_given(feedback, Channel.COUNTER)
    ask_consent(redemption.provider, feedback.resident, pin, by=by)
    feedback = _give(feedback, face, sentence, Channel.COUNTER, by=by)
    voicenotices.tell_voice_at_counter.enqueue(str(feedback.pk))
    return feedback


def give_by_code(
    code: str,
    *,
    face: str,
    sentence: str = "",
    pin: str = "",
    place: str,
    device_of: Organisation | None,
    by: User | None,
) -> Feedback:
    """The code from paper, typed or scanned at the public page. `place` is where from, `device_of` whose counter's
    device it is, `by` whoever is signed in there.

    Raises ValidationError: `code`, `unknown_code`, `too_many_tries`, `providers_device`, `own_people`, `over`, `face`,
    `given`; where the code came out of the provider's printer what `prove_presence` refuses.
    """
    feedback = find_by_code(code, place=place)
    refuse_providers(feedback, device_of, by)
    _checked_face(face)
    _refuse_given(feedback, Channel.PAPER)
    if feedback.needs_proof:
        prove_presence(feedback.resident, pin, by=_nobody())
    return _give(feedback, face, sentence, Channel.PAPER, by=_nobody())


def give_by_link(
    token: str, *, face: str, sentence: str = "", device_of: Organisation | None, by: User | None
) -> Feedback:
    """The link of a text message to the telephone in the register. Refusals as for a code."""
    feedback = find_by_link(token)
    refuse_providers(feedback, device_of, by)
    return _give(feedback, _checked_face(face), sentence, Channel.SMS, by=_nobody())


def give_own(feedback: Feedback, *, face: str, sentence: str = "", by: User) -> Feedback:
    """On the resident's own page, by the resident or who acts for them."""
    authorise(voicepolicies.may_speak_for, by, feedback)
    return _give(feedback, _checked_face(face), sentence, Channel.OWN, by=by)


def write_down(feedback: Feedback, *, face: str, sentence: str = "", channel: str, by: User) -> Feedback:
    """What the resident says on a call-back, or to the community worker. Raises ValidationError: `channel`, `face`,
    `given` (the resident's own word is not written over), `over`."""
    authorise(voicepolicies.may_write_down, by, feedback)
    if channel not in WRITTEN_DOWN:
        raise ValidationError({"channel": ValidationError(_("Say how you heard it."), code="channel")})
    return _give(feedback, _checked_face(face), sentence, channel, by=by)


def find_by_code(code: str, *, place: str) -> Feedback:
    """Raises ValidationError: `code`, `unknown_code`, `too_many_tries`."""
    refuse_guesser("feedback", place)
    found = Feedback.objects.select_related("provider", "resident").filter(code_hash=hash_of_code(clean_code(code)))
    if (feedback := found.first()) is None:
        count_miss("feedback", place)
        raise ValidationError(
            {"code": ValidationError(_("Nobody has this code. Check the 12 digits."), code="unknown_code")}
        )
    return feedback


def find_by_link(token: str) -> Feedback:
    """Raises ValidationError(code="unknown_code")."""
    pk = read_token(token)
    feedback = Feedback.objects.select_related("provider", "resident").filter(pk=pk, texted_at__isnull=False).first()
    if pk is None or feedback is None:
        raise ValidationError(
            _("This link is not ours, or not whole. Open it from the message again."), code="unknown_code"
        )
    return feedback


def refuse_providers(feedback: Feedback, device_of: Organisation | None, by: User | None) -> None:
    """Neither on the provider's device nor by one of its people, whatever paper they hold."""
    if device_of is not None and device_of.pk == feedback.provider_id:
        raise ValidationError(
            _("This is a device of the provider. Use the code on a telephone of your own, or at the community desk."),
            code="providers_device",
        )
    if by is not None and voicepolicies.belongs_to(by, feedback.provider):
        raise ValidationError(_("You belong to this provider: the resident speaks, not you."), code="own_people")


def _nobody() -> User:
    return service_user("resident")


def _checked_face(face: str) -> str:
    if face not in Face.values:
        raise ValidationError({"face": ValidationError(_("Touch one of the three faces."), code="face")})
    return face


def _refuse_given(feedback: Feedback, channel: str) -> None:
    """Asked before any PIN is: what can't be given need not be proven."""
    today = clock.today()
    if feedback.state == Feedback.State.ASKED:
        if feedback.expires_on < today:
            raise ValidationError(_("The time for saying so is over. The community desk still listens."), code="over")
        return
    days = int(resolve("feedback.change_days").number)
    given_on = feedback.given_at.astimezone(clock.SHANGHAI).date() if feedback.given_at else today
    own_word = feedback.channel not in (*WRITTEN_DOWN, Channel.COUNTER)
    if channel == Channel.COUNTER or (channel in WRITTEN_DOWN and own_word):
        raise ValidationError(_("The resident has said already how it was. Once counts."), code="given")
    if today > add_days(given_on, days):
        raise ValidationError(
            _("You have said already how it was, and the %(days)s days for changing it are over."),
            code="given",
            params={"days": days},
        )


@transaction.atomic
def _give(feedback: Feedback, face: str, sentence: str, channel: str, *, by: User) -> Feedback:
    feedback = (
        Feedback.objects.select_for_update(of=("self",)).select_related("provider", "resident").get(pk=feedback.pk)
    )
    _refuse_given(feedback, channel)
    if voicepolicies.belongs_to(by, feedback.provider) and channel != Channel.COUNTER:
        raise PermissionDenied
    if (
        feedback.redemption_id
        and Reversal.objects.filter(
            resident=feedback.resident_id, month=feedback.month, redemption_id=feedback.redemption_id
        ).exists()
    ):
        raise ValidationError(_("This payment was taken back: there is nothing to say about it."), code="taken_back")
    is_first = feedback.state == Feedback.State.ASKED
    feedback.face, feedback.channel = face, channel
    feedback.sentence = without_who(sentence, feedback.resident)
    feedback.weight = int(resolve("feedback.weights").data[channel])
    feedback.written_by = by if channel in WRITTEN_DOWN else None
    if is_first:
        feedback.first_face, feedback.given_at = face, clock.now()
        feedback.give()
    else:
        feedback.changed_at = clock.now()
    feedback.save(
        update_fields=[
            "state", "face", "first_face", "sentence", "channel", "weight", "written_by", "given_at", "changed_at",
        ]
    )  # fmt: skip
    event = "feedback.given" if is_first else "feedback.changed"
    record(event, feedback, by=by, channel=channel)
    return feedback


def without_who(sentence: str, resident: Resident) -> str:
    """One line, of which nobody can be recognised by name, telephone, card or ID number."""
    text = " ".join(sentence.split())[:MOST_LETTERS]
    text = re.sub(r"(?:\d[\s-]?){6,}[\dXx]?", "＊", text)
    for word in {resident.name, resident.address, resident.household_number} - {""}:
        text = text.replace(word, "＊")
    return text
