"""The form of a settings tab, made from its declarations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from keyturn.platform.pictures import images
from keyturn.platform.preferences.kinds import (
    Choice,
    Email,
    Number,
    Picture,
    Secret,
    Setting,
    Toggle,
    Url,
)
from keyturn.platform.preferences.lists import Parts, Several
from keyturn.platform.preferences.registry import Tab, of_tab
from keyturn.platform.preferences.rules import NEEDED_WHERE_SHOWN


@dataclass(frozen=True)
class Entry:
    """A setting on the page; of a picture also the box that takes it away, and the name of the present one."""

    field: BoundField
    removal: BoundField | None = None
    picture: str = ""


@dataclass(frozen=True)
class Section:
    """Settings under one heading."""

    title: str
    fields: list[Entry]


class TabForm(forms.Form):
    """One field a setting. Fields take any text: what is allowed the declarations decide on saving."""

    def __init__(
        self, tab: Tab, values: Mapping[str, Any], data: Any = None, files: Any = None, *, locked: bool = False
    ) -> None:
        super().__init__(data, files, initial={_field(name): value for name, value in values.items()})
        self.settings = of_tab(tab.name)
        for one in self.settings:
            self.fields[_field(one.name)] = _form_field(one, stored=bool(values[one.name]), locked=locked)
            if isinstance(one, Picture):
                self.fields[_removal(one)] = forms.BooleanField(label="Remove", required=False, disabled=locked)

    @property
    def editable(self) -> bool:
        """Whether there is anything to save; days of a policy may be all that a tab has."""
        return any(not field.disabled for field in self.fields.values())

    def raw(self) -> dict[str, Any]:
        """What was typed, by the names of the settings."""
        return {one.name: self._given(one) for one in self.settings}

    def _given(self, one: Setting) -> Any:
        if not isinstance(one, Picture):
            return self.data.get(_field(one.name), "")
        if file := self.files.get(_field(one.name)):
            return file.read(images.LARGEST + 1) or b" "
        return None if self.data.get(_removal(one)) else ""

    def refuse(self, errors: Mapping[str, list[str]]) -> None:
        """Show the errors of the settings at their fields."""
        self.full_clean()
        for name, messages in errors.items():
            self.add_error(_field(name) if name else None, messages)

    def sections(self) -> Iterator[Section]:
        """The fields in the order of their declarations, grouped."""
        titles = dict.fromkeys(one.section for one in self.settings)
        for title in titles:
            yield Section(title, [self._shown(one) for one in self.settings if one.section == title])

    def _shown(self, one: Setting) -> Entry:
        field = self[_field(one.name)]
        return (
            Entry(field, self[_removal(one)], str(self.initial[field.name]))
            if isinstance(one, Picture)
            else Entry(field)
        )


def _field(name: str) -> str:
    return name.replace(".", "-")


def _removal(one: Setting) -> str:
    return f"{_field(one.name)}-remove"


def _form_field(one: Setting, *, stored: bool, locked: bool) -> forms.Field:
    options: dict[str, Any] = {"label": one.label, "help_text": one.help, "required": False}
    options["disabled"] = locked or one.unavailable
    field: forms.Field
    if isinstance(one, Toggle):
        field = forms.BooleanField(**options)
    elif isinstance(one, Choice):
        field = forms.ChoiceField(choices=one.options, **options)
    elif isinstance(one, Picture):
        field = forms.FileField(
            widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/svg+xml"}), **options
        )
    elif isinstance(one, Secret):
        hint = "Saved. Leave empty to keep it." if stored else ""
        attrs = {"class": "input", "placeholder": hint, "autocomplete": "new-password"}
        field = forms.CharField(widget=forms.PasswordInput(attrs=attrs), strip=False, **options)
    else:
        field = forms.CharField(widget=_widget(one), **options)
    # Marks the label; nothing is refused by it.
    needed = one.name in NEEDED_WHERE_SHOWN and not (one.kept and stored)
    field.required = needed or one.required or isinstance(one, Number | Choice)
    field.clean = lambda value, initial=None: value  # type: ignore[method-assign]
    return field


def _widget(one: Setting) -> forms.Widget:
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    if isinstance(one, Several | Parts):
        return forms.Textarea(attrs={**attrs, "rows": "3", "class": "font-mono"})
    if isinstance(one, Number):
        attrs |= {"inputmode": "numeric", "class": "max-w-40 tabular-nums"}
    elif isinstance(one, Email):
        attrs["type"] = "email"
    elif isinstance(one, Url):
        attrs["inputmode"] = "url"
    return forms.TextInput(attrs=attrs)
