"""Addresses of the Client Portal, below /customer/."""

from keyturn.portals.client.decorators import route
from keyturn.portals.client.views import (
    activations,
    dashboard,
    downloads,
    exports,
    licenses,
    links,
    login,
    profile,
    settings,
    two_factor,
    viewing,
)

app_name = "client"
urlpatterns = [
    route("login", login.login, "login"),
    route("login/code", login.code, "code"),
    route("login/link", links.sign_in_link, "send_link"),
    route("logout", login.logout, "logout"),
    route("stop-viewing", viewing.stop, "stop_viewing"),
    route("forgot", links.forgot, "forgot"),
    route("link", links.enter, "link"),
    route("invitation", links.invitation, "invitation"),
    route("reset", links.reset, "reset"),
    route("verify", links.verify, "verify"),
    route("dashboard", dashboard.dashboard, "dashboard"),
    route("licenses", licenses.licenses, "licenses"),
    route("licenses/<uuid:uuid>", licenses.license, "license"),
    route("licenses/<uuid:uuid>/key", licenses.key, "license_key"),
    route("activations", activations.activations, "activations"),
    route("activations/<uuid:uuid>/deactivate", activations.deactivate, "activation_deactivate"),
    route("activations/<uuid:uuid>/offline-file", activations.offline_file, "activation_offline_file"),
    route("downloads", downloads.downloads, "downloads"),
    route("profile", profile.profile, "profile"),
    route("profile/password", profile.password, "profile_password"),
    route("profile/sessions/end", profile.end_others, "sessions_end"),
    route("profile/sessions/<uuid:uuid>/end", profile.end_session, "session_end"),
    route("profile/export", profile.export, "export"),
    route("export", exports.by_link, "export_by_link"),
    route("settings", settings.settings, "settings"),
    route("profile/two-factor", two_factor.two_factor, "two_factor"),
    route("profile/two-factor/set-up", two_factor.set_up, "two_factor_set_up"),
    route("profile/two-factor/off", two_factor.turn_off, "two_factor_off"),
    route("profile/two-factor/codes", two_factor.new_codes, "two_factor_codes"),
]
