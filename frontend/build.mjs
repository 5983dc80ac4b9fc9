// Writes src/keyturn/portals/ui/static/ui from the pinned packages and the templates; see package.json.
// The same inputs give the same bytes: nothing here depends on time, machine or file order.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const portals = join(here, "..", "src", "keyturn", "portals");
const out = join(portals, "ui", "static", "ui");

function copyFonts() {
  const folder = join(out, "fonts");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const fonts = {
    "inter/files": ["inter-latin-wght-normal.woff2", "inter-latin-ext-wght-normal.woff2"],
    "geist-mono/files": ["geist-mono-latin-wght-normal.woff2"],
  };
  for (const [path, files] of Object.entries(fonts))
    for (const file of files) copyFileSync(join(modules, "@fontsource-variable", path, file), join(folder, file));
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== "static") yield* sources(path);
    else if (/\.(html|py)$/.test(entry.name)) yield path;
  }
}

// The listed icons, and whatever a template or a declaration names.
function iconNames() {
  const names = new Set(readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean));
  for (const path of sources(portals))
    for (const [, name] of readFileSync(path, "utf8").matchAll(/(?:<c-icon name|\b(?:icon|arrow)) ?= ?"([a-z0-9-]+)"/g)) names.add(name);
  return [...names].sort();
}

function sprite() {
  const symbols = iconNames().map((name) => {
    const file = join(modules, "lucide-static", "icons", `${name}.svg`);
    if (!existsSync(file)) throw new Error(`There is no Lucide icon "${name}".`);
    const inner = readFileSync(file, "utf8").match(/<svg[^>]*>(.*)<\/svg>/s)[1];
    return `<symbol id="i-${name}" viewBox="0 0 24 24">${inner.replace(/\s+/g, " ").replaceAll("> <", "><").replaceAll(" />", "/>").trim()}</symbol>`;
  });
  const notice = "<!-- Lucide icons, ISC License, https://lucide.dev/license -->";
  return `<svg xmlns="http://www.w3.org/2000/svg">${notice}\n${symbols.join("\n")}\n</svg>\n`;
}

// What the licenses of the shipped parts ask for.
function licenses() {
  const parts = ["htmx.org", "chart.js", "basecoat-css", "tailwindcss", "lucide-static", "@fontsource-variable/inter", "@fontsource-variable/geist-mono"];
  return parts
    .map((name) => {
      const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].map((one) => join(modules, name, one)).find(existsSync);
      if (!file) throw new Error(`${name} comes without a license file.`);
      return `${name}\n${"=".repeat(name.length)}\n\n${readFileSync(file, "utf8").replaceAll("\r", "").trim()}\n`;
    })
    .join("\n\n");
}

mkdirSync(out, { recursive: true });
copyFonts();
writeFileSync(join(out, "LICENSES.txt"), licenses());
copyFileSync(join(modules, "htmx.org", "dist", "htmx.min.js"), join(out, "htmx.min.js"));
// Without the pointer to a source map, which is not shipped.
writeFileSync(join(out, "chart.umd.min.js"), readFileSync(join(modules, "chart.js", "dist", "chart.umd.min.js"), "utf8").replace(/\n?\/\/# sourceMappingURL=.*\n?$/, "\n"));
writeFileSync(join(out, "icons.svg"), sprite());
const cli = join(modules, "@tailwindcss", "cli", "dist", "index.mjs");
execFileSync(process.execPath, [cli, "-i", "tailwind.css", "-o", join(out, "app.css"), "--minify"], { cwd: here, stdio: "inherit" });
