"""The WSGI application that the web server runs: observation, then the API's gate, then Django."""

import gc
import os
from contextlib import suppress

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")

_django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - models can be imported only once Django is set up
from django.db import DatabaseError  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from keyturn.api.gate import Gate  # noqa: E402
from keyturn.config.observed import Observed  # noqa: E402
from keyturn.config.upgrade import Upgraded  # noqa: E402
from keyturn.core import tracing  # noqa: E402
from keyturn.licensing.signing import services as signing  # noqa: E402
from keyturn.platform.preferences import addresses  # noqa: E402


def _prepare() -> None:
    with suppress(DatabaseError):
        addresses.remember_listening()
    signing.prepare()
    _settle()


def _settle() -> None:
    """Load what the first page would, and take all that is there by then out of the garbage collector's sight.

    It lives as long as the process; to look through it took a tenth of a second each time, when nothing was answered.
    """
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


tracing.begin("web")
application = Observed(Upgraded(Gate(_django), _prepare), lines=settings.LOG_REQUESTS)
