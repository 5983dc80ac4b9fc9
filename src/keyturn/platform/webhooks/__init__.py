"""Webhooks: what happened is posted to the addresses that admins gave.

Audit events are the source. `catalog.SOURCES` says which of them raise which webhook events; `outbox` listens
to `audit.record` and writes, in the transaction of the change, what each listening webhook must be sent.
Nothing is written when nobody listens. The job `webhooks.send` posts it after the commit.

A room whose events reach webhooks shows its things to them in a module `entities.py`:

    from keyturn.platform.webhooks.entities import entity

    @entity("license")
    def licenses(uuids): ...  # {uuid: JSON object}, read as they are in the present transaction

What is no audit event (a refused activation, telemetry) is raised by `outbox.emit`.
"""
