"""The doorkeeper of the JSON API: bearer tokens, idempotency keys, problem details (RFC 9457)."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.decorators import decorate_view
from ninja.security import HttpBearer

from marketplace.pages.uploadhandlers import EncryptedUpload

from .encryption import keyed_hash
from .models import ApiAnswer, ApiToken, User
from .queries import roles_of, token_holder


class Problem(Exception):
    """An answer that is not a success. `code` is stable and for programs, `detail` is for people.

    `extra` members stand beside them in the answer (RFC 9457, section 3.2).
    """

    def __init__(self, code: str, detail: Any = "", status: int = 422, **extra: Any) -> None:
        super().__init__(code)
        self.code, self.detail, self.status, self.extra = code, detail, status, extra


def problem_response(problem: Problem) -> HttpResponse:
    body = {
        "type": "about:blank",
        "title": str(problem.detail) or problem.code,
        "status": problem.status,
        "code": problem.code,
        "detail": str(problem.detail),
        **problem.extra,
    }
    response = HttpResponse(
        orjson.dumps(body, default=str), status=problem.status, content_type="application/problem+json"
    )
    if problem.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Minfu"'
    return response


def note_use(held: ApiToken) -> None:
    """That the token is in use today."""
    ApiToken.objects.filter(pk=held.pk).update(last_used_on=timezone.localdate())


class Bearer(HttpBearer):
    """`Authorization: Bearer …`: sets `request.auth` and `request.user` to the token's user, `request.organisation`
    to the token's organisation and `request.token`."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        if request.__dict__.get("bearer") == token:  # `idempotent` has asked already
            return request.user
        held: ApiToken | None = token_holder(token)
        if held is None:
            return None
        # A day is fine enough to see which tokens are still in use, and costs no write on the way of every call.
        if held.last_used_on != timezone.localdate() and "in_one_go" not in request.__dict__:
            note_use(held)
        request.bearer, request.token = token, held
        request.user = held.user
        request.organisation = held.organisation
        return held.user


bearer = Bearer()


class KnownBearer(Bearer):
    """For a verb that checks token and role in its own statement: whose the token is, never changes, so it is read once
    a day and process. The view hands `request.token.pk` to the verb, and asks `stranger` when the verb forbids it.
    """

    MOST = 10_000
    _known: ClassVar[dict[bytes, ApiToken]] = {}

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        digest = hashlib.sha256(token.encode()).digest()
        held = self._known.get(digest)
        if held is None or held.last_used_on != timezone.localdate():
            user = super().authenticate(request, token)
            if user is not None:
                if len(self._known) >= self.MOST:
                    self._known.clear()
                request.token.last_used_on = timezone.localdate()
                self._known[digest] = request.token
            return user
        request.token, request.user, request.organisation = held, held.user, held.organisation
        return held.user

    def stranger(self, request: HttpRequest) -> bool:
        """The token is no longer anybody's: revoked, or its person has left."""
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return token_holder(sent) is None


known_bearer = KnownBearer()


class _Refused(Exception):
    """Roll the verb's work back and keep its answer."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response


def _digest(request: HttpRequest) -> str:
    """What was asked, and for whom, as a keyed digest: a multipart body by its parts, since its boundary differs at
    every try.

    Keyed, because it lies in the database before a bid is opened: from a plain one a price could be found by trying
    all prices. With the organisation, because one person may hold tokens of several, and the answer of one is no
    business of the other.
    """
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n{request.token.organisation_id}\n".encode())
    if (request.content_type or "").startswith("multipart/"):
        for name in sorted(request.POST):
            digest.update(repr((name, request.POST.getlist(name))).encode())
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                digest.update(repr((name, file.name, _fingerprint(file))).encode())
    else:
        digest.update(request.body)
    return keyed_hash("api.answer", digest.hexdigest())


def _fingerprint(file: UploadedFile) -> str:
    if isinstance(file, EncryptedUpload):  # taken while it came in
        return file.fingerprint
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()


def _replay(user: User, key: str, digest: str) -> HttpResponse | None:
    earlier = ApiAnswer.objects.filter(user=user, key=key).first()
    if earlier is None:
        return None
    if earlier.digest != digest:
        return problem_response(
            Problem("idempotency_conflict", _("This Idempotency-Key was used for another request."), status=409)
        )
    response = HttpResponse(bytes(earlier.body), status=earlier.status, content_type=earlier.content_type)
    response["Idempotent-Replayed"] = "true"
    return response


def _once(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(run)
    def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        request.in_one_go = True  # what there is to note of the token, goes with the answer: one commit, not two
        user = bearer(request)
        if user is None:
            return run(request, **kwargs)  # which answers 401
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key:
            detail = _("A write needs an Idempotency-Key header.")
            return problem_response(Problem("idempotency_key_missing", detail, status=400))
        if len(key) > 200:
            detail = _("The Idempotency-Key is longer than 200 characters.")
            return problem_response(Problem("idempotency_key_invalid", detail, status=400))
        digest = _digest(request)
        try:
            with transaction.atomic():
                # The unique row is claimed first: a racing twin waits here until our answer has been committed, and
                # who asks again later is turned away here to the answer that was kept.
                answer = ApiAnswer.objects.create(user=user, key=key, digest=digest, status=0)
                if request.token.last_used_on != timezone.localdate():
                    note_use(request.token)
                try:
                    with transaction.atomic():
                        response = run(request, **kwargs)
                        if response.status_code >= 400:
                            raise _Refused(response)
                except _Refused as refused:
                    response = refused.response
                    if response.status_code not in (409, 422):
                        raise
                answer.status = response.status_code
                answer.content_type = response["Content-Type"]
                answer.body = response.content
                answer.save(update_fields=["status", "content_type", "body"])
                return response
        except _Refused as refused:  # 401, 403, 404, 429, 5xx: nothing is kept, the key is free to be tried again
            return refused.response
        except IntegrityError:
            replayed = _replay(user, key, digest)
            if replayed is None:
                raise
            return replayed

    return wrapper


idempotent = decorate_view(_once)
"""`@router.post(…, auth=bearer)` above, `@idempotent` below: the same Idempotency-Key and body replays the first
answer, the same key with another body is 409 `idempotency_conflict`. The verb runs in the transaction that keeps its
answer, so there is never one without the other."""


router = Router(tags=["Me"])


class RoleAnswer(Schema):
    organisation: str
    organisation_name: str
    uscc: str
    kind: str
    roles: list[str]


class MeAnswer(Schema):
    id: str
    name: str
    language: str
    is_operator: bool
    organisation: str | None
    organisations: list[RoleAnswer]


@router.get("/me", auth=bearer, response=MeAnswer, summary="Who I am: my roles and organisations")
def me(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    return {
        "id": str(user.pk),
        "name": user.name,
        "language": user.language,
        "is_operator": user.is_superuser,
        "organisation": str(request.organisation.pk) if request.organisation else None,
        "organisations": [
            {
                "organisation": str(organisation.pk),
                "organisation_name": organisation.name,
                "uscc": organisation.uscc,
                "kind": organisation.kind,
                "roles": [membership.role for membership in memberships],
            }
            for organisation, memberships in roles_of(user)
        ],
    }
