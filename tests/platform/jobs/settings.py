"""The product's settings and an app with test kinds, for the processes that these tests start."""

from keyturn.config.settings import *  # noqa: F403
from keyturn.config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.platform.jobs.room"]
