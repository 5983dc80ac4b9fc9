"""The public keys of products and of the installation as a JSON Web Key Set (RFC 7517, RFC 8037)."""

from typing import Final

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from keyturn.core.ids import parse_uuid
from keyturn.licensing.signing import services as signing
from keyturn.licensing.signing.algorithms import jwk
from keyturn.licensing.signing.models import INSTALLATION

_HEADERS: Final = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}


@require_safe
def key_set(request: HttpRequest) -> JsonResponse:
    """The keys in use, a rotation's old and new ones both; `?product=` those of one product or `installation`.

    The `kid` is the `security.key_id` of offline files. Public keys are no secret, so nobody is asked for
    a key of the API; a product that does not exist has none.
    """
    wish = request.GET.get("product", "")
    holder = wish if wish in ("", INSTALLATION) else str(parse_uuid(wish) or "nobody")
    keys = [jwk(pair.public_pem.encode(), pair.algorithm, str(pair.uuid)) for pair in signing.in_use(holder)]
    return JsonResponse({"keys": keys}, content_type="application/jwk-set+json", headers=_HEADERS)
