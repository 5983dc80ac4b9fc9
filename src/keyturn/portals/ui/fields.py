"""Django form fields in the house's markup."""

from typing import Any

from django.forms import BaseForm, BoundField, CheckboxInput, PasswordInput, Select, Textarea

from keyturn.core.errors import Invalid


def parts(field: BoundField) -> dict[str, Any]:
    """What `<c-field>` renders: id, label, control, help, error, required, horizontal.

    The control names its help and its error by aria-describedby, and is aria-invalid with an error.
    """
    widget, error = field.field.widget, " ".join(str(text) for text in field.errors)
    identity = field.id_for_label or field.auto_id
    described = [f"{identity}-error"] if error else []
    described += [f"{identity}-help"] if field.help_text else []
    given = str(widget.attrs.get("class", ""))
    attrs: dict[str, str | bool] = {"class": f"{_house_class(widget)} {given}".strip()}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if error:
        attrs["aria-invalid"] = "true"
    return {
        "id": identity,
        "label": field.label,
        "control": field.as_widget(attrs=attrs),
        "help": field.help_text,
        "error": error,
        "required": field.field.required,
        "horizontal": isinstance(widget, CheckboxInput),
    }


def error_links(form: BaseForm) -> list[dict[str, str]]:
    """The errors of a form: messages of the whole form, then the labels of its fields with their ids."""
    if not form.is_bound or not form.errors:
        return []
    whole = [{"id": "", "label": str(text)} for text in form.non_field_errors()]
    refused = (form[name] for name in form.errors if name in form.fields)
    return whole + [{"id": field.id_for_label or field.auto_id, "label": str(field.label)} for field in refused]


def add_errors(form: BaseForm, refusal: Invalid) -> None:
    """Put a service's field errors where the form shows them; unknown fields go to the whole form."""
    for name, messages in refusal.errors.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)


def _house_class(widget: object) -> str:
    if isinstance(widget, Select):
        return "select w-full!"
    if isinstance(widget, PasswordInput):
        return ""  # the group with the eye around it is the input
    return "textarea" if isinstance(widget, Textarea) else "input"
