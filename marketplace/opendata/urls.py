from django.urls import path

from .views import feed, imported, pages

app_name = "opendata"
urlpatterns = [
    path("open-data/downloads/", pages.DownloadPage.as_view(), name="downloads"),
    path("ocds/releases.json", feed.releases, name="releases"),
    path("ocds/releases/<str:release_id>.json", feed.release, name="release"),
    path("ocds/records.json", feed.records, name="records"),
    path("ocds/records/<str:ocid>.json", feed.record, name="record"),
    path("ocds/bulk/<int:year>.jsonl.gz", feed.bulk, name="bulk_year"),
    path("ocds/bulk/<int:year>-<int:month>.jsonl.gz", feed.bulk, name="bulk_month"),
    path("imported/", imported.ImportedList.as_view(), name="imported"),
    path("imported/upload/", imported.ImportUpload.as_view(), name="import_upload"),
    path("imported/upload/<str:token>/", imported.ImportPreview.as_view(), name="import_preview"),
    path("imported/<uuid:pk>/", imported.ImportedPage.as_view(), name="imported_process"),
    path("imported/<uuid:pk>.json", imported.ImportedOriginal.as_view(), name="imported_original"),
]
