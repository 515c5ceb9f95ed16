import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** What the launcher needs of the system; replaced in tests. */
export interface LaunchPort {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** Effective user id, where the system has one. */
  readonly uid: number | undefined;
  /**
   * Starts a program without a shell, and ends it when `signal` says so. Resolves with its exit status when it has ended,
   * rejects when it cannot be started.
   */
  run(program: string, args: readonly string[], signal?: AbortSignal): Promise<number | null>;
}

export type Launch =
  /** A browser of our own with a throw-away profile; `ended` resolves when its window is closed. */
  | { readonly kind: "own-browser"; readonly program: string; readonly ended: Promise<void> }
  | { readonly kind: "system-browser" }
  | { readonly kind: "none"; readonly reason: string };

const CHROMIUMS = ["chromium", "google-chrome-stable", "google-chrome", "brave-browser", "microsoft-edge-stable"];

/**
 * Opens `file` (the hand-over page, never the link: command lines are public) in a browser. A Chromium gets its own
 * profile, which rules out extensions, history, synchronisation and saved passwords; any other browser is the officer's
 * everyday one. `signal` ends a browser of our own; its profile is removed either way.
 */
export async function launchBrowser(
  file: string,
  signal: AbortSignal,
  port: LaunchPort = systemPort(),
): Promise<Launch> {
  if (port.platform === "linux" && !port.env.DISPLAY && !port.env.WAYLAND_DISPLAY) {
    return { kind: "none", reason: "there is no display here" };
  }
  const chromium = await findProgram(CHROMIUMS, port.env);
  if (chromium !== undefined) return launchOwn(chromium, file, signal, port);

  const opener = port.platform === "darwin" ? "open" : await findProgram(["xdg-open"], port.env);
  if (opener === undefined) return { kind: "none", reason: "no browser was found" };
  const status = await port.run(opener, [file]).catch(() => -1);
  return status === 0 ? { kind: "system-browser" } : { kind: "none", reason: "the system's browser did not start" };
}

async function launchOwn(program: string, file: string, signal: AbortSignal, port: LaunchPort): Promise<Launch> {
  const profile = await mkdtemp(join(tmpdir(), "keystead-browser-"));
  await mkdir(join(profile, "Default"), { mode: 0o700 });
  await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(PREFERENCES), { mode: 0o600 });
  const args = [
    `--app=file://${file}`,
    `--user-data-dir=${profile}`,
    "--disable-extensions",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--password-store=basic",
    // Chromium refuses to start its sandbox for root. Only our own page is ever loaded in this profile.
    ...(port.uid === 0 ? ["--no-sandbox"] : []),
  ];
  const ended = port
    .run(program, args, signal)
    .catch(() => undefined)
    // A few helper processes may still write while the window's process has gone.
    .then(() => rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  return { kind: "own-browser", program, ended };
}

const PREFERENCES = {
  credentials_enable_service: false,
  profile: { password_manager_enabled: false },
  autofill: { profile_enabled: false, credit_card_enabled: false },
  translate: { enabled: false },
  search: { suggest_enabled: false },
  safebrowsing: { enabled: false },
};

/** The first of `names` on the PATH. A snap sees neither our runtime folder nor our profile, so it is passed over. */
async function findProgram(names: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of (env.PATH ?? "").split(delimiter).filter((entry) => entry.startsWith("/"))) {
      const path = join(folder, name);
      const real = await access(path, constants.X_OK).then(
        () => realpath(path),
        () => undefined,
      );
      if (real !== undefined && !real.includes("/snap")) return path;
    }
  }
  return undefined;
}

function systemPort(): LaunchPort {
  return {
    env: process.env,
    platform: process.platform,
    uid: process.getuid?.(),
    run: (program, args, signal) =>
      new Promise((resolve, reject) => {
        // Its own chatter is no use to the officer, and a closed terminal must not end the browser's window half-way.
        const child = spawn(program, args, { stdio: "ignore" });
        signal?.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
        child.once("error", reject);
        child.once("exit", (status) => resolve(status));
      }),
  };
}
