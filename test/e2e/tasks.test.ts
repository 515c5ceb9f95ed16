import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage, PASSWORD } from "#test/support/console-page.ts";
import { type Fleet, fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";
import { MOMENTS, SteppingSsh } from "#test/support/stepping-ssh.ts";

// Tasks that have stopped in the middle, as an officer meets them: real servers, real changes left on them.

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.skipIf(fleetUnavailable() !== undefined)("a task whose changes are still on the server", () => {
  let fleet: Fleet;
  let machine: Machine;
  let console: ConsolePage;
  const stepping = new SteppingSsh();
  /** The server's name, which has to be typed; long, as names are that say where a server stands. */
  const NAME = "edge-router-frankfurt-cage-12.example.net";

  beforeAll(async () => {
    fleet = await startFleet(1);
    const [first] = fleet.machines;
    if (first === undefined) throw new Error("The fleet has no machine.");
    machine = first;
    console = await ConsolePage.open(browser, { outside: { ssh: stepping.ssh } });
    await console.createVault();
    const say = await console.party();
    const at = { host: machine.host, port: machine.port };
    const hostKeyFingerprint = machine.hostKeyFingerprints.find(({ algorithm }) => algorithm === "ssh-ed25519");
    const { id } = await say<{ id: string }>("servers.add", {
      ...{ name: NAME, user: "root", hostKeyFingerprint: hostKeyFingerprint?.fingerprint },
      ...at,
    });
    const wish = { name: "deploy", spec: "ed25519", scope: "account" };
    const { keypair } = await say<{ keypair: { id: string } }>("keypairs.create", wish);
    const locked = Promise.withResolvers<void>();
    stepping.before(machine.host, MOMENTS["prove-passwords-off"], async () => {
      void console.started.app.lock("idle").then(locked.resolve);
      // Time for the lock to ask the task to stop; it then waits for this very step.
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    await say("servers.bind", { id, keypairId: keypair.id, password: machine.passwords.root });
    await locked.promise;
    await console.unlock(PASSWORD);
    await console.goTo("Tasks");
  });
  afterAll(async () => {
    await console[Symbol.asyncDispose]();
    await fleet.stop();
  });

  it("P12 says what stays on the server, and deletes the task only once the server's name is typed", async () => {
    const { page } = console;
    await page.getByRole("link", { name: `Bind deploy to ${NAME}` }).click();
    await page.locator('[data-task-state="interrupted"]').waitFor();
    await console.shoot("task-interrupted");
    await page.getByRole("button", { name: "Delete task" }).click();
    const dialog = page.getByRole("dialog", { name: `Delete task: Bind deploy to ${NAME}` });
    await dialog.getByText(`This task has changed ${NAME} and has not undone it.`).waitFor();
    const left = await dialog.getByRole("listitem").allTextContents();
    expect(left).toEqual(["Put the public key into authorized_keys", "Switch password login off"]);
    const ok = dialog.getByRole("button", { name: "Delete, leave the changes" });
    expect(await ok.isDisabled()).toBe(true);
    expect(await console.axe()).toEqual([]);
    await console.shoot("leave-changes", async () => {
      expect(await console.overflow()).toBe(0);
      expect(await ok.isVisible()).toBe(true);
    });
    // The safe button has the focus: Enter keeps the task.
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.locator('[data-task-state="interrupted"]').waitFor();
    await page.getByRole("button", { name: "Delete task" }).click();
    await dialog.getByRole("textbox", { name: /^Type/ }).fill(NAME.slice(0, -1));
    expect(await ok.isDisabled()).toBe(true);
    await dialog.getByRole("textbox", { name: /^Type/ }).fill(NAME);
    await console.shoot("leave-changes-typed");
    await page.keyboard.press("Enter");
    await page.getByText("Task deleted").waitFor();
    await console.heading("Tasks").waitFor();
    expect(await page.getByRole("link", { name: `Bind deploy to ${NAME}` }).count()).toBe(0);
    // As it said: what the task had changed is there still.
    expect(await machine.readFile("/root/.ssh/authorized_keys")).toContain("ssh-ed25519 AAAA");
    expect(await console.violations()).toEqual([]);
    expect(console.faults).toEqual([]);
  });
});
