import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage } from "#test/support/console-page.ts";
import { type Fleet, fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";

// A key pair that never leaves its token, bound to a real server from the window: the login is signed on the token.

const PIN = "704182";
const LABEL = "Deploy UKey";

describe.skipIf((fleetUnavailable() ?? softHsmUnavailable()) !== undefined)("a token's key pair and a server", () => {
  let browser: Browser;
  let hsm: SoftHsm;
  let fleet: Fleet;
  let machine: Machine;
  let console: ConsolePage;

  beforeAll(async () => {
    browser = await launchChromium();
    hsm = await startSoftHsm();
    await hsm.addToken(LABEL, "90817263", PIN);
    fleet = await startFleet(1);
    const [first] = fleet.machines;
    if (first === undefined) throw new Error("The fleet has no machine.");
    machine = first;
    console = await ConsolePage.open(browser, {
      outside: { tokenModules: () => createTokenModules({ environment: hsm.env }) },
    });
    await console.createVault();
    await seed();
  });
  afterAll(async () => {
    await console?.[Symbol.asyncDispose]();
    await fleet?.stop();
    await hsm?.dispose();
    await browser?.close();
  });

  const button = (name: string | RegExp) => console.page.getByRole("button", { name });
  const inDialog = (name: string) => console.dialog.getByRole("button", { name, exact: true });

  /** Library and server, by a second door: their dialogs have tests of their own. */
  async function seed(): Promise<void> {
    const must = await console.party();
    await must("tokens.addModule", { path: hsm.module, name: "SoftHSM" });
    const hostKeyFingerprint = machine.hostKeyFingerprints.find(({ algorithm }) =>
      /ed25519/i.test(algorithm),
    )?.fingerprint;
    const { host, port } = machine;
    await must("servers.add", { name: "web-1", host, port, user: "root", hostKeyFingerprint });
  }

  it("P21 makes the key pair on the token from the key pairs' page", async () => {
    await console.goTo("Key pairs");
    await button("Create key pair").first().click();
    await console.dialog.getByRole("textbox", { name: "Name", exact: true }).fill("deploy");
    await console.dialog.getByRole("radio", { name: /Make it on a token/ }).check();
    await inDialog("Create key pair").click();
    await console.page
      .getByRole("dialog", { name: `Log in to ${LABEL}` })
      .getByLabel("User PIN", { exact: true })
      .fill(PIN);
    await console.page.keyboard.press("Enter");
    await console.page.getByRole("row", { name: /deploy.*On a token/ }).waitFor();
  });

  it("P21 C10 binds it to the server once its token is logged in again, with the login signed on the token", async () => {
    const { page } = console;
    await console.goTo("Tokens");
    await page.getByRole("link", { name: LABEL }).click();
    await button("Log out").click();
    await page.getByText(`Logged out of ${LABEL}`).waitFor();
    await console.goTo("Servers");
    await page.getByRole("link", { name: "web-1" }).click();
    await button(/^Bind/).first().click();
    await console.dialog.getByText(`Nobody is logged in to ${LABEL}.`).waitFor();
    await console.dialog.getByLabel(/^Password of root/).fill(machine.passwords.root);
    expect(await console.axe()).toEqual([]);
    await console.dialog.getByRole("button", { name: "Enter PIN" }).click();
    const pin = page.getByRole("dialog", { name: `Log in to ${LABEL}` });
    await pin.getByLabel("User PIN", { exact: true }).fill(PIN);
    await page.keyboard.press("Enter");
    await pin.waitFor({ state: "detached" });
    await button("Bind now").click();
    await page.locator('[data-task-state="done"]').waitFor({ timeout: 60_000 });
    expect(await console.axe()).toEqual([]);
    await page.getByRole("button", { name: "Close" }).last().click();

    // Not the window's word: the server's own.
    expect(await machine.must("sshd -T")).toMatch(/^passwordauthentication no$/m);
    expect(await machine.readFile("/root/.ssh/authorized_keys")).toContain("ssh-ed25519 AAAA");
  });

  it("P21 tests the connection with the key on the token, and names the token when it is out", async () => {
    await button("Test connection").click();
    await button("Test now").click();
    await console.dialog.getByText(/^Login as root with publickey/).waitFor();
    const [serial = ""] = await hsm.serials();
    await hsm.pullOut(serial);
    await button("Test now").click();
    await console.dialog.getByText(new RegExp(`on the token “${LABEL}”`)).waitFor();
    expect(await console.axe()).toEqual([]);
    expect(await console.violations()).toEqual([]);
  });
});
