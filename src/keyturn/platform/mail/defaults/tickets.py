"""Mails about support tickets."""

from keyturn.platform.mail.templates import BuiltIn

CATEGORY = "Tickets"
_TICKET = ("ticket_number", "ticket_subject", "message", "action_url")


def _ticket(slug: str, name: str, subject: str, line: str) -> BuiltIn:
    body = f"Hello {{{{customer_name}}}},\n\n{line}\n\n{{{{message}}}}\n\n[Open the ticket]({{{{action_url}}}})\n"
    return BuiltIn(slug, name, CATEGORY, f"[#{{{{ticket_number}}}}] {subject}", body, _TICKET)


TEMPLATES = (
    _ticket("ticket-created", "Ticket created", "We received: {{ticket_subject}}", "We received your request."),
    _ticket("ticket-replied", "Ticket replied", "Answer to: {{ticket_subject}}", "There is an answer to your request."),
    _ticket("ticket-resolved", "Ticket resolved", "Resolved: {{ticket_subject}}", "Your request was resolved."),
    _ticket("ticket-closed", "Ticket closed", "Closed: {{ticket_subject}}", "Your request was closed."),
    _ticket("ticket-team", "Ticket for the team", "New: {{ticket_subject}}", "A customer wrote:"),
)
