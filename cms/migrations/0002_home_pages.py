"""A new database greets its first reader: home pages in both languages instead of Wagtail's welcome.

The sections come with `manage.py open_site`.
"""

import uuid

from django.db import migrations

HOMES = [("zh-hans", "民福", "minfu"), ("en", "Minfu", "minfu-en")]


def make_homes(apps, schema_editor):
    ContentType = apps.get_model("contenttypes.ContentType")
    Locale = apps.get_model("wagtailcore.Locale")
    Page = apps.get_model("wagtailcore.Page")
    Site = apps.get_model("wagtailcore.Site")
    HomePage = apps.get_model("cms.HomePage")
    root = Page.objects.filter(depth=1).first()
    if root is None or HomePage.objects.exists():
        return
    content_type, _ = ContentType.objects.get_or_create(model="homepage", app_label="cms")
    Page.objects.filter(depth=2, slug="home").delete()
    key = uuid.uuid4()
    homes = []
    for number, (language, title, slug) in enumerate(HOMES, start=1):
        locale, _ = Locale.objects.get_or_create(language_code=language)
        homes.append(HomePage.objects.create(
            title=title, draft_title=title, slug=slug, content_type=content_type,
            path=f"{root.path}{number:04d}", depth=2, numchild=0, url_path=f"/{slug}/", locale=locale,
            translation_key=key, live=True,
        ))
    Page.objects.filter(pk=root.pk).update(numchild=len(homes))
    Site.objects.filter(is_default_site=True).delete()
    Site.objects.create(hostname="localhost", site_name="民福", root_page_id=homes[0].pk, is_default_site=True)


def remove_homes(apps, schema_editor):
    apps.get_model("cms.HomePage").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_homes, remove_homes)]
