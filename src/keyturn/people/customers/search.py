"""Which columns of customers are searched."""

from keyturn.core.search import Searched

CUSTOMERS = Searched("customers", ("name", "email"))
