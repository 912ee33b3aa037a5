"""The limit beside the bids: a view that stores the bytes it is sent, and nothing else. Served as the portal is."""

import uuid

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def store(request: HttpRequest) -> HttpResponse:
    name = default_storage.save(f"bare/{uuid.uuid4()}", request.FILES["files"])
    return HttpResponse(name, status=201)


urlpatterns = [path("store", store)]


def _application() -> WSGIHandler:
    made = get_wsgi_application()
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
    settings.FILE_UPLOAD_HANDLERS = [
        "django.core.files.uploadhandler.MemoryFileUploadHandler",
        "django.core.files.uploadhandler.TemporaryFileUploadHandler",
    ]
    bare = WSGIHandler()  # loads the middleware anew: none
    del made
    return bare


application = _application()
