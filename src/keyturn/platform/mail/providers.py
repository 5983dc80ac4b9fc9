"""Handing a mail to Mailgun or Amazon SES by their web interfaces."""

from typing import Any

from anymail.backends.amazon_ses import EmailBackend as AmazonSes
from anymail.backends.mailgun import EmailBackend as Mailgun
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError
from botocore.exceptions import EndpointConnectionError as NoEndpoint
from django.core.mail import EmailMessage
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import Timeout

from keyturn.platform.mail.outcomes import Outcome, Undelivered

MAILGUN_URLS = {"us": "https://api.mailgun.net/v3", "eu": "https://api.eu.mailgun.net/v3"}
PATIENCE = 20
_AUTHENTICATION = {"InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "AccessDenied"}
_SENDER = {"MailFromDomainNotVerifiedException", "MailFromDomainNotVerified"}


def mailgun(settings: dict[str, Any], mail: EmailMessage) -> None:
    """Hand `mail` to Mailgun. Raises Undelivered."""
    backend = Mailgun(
        api_key=settings["mail.mailgun_key"],
        sender_domain=settings["mail.mailgun_domain"],
        api_url=MAILGUN_URLS[settings["mail.mailgun_region"]],
        requests_timeout=PATIENCE,
    )
    _send(backend, mail)


def ses(settings: dict[str, Any], mail: EmailMessage) -> None:
    """Hand `mail` to Amazon SES. Raises Undelivered."""
    backend = AmazonSes(
        client_params={
            "aws_access_key_id": settings["mail.ses_key"],
            "aws_secret_access_key": settings["mail.ses_secret"],
            "region_name": settings["mail.ses_region"],
        }
    )
    _send(backend, mail)


def _send(backend: Any, mail: EmailMessage) -> None:
    try:
        backend.send_messages([mail])
    except AnymailRecipientsRefused as error:
        raise Undelivered(Outcome.RECIPIENT, final=True) from error
    except (AnymailError, BotoCoreError, ClientError) as error:
        raise _undelivered(error) from error


def _undelivered(error: Exception) -> Undelivered:
    cause = error.__cause__ or error
    if isinstance(cause, ClientError):
        code, said = cause.response["Error"]["Code"], cause.response["Error"].get("Message", "")
        if code in _AUTHENTICATION:
            return Undelivered(Outcome.AUTHENTICATION, said)
        return Undelivered(Outcome.SENDER if code in _SENDER else Outcome.PROVIDER, f"{code} {said}")
    if isinstance(cause, Timeout | ConnectTimeoutError | ReadTimeoutError):
        return Undelivered(Outcome.TIMEOUT)
    if isinstance(cause, NoConnection | NoEndpoint):
        return Undelivered(Outcome.UNREACHABLE)
    status = getattr(error, "status_code", None)
    if status in (401, 403):
        return Undelivered(Outcome.AUTHENTICATION)
    if isinstance(error, AnymailAPIError) and error.response is not None:
        return Undelivered(Outcome.PROVIDER, f"{status} {error.response.text}", final=status == 400)
    return Undelivered(Outcome.PROVIDER, str(cause).splitlines()[0] if str(cause) else "")
