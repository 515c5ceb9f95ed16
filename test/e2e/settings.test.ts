import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "#main/clock.ts";
import { ConsolePage } from "#test/support/console-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(() => browser.close());

describe("settings in the browser", () => {
  it("G02 V01 locks sooner in a browser than in the window, says so, and lets it be set", async () => {
    let ahead = 0;
    const clock: Clock = {
      ...systemClock,
      now: () => systemClock.now() + ahead,
      monotonic: () => systemClock.monotonic() + ahead,
    };
    await using console = await ConsolePage.open(browser, { outside: { clock } });
    const { page } = console;
    await console.createVault();
    const timer = page.getByRole("timer");
    // Five minutes here, not the window's ten.
    expect(await timer.textContent()).toMatch(/Locks in (?:5:00|4:5\d)/);

    await console.goTo("Settings");
    const inBrowser = page.getByRole("spinbutton", { name: "Lock after idle minutes in a browser" });
    const inWindow = page.getByRole("spinbutton", { name: "Lock after idle minutes", exact: true });
    expect([await inWindow.inputValue(), await inBrowser.inputValue()]).toEqual(["10", "5"]);
    await inBrowser.fill("11");
    await page.getByRole("button", { name: "Save" }).first().click();
    await page.getByText("No longer than in Keystead's own window (10 minutes).").waitFor();
    expect(await console.axe()).toEqual([]);
    await inBrowser.fill("2");
    await page.getByRole("button", { name: "Save" }).first().click();
    await page.getByText("Settings saved").waitFor();
    await expect.poll(() => timer.textContent()).toMatch(/Locks in (?:2:00|1:5\d)/);

    // What the page asks again after the change counts as work; it has calmed down by then.
    await page.waitForTimeout(1500);
    ahead += 2 * 60_000 + 2000;
    await console.heading("Unlock the vault").waitFor();
    expect(await console.violations()).toEqual([]);
  });
});
