"""The JSON API: every app's router under /api/v1/, and one way to say no."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled
from ninja.errors import ValidationError as UnreadableRequest

from marketplace.parties.api import Problem, problem_response
from marketplace.parties.api import router as me_router
from marketplace.tenders.api import router as tenders_router
from marketplace.vouchers.api import router as vouchers_router

api = NinjaAPI(
    title="民福 Minfu",
    version="1",
    description=(
        "Amounts are integer fen (1 yuan = 100 fen), times ISO 8601 with offset. Writes take an `Idempotency-Key`: the "
        "same key and body replays the first answer, the same key with another body is 409. Errors are RFC 9457 "
        "problem details with a stable `code`."
    ),
    urls_namespace="api",
)
api.add_router("", me_router)
api.add_router("/tenders", tenders_router)
api.add_router("/vouchers", vouchers_router)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem)


@api.exception_handler(ValidationError)
def _refused(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
    """A verb's refusal: 422 with the code the verb gave, and with the fields it named."""
    if hasattr(refusal, "error_dict"):
        errors = [
            {"field": "" if name == NON_FIELD_ERRORS else name, "code": error.code or "invalid", "detail": message}
            for name, of_field in refusal.error_dict.items()
            for error in of_field
            for message in error.messages
        ]
    else:
        errors = [
            {"field": "", "code": error.code or "invalid", "detail": message}
            for error in refusal.error_list
            for message in error.messages
        ]
    return problem_response(Problem(errors[0]["code"], errors[0]["detail"], errors=errors))


@api.exception_handler(UnreadableRequest)
def _unreadable(request: HttpRequest, fault: UnreadableRequest) -> HttpResponse:
    errors = [
        {"field": ".".join(str(part) for part in error["loc"]), "code": error["type"], "detail": error["msg"]}
        for error in fault.errors
    ]
    return problem_response(Problem("invalid_request", _("The request can't be read as it was sent."), errors=errors))


@api.exception_handler(PermissionDenied)
def _forbidden(request: HttpRequest, refusal: PermissionDenied) -> HttpResponse:
    return problem_response(Problem("forbidden", str(refusal) or _("You may not do this."), status=403))


@api.exception_handler(Http404)
@api.exception_handler(ObjectDoesNotExist)
def _not_found(request: HttpRequest, fault: Exception) -> HttpResponse:
    return problem_response(Problem("not_found", _("There is no such thing, or it is not yours to see."), status=404))


@api.exception_handler(AuthenticationError)
def _unauthenticated(request: HttpRequest, fault: AuthenticationError) -> HttpResponse:
    return problem_response(Problem("unauthenticated", _("A valid bearer token is needed."), status=401))


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, fault: HttpError) -> HttpResponse:
    extra: dict[str, Any] = {"retry_after": fault.wait} if isinstance(fault, Throttled) else {}
    code = HTTPStatus(fault.status_code).name.lower()
    return problem_response(Problem(code, fault.message, status=fault.status_code, **extra))
