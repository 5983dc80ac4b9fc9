"""The composer: a mail to one customer."""

from django import forms

from keyturn.platform.mail.drafts import Draft


class LetterForm(forms.Form):
    """What is written. The template only fills the other fields."""

    subject = forms.CharField(label="Subject", error_messages={"required": "Enter a subject."})
    body = forms.CharField(
        label="Message",
        help_text="Markdown. Your name and support address stand around it.",
        error_messages={"required": "Enter the message."},
        widget=forms.Textarea(attrs={"rows": 9, "class": "min-h-40"}),
    )
    format = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, markdown: bool = True, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        if not markdown:
            self.fields["body"].help_text = "HTML, sent as it is."


def choices(templates: list[Draft]) -> list[tuple[str, str]]:
    """Templates as options."""
    return [(one.slug, one.name) for one in templates]
