// Runs before the page is drawn: without a choice the system's scheme decides.
if (document.documentElement.dataset.theme === "system")
  document.documentElement.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
