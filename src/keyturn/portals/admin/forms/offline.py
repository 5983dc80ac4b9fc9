"""The form of an offline file. What is allowed is decided by the service; this reads what was typed."""

from typing import Any

from django import forms

from keyturn.licensing.offline.document import GRACE_DAYS, Terms
from keyturn.licensing.offline.models import IssuedFile

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "class": "font-mono"}


class OfflineFileForm(forms.Form):
    """What a file is bound to, and how it ends. The fields of the other kind of file do not count."""

    usb = forms.BooleanField(
        label="For a USB drive", required=False, help_text="The drive, not a machine, carries the license."
    )
    hardware_id = forms.CharField(
        label="Hardware binding (HWID)",
        required=False,
        help_text="Empty fits every machine.",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    domain = forms.CharField(
        label="Domain binding",
        required=False,
        help_text="A host name such as app.example.com. Empty fits every domain.",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    usb_serial = forms.CharField(
        label="USB serial number",
        required=False,
        help_text="Of the device. Empty fits any drive.",
        widget=forms.TextInput(attrs=_PLAIN),
    )
    require_usb = forms.BooleanField(
        label="Require USB connected", required=False, help_text="The software stops when the drive is taken out."
    )
    grace_days = forms.IntegerField(
        label="Grace period (days)",
        error_messages={
            "required": "Enter a number of days from 0 to 365.",
            "invalid": "Enter a whole number of days from 0 to 365.",
        },
        help_text="After the expiry date. 30 to 90 days are advised, 0 to 365 possible.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "tabular-nums"}),
    )
    allow_grace = forms.BooleanField(label="Allow grace after expiry", required=False)

    @staticmethod
    def start(again: IssuedFile | None) -> dict[str, Any]:
        """What the form starts with: the usual terms, or those of a file to issue again."""
        usual = {"require_usb": True, "grace_days": GRACE_DAYS, "allow_grace": True}
        if again is None:
            return usual
        kept = {name: again.options[name] for name in ("usb", "grace_days", "allow_grace") if name in again.options}
        bindings = {"hardware_id": again.hardware_id, "domain": again.domain, "usb_serial": again.usb_serial}
        usb = bool(again.options.get("usb"))
        return {**usual, **kept, **bindings, "require_usb": not usb or bool(again.options.get("require_usb", True))}

    def terms(self) -> Terms:
        """The terms that the cleaned form describes."""
        given, usb = self.cleaned_data, self.cleaned_data["usb"]
        return Terms(
            hardware_id=given["hardware_id"],
            domain="" if usb else given["domain"],
            usb_serial=given["usb_serial"] if usb else "",
            usb=usb,
            require_usb=usb and given["require_usb"],
            grace_days=given["grace_days"],
            allow_grace=given["allow_grace"],
        )
