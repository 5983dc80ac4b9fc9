"""Places for files: a folder, and a bucket of a real server of Amazon's protocol."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from keyturn.platform.preferences import services as preferences

KEY, SECRET, BUCKET = "AKIAEXAMPLE", "hush", "keyturn-files"


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_url: str) -> Any:
    """The bucket as Amazon's own library sees it; emptied afterwards."""
    made = boto3.resource(
        "s3",
        endpoint_url=s3_url,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    ).create_bucket(Bucket=BUCKET)
    yield made
    made.objects.all().delete()
    made.delete()


def form(url: str, **changes: str) -> dict[str, str]:
    """The Storage tab filled in for the server at `url`."""
    return {
        "storage.driver": "s3_compatible",
        "storage.access_key": KEY,
        "storage.secret_key": SECRET,
        "storage.region": "us-east-1",
        "storage.bucket": BUCKET,
        "storage.endpoint": url,
        "storage.upload_limit_mb": "2048",
        **changes,
    }


def choose(url: str) -> None:
    """Make the bucket the place of new files."""
    for name, value in form(url).items():
        preferences.set_value(name, value)


def write(path: Path, content: bytes) -> Path:
    """`path`, holding `content`."""
    path.write_bytes(content)
    return path
