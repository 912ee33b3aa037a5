"""What people type or touch when they say how it was, or what they are not content with."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.pages.forms import asked
from marketplace.parties.models import Organisation, Region, Role, User
from marketplace.vouchers.codes import CODE_DIGITS
from marketplace.vouchers.forms import PinField

from .models import Feedback, Grievance

MOST_WORDS = 4000


class FaceField(forms.ChoiceField):
    """Three large faces; the word stands under each, so that nobody has to guess."""

    def __init__(self, **kwargs: Any) -> None:
        given: dict[str, Any] = {"required": False, "label": _("How was it?")} | kwargs
        super().__init__(choices=Feedback.Face.choices, widget=forms.RadioSelect, **given)


class FaceForm(forms.Form):
    """Without `with_pin` no proof is asked for."""

    face = FaceField()
    sentence = forms.CharField(
        label=_("In one sentence, if you like"),
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Without names or numbers. Whoever reads it does not learn who wrote it."),
    )
    pin = asked(
        PinField(
            label=_("Your PIN or code"),
            help_text=_("So that we know it is you: the six digits of the PIN, or the eight from your telephone."),
            longest=CODE_DIGITS,
            required=False,
        )
    )

    def __init__(self, *args: Any, with_pin: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_pin:
            del self.fields["pin"]


class WriteDownForm(FaceForm):
    channel = forms.ChoiceField(
        label=_("Where did you hear it?"),
        choices=[
            (Feedback.Channel.WORKER, _("Face to face, at the desk or at home")),
            (Feedback.Channel.CALL, _("On the telephone")),
        ],
        widget=forms.RadioSelect,
        initial=Feedback.Channel.WORKER,
    )
    field_order = ("face", "sentence", "channel")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("The 12 digits on your paper"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("They stand under the square code."),
    )


class MonthForm(forms.Form):
    month = forms.DateField(label=_("Month"), widget=forms.HiddenInput)


def places() -> Any:
    """Towns and communities: what residents call their place."""
    return Region.objects.filter(level__in=[Region.Level.TOWN, Region.Level.COMMUNITY]).order_by("code")


class GrievanceForm(forms.Form):
    """What happened, to whom, where. Nothing but the words, the kind and the place is needed."""

    category = asked(
        forms.ChoiceField(
            label=_("What is it about?"), choices=Grievance.Category.choices, widget=forms.RadioSelect, required=False
        )
    )
    words = asked(
        forms.CharField(
            label=_("What happened?"),
            widget=forms.Textarea(attrs={"rows": 5}),
            max_length=MOST_WORDS,
            required=False,
            help_text=_("Only the office that deals with it reads this. The provider does not."),
        )
    )
    wish = forms.CharField(
        label=_("What should be done?"), widget=forms.Textarea(attrs={"rows": 2}), max_length=MOST_WORDS, required=False
    )
    place = forms.ModelChoiceField(label=_("In which community or town?"), queryset=None)
    provider = forms.ModelChoiceField(
        label=_("About which provider?"), queryset=None, required=False, empty_label=_("None, or I don't know")
    )
    relation = forms.ChoiceField(
        label=_("Who complains?"), choices=Grievance.Relation.choices, widget=forms.RadioSelect,
        initial=Grievance.Relation.SELF,
    )  # fmt: skip
    complainant = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("Telephone for the answer"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        help_text=_("Number and code come by text message. Without one, write them down on the next page."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places()
        self.fields["provider"].queryset = Organisation.objects.active().providers().order_by("name")


class OwnGrievanceForm(GrievanceForm):
    """On the resident's own page: who and where is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("place", "relation", "complainant", "phone"):
            del self.fields[name]


class DeskGrievanceForm(GrievanceForm):
    """At the desk, for the resident who sits there or has rung."""

    channel = forms.ChoiceField(
        label=_("Where did you hear it?"),
        choices=[choice for choice in Grievance.Channel.choices if choice[0] != Grievance.Channel.WEB],
        initial=Grievance.Channel.DESK,
    )
    hotline_number = forms.CharField(label=_("Number at 12345"), max_length=40, required=False)
    field_order = (
        "channel",
        "hotline_number",
        "category",
        "words",
        "wish",
        "provider",
        "relation",
        "complainant",
        "phone",
    )

    def __init__(self, *args: Any, with_place: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_place:
            del self.fields["place"]
        self.fields["phone"].help_text = ""


class TrackForm(forms.Form):
    number = forms.CharField(
        label=_("Case number"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    code = forms.CharField(
        label=_("Code of 8 digits"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class ContentForm(forms.Form):
    face = FaceField(label=_("Are you content with the answer?"))
    words = forms.CharField(
        label=_("What is still wrong, if anything"), required=False, max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class WhyForm(forms.Form):
    reason = asked(
        forms.CharField(label=_("Why"), required=False, max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3}))
    )


class AcknowledgeForm(forms.Form):
    urgency = forms.ChoiceField(
        label=_("How urgent or difficult is it?"), choices=Grievance.Urgency.choices, widget=forms.RadioSelect
    )


class AskForm(forms.Form):
    question = forms.CharField(
        label=_("Question to the provider"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=MOST_WORDS,
        help_text=_("The provider reads these words and nothing else: no name, address, number, exact day or time."),
    )


class StateForm(forms.Form):
    statement = forms.CharField(
        label=_("Your side"), widget=forms.Textarea(attrs={"rows": 7}), max_length=MOST_WORDS,
    )  # fmt: skip


class AnswerForm(forms.Form):
    outcome = forms.ChoiceField(label=_("What was found"), choices=Grievance.Outcome.choices, widget=forms.RadioSelect)
    answer = forms.CharField(
        label=_("Answer to the resident"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=MOST_WORDS,
        help_text=_("In plain words: what was found, what is done about it, from when."),
    )
    measures = forms.CharField(
        label=_("What was put right"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=500,
        help_text=_("The provider reads this too: it names nobody."),
    )


class AssignForm(forms.Form):
    official = forms.ModelChoiceField(label=_("Official"), queryset=User.objects.none())

    def __init__(self, *args: Any, bureau: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["official"].queryset = (
            User.objects.filter(
                memberships__organisation=bureau,
                memberships__ended_at=None,
                memberships__role__in=[Role.OFFICER, Role.APPROVER],
            )
            .distinct()
            .order_by("name")
        )


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(label=_("The case that is answered"), queryset=Grievance.objects.none())

    def __init__(self, *args: Any, candidates: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = candidates
        self.fields["into"].label_from_instance = lambda one: f"{one.number} · {one.get_category_display()}"


class GrievanceFilter(forms.Form):
    state = forms.ChoiceField(label=pgettext_lazy("filter", "State"), required=False)
    category = forms.ChoiceField(label=_("What it is about"), required=False)
    mine = forms.ChoiceField(label=_("Dealt with by"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", pgettext_lazy("filter", "All"))
        still_open = ("open", pgettext_lazy("grievance", "Still open"))
        self.fields["state"].choices = [everything, still_open, *Grievance.State.choices]
        self.fields["category"].choices = [everything, *Grievance.Category.choices]
        self.fields["mine"].choices = [everything, ("us", _("our office")), ("me", _("me"))]
