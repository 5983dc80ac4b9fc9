"""Addresses that need no sign-in."""

from django.urls import path

from keyturn.portals.public import views

app_name = "public"
urlpatterns = [
    path("", views.start, name="start"),
    path("logo/<str:name>", views.logo, name="logo"),
    path("setup/<str:token>", views.set_up, name="set_up"),
    path("files/<uuid:uuid>", views.file, name="file"),
    path("welcome/<str:token>", views.choose_password, name="choose_password"),
]
