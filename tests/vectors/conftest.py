"""The vectors come from the API as its own tests meet it."""

from tests.api.conftest import api

__all__ = ["api"]
