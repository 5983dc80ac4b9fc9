"""The forms of a changelog entry. What is allowed is decided by the services."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from keyturn.licensing.changelog.drafts import SUMMARY_LENGTH, Change, Draft
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.products.models import Product


class EntryForm(forms.Form):
    """What can be changed at any time."""

    version = forms.CharField(
        label="Version",
        max_length=100,
        help_text="Such as 2.3.0 or 2026.01.",
        error_messages={"required": "Enter the version."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    title = forms.CharField(label="Title", max_length=255, required=False, help_text="A name for the release, if any.")
    release_date = forms.DateField(
        label="Release Date",
        error_messages={"required": "Choose a day.", "invalid": "Enter a date, such as 2027-01-31."},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "tabular-nums"}),
    )
    summary = forms.CharField(
        label="Summary",
        max_length=SUMMARY_LENGTH,
        help_text="One plain paragraph.",
        error_messages={"required": "Say in a sentence what this version brings."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    publish_at = forms.DateTimeField(
        label="Publish At",
        required=False,
        help_text="Left empty, the entry stays a draft until you publish it.",
        error_messages={"invalid": "Enter a day and a time."},
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "tabular-nums"}),
    )

    def draft(self, changes: tuple[Change, ...]) -> Draft:
        """The entry as the services take it."""
        given = self.cleaned_data
        return Draft(
            version=given["version"],
            summary=given["summary"],
            changes=changes,
            title=given["title"],
            release_date=given["release_date"],
            publish_at=given.get("publish_at"),
        )


class NewEntryForm(EntryForm):
    """The product stands here alone: it never changes."""

    product = forms.ModelChoiceField(
        label="Product",
        queryset=Product.objects.none(),
        to_field_name="uuid",
        empty_label="Choose a product",
        help_text="It never changes.",
        error_messages={"required": "Choose a product.", "invalid_choice": "Choose a product of this environment."},
    )

    def __init__(self, *args: Any, products: QuerySet[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = products.order_by("name")  # type: ignore[attr-defined]


class EditEntryForm(EntryForm):
    """Knows which revision was read; a published entry has no time of publication."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, entry: Entry) -> None:
        names = ("version", "title", "release_date", "summary", "publish_at", "revision")
        super().__init__(data, initial={name: getattr(entry, name) for name in names})
        if entry.status == Entry.Status.PUBLISHED:
            del self.fields["publish_at"]
