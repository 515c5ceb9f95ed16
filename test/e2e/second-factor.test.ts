import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { type Clock, systemClock } from "#main/clock.ts";
import { LIMITS } from "#shared/limits.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage, PASSWORD } from "#test/support/console-page.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";

// A UKey as second factor, as an officer meets it: a real browser, a real SoftHSM behind a process of its own.

const SO_PIN = "90817263";
const PIN = "704182";
const LABEL = "Olga's UKey";
const NEXT = "a wholly different pass phrase";

let browser: Browser;
/** Milliseconds by which the application's clock is ahead, to let a confirmation lapse without waiting for it. */
let ahead = 0;
const clock: Clock = {
  ...systemClock,
  now: () => systemClock.now() + ahead,
  monotonic: () => systemClock.monotonic() + ahead,
};

describe.skipIf(softHsmUnavailable() !== undefined)("a UKey as second factor in the browser", () => {
  let hsm: SoftHsm;
  let console: ConsolePage;

  beforeAll(async () => {
    browser = await launchChromium();
    hsm = await startSoftHsm();
    await hsm.addToken(LABEL, SO_PIN, PIN);
    console = await ConsolePage.open(browser, {
      outside: { clock, tokenModules: () => createTokenModules({ environment: hsm.env, clock }) },
    });
    await console.createVault();
    await console.goTo("Tokens");
    await button("Add module").click();
    await console.dialog.getByRole("radio", { name: /libsofthsm2\.so$/ }).check();
    await inDialog("Add module").click();
    await console.page.getByRole("row", { name: new RegExp(LABEL) }).waitFor();
  });
  afterAll(async () => {
    await console[Symbol.asyncDispose]();
    await hsm.dispose();
    await browser.close();
  });

  const button = (name: string | RegExp) => console.page.getByRole("button", { name });
  const inDialog = (name: string) => console.dialog.getByRole("button", { name, exact: true });
  const closed = () => console.dialog.waitFor({ state: "detached" });
  const segment = (within: Locator, name: string) => within.locator(".ant-segmented").getByText(name, { exact: true });
  /** The dialog of the critical-operation check; others may be open under it. */
  const confirmation = () => console.page.getByRole("dialog", { name: "Confirm that it is you" });
  const lapse = () => {
    ahead += LIMITS.confirmationSeconds * 1000 + 1000;
  };

  /** What any field on the page holds: a PIN that was sent is in none of them. */
  const typed = () =>
    console.page.evaluate(() =>
      [...document.querySelectorAll("input, textarea")].map((field) => (field as HTMLInputElement).value),
    );

  async function fillProof(within: Locator, pin: string, password = PASSWORD): Promise<void> {
    await within.getByLabel("Vault password").fill(password);
    await within.getByLabel("User PIN", { exact: true }).fill(pin);
  }

  it("H06 registers a UKey that opens the vault only together with the password", async () => {
    const { page } = console;
    await console.goTo("Settings");
    await page.getByText("Register a UKey first.").waitFor();
    await button("Register a UKey").click();
    await console.dialog.getByLabel("User PIN", { exact: true }).fill(PIN);
    await console.dialog.getByRole("radio", { name: /^Only together with the password/ }).check();
    await console.dialog.getByLabel("Vault password").fill("not this one");
    expect(await console.axe()).toEqual([]);
    await inDialog("Register").click();
    await console.dialog.getByText("vault/wrong-password").waitFor();
    expect(await typed()).not.toContain(PIN);
    await console.dialog.getByLabel("User PIN", { exact: true }).fill(PIN);
    await console.dialog.getByLabel("Vault password").fill(PASSWORD);
    await inDialog("Register").click();
    await page.getByText(`${LABEL} opens this vault now`).waitFor();
    await page.getByRole("row", { name: new RegExp(`${LABEL}.*With the password`) }).waitFor();
  });

  it("H06 requires it, warned that the only UKey is the only way in", async () => {
    const { page } = console;
    await button("Require a UKey").click();
    await console.dialog.getByText("You have one UKey only.").waitFor();
    await fillProof(console.dialog, PIN);
    expect(await console.axe()).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByText("The password alone opens the vault no more").waitFor();
    await page.getByText("Required", { exact: true }).waitFor();
    await page.getByText("You have one UKey only.").waitFor();
    await closed();
  });

  it("V01 H06 the unlock page asks for the UKey at once, and offers no password alone; both unlock", async () => {
    const { page } = console;
    await page.keyboard.press("Control+l");
    await button("Unlock with UKey").waitFor();
    expect(await page.locator(".ant-segmented").getByText("Password", { exact: true }).count()).toBe(0);
    await page.waitForFunction(() => document.activeElement?.id === "pin");
    await console.shoot("unlock-by-token");
    await fillProof(page.locator("body"), "333333");
    expect(await console.axe()).toEqual([]);
    await button("Unlock with UKey").click();
    await page.getByText("tokens/pin-incorrect").waitFor();
    for (const secret of ["333333", PASSWORD]) expect(await typed()).not.toContain(secret);
    await fillProof(page.locator("body"), PIN, "not this one");
    await button("Unlock with UKey").click();
    await page.getByText("vault/wrong-password").waitFor();
    await fillProof(page.locator("body"), PIN);
    await button("Unlock with UKey").click();
    await console.heading("Settings").waitFor();
  });

  it("I04 H06 confirms a critical operation by the UKey, by keyboard alone", async () => {
    const { page } = console;
    lapse();
    await button("Let the password open it alone").click();
    await fillProof(console.dialog, PIN);
    await page.keyboard.press("Enter");
    await confirmation().waitFor();
    // The password alone confirms nothing either, so it is not offered.
    expect(await confirmation().locator(".ant-segmented").count()).toBe(0);
    await page.waitForFunction(() => document.activeElement?.id === "confirm_pin");
    await page.keyboard.type("333333");
    await confirmation().getByLabel("Vault password").fill(PASSWORD);
    expect(await console.axe()).toEqual([]);
    await page.keyboard.press("Enter");
    await confirmation().getByText("tokens/pin-incorrect").waitFor();
    expect(await typed()).not.toContain("333333");
    await fillProof(confirmation(), PIN);
    await page.keyboard.press("Enter");
    await page.getByText("The password alone opens the vault again").waitFor();
    await page.getByText("Not required", { exact: true }).waitFor();
    await closed();
  });

  it("V01 H06 changes the password with the UKey in", async () => {
    const { page } = console;
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password", { exact: true }).fill(NEXT);
    await page.getByLabel("New password again").fill(NEXT);
    await page.getByLabel(`PIN of ${LABEL}`).fill(PIN);
    expect(await console.axe()).toEqual([]);
    await button("Change password").click();
    await page.getByText("Password changed").waitFor();
    for (const secret of [PIN, NEXT, PASSWORD]) expect(await typed()).not.toContain(secret);
  });

  it("I04 where the password opens it alone, password and UKey are both offered to confirm", async () => {
    const { page } = console;
    lapse();
    await button(`Remove: ${LABEL}`).click();
    await console.dialog.getByLabel(`Type ${LABEL} to confirm`).fill(LABEL);
    await inDialog("Remove").click();
    await confirmation().waitFor();
    await confirmation().getByRole("textbox", { name: "Password", exact: true }).fill("not this one");
    await segment(confirmation(), "UKey").click();
    expect(await typed()).not.toContain("not this one");
    await fillProof(confirmation(), PIN, NEXT);
    expect(await console.axe()).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByText(`${LABEL} no longer opens this vault`).waitFor();
    await page.getByText("The password is the only way in.").waitFor();
  });

  it("G01 G04 speaks Chinese, in the dark and at 800 by 600, without anything sticking out", async () => {
    const { page } = console;
    await page.getByText("Dark", { exact: true }).click();
    await page.getByText("中文", { exact: true }).click();
    await page.setViewportSize({ width: 800, height: 600 });
    await page.getByText("第二因素", { exact: true }).waitFor();
    expect(await console.overflow()).toBe(0);
    expect(await console.axe()).toEqual([]);
    await button("注册 UKey").click();
    await console.dialog.getByRole("radio", { name: /^须与密码一起/ }).check();
    expect(await console.axe()).toEqual([]);
  });

  it("G02 all of it within the page's policy", async () => {
    expect(await console.violations()).toEqual([]);
  });
});
