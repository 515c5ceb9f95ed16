import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LaunchPort, launchBrowser } from "#main/doors/browser/launch.ts";

const never = new AbortController().signal;
let folder: string;
let started: { program: string; args: readonly string[] }[];
let status: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keystead-launch-test-"));
  started = [];
  status = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function install(name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, "");
  await chmod(path, 0o755);
  return path;
}

function port(change: Partial<LaunchPort> = {}): LaunchPort {
  return {
    env: { PATH: `relative:${folder}`, DISPLAY: ":0" },
    platform: "linux",
    uid: 1000,
    run: async (program, args) => {
      started.push({ program, args });
      return status;
    },
    ...change,
  };
}

it("G02 starts a Chromium with a throw-away profile of its own, and removes it afterwards", async () => {
  await install("chromium");
  let profile = "";
  const launch = await launchBrowser(
    "/run/x/open.html",
    never,
    port({
      run: async (program, args) => {
        started.push({ program, args });
        profile = args.find((arg) => arg.startsWith("--user-data-dir="))?.split("=")[1] ?? "";
        expect(statSync(profile).mode & 0o777).toBe(0o700);
        expect(JSON.parse(readFileSync(join(profile, "Default/Preferences"), "utf8"))).toMatchObject({
          credentials_enable_service: false,
        });
        return 0;
      },
    }),
  );
  expect(launch).toMatchObject({ kind: "own-browser", program: join(folder, "chromium") });
  expect(started[0]?.args).toEqual(
    expect.arrayContaining([
      "--app=file:///run/x/open.html",
      "--disable-extensions",
      "--no-first-run",
      "--disable-background-networking",
    ]),
  );
  expect(started[0]?.args).not.toContain("--no-sandbox");
  if (launch.kind === "own-browser") await launch.ended;
  expect(existsSync(profile)).toBe(false);
});

it("G02 switches the browser's own sandbox off for root only", async () => {
  await install("chromium");
  const launch = await launchBrowser("/x.html", never, port({ uid: 0 }));
  if (launch.kind === "own-browser") await launch.ended;
  expect(started[0]?.args).toContain("--no-sandbox");
});

it("G02 gives any other browser the file, never the link", async () => {
  const opener = await install("xdg-open");
  expect(await launchBrowser("/run/x/open.html", never, port())).toEqual({ kind: "system-browser" });
  expect(started).toEqual([{ program: opener, args: ["/run/x/open.html"] }]);
});

it("G02 passes over a snap, which can see neither file nor profile", async () => {
  await mkdir(join(folder, "snap"));
  await writeFile(join(folder, "snap/chromium"), "");
  await chmod(join(folder, "snap/chromium"), 0o755);
  await symlink(join(folder, "snap/chromium"), join(folder, "chromium"));
  expect(await launchBrowser("/x.html", never, port())).toEqual({ kind: "none", reason: "no browser was found" });
});

it("G02 says why nothing was started without a display, without a browser, or when the opener fails", async () => {
  expect(await launchBrowser("/x.html", never, port({ env: { PATH: folder } }))).toMatchObject({
    reason: "there is no display here",
  });
  expect(await launchBrowser("/x.html", never, port())).toMatchObject({ reason: "no browser was found" });
  await install("xdg-open");
  status = 3;
  expect(await launchBrowser("/x.html", never, port())).toMatchObject({ reason: "the system's browser did not start" });
});
