// Whether node_modules holds what package-lock.json asks for; exit status 0 when it does. Compares contents, not file times,
// which a clone or a checkout changes. Plain JavaScript for Node 20: it decides whether there is anything newer to run on.
import { readFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const packagesOf = (path) => JSON.parse(readFileSync(new URL(path, root), "utf8")).packages ?? {};

function current() {
  const wanted = packagesOf("package-lock.json");
  // npm writes this list at the end of an installation: one that was cut off has none.
  const installed = packagesOf("node_modules/.package-lock.json");
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "" || entry.optional === true || entry.devOptional === true || entry.peer === true) return true;
    return installed[path]?.version === entry.version && installed[path]?.integrity === entry.integrity;
  });
}

try {
  process.exitCode = current() ? 0 : 1;
} catch {
  process.exitCode = 1; // nothing installed yet
}
