import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage, PASSWORD } from "#test/support/console-page.ts";
import { pkcs11Tool } from "#test/support/tokens/pkcs11-tool.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";

// How an officer keeps a token's keys from being lost with it, in a real browser, on a real SoftHSM with two tokens.

const SO_PIN = "90817263";
const USER_PIN = "704182";
const HERE = "Desk UKey";
const THERE = "Safe UKey";

let browser: Browser;

describe.skipIf(softHsmUnavailable() !== undefined)("backups of token keys in the browser", () => {
  let hsm: SoftHsm;
  let console: ConsolePage;
  const folder = mkdtempSync(join(tmpdir(), "keystead-backups-"));

  beforeAll(async () => {
    browser = await launchChromium();
    hsm = await startSoftHsm();
    await hsm.addToken(HERE, SO_PIN, USER_PIN);
    await hsm.addToken(THERE, SO_PIN, USER_PIN);
    console = await ConsolePage.open(browser, {
      outside: { tokenModules: () => createTokenModules({ environment: hsm.env }) },
    });
    await console.createVault();
  });
  afterAll(async () => {
    await console[Symbol.asyncDispose]();
    await hsm.dispose();
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const button = (name: string | RegExp) => console.page.getByRole("button", { name });
  const inDialog = (name: string) => console.dialog.getByRole("button", { name, exact: true });
  const closed = () => console.dialog.waitFor({ state: "detached" });
  const row = (name: RegExp) => console.page.getByRole("row", { name });

  async function openObjects(token: string): Promise<void> {
    await console.goTo("Tokens");
    await console.page.getByRole("link", { name: token }).click();
    await console.heading(token).waitFor();
    await console.page.getByRole("tab", { name: "Objects" }).click();
  }

  async function logIn(token: string): Promise<void> {
    await openObjects(token);
    await button("Log in").first().click();
    await console.dialog.getByLabel("User PIN", { exact: true }).fill(USER_PIN);
    await inDialog("Log in").click();
    await closed();
  }

  async function openMenu(label: string, item: string): Promise<void> {
    await console.page.mouse.move(1, 1);
    await button(`More actions for ${label}`).click();
    await console.page.getByRole("menuitem", { name: item, exact: true }).click();
  }

  async function choose(field: string, option: string | RegExp): Promise<void> {
    await console.dialog.getByRole("combobox", { name: field }).click();
    await console.page.locator(".ant-select-item-option").filter({ hasText: option }).click();
  }

  async function generate(label: string, spec: string, more: { wraps?: string; extractable?: boolean }): Promise<void> {
    await button("Generate key").click();
    await console.dialog.getByLabel("Label").fill(label);
    await choose("Kind of key", spec);
    if (more.wraps !== undefined) await console.dialog.getByRole("radio", { name: more.wraps }).check();
    if (more.extractable) await console.dialog.getByRole("checkbox", { name: /May leave/ }).check();
    await inDialog("Generate").click();
    await console.page.getByText(`Key ${label} generated`).waitFor();
    await closed();
  }

  /** The password is asked when the last confirmation has lapsed. */
  async function confirmIfAsked(outcome: Locator): Promise<void> {
    const confirm = console.page.getByRole("dialog", { name: "Confirm that it is you" });
    await confirm.or(outcome).first().waitFor();
    if (await confirm.isVisible()) {
      await confirm.getByLabel("Password").fill(PASSWORD);
      await console.page.keyboard.press("Enter");
    }
    await outcome.waitFor();
  }

  const backupOf = (label: string) => join(folder, `${label}.keystead-backup.json`);
  const sharesOf = (label: string) => join(folder, `${label}.keystead-shares.json`);

  it("H09 says what is missing before anything can be backed up: a log-in, then a wrapping key", async () => {
    const { page } = console;
    await console.goTo("Tokens");
    await button("Add module").click();
    await console.dialog.getByRole("radio", { name: /libsofthsm2\.so$/ }).check();
    await inDialog("Add module").click();
    await page.getByText("Module SoftHSM 2 added").waitFor();
    await openObjects(HERE);
    await button("Restore key").click();
    await inDialog("Enter PIN").click();
    const pin = page.getByRole("dialog").last();
    await pin.getByLabel("User PIN", { exact: true }).fill(USER_PIN);
    await pin.getByRole("button", { name: "Log in" }).click();
    await console.dialog.getByText("There is no wrapping key on this token").waitFor();
    await console.dialog.getByRole("button", { name: "Close" }).last().click();
    await closed();
    await generate("signing", "EC P-256", { extractable: true });
    await openMenu("signing", "Back up");
    await console.dialog.getByText("There is no wrapping key on this token").waitFor();
    expect(await inDialog("Write backup").count()).toBe(0);
    await console.dialog.getByRole("button", { name: "Close" }).last().click();
    await closed();
  });

  it("H09 C46 a wrapping key that may leave backs a key up to a file that holds only its wrapped form", async () => {
    const { page } = console;
    await generate("wrap all", "AES 256", { wraps: "To wrap others", extractable: true });
    await row(/wrap all.*AES 256/).waitFor();
    await openMenu("signing", "Back up");
    await console.dialog.getByLabel("Folder").fill("somewhere");
    await inDialog("Write backup").click();
    await console.dialog.getByText("An absolute path").waitFor();
    await console.dialog.getByLabel("Folder").fill(folder);
    expect(await console.axe()).toEqual([]);
    await inDialog("Write backup").click();
    await confirmIfAsked(console.dialog.getByText("Backup written, wrapped with CKM_AES_KEY_WRAP_PAD"));
    await console.dialog.getByText(backupOf("signing")).waitFor();
    expect(statSync(backupOf("signing")).mode & 0o777).toBe(0o600);
    expect(await console.axe()).toEqual([]);
    await console.dialog.getByRole("button", { name: "Close" }).last().click();
    await closed();
    await openMenu("signing", "Back up");
    await console.dialog.getByLabel("Folder").fill(folder);
    await inDialog("Write backup").click();
    await confirmIfAsked(console.dialog.getByText("files/exists"));
    await inDialog("Cancel").click();
    await closed();
    expect(await page.getByText("files/exists").count()).toBe(0);
  });

  it("H09 C46 C47 a key that cannot leave says so, and no backup of it is offered", async () => {
    await generate("stays here", "EC P-256", {});
    await openMenu("stays here", "Back up");
    await console.dialog.getByText("This key cannot leave the token").waitFor();
    expect(await inDialog("Write backup").count()).toBe(0);
    expect(await console.axe()).toEqual([]);
    await console.dialog.getByRole("button", { name: "Close" }).last().click();
    await closed();
    expect(readdirSync(folder)).toEqual(["signing.keystead-backup.json"]);
  });

  it("H09 another token without the wrapping key says which key it takes, and how it gets there", async () => {
    await logIn(THERE);
    await button("Restore key").click();
    await console.dialog.getByText("There is no wrapping key on this token").waitFor();
    await console.dialog.getByText(/Transfer wrapping key/).waitFor();
    await console.dialog.getByRole("button", { name: "Close" }).last().click();
    await closed();
    await generate("of its own", "AES 256", { wraps: "To wrap others" });
    await button("Restore key").click();
    await console.dialog.getByLabel("Backup file").fill(backupOf("signing"));
    await inDialog("Restore").click();
    await console.dialog.getByText("tokens/backup-wrong-key").waitFor();
    await console.dialog.getByText(/“wrap all”, made or received on “Desk UKey”/).waitFor();
    expect(await console.axe()).toEqual([]);
    await inDialog("Cancel").click();
    await closed();
  });

  it("H09 C42 the wrapping key goes to the other token under an RSA key made there, SHA-1 only when accepted", async () => {
    const { page } = console;
    await openObjects(HERE);
    await openMenu("wrap all", "Transfer wrapping key");
    await console.dialog.getByText("There is no RSA key on that token that may receive one").waitFor();
    await console.dialog.getByRole("button", { name: "Close" }).last().click();
    await closed();
    await openObjects(THERE);
    await generate("receiver", "RSA 2048", { wraps: "To receive" });
    await openObjects(HERE);
    await openMenu("wrap all", "Transfer wrapping key");
    await console.dialog.getByText("receiver · 2048").waitFor();
    await inDialog("Transfer").click();
    await confirmIfAsked(console.dialog.getByText("tokens/hash-not-supported"));
    await console.dialog.getByRole("checkbox", { name: /Accept SHA-1/ }).check();
    expect(await console.axe()).toEqual([]);
    await inDialog("Transfer").click();
    await confirmIfAsked(page.getByText(`The wrapping key is on ${THERE} too`));
    await closed();
    await openObjects(THERE);
    await row(/wrap all.*AES/).waitFor();
  });

  it("H09 a damaged file restores nothing", async () => {
    const file = JSON.parse(readFileSync(backupOf("signing"), "utf8"));
    const changed = join(folder, "changed.json");
    writeFileSync(changed, JSON.stringify({ ...file, from: { ...file.from, label: "Other UKey" } }));
    const torn = join(folder, "torn.json");
    writeFileSync(torn, readFileSync(backupOf("signing")).subarray(0, 300));
    await button("Restore key").click();
    await choose("Wrapping key", "wrap all");
    for (const [path, words] of [
      [changed, "its seal does not fit"],
      [torn, "is not a token backup of Keystead, or it is damaged"],
      [join(folder, "nowhere.json"), "cannot be read"],
    ] as const) {
      await console.dialog.getByLabel("Backup file").fill(path);
      await inDialog("Restore").click();
      await console.dialog.getByText(words).waitFor();
      await console.dialog.getByText("tokens/backup-unreadable").waitFor();
    }
    await inDialog("Cancel").click();
    await closed();
    expect(await row(/signing/).count()).toBe(0);
  });

  it("H09 C46 the intact file restores the key there, and the proof is a signature of it", async () => {
    await button("Restore key").click();
    await choose("Wrapping key", "wrap all");
    await console.dialog.getByLabel("Backup file").fill(backupOf("signing"));
    await inDialog("Restore").click();
    await console.dialog.getByText("Key restored").waitFor();
    await console.dialog.getByText(`It signed on “${THERE}”`).waitFor();
    expect(await console.axe()).toEqual([]);
    await console.dialog.getByRole("button", { name: "Close" }).last().click();
    await closed();
    await row(/signing.*Key pair P-256/).waitFor();
    const seen = await Promise.all(
      [HERE, THERE].map((label) => pkcs11Tool({ ...hsm, label, pin: USER_PIN }).objects()),
    );
    const [here, there] = seen.map((all) => all.filter((object) => object.label === "signing"));
    expect(there).toHaveLength(2);
    expect(there?.map((object) => object.id)).toEqual(here?.map((object) => object.id));
  });

  /** The share on the screen, as its custodian copies it; it is on the screen alone. */
  async function shownShare(index: number): Promise<string> {
    const sheet = console.page.getByRole("region", { name: `Share ${index} of 3` });
    await sheet.waitFor();
    expect(await console.page.getByRole("region", { name: /^Share \d of 3$/ }).count()).toBe(1);
    const lines = await sheet.getByRole("listitem").allTextContents();
    expect(lines).toHaveLength(6);
    return lines.join("\n");
  }

  /** From the name to the share in hand. */
  async function takeShare(index: number, custodian: string): Promise<string> {
    const { page } = console;
    await page.getByRole("textbox", { name: "Who takes this share" }).fill(custodian);
    await page.keyboard.press("Enter");
    await confirmIfAsked(page.getByRole("region", { name: `Share ${index} of 3` }));
    const share = await shownShare(index);
    await button("Written down, hide it").click();
    await page.getByRole("textbox", { name: `Type share ${index} back` }).fill(share);
    await button("Compare").click();
    return share;
  }

  async function beginShares(label: string): Promise<void> {
    const { page } = console;
    await openObjects(HERE);
    await openMenu(label, "Back up by shares");
    await console.heading(`Back up ${label} by shares`).waitFor();
    await page.getByLabel("Custodians", { exact: true }).fill("3");
    await page.getByLabel("Needed to restore").fill("4");
    await page.getByLabel("Folder").fill(folder);
    await button("Wrap the key and begin").click();
    await page.getByText("Not more than there are custodians.").waitFor();
    await page.getByLabel("Needed to restore").fill("2");
    expect(await console.axe()).toEqual([]);
    await button("Wrap the key and begin").click();
    await confirmIfAsked(page.getByRole("textbox", { name: "Who takes this share" }));
  }

  const shares: string[] = [];

  it("H09 D30 stopped half-way, the window says that nothing valid was handed out, and no file is there", async () => {
    const { page } = console;
    await openObjects(HERE);
    await generate("guarded", "EC P-256", { extractable: true });
    await beginShares("guarded");
    await takeShare(1, "Ann Archer");
    await page.getByText("Share 2 of 3").first().waitFor();
    const stop = page.getByRole("dialog", { name: "End the handing-out of shares?" });
    await button("Stop").click();
    await stop.getByText("the share that has been handed out opens nothing").waitFor();
    expect(await console.axe()).toEqual([]);
    await console.shoot("stop-shares");
    // The safe button has the focus.
    await page.keyboard.press("Enter");
    await stop.waitFor({ state: "detached" });
    await page.getByText("Share 2 of 3").first().waitFor();
    await button("Stop").click();
    await stop.getByRole("button", { name: "End it", exact: true }).click();
    await page.getByText("Stopped: there is no backup").waitFor();
    await page.getByText("the share that was handed out opens nothing").waitFor();
    expect(readdirSync(folder)).not.toContain("guarded.keystead-shares.json");
    expect(await console.axe()).toEqual([]);
    await button("To the token").click();
    await console.heading(HERE).waitFor();
  });

  it("H09 D30 leaving half-way says first how many shares are lost, and staying loses none", async () => {
    const { page } = console;
    await beginShares("guarded");
    await takeShare(1, "Ann Archer");
    await page.getByText("Share 2 of 3").first().waitFor();
    const leave = page.getByRole("dialog", { name: "End the handing-out of shares?" });
    const links = page.getByRole("navigation").getByRole("link", { name: "Servers", exact: true });
    await links.click();
    await leave.getByText("the share that has been handed out opens nothing").waitFor();
    expect(await console.axe()).toEqual([]);
    await console.shoot("leave-shares");
    // The safe button has the focus.
    await page.keyboard.press("Enter");
    await leave.waitFor({ state: "detached" });
    await page.getByRole("textbox", { name: "Who takes this share" }).fill("Ben Baker");
    await page.keyboard.press("Enter");
    await shownShare(2);
    await page.goBack();
    await leave.getByText("the 2 shares that have been handed out open nothing").waitFor();
    await leave.getByRole("button", { name: "Stay here" }).click();
    await shownShare(2);
    // The tab: the browser's own question, in its own words.
    const asked = page.waitForEvent("dialog");
    const reloaded = page.reload({ timeout: 3000 }).catch(() => undefined);
    const question = await asked;
    expect(question.type()).toBe("beforeunload");
    await question.dismiss();
    await reloaded;
    await shownShare(2);
    await links.click();
    await leave.getByRole("button", { name: "End it and leave" }).click();
    await console.heading("Servers").waitFor();
    expect(readdirSync(folder)).not.toContain("guarded.keystead-shares.json");
    // Nothing is lost by leaving any more, so nothing asks.
    await console.goTo("Overview");
  });

  it("G01 H09 D30 in Keystead's own window, which asks nothing by itself, the page asks before it is closed", async () => {
    const inBrowser = console;
    console = await ConsolePage.openLikeWindow(browser, inBrowser.started);
    try {
      const { page } = console;
      await console.unlock();
      await console.heading("Overview").waitFor();
      await beginShares("guarded");
      await takeShare(1, "Ann Archer");
      await page.getByText("Share 2 of 3").first().waitFor();
      const leave = page.getByRole("dialog", { name: "End the handing-out of shares?" });
      const closing = () => page.close({ runBeforeUnload: true });
      await closing();
      await leave.getByText("the share that has been handed out opens nothing").waitFor();
      expect(await console.axe()).toEqual([]);
      await page.keyboard.press("Enter");
      await leave.waitFor({ state: "detached" });
      await page.getByText("Share 2 of 3").first().waitFor();
      await closing();
      const closed = () => page.locator("html[data-closed]").count();
      expect(await closed()).toBe(0);
      await leave.getByRole("button", { name: "End it and leave" }).click();
      await expect.poll(closed).toBe(1);
      const ended = page.waitForEvent("close");
      await closing();
      await ended;
    } finally {
      await console.page.context().close();
      console = inBrowser;
    }
  });

  it("H09 D29 D30 hands one share to one custodian at a time, each typed back, and then writes the backup", async () => {
    const { page } = console;
    await beginShares("guarded");
    await page.getByRole("textbox", { name: "Who takes this share" }).fill("Ann Archer");
    await page.keyboard.press("Enter");
    const first = await shownShare(1);
    expect(await console.axe()).toEqual([]);
    await button("Written down, hide it").click();
    const field = page.getByRole("textbox", { name: "Type share 1 back" });
    // Off the screen, and nowhere in the page.
    const line = first.split("\n")[3] ?? "";
    expect(await page.content()).not.toContain(line);
    await field.fill(first.replace(line, `${line.slice(0, -1)}${line.endsWith("7") ? "8" : "7"}`));
    await button("Compare").click();
    await page.getByText("Line 4 of the share is mistyped").waitFor();
    expect(await console.axe()).toEqual([]);
    await button("Show it again").click();
    expect(await shownShare(1)).toBe(first);
    await button("Written down, hide it").click();
    await field.fill(first.toLowerCase());
    await button("Compare").click();
    await page.getByText("Share 2 of 3").first().waitFor();
    expect(await page.content()).not.toContain(line);
    await page.getByRole("textbox", { name: "Who takes this share" }).fill("Ann Archer");
    await page.keyboard.press("Enter");
    await page.getByText("This custodian has a share already").waitFor();
    shares.push(first, await takeShare(2, "Ben Baker"));
    await page.getByText("Share 3 of 3").first().waitFor();
    expect(readdirSync(folder)).not.toContain("guarded.keystead-shares.json");
    shares.push(await takeShare(3, "Cem Carver"));
    await page.getByText("Backed up: any 2 of 3 shares open it").waitFor();
    await page.getByText("Ann Archer · Ben Baker · Cem Carver").waitFor();
    await page.getByText(`It signed on “${HERE}”`).waitFor();
    expect(statSync(sharesOf("guarded")).mode & 0o777).toBe(0o600);
    expect(await console.axe()).toEqual([]);
  });

  it("H09 D29 D30 a rehearsal and a restore on the other token take two custodians, and name a wrong share", async () => {
    const { page } = console;
    await openObjects(THERE);
    await button("Restore key").click();
    await inDialog("From shares").click();
    await console.heading(`Restore from shares to ${THERE}`).waitFor();
    const path = page.getByRole("textbox", { name: "Backup file" });
    await path.fill(join(folder, "nowhere.json"));
    await button("Next").click();
    await page.getByText("there is no such file or folder").waitFor();
    await path.fill(backupOf("signing"));
    await button("Next").click();
    await page.getByText("The backup of “signing” is not opened by shares").waitFor();
    await path.fill(sharesOf("guarded"));
    await button("Next").click();
    const field = () => page.getByRole("textbox", { name: /^Share of custodian/ });
    await field().fill((shares[2] ?? "").replace(/.$/, ""));
    await button("Check and hide").click();
    await page.getByText("Line 6 of the share is mistyped").waitFor();
    await field().fill(shares[2] ?? "");
    await button("Check and hide").click();
    await page.getByText("guarded: 1 of 2 needed shares").waitFor();
    expect(await page.content()).not.toContain((shares[2] ?? "").split("\n")[3]);
    await field().fill(shares[2] ?? "");
    await button("Check and hide").click();
    await page.getByText("Share 3 was given before").waitFor();
    expect(await console.axe()).toEqual([]);
    await field().fill(shares[0] ?? "");
    await button("Check and hide").click();
    await page.getByText("guarded: 2 of 2 needed shares").waitFor();
    await button("Cancel").click();
    const leave = page.getByRole("dialog", { name: "Forget the shares?" });
    await leave.getByText("forgets the 2 shares that were typed").waitFor();
    await leave.getByRole("button", { name: "Stay here" }).click();
    await leave.waitFor({ state: "detached" });
    await button("Rehearse only").click();
    await page.getByText("Rehearsed: the shares open the backup").waitFor();
    const before = await pkcs11Tool({ ...hsm, label: THERE, pin: USER_PIN }).objects();
    expect(before.filter((object) => object.label === "guarded")).toEqual([]);
    expect(await console.axe()).toEqual([]);
    await button(`Restore to ${THERE}`).click();
    await confirmIfAsked(page.getByText("Key restored"));
    await page.getByText(`It signed on “${THERE}”`).waitFor();
    await button("To the token").click();
    await row(/guarded.*Key pair P-256/).waitFor();
  });

  it("H02 C29 offers to relink a registered token whose library has moved, and does so once its name is typed", async () => {
    const { page } = console;
    await openObjects(HERE);
    await page.getByRole("tab", { name: "Instance" }).click();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("desk-1");
    await button("Activate").click();
    await page.getByText("Registered as desk-1").waitFor();
    const before = page.url();
    await console.goTo("Tokens");
    await page.getByRole("tab", { name: /Modules/ }).click();
    await openMenu("SoftHSM 2", "Remove module");
    await console.dialog.getByLabel("Type SoftHSM 2 to confirm").fill("SoftHSM 2");
    await inDialog("Remove module").click();
    await page.getByText("Module SoftHSM 2 removed").waitFor();
    const moved = join(folder, "moved-library.so");
    copyFileSync(hsm.module, moved);
    await button("Add module").first().click();
    await console.dialog.getByRole("radio", { name: "Another library, by its path" }).check();
    await console.dialog.getByLabel("Absolute path of the library").fill(moved);
    await inDialog("Add module").click();
    await closed();
    await page.goto(before);
    await page.getByText("A token with the same maker, model and serial is in").waitFor();
    expect(await console.axe()).toEqual([]);
    await button("Relink").click();
    await console.dialog.getByLabel("Type desk-1 to confirm").fill("desk-1");
    expect(await console.axe()).toEqual([]);
    await inDialog("Relink").click();
    await confirmIfAsked(page.getByText("desk-1 relinked"));
    await page.getByRole("tab", { name: "Instance" }).click();
    await page.getByText("Running", { exact: true }).waitFor();
    expect(await page.getByRole("textbox", { name: "Name", exact: true }).inputValue()).toBe("desk-1");
    expect(page.url()).not.toBe(before);
    await page.getByText("This token is not in.").waitFor({ state: "detached" });
  });

  it("G01 G04 H09 the steps of custodians in Chinese, in the dark and at 800 by 600, without anything sticking out", async () => {
    const { page } = console;
    await logIn(HERE);
    await console.goTo("Settings");
    await page.getByText("Dark", { exact: true }).click();
    await page.getByText("中文", { exact: true }).click();
    await page.setViewportSize({ width: 800, height: 600 });
    await page.goBack();
    await page
      .getByRole("button", { name: /guarded/ })
      .last()
      .click();
    await page.getByRole("menuitem", { name: "按份额备份" }).click();
    await page.getByRole("heading", { level: 1, name: "按份额备份 guarded" }).waitFor();
    expect(await console.overflow()).toBe(0);
    expect(await console.axe()).toEqual([]);
    expect(await console.violations()).toEqual([]);
  });
});
