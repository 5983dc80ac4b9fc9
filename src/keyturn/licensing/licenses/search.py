"""Which columns of licenses and activations are searched."""

from keyturn.core.search import Searched

LICENSES = Searched("licenses", ("license_key", "order_reference"))
ACTIVATIONS = Searched("activations", ("identifier", "last_ip"))
