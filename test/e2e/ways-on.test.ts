import { type Browser, chromium, type Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorsZh } from "#shared/lang/errors-zh.ts";
import { ConsolePage, OFFICER, PASSWORD, VAULT } from "#test/support/console-page.ts";
import { type Fleet, fleetUnavailable, startFleet } from "#test/support/fleet/fleet.ts";

// Where an officer goes on: the focus after a step, a page whose thing is gone, what a dialog says is done to what.

let browser: Browser;
let console: ConsolePage;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  console = await ConsolePage.open(browser);
});
afterAll(async () => {
  await console[Symbol.asyncDispose]();
  await browser.close();
});

/** Speaks as one more party at the same application. */
async function say<T>(operation: string, params: object = {}): Promise<T> {
  const { app } = console.started;
  const caller = app.connect("test");
  const ask = async (name: string, given: object) => {
    const reply = await app.dispatch(caller, { operation: name, params: given });
    if (!reply.ok) throw new Error(`${name}: ${reply.error.message}`);
    return reply.result;
  };
  await ask("vault.unlock", { password: PASSWORD });
  return (await ask(operation, params)) as T;
}

const makePair = async (name: string) =>
  (await say<{ keypair: { id: string } }>("keypairs.create", { name, spec: "ed25519", scope: "account" })).keypair.id;
const focusIsIn = (place: Locator) =>
  expect.poll(() => place.evaluate((node) => node.contains(document.activeElement)));

describe("ways on", () => {
  it("G01 V01 goes on at the beginning of what there is to read before a vault is made", async () => {
    const { page } = console;
    await page.getByLabel("Name of the vault").fill(VAULT);
    await page.getByLabel("Your name").fill(OFFICER);
    await page.keyboard.press("Enter");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("Password again").fill(PASSWORD);
    await page.keyboard.press("Enter");
    const check = page.getByRole("region", { name: "Check and create" });
    await focusIsIn(check).toBe(true);
    expect(await console.axe()).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Create vault" }).click();
    await console.heading("Overview").waitFor();
  });

  it("P05 names all that is deleted, rows that a filter hides too, and keeps the selection when turned back", async () => {
    const { page, dialog } = console;
    for (const name of ["alpha", "beta", "gamma"]) await makePair(name);
    await console.goTo("Key pairs");
    await page.getByRole("link", { name: "gamma" }).waitFor();
    await page.getByRole("checkbox", { name: "Select alpha" }).check();
    await page.getByRole("checkbox", { name: "Select beta" }).check();
    await page.getByRole("textbox", { name: /^Search name/ }).fill("alpha");
    await page.getByRole("link", { name: "beta" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await dialog.getByText("These key pairs are deleted").waitFor();
    expect(await dialog.getByRole("listitem").allInnerTexts()).toEqual(["alpha", "beta"]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByText("2 selected").waitFor();
    await page.getByRole("button", { name: "Clear selection" }).click();
    await page.getByRole("textbox", { name: /^Search name/ }).fill("");
  });

  it("P04 offers to put a private key back where it is not in the vault, and says why it cannot be used", async () => {
    const { page } = console;
    const id = await makePair("cleared");
    await say("keypairs.clearPrivateKey", { id });
    await page.evaluate((hash) => location.assign(hash), `#/keypairs/${id}`);
    await page.getByRole("button", { name: "Import private key" }).waitFor();
    const bind = page.getByRole("button", { name: "Bind to a server" });
    expect([await bind.isDisabled(), await bind.getAttribute("title")]).toEqual([
      true,
      "The private key is not in the vault. Import it first.",
    ]);
  });

  it("P05 shows a key pair that was deleted elsewhere no longer, and leads to the list", async () => {
    const { page } = console;
    const id = await makePair("short-lived");
    await page.evaluate((hash) => location.assign(hash), `#/keypairs/${id}`);
    await console.heading("short-lived").waitFor();
    await say("keypairs.remove", { id, acceptBound: false });
    await page.getByText("keypairs/not-found").waitFor();
    expect(await page.getByRole("heading", { name: "short-lived" }).count()).toBe(0);
    await page.getByRole("button", { name: "Show all key pairs" }).click();
    await page.getByRole("link", { name: "alpha" }).waitFor();
  });

  it("G01 shows the sentence under a refused field, not the field alone, in a low window", async () => {
    const { page, dialog } = console;
    await page.setViewportSize({ width: 800, height: 600 });
    await page.getByRole("button", { name: "Create key pair" }).click();
    await dialog.getByText("Write it to a file once").click();
    const press = dialog.getByRole("button", { name: "Create key pair" });
    await press.click();
    const sentence = dialog.getByText("Please fill in this field.").first();
    await expect
      .poll(async () => {
        const [said, button] = [await sentence.boundingBox(), await press.boundingBox()];
        return said !== null && button !== null && said.y + said.height <= button.y;
      })
      .toBe(true);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it("G01 says in Chinese what went wrong, and keeps what main said of it", async () => {
    const { page } = console;
    await page.keyboard.press("Control+l");
    await page.getByText("中文", { exact: true }).click();
    await page.getByLabel("密码", { exact: true }).fill("this is not the password");
    await page.keyboard.press("Enter");
    await page.getByText(errorsZh["vault/wrong-password"]).waitFor();
    await page.getByText("This password does not open the vault. Check it and try again.").waitFor();
    expect(await console.axe()).toEqual([]);
    await page.getByText("English", { exact: true }).click();
    await console.unlock();
    await console.heading("Key pairs").waitFor();
  });
});

describe.skipIf(fleetUnavailable() !== undefined)("ways on with a server", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(1);
  });
  afterAll(() => fleet.stop());

  it("G01 P06 keeps the keyboard in the dialog when the host key is there, and says whose it is", async () => {
    const { page, dialog } = console;
    const host = fleet.machines[0]?.host ?? "";
    await console.goTo("Servers");
    await page.getByRole("button", { name: "Add server" }).first().click();
    await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("web-1");
    await dialog.getByRole("textbox", { name: "Address" }).fill(host);
    await page.keyboard.press("Enter");
    const paste = dialog.getByRole("textbox", { name: /^Fingerprint as the server says it/ });
    await focusIsIn(paste).toBe(true);
    await dialog.getByText(host, { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });
});
