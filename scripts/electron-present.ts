import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

// Exit status 0 when Electron's own binary is here. Never by importing “electron”: that would try to download it.
const folder = join(import.meta.dirname, "../node_modules/electron");
const path = join(folder, "path.txt");
const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, "dist");
process.exitCode = existsSync(path) && existsSync(join(dist, readFileSync(path, "utf8").trim())) ? 0 : 1;
