import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fleetUnavailable } from "#test/support/fleet/fleet.ts";

const START = resolve("scripts/start");
let temp: string;
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), "keystead-demo-test-"));
});
afterEach(() => rmSync(temp, { recursive: true, force: true }));

function start(...args: readonly string[]) {
  const child = spawn(START, args, {
    env: { ...process.env, TMPDIR: temp, XDG_RUNTIME_DIR: temp },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return watch(child);
}

function watch(child: ChildProcess) {
  let text = "";
  const waiting: { readonly word: string; readonly resolve: () => void }[] = [];
  const take = (chunk: Buffer) => {
    text += chunk.toString();
    for (const { word, resolve } of waiting) if (text.includes(word)) resolve();
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const says = (word: string) =>
    Promise.race([
      new Promise<void>((resolve) => waiting.push({ word, resolve })),
      ended.then((status) => {
        throw new Error(`ended with ${status} before saying “${word}”:\n${text}`);
      }),
    ]);
  return { child, ended, says, text: () => text };
}

const mountsIn = (folder: string) =>
  execFileSync("cat", ["/proc/self/mounts"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(folder));

describe.skipIf(fleetUnavailable())("the demonstration on two real servers", () => {
  it("P07 P06 P01 P12 P15 A01 A04 V01 does the whole main job by itself, proves every step and cleans up", async () => {
    const demo = start("--demo", "--exit");
    expect(await demo.ended, demo.text()).toBe(0);
    const text = demo.text();
    for (const proof of [
      "A wrong password does not open it",
      "the private key stays in the vault",
      "it is pinned",
      "prove-key-login",
      "The right password is refused",
      "ssh logs in with the exported key",
      "the server offers “publickey” and nothing else",
      "signed checkpoints is whole",
      "Nothing can be read any more",
      "Every step was proved",
    ])
      expect(text).toContain(proof);
    expect(text).not.toContain("✗");
    // Both servers, the root user and the sudo user.
    expect(text.match(/prove-passwords-off: From outside/g)).toHaveLength(2);
    expect(readdirSync(temp)).toEqual([]);
    expect(mountsIn(temp)).toEqual([]);
  });

  it("G02 leaves the console open on the result until it is closed, and cleans up then", async () => {
    const demo = start("--demo", "--no-open");
    await demo.says("Open this file with a browser");
    expect(demo.text()).toContain("Its password: ");
    expect(readdirSync(temp).some((name) => name.startsWith("keystead-demo-"))).toBe(true);
    demo.child.kill("SIGTERM");
    expect(await demo.ended, demo.text()).toBe(0);
    expect(readdirSync(temp).filter((name) => name.startsWith("keystead-demo-"))).toEqual([]);
  });

  it("P07 says what is missing, does nothing and fails where servers cannot run", (test) => {
    const asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    const readable = spawnSync("setpriv", [...asNobody, "test", "-r", resolve("scripts/demo.ts")]).status === 0;
    test.skip(!readable, "the checkout is not readable for another user");
    const node = resolve("node_modules/node/bin/node");
    const env = { ...process.env, NODE_COMPILE_CACHE: "" };
    const demo = spawnSync("setpriv", [...asNobody, node, resolve("scripts/demo.ts"), "--exit"], {
      encoding: "utf8",
      env,
    });
    expect(demo.status).toBe(1);
    expect(demo.stderr).toContain("must be started by root");
    expect(demo.stdout).toBe("");
  });
});

it("G02 serves the console of the vault in --home and ends cleanly", async () => {
  const console_ = start("--no-open", "--home", join(temp, "vault"));
  await console_.says("Open this file with a browser");
  console_.child.kill("SIGTERM");
  expect(await console_.ended, console_.text()).toBe(0);
});

it.each([
  [["--exit"], "--exit belongs to --demo"],
  [["--home"], "--home needs a folder"],
  [["--fly"], "unknown argument: --fly"],
])("G02 refuses scripts/start %j and says why", async (args, why) => {
  const run = start(...args);
  expect(await run.ended).toBe(1);
  expect(run.text()).toContain(why);
});
