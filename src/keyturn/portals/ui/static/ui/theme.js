// Runs before the page is drawn: without a choice the system's scheme decides.
if (document.documentElement.dataset.theme === "system")
  document.documentElement.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
// Times are written by the server in the zone of the browser, unless somebody chose another.
document.cookie = `keyturn_zone=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone)}; Path=/admin; Max-Age=31536000; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
