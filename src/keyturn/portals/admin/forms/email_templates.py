"""The form of an e-mail template. What is allowed is decided by the services."""

import re
from typing import Any

from django import forms

from keyturn.platform.mail.drafts import Draft
from keyturn.platform.mail.models import EmailTemplate

_CODE = {"spellcheck": "false", "autocomplete": "off", "class": "font-mono"}


class TemplateForm(forms.Form):
    """A template as it is typed; fields take any text, so that the preview can show all problems."""

    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    slug = forms.CharField(
        label="Slug",
        help_text="What the code refers to: small letters, digits and dashes.",
        widget=forms.TextInput(attrs=_CODE),
    )
    category = forms.CharField(label="Category", widget=forms.TextInput(attrs={"list": "categories"}))
    subject = forms.CharField(label="Subject", help_text="May hold variables, such as {{product_name}}.")
    format = forms.ChoiceField(
        label="Body format",
        choices=EmailTemplate.Format.choices,
        help_text="Markdown is framed by your name and support address. HTML is sent as it is.",
    )
    body = forms.CharField(
        label="Body", widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "true", "class": "h-60 font-mono text-13"})
    )
    text = forms.CharField(
        label="Text version",
        required=False,
        help_text="Left empty it is made from the body.",
        widget=forms.Textarea(attrs={"rows": 5, "class": "font-mono text-13"}),
    )
    variables = forms.CharField(
        label="Variables",
        required=False,
        help_text="Names with spaces or commas between. The common ones may always be used.",
        widget=forms.TextInput(attrs=_CODE),
    )
    enabled = forms.BooleanField(label="Enabled", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def draft(self) -> Draft:
        """What was typed, checked or not."""
        typed: Any = self.data
        return Draft(
            name=typed.get("name", ""),
            slug=typed.get("slug", "").strip(),
            category=typed.get("category", ""),
            subject=typed.get("subject", ""),
            body=typed.get("body", ""),
            format=typed.get("format", ""),
            text=typed.get("text", ""),
            variables=tuple(one for one in re.split(r"[\s,]+", typed.get("variables", "")) if one),
            enabled=typed.get("enabled") == "on",
        )

    @staticmethod
    def start(draft: Draft, version: int) -> dict[str, Any]:
        """What the form starts with."""
        values = {name: getattr(draft, name) for name in ("name", "slug", "category", "subject", "format", "body")}
        more = {"text": draft.text, "variables": " ".join(draft.variables), "enabled": draft.enabled}
        return {**values, **more, "version": version}
