from django.urls import path

from . import views

app_name = "audit"
urlpatterns = [
    path("audit/", views.Proof.as_view(), name="proof"),
    path("audit/head.json", views.HeadFile.as_view(), name="head"),
    path("audit/trail/", views.Trail.as_view(), name="trail"),
]
