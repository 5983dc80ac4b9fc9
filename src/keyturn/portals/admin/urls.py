"""Addresses of the Admin Portal, below /admin/."""

from django.urls import URLPattern

app_name = "admin"
urlpatterns: list[URLPattern] = []
