import type { Browser, Download, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage, PASSWORD } from "#test/support/console-page.ts";
import { TestFolder } from "#test/support/kernel.ts";
import { softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";

// The list pages as an officer arranges them: columns, saved filters, files, and what is left of it after a restart.

let browser: Browser;
const folder = new TestFolder("lists");
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  folder[Symbol.dispose]();
});

const HOSTILE = "=HYPERLINK(1)";

async function textOf(download: Download): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

const headings = (page: Page) =>
  page
    .getByRole("columnheader")
    .allTextContents()
    .then((texts) => texts.map((text) => text.trim()).filter((text) => text !== "" && text !== "Actions"));

describe("list pages in the browser", () => {
  const vault = folder.at("vault");

  it("G01 A02 lets columns be chosen, filters saved, and what is shown be written to a file that runs nothing", async () => {
    await using console = await ConsolePage.open(browser, { folder: vault });
    const { page } = console;
    await console.createVault();
    const say = await console.party();
    for (const [name, host] of [
      [HOSTILE, "192.0.2.1"],
      ["web-2", "192.0.2.2"],
      ["db-1", "192.0.2.3"],
    ]) {
      await say("servers.add", { name, host });
    }
    await console.goTo("Servers");
    await page.getByRole("row", { name: /db-1/ }).waitFor();

    // By keyboard: the panel takes the focus, Escape gives it back and keeps the choice.
    const chooser = page.getByRole("button", { name: "Columns", exact: true });
    await chooser.focus();
    await page.keyboard.press("Enter");
    const panel = page.getByRole("dialog", { name: "Columns" });
    await expect.poll(() => panel.evaluate((element) => element.contains(document.activeElement))).toBe(true);
    await panel.getByRole("checkbox", { name: "Last seen" }).uncheck();
    await panel.getByRole("checkbox", { name: "Pinned host key" }).check();
    expect(await console.axe()).toEqual([]);
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    await expect.poll(() => chooser.evaluate((element) => element === document.activeElement)).toBe(true);
    const arranged = ["Name", "Address", "User", "Status", "Password login", "Key pair", "Pinned host key"];
    expect(await headings(page)).toEqual(arranged);

    await page.getByRole("textbox", { name: /^Search/ }).fill("192.0.2");
    await page.getByRole("button", { name: "Saved filters" }).click();
    const saved = page.getByRole("dialog", { name: "Saved filters" });
    await saved.getByRole("textbox", { name: "Name for these filters" }).fill("the test net");
    await page.keyboard.press("Enter");
    await saved.getByRole("button", { name: "the test net", exact: true }).waitFor();
    expect(await console.axe()).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("textbox", { name: /^Search/ }).fill("HYPERLINK");
    await page.getByRole("status").filter({ hasText: "1 of 3" }).waitFor();

    const arriving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save this row as CSV" }).click();
    const download = await arriving;
    expect(download.suggestedFilename()).toMatch(/^keystead-servers-\d{4}-\d\d-\d\d\.csv$/);
    expect((await textOf(download)).split("\r\n")).toEqual([
      `\uFEFF"Name","Address","User","Status","Password login","Key pair","Pinned host key"`,
      `"'${HOSTILE}","192.0.2.1","root","Not tried yet","Unknown","Not bound",""`,
      "",
    ]);
    expect(await console.violations()).toEqual([]);
    expect(console.faults).toEqual([]);
  });

  it("G01 finds the same columns and saved filters after a restart, from the vault and not from the browser", async () => {
    await using console = await ConsolePage.open(browser, { folder: vault });
    const { page } = console;
    await console.unlock();
    await console.goTo("Servers");
    await page.getByRole("row", { name: /db-1/ }).waitFor();
    expect(await headings(page)).toContain("Pinned host key");
    expect(await headings(page)).not.toContain("Last seen");
    await page.getByRole("button", { name: "Saved filters" }).click();
    await page.getByRole("button", { name: "the test net", exact: true }).click();
    await expect.poll(() => page.getByRole("textbox", { name: /^Search/ }).inputValue()).toBe("192.0.2");
    expect(page.url()).toContain("q=192.0.2");

    await page.getByRole("button", { name: "Saved filters" }).click();
    await page.getByRole("button", { name: "Delete the saved filter the test net" }).click();
    await page.getByText("No filter saved yet.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Columns", exact: true }).click();
    await page.getByRole("button", { name: "Usual columns" }).click();
    await page.keyboard.press("Escape");
    await expect.poll(() => headings(page)).toContain("Last seen");
    const stored = await page.evaluate(async () => [
      localStorage.length,
      document.cookie,
      (await indexedDB.databases()).length,
    ]);
    expect(stored).toEqual([0, "", 0]);
  });

  it.each([
    ["Key pairs", "Fingerprint MD5", "keypairs"],
    ["Tasks", "Cause", "tasks"],
    ["Traces", "Operation", "traces"],
    ["Tokens", "Manufacturer", "tokens"],
  ])("G01 A02 the list %s has the same tools", async (name, extra, list) => {
    await using console = await ConsolePage.open(browser, { folder: vault });
    const { page } = console;
    await console.unlock();
    const say = await console.party();
    if (list === "keypairs") await say("keypairs.create", { name: "deploy", spec: "ed25519", scope: "account" });
    await console.goTo(name);
    expect(await page.getByRole("button", { name: "Refresh" }).isVisible()).toBe(true);
    expect(await page.getByRole("button", { name: "Saved filters" }).isVisible()).toBe(true);
    expect(await page.getByRole("button", { name: /as CSV$/ }).isVisible()).toBe(true);
    await page.getByRole("button", { name: "Columns", exact: true }).click();
    await page.getByRole("checkbox", { name: extra, exact: true }).check();
    await page.keyboard.press("Escape");
    await expect
      .poll(async () => Object.keys((await say<{ lists: object }>("vault.preferences")).lists))
      .toContain(list);
    expect(await headings(page)).toContain(extra);
    if (list !== "traces") return;
    const arriving = page.waitForEvent("download");
    await page.getByRole("button", { name: /as CSV$/ }).click();
    const lines = (await textOf(await arriving)).trimEnd().split("\r\n");
    expect(lines[0]).toContain(`"Operation"`);
    expect(lines.slice(1).every((line) => /"[a-z]+\.[A-Za-z]+"/.test(line))).toBe(true);
    expect(lines.join()).not.toContain(PASSWORD);
  });
});

