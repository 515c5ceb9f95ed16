import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "#main/clock.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage, OFFICER, PASSWORD, VAULT } from "#test/support/console-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
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

describe("what forms and dialogs say in the browser", () => {
  let console: ConsolePage;
  beforeAll(async () => {
    console = await ConsolePage.open(browser);
  });
  afterAll(() => console[Symbol.asyncDispose]());

  /** Speaks as one more party at the same application. */
  async function say<T>(operation: string, params: object = {}): Promise<T> {
    return (await console.party())<T>(operation, params);
  }

  const focused = () => console.page.evaluate(() => document.activeElement?.id);

  it("V01 refuses a weak password where it is typed, and shows the names before the vault is made", async () => {
    const { page } = console;
    await page.getByLabel("Name of the vault").fill(VAULT);
    await page.getByLabel("Your name").fill(OFFICER);
    await page.getByRole("button", { name: "Next" }).click();
    for (const [weak, why] of [
      ["passwordpassword", /^It is hardly more than a word everybody tries first/],
      [`${OFFICER}12`, /^It is hardly more than a name given beside it/],
    ] as const) {
      await page.getByLabel("Password", { exact: true }).fill(weak);
      await page.getByLabel("Password again").fill(weak);
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByText("Too easy to guess; the vault does not take it.").waitFor();
      await page.getByText(why).waitFor();
    }
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("Password again").fill(PASSWORD);
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText(VAULT, { exact: true }).waitFor();
    await page.getByText(OFFICER, { exact: true }).waitFor();
    expect(await console.axe()).toEqual([]);
    await page.getByRole("checkbox", { name: "I have read this" }).check();
    await page.getByRole("button", { name: "Create vault" }).click();
    await console.heading("Overview").waitFor();
  });

  let server = "";
  it("P06 refuses a known server before its host key is compared, and a port out of range as it stands", async () => {
    const { page, dialog } = console;
    ({ id: server } = await say<{ id: string }>("servers.add", { name: "web-1", host: "Web-1.example" }));
    await console.goTo("Servers");
    await page.getByRole("row", { name: /web-1/ }).waitFor();
    await page.getByRole("button", { name: "Add server" }).click();
    await expect.poll(focused).toBe("name");
    await page.keyboard.type("again");
    await dialog.getByRole("textbox", { name: "Address" }).fill("web-1.example");
    await dialog.getByRole("button", { name: "Read host key" }).click();
    await dialog.getByText("This login is in the inventory already, as web-1.").waitFor();
    await expect.poll(focused).toBe("host");
    const port = dialog.getByRole("spinbutton", { name: "Port" });
    await port.fill("99999");
    await dialog.getByText("This login is in the inventory already").waitFor({ state: "detached" });
    await dialog.getByRole("textbox", { name: "Login name" }).focus();
    await dialog.getByText("A number from 1 to 65535.").waitFor();
    expect(await port.inputValue()).toBe("99999");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
  });

  it("G01 opens a dialog on its first field, with its buttons in sight in a low window", async () => {
    const { page, dialog } = console;
    await page.setViewportSize({ width: 800, height: 600 });
    await page.getByRole("row", { name: /web-1/ }).getByRole("button", { name: "Bind" }).click();
    const fresh = dialog.getByRole("radio", { name: "Create a new key pair" });
    await expect.poll(() => fresh.evaluate((radio) => radio === document.activeElement)).toBe(true);
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    const box = await dialog.getByRole("button", { name: "Bind now" }).boundingBox();
    expect((box?.y ?? 600) + (box?.height ?? 0)).toBeLessThanOrEqual(600);
    expect(await console.axe()).toEqual([]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it("P04 keeps a key's text when its passphrase was wrong, and asks for that", async () => {
    const { page, dialog } = console;
    const { keypair } = await say<{ keypair: { id: string } }>("keypairs.create", { name: "deploy", spec: "ed25519" });
    const file = { format: "openssh", passphrase: "four unrelated words here" };
    const ids = [keypair.id];
    const { files } = await say<{ files: { path: string }[] }>("keypairs.exportPrivateKey", { ids, file });
    await say("keypairs.clearPrivateKey", { id: keypair.id });
    await console.goTo("Key pairs");
    await page.getByRole("button", { name: "More actions for deploy" }).click();
    await page.getByRole("menuitem", { name: "Import private key" }).click();
    const text = dialog.getByRole("textbox", { name: /^Private key/ });
    await text.fill(await readFile(files[0]?.path ?? "", "utf8"));
    const put = dialog.getByRole("button", { name: "Import private key" });
    // In a low window the refusal must not come up below what is in sight.
    await page.setViewportSize({ width: 800, height: 600 });
    await put.click();
    const refusal = dialog.getByText("keypairs/passphrase-required");
    await expect
      .poll(async () => {
        const [code, button] = [await refusal.boundingBox(), await put.boundingBox()];
        return code !== null && button !== null && code.y + code.height <= button.y;
      })
      .toBe(true);
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect.poll(focused).toBe("passphrase");
    await page.keyboard.type("not this one");
    await put.click();
    await dialog.getByText("keypairs/passphrase-wrong").waitFor();
    await expect.poll(focused).toBe("passphrase");
    expect(await text.inputValue()).toContain("OPENSSH PRIVATE KEY");
    await page.keyboard.type(file.passphrase);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page.getByText("Private key is in the vault", { exact: true }).waitFor();
  });

  it("V01 never shows an empty card beside a warning of the vault", async () => {
    const { page } = console;
    await say("servers.remove", { id: server });
    await page.keyboard.press("Control+l");
    await console.unlock("not the password at all");
    await page.getByText("vault/wrong-password").waitFor();
    // Each wrong password makes the next try wait.
    await page.waitForTimeout(1500);
    await console.unlock();
    await console.goTo("Overview");
    await page.getByText(/^1 attempt to unlock this vault with a wrong password/).waitFor();
    await page.getByText("Nothing else needs attention.").waitFor();
    expect(await console.axe()).toEqual([]);
  });
});
