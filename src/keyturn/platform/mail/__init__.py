"""Mail: templates, the queue and the Outbox.

Queue a mail inside the transaction of the change that calls for it:

    from keyturn.platform.mail import services as mail
    mail.queue(
        "magic-link",
        to=customer.email,
        variables={"customer_name": customer.name, "action_url": public_url(path)},
        customer=customer.uuid,
        key=f"magic-link:{token_id}",
    )

`template` is a slug of `templates.py`; `variables` are those it declares (the common ones, such as
`app_name`, are filled in). `customer` names the customer the mail is about: its content is sealed with his
data key and goes with him. `key` makes it one mail per event, however often the event is handled.

Nothing fails without mail settings: the message is kept, and shown on the Outbox page.
"""