describe.skipIf(softHsmUnavailable() !== undefined)("tokens by their tags", () => {
  it("H13 T02 shows the tokens that have all the tags chosen, as chips, and says so in the address", async () => {
    const hsm = await startSoftHsm();
    onTestFinished(() => hsm.dispose());
    const tokenModules = () => createTokenModules({ environment: hsm.env });
    await using console = await ConsolePage.open(browser, { outside: { tokenModules } });
    const { page } = console;
    await console.createVault();
    const say = await console.party();
    for (const label of ["North 1", "North 2", "South 1"]) await hsm.addToken(label, "87654321", "123456");
    await say("tokens.addModule", { path: hsm.module, name: "SoftHSM" });
    const { tokens } = await say<{ tokens: { id: string; label: string }[] }>("tokens.list");
    const tags: Readonly<Record<string, object[]>> = {
      "North 1": [
        { key: "site", value: "north" },
        { key: "env", value: "prod" },
      ],
      "North 2": [{ key: "site", value: "north" }],
      "South 1": [
        { key: "site", value: "south" },
        { key: "env", value: "prod" },
      ],
    };
    for (const { id, label } of tokens) {
      if (tags[label] === undefined) continue;
      await say("tokens.activate", { id, name: label.replace(" ", "-"), use: "server" });
      await say("tokens.setTags", { id, tags: tags[label] });
    }
    await console.goTo("Tokens");
    const rows = async () => (await page.getByRole("link", { name: /^(?:North|South) \d$/ }).allTextContents()).sort();
    await expect.poll(rows).toEqual(["North 1", "North 2", "South 1"]);

    const search = page.getByRole("combobox", { name: "Search by tags" });
    const choose = async (text: string) => {
      await search.fill(text);
      await page.keyboard.press("Enter");
    };
    await choose("site = north");
    await expect.poll(rows).toEqual(["North 1", "North 2"]);
    await choose("env (any value)");
    await expect.poll(rows).toEqual(["North 1"]);
    await page.keyboard.press("Escape");
    expect(decodeURIComponent(page.url())).toContain("tags=site;north,env");
    expect(await console.axe()).toEqual([]);
    await page.getByRole("button", { name: "Clear filters" }).click();
    await expect.poll(rows).toEqual(["North 1", "North 2", "South 1"]);
    expect(await console.violations()).toEqual([]);
  });
});
