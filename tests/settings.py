"""The product's settings for tests: a private data folder, quick password hashes, either database.

KEYTURN_TEST_DATABASE_URL chooses PostgreSQL; without it the tests run on SQLite.
"""

import os
import tempfile

os.environ["KEYTURN_DATA_DIR"] = tempfile.mkdtemp(prefix="keyturn-test-")
os.environ["KEYTURN_DATABASE_URL"] = os.environ.get("KEYTURN_TEST_DATABASE_URL", "")

from keyturn.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.hashers.QuickBCrypt"]
LOG_IN_BACKGROUND = False
