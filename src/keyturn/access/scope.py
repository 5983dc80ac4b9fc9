"""Environments: three separate worlds of products, generators, licenses and API keys."""

from django.db.models import TextChoices


class Environment(TextChoices):
    """Where a product, license or API key lives, for ever."""

    PRODUCTION = "production", "Production"
    STAGING = "staging", "Staging"
    DEVELOPMENT = "development", "Development"
