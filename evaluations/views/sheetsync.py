"""What a device and the server say to each other about one sheet: JSON, answered in plain words."""

import datetime
import json
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.generic import TemplateView, View

from evaluations import actions, queries
from evaluations.models import Evidence, Scorecard
from evaluations.photos import place_of
from evaluations.sheets import Change
from marketplace.pages import clock

MOST_CHANGES = 1000
SCRIPTS = tuple(f"evaluations/sheet/{name}.js" for name in ("store", "talk", "files", "sheet"))
# What a sheet's page is drawn with: kept on the device beside it.
SHELL = (
    "bootstrap/css/bootstrap.min.css",
    "minfu/tokens.css",
    "minfu/minfu.js",
    "minfu/mark.svg",
    "django_htmx/htmx-2.min.js",
    "evaluations/evaluations.css",
    "evaluations/sheet/sheet.css",
)


def state_of(request: HttpRequest, scorecard: Scorecard) -> dict[str, Any]:
    """The sheet as the server has it. `at`: milliseconds, so that a device knows which of two answers is newer."""
    heads = queries.heads_of(scorecard)
    return {
        "sheet": str(scorecard.pk),
        "owner": str(request.user.pk),
        "at": int(clock.now().timestamp() * 1000),
        "token": get_token(request),
        "heads": {
            name: [
                {"id": str(entry.pk), "value": entry.value, "device": entry.device, "at": entry.written_at.isoformat()}
                for entry in entries
            ]
            for name, entries in heads.items()
        },
        "files": [file_of(one) for one in scorecard.evidence.all()],
    }


def file_of(evidence: Evidence) -> dict[str, Any]:
    return {
        "id": str(evidence.pk),
        "leaf": str(evidence.indicator_id),
        "name": evidence.name,
        "url": evidence.get_absolute_url(),
        "photo": evidence.is_photo,
        "at": evidence.taken_at.isoformat(),
        "placed": bool(evidence.place_from),
    }


def words_of(fault: ValidationError) -> dict[str, str]:
    """A refusal's code and its words in the reader's language."""
    first = fault.error_list[0] if hasattr(fault, "error_list") else fault
    return {"code": first.code or "", "words": first.messages[0]}


class SheetCall(View):
    """A call of a device about the caller's own sheet. Not signed in: 401; another's: 404; handed in: 409."""

    scorecard: Scorecard

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return JsonResponse({"code": "sign_in", "words": _("Sign in first.")}, status=401)
        found = Scorecard.objects.filter(scorer=request.user, pk=kwargs["pk"]).select_related("engagement").first()
        if found is None:
            return JsonResponse({"code": "not_yours", "words": _("This sheet isn't yours.")}, status=404)
        self.scorecard = found
        if found.state != Scorecard.State.OPEN:
            return self.locked()
        try:
            response = super().dispatch(request, *args, **kwargs)
        except PermissionDenied:
            return JsonResponse({"code": "not_yours", "words": _("This sheet isn't yours.")}, status=404)
        response["Cache-Control"] = "no-store"
        return response

    def locked(self) -> JsonResponse:
        words = _("This sheet has been handed in and can't be changed.")
        return JsonResponse({"code": "locked", "words": words, "url": self.scorecard.get_absolute_url()}, status=409)

    def answer(self, **more: Any) -> JsonResponse:
        return JsonResponse(state_of(self.request, self.scorecard) | more)


class SheetState(SheetCall):
    """What stands."""

    def get(self, request: HttpRequest, pk: Any) -> JsonResponse:
        return self.answer()


class SheetSync(SheetCall):
    """What was written on the device since; with `hand_in` the sheet is handed in after it."""

    def post(self, request: HttpRequest, pk: Any) -> JsonResponse:
        try:
            sent = json.loads(request.body)
            changes = [_change(one, str(sent["device"])) for one in sent["changes"][:MOST_CHANGES]]
            hands_in = bool(sent.get("hand_in"))
        except (ValueError, KeyError, TypeError, AttributeError):
            return JsonResponse({"code": "unreadable", "words": _("This can't be read.")}, status=422)
        try:
            refused = actions.write_sheet(self.scorecard, changes, by=request.user)
            if hands_in and not refused:
                actions.submit_scorecard(self.scorecard, by=request.user)
                return JsonResponse({"handed_in": reverse("evaluations:work", args=[self.scorecard.engagement_id])})
        except ValidationError as fault:
            if getattr(fault, "code", "") == "locked":
                return self.locked()
            return self.answer(refused={}, trouble=words_of(fault))
        return self.answer(refused={name: words_of(fault) for name, fault in refused.items()})


def _change(sent: dict[str, Any], device: str) -> Change:
    written_at = parse_datetime(str(sent["at"]))
    return Change(
        id=uuid.UUID(sent["id"]),
        name=str(sent["name"])[:60],
        value=str(sent["value"]),
        seen=frozenset(uuid.UUID(one) for one in sent["seen"]),
        device=device,
        written_at=written_at if written_at and written_at.tzinfo else None,
    )


class SheetFiles(SheetCall):
    """One photo or file of a leaf."""

    def post(self, request: HttpRequest, pk: Any) -> JsonResponse:
        leaf = queries.scored_leaves(self.scorecard.engagement.framework).filter(pk=_uuid(request.POST.get("leaf")))
        file = request.FILES.get("file")
        if file is None or not leaf:
            return JsonResponse({"code": "unreadable", "words": _("This can't be read.")}, status=422)
        try:
            evidence = actions.add_evidence(
                self.scorecard,
                leaf[0],
                file,
                key=_uuid(request.POST.get("id")),
                taken_at=_moment(request.POST.get("at", "")),
                here=place_of(request.POST.get("lat"), request.POST.get("lng")),
                by=request.user,
            )
        except ValidationError as fault:
            return JsonResponse(words_of(fault), status=422)
        return JsonResponse({"file": file_of(evidence)})

    def locked(self) -> JsonResponse:
        words = _("This sheet has been handed in: evidence that comes later isn't taken.")
        return JsonResponse({"code": "late", "words": words, "url": self.scorecard.get_absolute_url()}, status=422)


class RemoveFile(SheetCall):
    """Take a file back from one's own open sheet."""

    def post(self, request: HttpRequest, pk: Any, file: Any) -> JsonResponse:
        evidence = self.scorecard.evidence.filter(pk=file).first()
        if evidence is None:
            return JsonResponse({"removed": str(file)})
        try:
            actions.remove_evidence(evidence, by=request.user)
        except ValidationError as fault:
            return JsonResponse(words_of(fault), status=422)
        return JsonResponse({"removed": str(file)})


class SheetWorker(TemplateView):
    """The service worker, from the sheets' own address: only there may it answer."""

    template_name = "evaluations/worker.js"
    content_type = "text/javascript"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"kept": [static(name) for name in (*SHELL, *SCRIPTS)]}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        response["Cache-Control"] = "no-cache"
        return response


def _uuid(text: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def _moment(text: str) -> datetime.datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
