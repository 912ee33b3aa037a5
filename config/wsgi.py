"""The WSGI door: `granian --interface wsgi config.wsgi:application`."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# Every address is loaded now and not by a worker's first visitor, who would wait seconds for it.
from django.urls import get_resolver  # noqa: E402 - the settings must stand first

get_resolver()._populate()

# What is loaded by now stays: the collector need not look through it again in the middle of somebody's request.
gc.collect()
gc.freeze()

# Who has hashed, encrypted or written a piece of an upload goes on within half a millisecond, not within five, when
# another thread of the worker computes.
sys.setswitchinterval(0.0005)
