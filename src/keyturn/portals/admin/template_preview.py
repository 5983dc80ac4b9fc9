"""A template filled with sample data, as one document for a sandboxed frame."""

from dataclasses import replace

from django.http import HttpResponse
from django.template.loader import render_to_string

from keyturn.core.errors import Invalid
from keyturn.platform.mail import drafts, trial
from keyturn.platform.mail.drafts import Draft
from keyturn.platform.preferences.branding import brand
from keyturn.portals.ui.mailframe import framed


def preview_page(draft: Draft) -> HttpResponse:
    """Subject, HTML and text of a draft; in their place its problems, if it has any."""
    # Its name and place change nothing about what it says.
    draft = replace(draft, name="Preview", slug="preview", category="Preview")
    try:
        draft = drafts.check(draft).draft
    except Invalid as refusal:
        problems = [f"{name.capitalize()}: {text}" for name, texts in refusal.errors.items() for text in texts]
        return framed(render_to_string("admin/email_templates/_problems.html", {"problems": problems}))
    mail = trial.preview(draft)
    around = {part: render_to_string("admin/email_templates/_around.html", {"mail": mail, "part": part}) for part in
              ("subject", "text")}  # fmt: skip
    # The bars of the preview stand outside of what the mail makes of its body, whatever that is.
    markup = mail.html.replace("<body>", '<body style="padding:8px">')
    markup = markup.replace("<body", f'<body style="margin:0">{around["subject"]}<div', 1)
    start, _, end = markup.rpartition("</body>")
    return framed(f"{start}</div>{around['text']}</body>{end}", brand().origin)
