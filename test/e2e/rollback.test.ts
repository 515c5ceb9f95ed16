import { copyFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage, VAULT } from "#test/support/console-page.ts";
import { TestFolder } from "#test/support/kernel.ts";
import { databaseFile } from "#test/support/vault-files.ts";

let browser: Browser;
const folder = new TestFolder("rollback");
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  folder[Symbol.dispose]();
});

const WARNING = /^The database does not reach the last state/;

describe("a restored database in the browser", () => {
  it("A04 D26 G01 warns until somebody stands by the copy and says why; verification goes on naming the seam", async () => {
    await using console = await ConsolePage.open(browser);
    const { page } = console;
    const database = databaseFile(console.started.folder);
    const lock = async () => {
      await page.keyboard.press("Control+l");
      await console.heading("Unlock the vault").waitFor();
    };
    await console.createVault();
    await lock();
    copyFileSync(database, folder.at("older.db"));
    await console.unlock();
    await console.goTo("Key pairs");
    await lock();
    copyFileSync(folder.at("older.db"), database);
    await console.unlock();
    await console.goTo("Overview");
    await page.getByText(WARNING).waitFor();
    expect(await console.axe()).toEqual([]);

    await page.getByRole("button", { name: "This was intended …" }).click();
    const ok = console.dialog.getByRole("button", { name: "Stand by this copy" });
    await console.dialog.getByLabel(`Type ${VAULT} to confirm`).fill(VAULT);
    // The name alone is not enough: the traces want a reason.
    expect(await ok.isDisabled()).toBe(true);
    await console.dialog.getByLabel("Why the older copy was put back").fill("The disk failed last night.");
    expect(await console.axe()).toEqual([]);
    await ok.click();
    await page.getByText(WARNING).waitFor({ state: "detached" });

    await lock();
    await console.unlock();
    await console.goTo("Overview");
    expect(await page.getByText(WARNING).count()).toBe(0);
    await console.goTo("Traces");
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("The traces are intact, but not all that was ever written").waitFor();
    expect(await page.getByText("Reason: The disk failed last night.").isVisible()).toBe(true);
    expect(await console.axe()).toEqual([]);
    expect(await console.violations()).toEqual([]);
  });
});
