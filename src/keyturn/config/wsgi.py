"""The WSGI application that the web server runs: observation, then the API's gate, then Django."""

import os
from threading import Thread

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")

_django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - models can be imported only once Django is set up

from keyturn.api.gate import Gate  # noqa: E402
from keyturn.config.observed import Observed  # noqa: E402
from keyturn.core import db, tracing  # noqa: E402
from keyturn.licensing.signing import services as signing  # noqa: E402

tracing.begin("web")
application = Observed(Gate(_django, db.direct()), lines=settings.LOG_REQUESTS)
Thread(target=signing.prepare, name="signing-key", daemon=True).start()
