"""What a killed worker left RUNNING is run again; what kills its workers is not, for ever."""

import datetime
import subprocess
import sys

import pytest
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from config.tasks import MOST_TRIES, forget_done_tasks, requeue_lost_tasks, worker_name

pytestmark = pytest.mark.django_db


def a_running_task(*workers, minutes=0):
    return DBTaskResult.objects.create(
        status=TaskResultStatus.RUNNING,
        started_at=timezone.now() - datetime.timedelta(minutes=minutes),
        args_kwargs={"args": ["0"], "kwargs": {}},
        task_path="marketplace.messages.tasks.mail_message",
        worker_ids=list(workers),
        backend_name="default",
        run_after=get_date_max(),
        exception_class_path="",
        traceback="",
    )


def of_a_dead_process():
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    host, _pid, rest = worker_name().split(":")
    return f"{host}:{process.pid}:{rest}"


def test_the_task_of_a_dead_worker_is_ready_again():
    lost, running = a_running_task(of_a_dead_process()), a_running_task(worker_name())
    assert requeue_lost_tasks() == (1, 0)
    assert DBTaskResult.objects.get(pk=lost.pk).status == TaskResultStatus.READY
    assert DBTaskResult.objects.get(pk=running.pk).status == TaskResultStatus.RUNNING


def test_a_task_of_another_machine_is_lost_when_it_runs_too_long(settings):
    recent, old = a_running_task("elsewhere:1:x"), a_running_task("elsewhere:1:x", minutes=45)
    assert requeue_lost_tasks() == (1, 0)
    assert DBTaskResult.objects.get(pk=old.pk).status == TaskResultStatus.READY
    assert DBTaskResult.objects.get(pk=recent.pk).status == TaskResultStatus.RUNNING


def test_what_kills_its_workers_is_given_up():
    poison = a_running_task(*[of_a_dead_process()] * MOST_TRIES)
    assert requeue_lost_tasks() == (0, 1)
    assert DBTaskResult.objects.get(pk=poison.pk).status == TaskResultStatus.FAILED


def test_what_was_done_weeks_ago_is_forgotten(settings):
    now = timezone.now()
    fresh, old, running = (a_running_task(worker_name()) for _number in range(3))
    for row, days in ((fresh, 1), (old, settings.TASKS_KEPT_DAYS + 1)):
        DBTaskResult.objects.filter(pk=row.pk).update(finished_at=now - datetime.timedelta(days=days))
    assert forget_done_tasks() == 1
    assert set(DBTaskResult.objects.values_list("pk", flat=True)) == {fresh.pk, running.pk}
