"""The form of a release. What is allowed is decided by the services."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.core.ids import parse_uuid
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.licensing.releases.services import EDITABLE, Asset

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


def _day(label: str, help_text: str = "", *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "tabular-nums"})
    messages = {"invalid": "Enter a date, such as 2027-01-31.", "required": "Enter the date of the release."}
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=required,
        widget=widget,
        input_formats=["%Y-%m-%d"],
        error_messages=messages,
    )


class ReleaseForm(forms.Form):
    """What can be changed later, too."""

    version = forms.CharField(
        label="Version",
        max_length=64,
        help_text="Such as 2.4.0 or 3.0.0-beta.1.",
        error_messages={"required": "Enter the version."},
        widget=forms.TextInput(attrs=_PLAIN),
    )
    numeric_version = forms.IntegerField(
        label="Numeric Version",
        required=False,
        help_text="Orders the versions. Left empty, 2.4.1 becomes 20401.",
        widget=forms.TextInput(attrs={**_PLAIN, "inputmode": "numeric"}),
        error_messages={"invalid": "Enter a whole number."},
    )
    channel = forms.ChoiceField(label="Channel", choices=Release.Channel)
    status = forms.ChoiceField(
        label="Status", choices=Release.Status, help_text="Customers see published releases, from their date on."
    )
    release_date = _day("Release Date", required=True)
    update_summary = forms.CharField(
        label="Update Summary",
        max_length=500,
        required=False,
        help_text="One line for the update dialog of your software.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    changelog = forms.CharField(
        label="Changelog",
        max_length=20_000,
        required=False,
        help_text="Markdown. Customers read it beside the download.",
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    assigned_after = _day("Licenses assigned from", "This day included.")
    assigned_before = _day("Licenses assigned until", "This day included.")
    runs_until = _day("Licenses that run until", "Or longer. Licenses without an end always do.")
    access_from = _day("Download from")
    access_until = _day("Download until", "This day included.")
    # Errors of the files stand here; the rows themselves are no fields.
    assets = forms.CharField(label="Files", required=False, widget=forms.HiddenInput(attrs={"id": "files"}))

    def values(self) -> dict[str, Any]:
        """The cleaned data as the services take it."""
        return {name: value for name, value in self.cleaned_data.items() if name in EDITABLE}


class NewReleaseForm(ReleaseForm):
    """The product never changes later."""

    product = forms.ModelChoiceField(
        label="Product",
        queryset=Product.objects.none(),
        to_field_name="uuid",
        empty_label="Choose a product",
        error_messages={"required": "Choose a product.", "invalid_choice": "Choose a product of this environment."},
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["product"]
        assert isinstance(field, forms.ModelChoiceField)
        # Inactive ones, too: drafts can be prepared for them (O4).
        field.queryset = Product.objects.in_scope(actor).order_by("name", "pk")

    @staticmethod
    def start() -> dict[str, Any]:
        """What the empty form starts with."""
        return {"release_date": now().date(), "status": Release.Status.DRAFT, "channel": Release.Channel.STABLE}


class EditReleaseForm(ReleaseForm):
    """Knows which state of the release was read."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def values_of(release: Release) -> dict[str, Any]:
        """What the form starts with."""
        return {name: getattr(release, name) for name in (*EDITABLE, "revision")}

    def values(self) -> dict[str, Any]:
        """An empty numeric version leaves the one there is."""
        given = super().values()
        if given["numeric_version"] is None:
            given["numeric_version"] = self.initial["numeric_version"]
        return given


def read_assets(posted: QueryDict) -> list[Asset]:
    """The rows of files that were sent, in their order."""
    names = ("file_uuid", "file_kind", "file_platform", "file_architecture")
    rows = zip(*(posted.getlist(name) for name in names), strict=False)
    return [Asset(uuid, *more) for text, *more in rows if (uuid := parse_uuid(text)) is not None]


def shown_files(assets: Iterable[Asset], known: Iterable[ReleaseFile]) -> list[ReleaseFile]:
    """Files as the form shows them: those of `known` that `assets` name, with what was chosen for them."""
    by_uuid = {file.uuid: file for file in known}
    shown = []
    for asset in assets:
        if (file := by_uuid.get(asset.uuid)) is not None:
            file.kind, file.platform, file.architecture = asset.kind, asset.platform, asset.architecture
            shown.append(file)
    return shown


FILE_CHOICES = {
    "kinds": ReleaseFile.Kind.choices,
    "platforms": ReleaseFile.Platform.choices,
    "architectures": [("", "Any"), *ReleaseFile.Architecture.choices],
}
