import pytest
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def test_alive(client):
    assert client.get("/healthz").content == b"ok\n"


def test_ready_with_every_part(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.json()
    assert set(answer.json()["checks"].values()) == {"ok"}


def test_not_ready_when_a_migration_is_missing(client):
    MigrationRecorder.Migration.objects.filter(app="notices").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "notices" in answer.json()["checks"]["migrations"]
    assert answer.json()["checks"]["database"] == "ok"


def test_not_ready_when_nothing_can_be_stored(client, settings, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    settings.MEDIA_ROOT = blocked / "media"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["storage"] != "ok"


def test_production_tells_strangers_neither_figures_nor_what_broke(client, settings, tmp_path):
    settings.PRODUCTION = True
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}):
        assert client.get("/metrics", headers=headers).status_code == 401
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    settings.MEDIA_ROOT = blocked / "media"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["storage"] != "ok" and str(tmp_path) not in answer.content.decode()


def test_figures_for_prometheus(client, settings):
    text = client.get("/metrics").content.decode()
    assert "minfu_tasks_oldest_ready_seconds 0.0" in text
    assert "django_http_requests_total" in text
    settings.METRICS_TOKEN = "a token of the watcher"
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer a token of the watcher"}).status_code == 200


@pytest.mark.parametrize("page", ["user", "organisation", "region", "membership", "invitation", "apitoken"])
def test_the_operators_administration_opens(client, page, django_user_model):
    operator = django_user_model.objects.create_superuser(email="op@example.org", password="x")
    client.force_login(operator)
    assert client.get(f"/admin/parties/{page}/").status_code == 200
