"""Files in a bucket of Amazon S3, or of anything that speaks its protocol."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, HTTPClientError, ReadTimeoutError
from botocore.exceptions import EndpointConnectionError as NoEndpoint

from keyturn.platform.storage.places import PIECE, Fault, Missing, Unavailable

# Four parts of 8 MB at a time: a file of any size takes 32 MB of memory.
_TRANSFER: Final = TransferConfig(
    multipart_threshold=8 * 1024**2, multipart_chunksize=8 * 1024**2, max_concurrency=4, use_threads=True
)
_MISSING: Final = {"NoSuchKey", "404", "NotFound"}
_FAULTS: Final = {
    "InvalidAccessKeyId": Fault.CREDENTIALS,
    "InvalidClientTokenId": Fault.CREDENTIALS,
    "AuthFailure": Fault.CREDENTIALS,
    "NoSuchBucket": Fault.NO_BUCKET,
    "InvalidBucketName": Fault.NO_BUCKET,
    "AccessDenied": Fault.DENIED,
    "AllAccessDisabled": Fault.DENIED,
    "403": Fault.DENIED,
    "AuthorizationHeaderMalformed": Fault.REGION,
    "IllegalLocationConstraintException": Fault.REGION,
    "PermanentRedirect": Fault.REGION,
    "301": Fault.REGION,
    "SignatureDoesNotMatch": Fault.SIGNATURE,
    "RequestTimeTooSkewed": Fault.SIGNATURE,
    "RequestTimeout": Fault.TIMEOUT,
}


@dataclass(frozen=True, slots=True)
class Account:
    """Where a bucket is and who opens it; `endpoint` is empty for Amazon itself."""

    key: str
    secret: str
    region: str
    bucket: str
    endpoint: str = ""


class Bucket:
    """A place in one bucket."""

    def __init__(self, account: Account) -> None:
        self.name, self.client = account.bucket, _client(account)

    def put(self, key: str, source: Path) -> None:
        """Send `source` in parts; parts of a failed upload are removed again."""
        with _told():
            self.client.upload_file(str(source), self.name, key, Config=_TRANSFER)

    def size(self, key: str) -> int:
        """Length in bytes. Raises Missing."""
        with _told():
            return int(self.client.head_object(Bucket=self.name, Key=key)["ContentLength"])

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """`length` bytes from `start` on, in pieces. Raises Missing."""
        if not length:
            self.size(key)
            return iter(())
        with _told():
            answer = self.client.get_object(Bucket=self.name, Key=key, Range=f"bytes={start}-{start + length - 1}")
        return _pieces(answer["Body"])

    def delete(self, key: str) -> None:
        """Remove the object."""
        with _told():
            self.client.delete_object(Bucket=self.name, Key=key)


def _pieces(body: Any) -> Iterator[bytes]:
    try:
        with _told():
            yield from body.iter_chunks(PIECE)
    finally:
        body.close()


@lru_cache(maxsize=4)
def _client(account: Account) -> Any:
    """Clients may be used by many threads and take a tenth of a second to make."""
    return boto3.session.Session().client(
        "s3",
        aws_access_key_id=account.key,
        aws_secret_access_key=account.secret,
        region_name=account.region,
        endpoint_url=account.endpoint or None,
        config=Config(
            connect_timeout=10,
            read_timeout=60,
            retries={"max_attempts": 2},
            signature_version="s3v4",
            # Older servers know neither the newer checksums nor names of buckets as host names.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if account.endpoint else "auto"},
        ),
    )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _problem(error) from error
    except (Boto3Error, BotoCoreError, OSError) as error:
        cause = error.__context__ if isinstance(error, Boto3Error) else error
        if isinstance(cause, ClientError):
            raise _problem(cause) from error
        late = isinstance(cause, ConnectTimeoutError | ReadTimeoutError | NoEndpoint | HTTPClientError)
        raise Unavailable(Fault.TIMEOUT if late else Fault.OTHER, str(cause).splitlines()[0]) from error


def _problem(error: ClientError) -> Exception:
    said = error.response["Error"]
    if said["Code"] in _MISSING:
        return Missing()
    fault = _FAULTS.get(said["Code"], Fault.OTHER)
    return Unavailable(fault, said.get("Message", "") if fault == Fault.OTHER else "")
