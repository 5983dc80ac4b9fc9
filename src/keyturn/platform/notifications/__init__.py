"""Notifications: what admins are told, each in an inbox of his own.

Most come from the audit trail. A room declares in its `notifying.py` (found in every installed app) what
its events tell:

    from keyturn.platform.notifications.notices import Happening, Notice, tells

    @tells("webhook.failed")
    def failed(happened: Sequence[Happening]) -> Iterator[Notice]: ...

What no event stands for, such as a threshold that was reached, is handed over in the transaction of its cause:

    from keyturn.platform.notifications import intake
    intake.tell([Notice(...)])

Both write one row that waits, without a lock and without asking who is concerned: activations come by the
thousand. A job words, folds and delivers what waits (`folding.py`), within seconds.

Texts hold no personal data: `{customer}` and `{admin}` stand for the person named by `Notice.person` and are
filled in when they are shown, so that whoever was deleted is gone from them too.
"""
