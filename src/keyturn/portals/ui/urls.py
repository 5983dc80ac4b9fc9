"""The components on one page, for those who work on them; only there in DEBUG."""

from django.urls import path

from keyturn.portals.ui.showcase import views

app_name = "ui"
urlpatterns = [
    path("_components", views.components, name="components"),
    path("_components/sorted", views.sorted_list, name="sorted"),
    path("_components/bell", views.bell, name="bell"),
    path("_components/search", views.search, name="search"),
    path("_components/dialog", views.dialog, name="dialog"),
    path("_components/key", views.key, name="key"),
    path("_components/<int:number>", views.detail, name="detail"),
]
