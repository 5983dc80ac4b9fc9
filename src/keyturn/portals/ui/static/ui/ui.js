// Behaviour of the components. Everything listens on the document, so that what htmx puts in needs no set-up.
import "./js/dialogs.js";
import "./js/menus.js";
import "./js/toasts.js";
import "./js/theme.js";
import "./js/keys.js";
import "./js/palette.js";
import "./js/lists.js";
import "./js/selection.js";
import "./js/forms.js";
import "./js/pictures.js";
import "./js/passkeys.js";
import "./js/requests.js";
import "./js/navigation.js";
import "./js/times.js";
import "./js/refresh.js";
import "./js/charts.js";
import "./js/uploads.js";
