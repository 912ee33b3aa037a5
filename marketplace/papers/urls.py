from django.urls import path

from . import views

app_name = "papers"
urlpatterns = [
    path("verify/", views.VerifyFormPage.as_view(), name="verify_form"),
    path("verify/key.json", views.key_file, name="key_file"),
    path("verify/<str:code>", views.VerifyPage.as_view(), name="verify"),
]
