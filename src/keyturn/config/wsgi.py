"""The WSGI application that the web server runs: observation, then the API's gate, then Django."""

import os
from contextlib import suppress

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")

_django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - models can be imported only once Django is set up
from django.db import DatabaseError  # noqa: E402

from keyturn.api.gate import Gate  # noqa: E402
from keyturn.config.observed import Observed  # noqa: E402
from keyturn.config.upgrade import Upgraded  # noqa: E402
from keyturn.core import db, tracing  # noqa: E402
from keyturn.licensing.signing import services as signing  # noqa: E402
from keyturn.platform.preferences import addresses  # noqa: E402


def _prepare() -> None:
    with suppress(DatabaseError):
        addresses.remember_listening()
    signing.prepare()


tracing.begin("web")
application = Observed(Upgraded(Gate(_django, db.direct()), _prepare), lines=settings.LOG_REQUESTS)
