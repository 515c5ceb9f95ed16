import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildIfStale } from "#test/support/console-door.ts";

// The program as a person starts it: its own process, a display, Debian's Chromium with a profile of its own.

const XVFB = "/usr/bin/Xvfb";
const ROOT = join(import.meta.dirname, "../..");
const isReady = existsSync(XVFB) && existsSync("/usr/bin/chromium");
if (!isReady) console.warn("SKIPPED: test/e2e/browser-launch needs the Debian packages xvfb and chromium");

let home: string;
let children: ChildProcess[];
let lines: string[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "keystead-launch-"));
  children = [];
  lines = [];
  await buildIfStale();
});
afterEach(async () => {
  for (const child of children.reverse()) {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    }
  }
  await rm(home, { recursive: true, force: true });
});

async function startDisplay(): Promise<string> {
  const child = spawn(XVFB, ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  children.push(child);
  const pipe = child.stdio[3];
  if (!pipe) throw new Error("no pipe");
  const number = await new Promise((resolve) => pipe.once("data", (data: Buffer) => resolve(data.toString().trim())));
  return `:${number}`;
}

function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { child: ChildProcess; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [join(ROOT, "src-main/doors/browser/main.ts"), ...args], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, KEYSTEAD_HOME: join(home, "vault"), TMPDIR: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  return { child, ended: new Promise((resolve) => child.once("exit", resolve)) };
}

const said = (text: string) => expect.poll(() => lines.join("\n"), { timeout: 30_000 }).toContain(text);

/** The command lines of all processes that mention `text`, as any user of the machine can read them. */
function commandLinesWith(text: string): readonly { readonly pid: number; readonly line: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return { pid: Number(name), line: readFileSync(`/proc/${name}/cmdline`, "latin1").replaceAll("\0", " ") };
      } catch {
        return { pid: 0, line: "" }; // ended meanwhile
      }
    })
    .filter(({ line }) => line.includes(text));
}

describe.skipIf(!isReady)("the browser door's own program", () => {
  it("G02 opens the console in a browser of its own, shows no code to other users, and ends with the window", async () => {
    const display = await startDisplay();
    const { ended } = start([], { DISPLAY: display });
    await said("A browser tab is connected.");

    const browsers = commandLinesWith(`--user-data-dir=${home}`);
    expect(browsers.length).toBeGreaterThan(0);
    for (const { line } of [...browsers, ...commandLinesWith("browser/main.ts")])
      expect(line).not.toMatch(/open=[A-Za-z0-9_-]/);
    expect(lines.join("\n")).not.toMatch(/open=[A-Za-z0-9_-]/);
    expect(readdirSync(home).filter((name) => existsSync(join(home, name, "open-keystead.html")))).toEqual([]);

    const window = browsers.find(({ line }) => !line.includes("--type="));
    process.kill(window?.pid ?? Number.NaN, "SIGTERM");
    expect(await ended).toBe(0);
    await said("The console's window was closed.");
    await expect.poll(() => readdirSync(home).filter((name) => name.startsWith("keystead-"))).toEqual([]);
  });

  it("G02 closes its own browser and removes the profile when it is told to end", async () => {
    const { child, ended } = start([], { DISPLAY: await startDisplay() });
    await said("A browser tab is connected.");
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(commandLinesWith(`--user-data-dir=${home}`)).toEqual([]);
    expect(readdirSync(home).filter((name) => name.startsWith("keystead-"))).toEqual([]);
  });

  it("G02 without a display prints the file and what to do, and ends on SIGTERM leaving nothing", async () => {
    const { child, ended } = start([], {});
    await said("there is no display here");
    const file = lines.find((line) => line.includes("open-keystead.html"))?.trim() ?? "";
    expect(existsSync(file)).toBe(true);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(existsSync(file)).toBe(false);
  });
});
