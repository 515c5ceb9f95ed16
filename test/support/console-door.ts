import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createApp, type Outside } from "#main/app.ts";
import type { App } from "#main/dispatch/caller.ts";
import { type BrowserDoor, openBrowserDoor } from "#main/doors/browser/browser-door.ts";

const ROOT = join(import.meta.dirname, "../..");
const RENDERER = join(ROOT, "out/renderer");

export interface ConsoleDoor extends AsyncDisposable {
  readonly app: App;
  readonly door: BrowserDoor;
  /** The vault's folder, fresh and empty. */
  readonly folder: string;
  /** One-time address of the console, good for a minute: `page.goto(link)`. */
  readonly link: string;
  /** What the door logged so far. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** Starts the real application with the browser door on an empty folder; builds the console first if it is older than its source. */
export async function startConsoleDoor(
  options: { readonly folder?: string; readonly outside?: Outside } = {},
): Promise<ConsoleDoor> {
  await buildIfStale();
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "keystead-console-")));
  const app = createApp({ folder, door: "browser" }, { knownHostsFiles: [], ...options.outside });
  const log: string[] = [];
  const door = await openBrowserDoor(app, { rendererFolder: RENDERER, log: (line) => log.push(line) });
  const { link } = await door.handOver();
  const close = async () => {
    await door.close();
    await app.close("closing");
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  return { app, door, folder, link, log, close, [Symbol.asyncDispose]: close };
}

/** Builds `out/` when a source file is newer than it. Tests that run side by side wait for the same build. */
export async function buildIfStale(): Promise<void> {
  building ??= (async () => {
    const built = await stat(join(RENDERER, "index.html")).then(
      (found) => found.mtimeMs,
      () => 0,
    );
    const newest = await newestChange([
      "src-renderer",
      "src-shared",
      "src-main",
      "electron.vite.config.ts",
      "package.json",
    ]);
    if (newest > built) await buildOnce();
  })();
  await building;
}

let building: Promise<void> | undefined;
const VITE = join(ROOT, "node_modules/electron-vite/bin/electron-vite.js");

/** One process builds; others that come meanwhile wait for it. A lock older than any build was left by a killed run. */
async function buildOnce(): Promise<void> {
  await mkdir(join(ROOT, ".cache"), { recursive: true });
  const lock = join(ROOT, ".cache/build.lock");
  const mine = await mkdir(lock).then(
    () => true,
    () => false,
  );
  if (mine) {
    try {
      await promisify(execFile)(process.execPath, [VITE, "build"], { cwd: ROOT });
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
    return;
  }
  for (let waited = 0; waited < 120_000; waited += 250) {
    const age = await stat(lock).then(
      (found) => Date.now() - found.mtimeMs,
      () => undefined,
    );
    if (age === undefined) return;
    if (age > 120_000) await rm(lock, { recursive: true, force: true });
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error("Another process has been building the console for two minutes");
}

async function newestChange(paths: readonly string[]): Promise<number> {
  const times = await Promise.all(
    paths.map(async (path) => {
      const whole = join(ROOT, path);
      const found = await stat(whole);
      if (!found.isDirectory()) return [found.mtimeMs];
      const entries = await readdir(whole, { recursive: true });
      return Promise.all(entries.map(async (entry) => (await stat(join(whole, entry))).mtimeMs));
    }),
  );
  return Math.max(...times.flat());
}
