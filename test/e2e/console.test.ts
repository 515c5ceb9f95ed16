import { stat } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "#main/clock.ts";
import { LIMITS } from "#shared/limits.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage, OFFICER, PASSWORD } from "#test/support/console-page.ts";
import { type Fleet, fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";

// The console on the real application, in a real browser, with real servers: what an officer does and sees.

let browser: Browser;
/** Milliseconds by which the application's clock is ahead, to let a confirmation lapse without waiting for it. */
let ahead = 0;
const clock: Clock = {
  ...systemClock,
  now: () => systemClock.now() + ahead,
  monotonic: () => systemClock.monotonic() + ahead,
};
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const PAGES = ["Overview", "Key pairs", "Servers", "Tasks", "Traces", "Settings"] as const;

/** Adds a server by the dialog, with the fingerprint pasted as an administrator would read it out. */
async function addServer(console: ConsolePage, machine: Machine, name: string): Promise<void> {
  const { page } = console;
  await page.getByRole("button", { name: "Add server" }).first().click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await page.getByRole("textbox", { name: "Address", exact: true }).fill(machine.host);
  await page.getByRole("spinbutton", { name: "Port" }).fill(String(machine.port));
  await page.getByRole("button", { name: "Read host key" }).click();
  const lines = machine.hostKeyFingerprints.map((key) => key.fingerprint).join(" ");
  const shown = await page.getByText(/^SHA256:/).textContent();
  expect(lines).toContain(shown ?? "nothing shown");
  await page.getByRole("textbox", { name: /Fingerprint as the server says it/ }).fill(`256 ${shown} root@${name}`);
  await page.getByText("Both fingerprints are the same.").waitFor();
  await page.getByRole("button", { name: "Add server and pin host key" }).click();
  await page.getByRole("button", { name: "Bind now" }).waitFor();
}

async function createKeypair(console: ConsolePage): Promise<string> {
  const { page } = console;
  await console.goTo("Key pairs");
  await page.getByRole("button", { name: "Create key pair" }).first().click();
  const name = await console.dialog.getByRole("textbox", { name: "Name", exact: true }).inputValue();
  await console.dialog.getByRole("button", { name: "Create key pair" }).click();
  await page.getByRole("row", { name }).waitFor();
  return name;
}

describe.skipIf(fleetUnavailable() !== undefined)("the whole job in the browser", () => {
  let fleet: Fleet;
  let machine: Machine;
  let console: ConsolePage;

  beforeAll(async () => {
    fleet = await startFleet(1);
    const first = fleet.machines[0];
    if (!first) throw new Error("The fleet has no machine.");
    machine = first;
    console = await ConsolePage.open(browser, { outside: { clock } });
  });
  afterAll(async () => {
    await console[Symbol.asyncDispose]();
    await fleet.stop();
  });

  it("V01 G02 creates a vault and says in which kind of window it runs", async () => {
    await console.createVault();
    expect(await console.page.getByText("The console runs in a browser.").isVisible()).toBe(true);
    expect(await console.page.getByRole("timer").textContent()).toMatch(/Locks in \d+:\d\d/);
  });

  let keypair = "";
  it("P01 P05 creates a key pair and shows its fingerprints", async () => {
    keypair = await createKeypair(console);
    await console.page.getByRole("link", { name: keypair }).click();
    await console.heading(keypair).waitFor();
    expect(await console.page.getByText(/^SHA256:/).count()).toBe(1);
    expect(await console.page.getByText(/^MD5:/).count()).toBe(1);
    expect(await console.axe()).toEqual([]);
  });

  it("P13 downloads the public key as the server will know it", async () => {
    await console.page.getByRole("tab", { name: "Public key" }).click();
    const arriving = console.page.waitForEvent("download");
    await console.page.getByRole("button", { name: "Download .pub" }).click();
    const download = await arriving;
    expect(download.suggestedFilename()).toBe(`${keypair}.pub`);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(Buffer.from(chunk));
    expect(Buffer.concat(chunks).toString()).toMatch(/^ssh-ed25519 AAAA\S+ /);
  });

  it("P06 refuses to pin a host key whose pasted fingerprint differs", async () => {
    const { page } = console;
    await console.goTo("Servers");
    await page.getByRole("button", { name: "Add server" }).first().click();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("elsewhere");
    await page.getByRole("textbox", { name: "Address", exact: true }).fill(machine.host);
    await page.getByRole("spinbutton", { name: "Port" }).fill(String(machine.port));
    await page.getByRole("button", { name: "Read host key" }).click();
    await page.getByRole("checkbox", { name: "I have compared" }).check();
    await page.getByRole("textbox", { name: /Fingerprint as the server says it/ }).fill(`SHA256:${"A".repeat(43)}`);
    await page.getByText("The fingerprints differ.").waitFor();
    expect(await page.getByRole("button", { name: "Add server and pin host key" }).isDisabled()).toBe(true);
    expect(await console.axe()).toEqual([]);
    await page.getByRole("button", { name: "Cancel" }).click();
  });

  it("P06 P07 adds a server pinned and binds the key pair with live steps to a proved end", async () => {
    const { page } = console;
    await console.goTo("Servers");
    await addServer(console, machine, "web-1");
    expect(await page.getByRole("region", { name: "What will happen" }).isVisible()).toBe(true);
    expect(await page.getByRole("checkbox", { name: "Switch password login off" }).isChecked()).toBe(true);
    expect(await console.axe()).toEqual([]);
    await page.getByLabel(/^Password of root/).fill(machine.passwords.root);
    await page.getByRole("button", { name: "Bind now" }).click();
    await page.getByRole("region", { name: "Steps of the task" }).waitFor();
    await page.locator('[data-task-state="done"]').waitFor();
    const states = await page
      .locator("[data-step]")
      .evaluateAll((steps) =>
        steps.map((step) => `${step.getAttribute("data-step")} ${step.getAttribute("data-state")}`),
      );
    expect(states).toContain("prove-key-login done");
    expect(states).toContain("prove-passwords-off done");
    expect(states.every((state) => / (done|skipped)$/.test(state))).toBe(true);
    expect(await console.axe()).toEqual([]);
    await page.getByRole("button", { name: "Close" }).last().click();

    // Not the window's word: the server's own.
    expect(await machine.must("sshd -T")).toMatch(/^passwordauthentication no$/m);
    expect(await machine.readFile("/root/.ssh/authorized_keys")).toContain("ssh-ed25519 AAAA");
  });

  it("P06 shows the server bound and its password login off without being asked again", async () => {
    const row = console.page.getByRole("row", { name: /web-1/ });
    await row.getByText("Off", { exact: true }).waitFor();
    expect(await row.getByRole("link", { name: keypair }).isVisible()).toBe(true);
  });

  it("P06 tests the connection with the bound key", async () => {
    const { page } = console;
    await page.getByRole("link", { name: "web-1" }).click();
    await page.getByRole("button", { name: "Test connection" }).click();
    await page.getByRole("button", { name: "Test now" }).click();
    await console.dialog.getByText(/^Login as root with publickey/).waitFor();
    await page.getByRole("button", { name: "Close" }).last().click();
  });

  it("P12 lists the task with its step log", async () => {
    await console.goTo("Tasks");
    await console.page.getByRole("link", { name: `Bind ${keypair} to web-1` }).click();
    await console.page.getByText("both were proved from outside").waitFor();
    expect(await console.page.getByText("Prove the login with the new key").isVisible()).toBe(true);
    expect(await console.axe()).toEqual([]);
  });

  it("P15 asks for the password before it writes a private key, then writes it for nobody else to read", async () => {
    const { page } = console;
    ahead += (LIMITS.confirmationSeconds + 1) * 1000;
    await console.goTo("Key pairs");
    await page.getByRole("link", { name: keypair }).click();
    await page.getByRole("button", { name: "Export private key" }).click();
    await page.getByRole("checkbox", { name: "Protect the file with a passphrase" }).uncheck();
    await console.dialog.getByRole("button", { name: "Export private key" }).click();
    const confirm = page.getByRole("dialog", { name: "Confirm that it is you" });
    await confirm.getByLabel("Password").fill("not the password at all");
    await confirm.getByRole("button", { name: "Confirm", exact: true }).click();
    await confirm.getByText("vault/wrong-password").waitFor();
    expect(await console.axe()).toEqual([]);
    await confirm.getByLabel("Password").fill(PASSWORD);
    await confirm.getByRole("button", { name: "Confirm", exact: true }).click();
    await page.getByText("Private key written").waitFor();
    const path = await console.dialog.getByText(/^\//).first().textContent();
    expect((await stat(path ?? "")).mode & 0o777).toBe(0o600);
    await page.getByRole("button", { name: "Close" }).last().click();
  });

  it("A01 A02 A04 shows what was done, with redacted requests, and verifies it intact", async () => {
    const { page } = console;
    await console.goTo("Traces");
    await page.getByRole("row", { name: /createKeypair/ }).waitFor();
    await page
      .getByRole("searchbox")
      .or(page.getByRole("textbox", { name: "Search name, operator, resource" }))
      .fill("bindKeypair");
    await page.getByRole("row", { name: /createKeypair/ }).waitFor({ state: "detached" });
    const bind = page.getByRole("row", { name: /bindKeypair/ }).last();
    await bind.getByRole("button").click();
    await page.getByRole("region", { name: "Request (redacted)" }).waitFor();
    expect(await page.content()).not.toContain(machine.passwords.root);
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("The traces are intact").waitFor();
    expect(await console.axe()).toEqual([]);
  });

  it("V01 drops everything when locked, refuses a wrong password, and opens again where it was", async () => {
    const { page } = console;
    await console.goTo("Servers");
    await page.keyboard.press("Control+l");
    await console.heading("Unlock the vault").waitFor();
    expect(await page.content()).not.toContain("web-1");
    expect(await page.content()).not.toContain(keypair);
    expect(await console.axe()).toEqual([]);

    await console.unlock("this is not the password");
    await page.getByText("vault/wrong-password").waitFor();
    expect(await page.getByLabel("Password", { exact: true }).inputValue()).toBe("");
    expect(await console.axe()).toEqual([]);

    await console.unlock();
    await console.heading("Servers").waitFor();
    await page.getByRole("link", { name: "web-1" }).waitFor();
  });

  it("G01 has nothing serious for axe and no sideways scrolling on any page, light and dark, down to 800×600", async () => {
    const { page } = console;
    const findings: string[] = [];
    for (const size of [
      { width: 1280, height: 800 },
      { width: 800, height: 600 },
    ]) {
      await page.setViewportSize(size);
      for (const theme of ["Light", "Dark"]) {
        await console.goTo("Settings");
        await page.getByText(theme, { exact: true }).click();
        for (const name of PAGES) {
          await console.goTo(name);
          const found = await console.axe();
          const overflow = await console.overflow();
          if (overflow > 0) found.push(`${overflow} px too wide`);
          findings.push(...found.map((finding) => `${name} ${theme} ${size.width}: ${finding}`));
        }
      }
    }
    expect(findings).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it("G01 speaks Chinese when told to", async () => {
    await console.goTo("Settings");
    await console.page.getByText("中文", { exact: true }).click();
    await console.heading("设置").waitFor();
    expect(await console.page.locator("html").getAttribute("lang")).toBe("zh-CN");
    await console.page.getByText("English", { exact: true }).click();
    await console.heading("Settings").waitFor();
  });

  it("G02 broke the page's policy nowhere, stored nothing in the browser, and had no fault", async () => {
    expect(await console.violations()).toEqual([]);
    const stored = await console.page.evaluate(async () => [
      localStorage.length,
      sessionStorage.length,
      document.cookie,
      (await indexedDB.databases()).length,
    ]);
    expect(stored[0]).toBe(0);
    expect(stored[2]).toBe("");
    expect(stored[3]).toBe(0);
    expect(console.faults).toEqual([]);
  });
});

describe.skipIf(fleetUnavailable() !== undefined)("a binding that fails", () => {
  it("P07 P12 says why, leaves the password field empty, and offers what the task can do", async () => {
    await using fleet = await startFleet(1);
    await using console = await ConsolePage.open(browser);
    const { page } = console;
    const machine = fleet.machines[0];
    if (!machine) throw new Error("The fleet has no machine.");
    await console.createVault();
    await console.goTo("Servers");
    await addServer(console, machine, "web-2");
    // No key pair yet: the dialog makes one on the way.
    expect(await page.getByRole("radio", { name: "Create a new key pair" }).isChecked()).toBe(true);
    await page.getByLabel(/^Password of root/).fill("not the password");
    await page.getByRole("button", { name: "Bind now" }).click();
    await page.getByText("servers/login-refused").waitFor();
    expect(await page.content()).not.toContain("not the password");
    expect(await machine.must("sshd -T")).toMatch(/^passwordauthentication yes$/m);
    expect(await console.axe()).toEqual([]);
    await page.getByRole("button", { name: "Close" }).last().click();
    await console.goTo("Overview");
    await page.getByRole("link", { name: /^Task failed: / }).waitFor();
    expect(await console.axe()).toEqual([]);
    await page.getByRole("link", { name: /^Task failed: / }).click();
    await page.getByRole("button", { name: "Retry" }).click();
    await console.dialog.getByLabel(/^Password of root on /).fill(machine.passwords.root);
    await page.keyboard.press("Enter");
    await page.locator('[data-task-state="done"]').waitFor();
    expect(await console.violations()).toEqual([]);
  });
});

describe("by keyboard alone", () => {
  it("G01 P06 opens a dialog from a row's menu without submitting it, and gives the focus back when it closes", async () => {
    await using console = await ConsolePage.open(browser);
    const { page } = console;
    await console.createVault();
    const caller = console.started.app.connect("test");
    await console.started.app.dispatch(caller, { operation: "vault.unlock", params: { password: PASSWORD } });
    const params = { name: "web-1", host: "192.0.2.1" };
    expect(await console.started.app.dispatch(caller, { operation: "servers.add", params })).toMatchObject({
      ok: true,
    });
    await console.goTo("Servers");
    const menu = page.getByRole("button", { name: "More actions for web-1" });
    await menu.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Edit server" }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("menuitem");
    // The menu takes the focus once more at the end of its animation.
    await page.waitForTimeout(300);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await console.dialog.getByRole("textbox", { name: "Address", exact: true }).waitFor();
    // The Enter that chose must not have reached the form: it would have saved and closed.
    await page.waitForTimeout(500);
    expect(await page.getByText("Server saved").count()).toBe(0);
    await page.keyboard.press("Escape");
    await console.dialog.waitFor({ state: "detached" });
    await expect.poll(() => menu.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it("G01 V01 P01 creates a vault and a key pair, finds it, and locks, with the focus always in sight", async () => {
    await using console = await ConsolePage.open(browser);
    const { page } = console;
    const press = async (...keys: readonly string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await console.heading("Create a vault").waitFor();
    await page.keyboard.type("Night shift");
    await press("Tab");
    await page.keyboard.type(OFFICER);
    await press("Enter");
    await page.getByLabel("Password again").waitFor();
    await page.keyboard.type(PASSWORD);
    await press("Tab", "Tab");
    await page.keyboard.type(PASSWORD);
    await press("Enter");
    await page.getByRole("checkbox", { name: "I have read this" }).waitFor();
    await tabTo("I have read this and keep the password in a safe place.");
    await press("Space");
    await press("Enter");
    await console.heading("Overview").waitFor();

    await press("Control+k");
    await page.keyboard.type("Key pairs");
    await press("Enter");
    await console.heading("Key pairs").waitFor();
    await tabTo("Create key pair");
    await press("Enter");
    const name = await console.dialog.getByRole("textbox", { name: "Name", exact: true }).inputValue();
    await console.dialog.getByRole("textbox", { name: "Name", exact: true }).waitFor();
    await press("Enter");
    await page.getByRole("link", { name }).waitFor();
    await console.dialog.waitFor({ state: "detached" });

    await press("Control+k");
    await page.keyboard.type(name);
    await press("Enter");
    await console.heading(name).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");

    await press("Control+l");
    await console.heading("Unlock the vault").waitFor();
    expect(await console.violations()).toEqual([]);

    /** Tab by tab until the control with this name has the focus; every stop on the way must show that it has it. */
    async function tabTo(wanted: string): Promise<void> {
      for (let stops = 0; stops < 40; stops += 1) {
        await press("Tab");
        const stop = await page.evaluate(() => {
          const element = document.activeElement;
          if (!element) return { name: "", seen: false };
          // antd draws the ring of a box or switch on the element beside the hidden input.
          const drawn = element instanceof HTMLInputElement ? (element.parentElement ?? element) : element;
          const seen = [element, drawn, drawn.querySelector("*") ?? drawn].some((one) => {
            const style = getComputedStyle(one);
            return style.outlineStyle !== "none" || style.boxShadow !== "none";
          });
          const text = element.closest("label")?.textContent ?? element.textContent ?? "";
          return { name: (element.getAttribute("aria-label") ?? text).trim(), seen };
        });
        if (stop.name === wanted) return expect(stop.seen).toBe(true);
      }
      throw new Error(`"${wanted}" was not reached by Tab`);
    }
  });
});
