"""The API as a Django application, so that its jobs are found."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Has no tables."""

    name = "keyturn.api"
    label = "api"
