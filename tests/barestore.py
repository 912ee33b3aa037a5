"""The limit beside the bids: a view that stores the bytes it is sent, and nothing else. Served as the portal is.

They are on the disk before it answers, as a bid is before its receipt: what a power cut can take is not stored.
"""

import os
import sys
import uuid

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def store(request: HttpRequest) -> HttpResponse:
    name = default_storage.save(f"bare/{uuid.uuid4()}", request.FILES["files"])
    descriptor = os.open(default_storage.path(name), os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return HttpResponse(name, status=201)


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("store", store), path("healthz", alive)]


def _application() -> WSGIHandler:
    sys.setswitchinterval(0.0005)  # as config.wsgi has it
    get_wsgi_application()
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
    settings.FILE_UPLOAD_HANDLERS = [
        "django.core.files.uploadhandler.MemoryFileUploadHandler",
        "django.core.files.uploadhandler.TemporaryFileUploadHandler",
    ]
    return WSGIHandler()  # loads the middleware anew: none


application = _application()
