"""Celery for scale-out: `celery -A config worker`, chosen by CELERY_BROKER_URL. The same `@task` code runs on it."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("minfu")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()  # every room keeps its tasks in tasks.py or notices.py
app.autodiscover_tasks(related_name="notices")
