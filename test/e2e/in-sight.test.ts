import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage } from "#test/support/console-page.ts";

// What an officer must see is on the screen where the officer looks: a refusal, a filter that matches nothing, the end of a
// table's row.

let browser: Browser;
let console: ConsolePage;

beforeAll(async () => {
  browser = await launchChromium();
  console = await ConsolePage.open(browser);
  await console.createVault();
});
afterAll(async () => {
  await console[Symbol.asyncDispose]();
  await browser.close();
});

/** Wholly inside the window, and nothing lies over its middle. */
const inSight = (element: Locator) =>
  element.evaluate((node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const inside = left >= 0 && top >= 0 && right <= window.innerWidth && bottom <= window.innerHeight;
    return inside && hit !== null && (node.contains(hit) || hit.contains(node));
  });

describe("what must be seen", () => {
  it("P10 shows why a key pair was refused beside the button that was pressed", async () => {
    const { page } = console;
    await console.goTo("Key pairs");
    await page.getByRole("button", { name: "Create key pair" }).first().click();
    await console.dialog.getByRole("radio", { name: /^Write it to a file once/ }).check();
    await console.dialog.getByLabel("Folder").fill("/proc/nope");
    await console.dialog.getByRole("checkbox", { name: /passphrase/ }).uncheck();
    await console.dialog.getByRole("button", { name: "Create key pair" }).click();
    const refusal = console.dialog.getByRole("alert").filter({ hasText: "files/" });
    await refusal.waitFor();
    expect(await console.axe()).toEqual([]);
    await console.shoot("create-refused", async () => expect(await inSight(refusal)).toBe(true));
    await console.dialog.getByRole("button", { name: "Cancel" }).click();
    await console.dialog.waitFor({ state: "detached" });
  });

  it("A02 finds no trace by a text that is no resource id, and says so", async () => {
    const { page } = console;
    await console.goTo("Traces");
    await page.getByRole("row", { name: /createVault/ }).waitFor();
    const field = page.getByRole("textbox", { name: "Resource ID" });
    await field.fill("not an id");
    await page.getByText("This is no resource ID").waitFor();
    await page.getByRole("row", { name: /createVault/ }).waitFor({ state: "detached" });
    await page.getByText("0 of 0").waitFor();
    expect(await console.axe()).toEqual([]);
    await console.shoot("no-resource-id", async () => expect(await console.overflow()).toBe(0));
    await field.fill("");
    await page.getByRole("row", { name: /createVault/ }).waitFor();
  });

  it("A02 filters by every kind of thing that a trace can be about, by its name", async () => {
    const { page } = console;
    await page.getByRole("combobox", { name: "Resource type" }).click();
    const options = page.locator(".ant-select-item-option");
    for (const name of ["Token", "Module", "Administrator", "User"]) {
      await options.filter({ hasText: new RegExp(`^${name}$`) }).waitFor();
    }
    await options.filter({ hasText: /^Key pair$/ }).click();
    await page.getByRole("row", { name: /createVault/ }).waitFor({ state: "detached" });
    await page
      .getByRole("row", { name: /createKeypair.*Key pair/ })
      .first()
      .waitFor();
  });

  it("A04 shows the signature of a checkpoint, and nothing of its row lies outside the drawer", async () => {
    const { page } = console;
    // Locking signs one.
    await page.keyboard.press("Control+l");
    await console.unlock();
    await console.heading("Traces").waitFor();
    await page.getByRole("button", { name: "Checkpoints" }).click();
    const copy = console.dialog.getByRole("button", { name: /^Copy.*Signature/ }).first();
    await copy.waitFor();
    expect(await console.axe()).toEqual([]);
    await console.shoot("checkpoints", async () => expect(await inSight(copy)).toBe(true));
    expect(await console.violations()).toEqual([]);
  });
});
