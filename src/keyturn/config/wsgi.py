"""The WSGI application that the web server runs: the API's gate in front of Django."""

import os
from threading import Thread

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyturn.config.settings")

_django = get_wsgi_application()

from keyturn.api.gate import Gate  # noqa: E402 - models can be imported only once Django is set up
from keyturn.core import db  # noqa: E402
from keyturn.licensing.signing import services as signing  # noqa: E402

application = Gate(_django, db.direct())
Thread(target=signing.prepare, name="signing-key", daemon=True).start()
