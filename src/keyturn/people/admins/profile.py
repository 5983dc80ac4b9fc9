"""What an admin says about himself: name, picture, particulars and timezone."""

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Invalid, NotPermitted
from keyturn.core.text import clean_line, clean_lines
from keyturn.core.zones import is_known
from keyturn.people.admins.models import NAME_LENGTH, Admin
from keyturn.people.admins.services import picture_subject
from keyturn.platform.audit import services as audit
from keyturn.platform.pictures import images
from keyturn.platform.pictures import services as pictures

LENGTHS = {"bio": 1000, "company": 255, "job_title": 255, "phone": 50}


def save(
    actor: Actor,
    admin: Admin,
    *,
    name: str,
    bio: str = "",
    company: str = "",
    job_title: str = "",
    phone: str = "",
    time_zone: str = "",
    avatar: bytes | None = b"",
) -> list[str]:
    """Keep what the admin says about himself; the names of the fields that changed. Raises Invalid naming fields.

    `time_zone` empty means that of the browser. `avatar` is the file of a new picture, empty for the present
    one, None for none.
    """
    _require_own(actor, admin)
    errors: dict[str, list[str]] = {}
    given = {"bio": clean_lines(bio), "company": clean_line(company)}
    given |= {"job_title": clean_line(job_title), "phone": clean_line(phone)}
    for field, longest in LENGTHS.items():
        if len(given[field]) > longest:
            errors[field] = [f"Enter at most {longest:,} characters."]
    given |= {"name": clean_line(name), "time_zone": time_zone}
    if not 1 <= len(given["name"]) <= NAME_LENGTH:
        errors["name"] = [f"Enter a name of 1 to {NAME_LENGTH} characters."]
    if time_zone and not is_known(time_zone):
        errors["time_zone"] = ["Choose a timezone of the list, such as Europe/Berlin."]
    image = _drawn(avatar, errors)
    if errors:
        raise Invalid(errors)
    return _keep(actor, admin, given, image, gone=avatar is None)


def _drawn(avatar: bytes | None, errors: dict[str, list[str]]) -> images.Image | None:
    """The picture to keep, if a file was given; what is wrong with the file goes to `errors`."""
    try:
        return images.avatar(avatar) if avatar else None
    except ValueError as problem:
        errors["avatar"] = [str(problem)]
        return None


def picture(admin: Admin) -> tuple[bytes, str] | None:
    """Content and media type of the admin's picture; None for initials."""
    return pictures.read(picture_subject(admin), admin.avatar) if admin.avatar else None


@transaction.atomic
def _keep(actor: Actor, admin: Admin, given: dict[str, str], image: images.Image | None, *, gone: bool) -> list[str]:
    row = Admin.objects.select_for_update().get(pk=admin.pk)
    if image:
        given["avatar"] = pictures.put(picture_subject(admin), image)
    elif gone:
        given["avatar"] = ""
    if "avatar" in given:
        pictures.drop(picture_subject(admin), keep=given["avatar"])
    changed = [field for field, value in given.items() if getattr(row, field) != value]
    if changed:
        Admin.objects.filter(pk=admin.pk).update(**{field: given[field] for field in changed})
        audit.record(actor, audit.Entry("admin.updated", ("admin", admin.uuid), {"fields": changed}))
        admin.refresh_from_db()
    return changed


def _require_own(actor: Actor, admin: Admin) -> None:
    require(actor, Permission.USE_PORTAL)
    if actor.kind != "admin" or actor.id != str(admin.uuid):
        raise NotPermitted(Permission.USE_PORTAL)
