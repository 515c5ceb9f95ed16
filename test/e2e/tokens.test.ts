import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { type Clock, systemClock } from "#main/clock.ts";
import { LIMITS } from "#shared/limits.ts";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage, PASSWORD } from "#test/support/console-page.ts";
import { pkcs11Tool, witnessUnavailable } from "#test/support/tokens/pkcs11-tool.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";

// What an officer does with UKeys, in a real browser, on a real SoftHSM behind a process of its own.

const SO_PIN = "90817263";
const USER_PIN = "704182";
const OTHER_PIN = "518306";
const LABEL = "Büro UKey 1";

let browser: Browser;
/** Milliseconds by which the application's clock is ahead, to let a confirmation lapse without waiting for it. */
let ahead = 0;
const clock: Clock = {
  ...systemClock,
  now: () => systemClock.now() + ahead,
  monotonic: () => systemClock.monotonic() + ahead,
};

describe.skipIf(softHsmUnavailable() !== undefined)("tokens in the browser", () => {
  let hsm: SoftHsm;
  let console: ConsolePage;
  /** Address of the initialised token's page, as an officer would copy it. */
  let address = "";

  beforeAll(async () => {
    browser = await launchChromium();
    hsm = await startSoftHsm();
    console = await ConsolePage.open(browser, {
      outside: { clock, tokenModules: () => createTokenModules({ environment: hsm.env, clock }) },
    });
    await console.createVault();
  });
  afterAll(async () => {
    await console[Symbol.asyncDispose]();
    await hsm.dispose();
    await browser.close();
  });

  const button = (name: string | RegExp) => console.page.getByRole("button", { name });
  const inDialog = (name: string) => console.dialog.getByRole("button", { name, exact: true });
  const closed = () => console.dialog.waitFor({ state: "detached" });

  /** What any field on the page holds: a PIN that was sent is in none of them. */
  const typed = () =>
    console.page.evaluate(() =>
      [...document.querySelectorAll("input, textarea")].map((field) => (field as HTMLInputElement).value),
    );

  async function openMenu(label: string, item: string): Promise<void> {
    // The tooltip of an id must not lie over the row above it.
    await console.page.mouse.move(1, 1);
    await button(`More actions for ${label}`).click();
    await console.page.getByRole("menuitem", { name: item, exact: true }).click();
  }

  async function tab(name: string): Promise<void> {
    await console.page.getByRole("tab", { name }).click();
  }

  /** Whether the password is asked depends on how long the tests before took. */
  async function confirmIfAsked(outcome: Locator): Promise<void> {
    const confirm = console.page.getByRole("dialog", { name: "Confirm that it is you" });
    await confirm.or(outcome).first().waitFor();
    if (await confirm.isVisible()) {
      await confirm.getByRole("textbox", { name: "Password", exact: true }).fill(PASSWORD);
      await console.page.keyboard.press("Enter");
    }
    await outcome.waitFor();
  }

  it("H01 adds the library that is found on this machine, after saying what a library may see", async () => {
    const { page } = console;
    await console.goTo("Tokens");
    await page.getByText("First add the PKCS#11 library").waitFor();
    expect(await console.axe()).toEqual([]);
    await button("Add module").click();
    await console.dialog.getByText("it sees every PIN typed").waitFor();
    // Linked into several folders, it is listed once, by the path of the file itself.
    await console.dialog.getByRole("radio", { name: /libsofthsm2\.so$/ }).check();
    expect(await console.axe()).toEqual([]);
    await inDialog("Add module").click();
    await page.getByText("Module SoftHSM 2 added").waitFor();
    await page.getByRole("row", { name: /Fresh token.*Not yet/ }).waitFor();
    await button(/^1 token in\. Fresh token/).waitFor();
  });

  it("H01 refuses a path that is no library, and says so in place", async () => {
    await tab("Modules (1)");
    await button("Add module").click();
    await console.dialog.getByRole("radio", { name: "Another library, by its path" }).check();
    await console.dialog.getByLabel("Absolute path of the library").fill("libsofthsm2.so");
    await inDialog("Add module").click();
    await console.dialog.getByText("An absolute path").waitFor();
    await console.dialog.getByLabel("Absolute path of the library").fill("/etc/passwd");
    await inDialog("Add module").click();
    await console.dialog
      .getByText("tokens/module-not-pkcs11")
      .or(console.dialog.getByText(/tokens\/module-un/))
      .waitFor();
    await inDialog("Cancel").click();
    await closed();
  });

  it("H04 C20 the wizard for a fresh token counts bytes, wants PINs twice and within limits, and nothing common to both", async () => {
    const { page } = console;
    await console.goTo("Tokens");
    await page.getByRole("link", { name: "Fresh token" }).click();
    await button("Initialise").first().click();
    await console.heading("Initialise a fresh token").waitFor();
    await page.getByText("nothing is on it, and nothing is lost").waitFor();
    await button("Next").click();
    const label = page.getByLabel("Label", { exact: true });
    await label.fill("x".repeat(33));
    await page.getByText("33 of 32 bytes").waitFor();
    await label.fill(LABEL);
    await page.getByText("12 of 32 bytes").waitFor();
    await page.getByLabel("Security officer's PIN (SO PIN)").fill(SO_PIN);
    await page.getByLabel("New SO PIN again").fill(SO_PIN);
    await page.getByLabel("New user PIN", { exact: true }).fill("12");
    await page.getByLabel("New user PIN again").fill("13");
    await button("Next").click();
    await page.getByText(/is 4 to 255 bytes long; this one has 2/).waitFor();
    await page.getByText("The two entries are not the same.").waitFor();
    await page.getByLabel("New user PIN", { exact: true }).fill(SO_PIN);
    await page.getByLabel("New user PIN again").fill(SO_PIN);
    await button("Next").click();
    await page.getByText("SO PIN and user PIN must not be the same.").waitFor();
    expect(await console.axe()).toEqual([]);
  });

  it("H04 initialises it once the word is typed, and shows the proof of each step", async () => {
    const { page } = console;
    await page.getByLabel("New user PIN", { exact: true }).fill(USER_PIN);
    await page.getByLabel("New user PIN again").fill(USER_PIN);
    await button("Next").click();
    const word = page.getByLabel("Type empty to confirm that it is this token");
    await word.fill("full");
    await page.getByRole("main").getByRole("button", { name: "Initialise" }).click();
    await page.getByText("Type it exactly as shown.").waitFor();
    await word.fill("empty");
    // A slow token, so that somebody can want to leave meanwhile.
    const slow = Promise.withResolvers<void>();
    await page.route("**/call", async (route) => {
      if (route.request().postData()?.includes('"tokens.initialize"') === true) await slow.promise;
      await route.continue();
    });
    await page.getByRole("main").getByRole("button", { name: "Initialise" }).click();
    await page.getByText("Do not pull the token out").waitFor();
    await page.getByRole("navigation").getByRole("link", { name: "Servers", exact: true }).click();
    const leave = page.getByRole("dialog", { name: "Leave while the token is initialised?" });
    await leave.getByText("shown here alone and only once").waitFor();
    expect(await console.axe()).toEqual([]);
    await page.keyboard.press("Enter");
    await leave.waitFor({ state: "detached" });
    slow.resolve();
    await page.getByText("The token is ready").waitFor();
    await page.unrouteAll();
    expect(await page.locator('[data-state="done"]').count()).toBe(9);
    const values = await typed();
    for (const pin of [SO_PIN, USER_PIN]) expect(values).not.toContain(pin);
    expect(await page.content()).not.toContain(USER_PIN);
    expect(await console.axe()).toEqual([]);
    await button("Open the token").click();
    await console.heading(LABEL).waitFor();
    address = page.url();
  });

  it("H05 a wrong PIN is counted and warned of, and the right one logs in by keyboard alone", async () => {
    const { page } = console;
    await button("Log in").focus();
    await page.keyboard.press("Enter");
    await console.dialog.getByLabel("User PIN", { exact: true }).waitFor();
    await page.keyboard.type("000000");
    await page.keyboard.press("Enter");
    await console.dialog.getByText("tokens/pin-incorrect").waitFor();
    expect(await typed()).not.toContain("000000");
    await page.getByText("1 wrong PIN counted by this vault").waitFor();
    expect(await console.axe()).toEqual([]);
    await page.keyboard.type(USER_PIN);
    await page.keyboard.press("Enter");
    await closed();
    await button(new RegExp(`${LABEL}: Logged in`)).waitFor();
    await page.getByText("wrong PIN counted").waitFor({ state: "detached" });
  });

  it("H05 changes the user PIN, which ends the login; the old one is wrong from then on", async () => {
    const { page } = console;
    await button("Change PIN").click();
    await console.dialog.getByLabel("Present PIN").fill(USER_PIN);
    await console.dialog.getByLabel("New PIN", { exact: true }).fill(OTHER_PIN);
    await console.dialog.getByLabel("New PIN again").fill(OTHER_PIN);
    await inDialog("Change PIN").click();
    await page.getByText("PIN changed", { exact: true }).waitFor();
    await closed();
    await button("Log in").click();
    await console.dialog.getByLabel("User PIN", { exact: true }).fill(USER_PIN);
    await inDialog("Log in").click();
    await console.dialog.getByText("tokens/pin-incorrect").waitFor();
    await console.dialog.getByLabel("User PIN", { exact: true }).fill(OTHER_PIN);
    await inDialog("Log in").click();
    await closed();
  });

  it("H05 C13 C14 after two wrong PINs somebody has to say that the next may be the last", async () => {
    await button("Log out").click();
    await button("Log in").click();
    const wrong = { "111111": "1 wrong PIN counted", "222222": "2 wrong PINs counted" };
    for (const [pin, counted] of Object.entries(wrong)) {
      await console.dialog.getByLabel("User PIN", { exact: true }).fill(pin);
      await inDialog("Log in").click();
      await console.page.getByText(counted).waitFor();
      await console.dialog.getByText("tokens/pin-incorrect").waitFor();
    }
    const sure = console.dialog.getByRole("checkbox", { name: /I am sure of the PIN/ });
    await sure.waitFor();
    await console.dialog.getByLabel("User PIN", { exact: true }).fill(OTHER_PIN);
    await inDialog("Log in").click();
    await console.dialog.getByText("Read this first, then tick the box.").waitFor();
    expect(await console.axe()).toEqual([]);
    await sure.check();
    await inDialog("Log in").click();
    await closed();
  });

  it("H07 generates a key pair and says what that means for a backup before it is made", async () => {
    const { page } = console;
    await tab("Objects");
    await button("Generate key").click();
    await console.dialog.getByText("this key will never leave the token").waitFor();
    await console.dialog.getByLabel("Label").fill("signing 1");
    await inDialog("Generate").click();
    await page.getByText("Key signing 1 generated").waitFor();
    await page.getByRole("row", { name: /signing 1.*Key pair P-256.*Never leaves/ }).waitFor();
    expect(await console.axe()).toEqual([]);
  });

  it("H09 C46 says of a key that cannot leave that no backup is possible", async () => {
    await openMenu("signing 1", "Back up");
    await console.dialog.getByText("This key cannot leave the token").waitFor();
    expect(await inDialog("Write backup").count()).toBe(0);
    await console.dialog.getByRole("button", { name: "Close" }).last().click();
    await closed();
  });

  it("H07 C47 shows the attributes as the token says them", async () => {
    await openMenu("signing 1", "Attributes");
    await console.dialog.getByRole("row", { name: /CKA_NEVER_EXTRACTABLE.*yes/ }).waitFor();
    expect(await console.axe()).toEqual([]);
    await console.page.keyboard.press("Escape");
    await closed();
  });

  it("H07 signs a text and a long file with it, and tells a good signature from one over something else", async () => {
    await openMenu("signing 1", "Sign or check");
    await console.dialog.getByLabel("Message", { exact: true }).fill("pay 100 to Example");
    await inDialog("Sign").click();
    const shown = console.dialog.getByRole("region", { name: "Signature (base64)" });
    const signature = await shown.innerText();
    expect(signature).toMatch(/^[A-Za-z0-9+/]{90,100}={0,2}$/);
    await console.dialog.getByText("openssl dgst -sha256 -verify").waitFor();
    expect(await console.axe()).toEqual([]);
    await console.dialog.getByText("Check signature").first().click();
    await console.dialog.getByLabel("Message", { exact: true }).fill("pay 100 to Example");
    await console.dialog.getByLabel("Signature (base64)").fill(signature);
    await inDialog("Check signature").click();
    await console.dialog.getByText("The signature is good").waitFor();
    await console.dialog.getByLabel("Message", { exact: true }).fill("pay 900 to Example");
    await inDialog("Check signature").click();
    await console.dialog.getByText("This is no signature of this key over this message").waitFor();
    expect(await console.axe()).toEqual([]);

    // Over 4 KB only the digest leaves the page, and the token itself checks it.
    const long = { name: "release.tar", mimeType: "application/octet-stream", buffer: Buffer.alloc(100_000, 7) };
    await console.dialog.getByText("Sign", { exact: true }).first().click();
    await console.dialog.getByText("File", { exact: true }).click();
    await inDialog("Sign").click();
    await console.dialog.getByText("Choose the file first.").waitFor();
    await console.dialog.locator("input[type=file]").setInputFiles(long);
    await inDialog("Sign").click();
    const ofFile = await shown.innerText();
    await console.dialog.getByText("Check signature").first().click();
    await console.dialog.getByText("File", { exact: true }).click();
    await console.dialog.locator("input[type=file]").setInputFiles(long);
    await console.dialog.getByLabel("Signature (base64)").fill(ofFile);
    await inDialog("Check signature").click();
    await console.dialog.getByText("Checked by the token, as only the digest was given.").waitFor();
    await console.dialog.getByText("The signature is good").waitFor();
    await inDialog("Close").last().click();
    await closed();
  });

  it.skipIf(witnessUnavailable() !== undefined)("C25 asks for the PIN at each use of a key that wants it", async () => {
    const witness = pkcs11Tool({ ...hsm, label: LABEL, pin: OTHER_PIN });
    await witness.run(
      "--keypairgen",
      "--key-type",
      "EC:prime256v1",
      "--id",
      "c25c",
      "--label",
      "strict",
      "--always-auth",
    );
    await tab("Basics");
    await tab("Objects");
    await openMenu("strict", "Sign or check");
    await console.dialog.getByLabel("Message", { exact: true }).fill("pay 100 to Example");
    await inDialog("Sign").click();
    await console.dialog.getByText("Please fill in this field.").waitFor();
    await console.dialog.getByLabel("User PIN", { exact: true }).fill("000000");
    await inDialog("Sign").click();
    await console.dialog.getByText("tokens/pin-incorrect").waitFor();
    expect(await typed()).not.toContain("000000");
    await console.dialog.getByLabel("User PIN", { exact: true }).fill(OTHER_PIN);
    await inDialog("Sign").click();
    await console.dialog.getByRole("region", { name: "Signature (base64)" }).waitFor();
    expect(await typed()).not.toContain(OTHER_PIN);
    expect(await console.axe()).toEqual([]);
    await inDialog("Close").last().click();
    await closed();
    for (const type of ["privkey", "pubkey"]) await witness.run("--delete-object", "--type", type, "--id", "c25c");
    await tab("Basics");
    await tab("Objects");
    await console.page.getByRole("row", { name: /strict/ }).waitFor({ state: "detached" });
  });

  it("H10 makes a certificate request that the key on the token has signed", async () => {
    await openMenu("signing 1", "Request certificate");
    await console.dialog.getByLabel("Subject").fill("CN=signing.example, O=Example");
    await inDialog("Make request").click();
    await console.dialog.getByText("-----BEGIN CERTIFICATE REQUEST-----").waitFor();
    await console.dialog.getByRole("button", { name: "Close" }).last().click();
    await closed();
  });

  it("H07 deletes it only once its label is typed, and after the password", async () => {
    const { page } = console;
    ahead += (LIMITS.confirmationSeconds + 1) * 1000;
    await openMenu("signing 1", "Delete");
    const ok = inDialog("Delete");
    expect(await ok.isDisabled()).toBe(true);
    await console.dialog.getByLabel("Type signing 1 to confirm").fill("signing 2");
    expect(await ok.isDisabled()).toBe(true);
    await console.dialog.getByLabel("Type signing 1 to confirm").fill("signing 1");
    await ok.click();
    await page
      .getByRole("dialog", { name: "Confirm that it is you" })
      .getByRole("textbox", { name: "Password", exact: true })
      .fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByText("signing 1 deleted").waitFor();
    await page.getByRole("row", { name: /signing 1/ }).waitFor({ state: "detached" });
  });

  it("H03 H13 registers the token as an instance with a name, a use and tags", async () => {
    const { page } = console;
    await tab("Instance");
    const name = page.getByRole("textbox", { name: "Name", exact: true });
    await name.fill("büro 1");
    await button("Activate").click();
    await page.getByText("Letters, digits, _ and -").waitFor();
    await name.fill("office-1");
    await button("Activate").click();
    await page.getByText("Registered as office-1").waitFor();
    await button("Add tag").click();
    await page.getByLabel("Key of tag 1").fill("site");
    await page.getByLabel("Value of tag 1").fill("Bonn");
    await button("Save tags").click();
    await page.getByText("Tags saved").waitFor();
    expect(await console.axe()).toEqual([]);
  });

  it("H12 measures the token and draws it beside the platinum edition", async () => {
    const { page } = console;
    await tab("Performance");
    await page.getByText("0.5", { exact: true }).click();
    await button("Measure").click();
    await page.getByText("Platinum edition", { exact: true }).first().waitFor();
    expect(await page.getByRole("progressbar", { name: "Platinum edition: 1,500 /s" }).count()).toBe(1);
    expect(await page.getByRole("progressbar", { name: /^Measured, 1 caller: [\d,]+ \/s$/ }).count()).toBe(5);
    expect(await console.axe()).toEqual([]);
  });

  it("P21 creates a key pair on the token, asking for the PIN where nobody is logged in", async () => {
    const { page } = console;
    await button("Log out").click();
    await page.getByText(`Logged out of ${LABEL}`).waitFor();
    await console.goTo("Key pairs");
    await button("Create key pair").first().click();
    await console.dialog.getByRole("textbox", { name: "Name", exact: true }).fill("deploy");
    await console.dialog.getByRole("radio", { name: /Make it on a token/ }).check();
    await console.dialog.getByText(`Nobody is logged in to ${LABEL}.`).waitFor();
    expect(await console.axe()).toEqual([]);
    await inDialog("Create key pair").click();
    const pin = page.getByRole("dialog", { name: `Log in to ${LABEL}` });
    await pin.getByLabel("User PIN", { exact: true }).fill(OTHER_PIN);
    await page.keyboard.press("Enter");
    await page.getByText("Key pair deploy created").waitFor();
    await page.getByRole("row", { name: /deploy.*Ed25519.*On a token/ }).waitFor();
    await page.getByRole("link", { name: "deploy" }).click();
    await page.getByText("never leaves it").waitFor();
    expect(await button("Export private key").isDisabled()).toBe(true);
    expect(await page.getByRole("link", { name: new RegExp(`^${LABEL}`) }).count()).toBe(1);
  });

  it("H06 registers the token as administrator", async () => {
    const { page } = console;
    await console.goTo("Settings");
    await button("Register a UKey").click();
    await console.dialog.getByLabel("User PIN", { exact: true }).fill(OTHER_PIN);
    await inDialog("Register").click();
    await page.getByText(`${LABEL} opens this vault now`).waitFor();
    await page.getByRole("row", { name: new RegExp(LABEL) }).waitFor();
    expect(await typed()).not.toContain(OTHER_PIN);
    expect(await console.axe()).toEqual([]);
  });

  it("V01 H06 unlocks the vault with the UKey and its PIN", async () => {
    const { page } = console;
    await page.keyboard.press("Control+l");
    await page.getByText("UKey", { exact: true }).click();
    await page.getByLabel("User PIN", { exact: true }).fill("333333");
    await button("Unlock with UKey").click();
    await page.getByText("tokens/pin-incorrect").waitFor();
    expect(await typed()).not.toContain("333333");
    expect(await console.axe()).toEqual([]);
    await page.getByLabel("User PIN", { exact: true }).fill(OTHER_PIN);
    await button("Unlock with UKey").click();
    await console.heading("Settings").waitFor();
  });

  it("H06 takes its way into the vault away once its label is typed; the password stays one", async () => {
    const { page } = console;
    await button(`Remove: ${LABEL}`).click();
    await console.dialog.getByLabel(`Type ${LABEL} to confirm`).fill(LABEL);
    await inDialog("Remove").click();
    await confirmIfAsked(page.getByText(`${LABEL} no longer opens this vault`));
    await page.getByText("The password is the only way in.").waitFor();
  });

  it("H02 C27 shows within 2 s that the token was pulled out, on every page", async () => {
    const { page } = console;
    await page.goto(address);
    await console.heading(LABEL).waitFor();
    await button(new RegExp(`${LABEL}: Not logged in`)).waitFor();
    const serial = (await hsm.serials())[0] ?? "";
    await hsm.pullOut(serial);
    const pulled = performance.now();
    await page.getByText("This token is not in.").waitFor({ timeout: 5000 });
    expect(performance.now() - pulled).toBeLessThan(2000);
    await button(new RegExp(`^(?!.*${LABEL}).*token in`)).waitFor();
    expect(await button("Log in").isDisabled()).toBe(true);
    expect(await console.axe()).toEqual([]);
  });

  it("H04 C19 an initialised token gets another screen, which names what depends on it", async () => {
    const { page } = console;
    await hsm.addToken("Spare", SO_PIN, USER_PIN);
    await console.goTo("Tokens");
    await page.getByRole("tab", { name: /Modules/ }).click();
    await openMenu("SoftHSM 2", "Restart");
    await page.getByText("Module SoftHSM 2 restarted").waitFor();
    await page.getByRole("tab", { name: "Tokens" }).click();
    await openMenu("Spare", "Initialise anew");
    await console.heading("Initialise Spare anew").waitFor();
    await page.getByText("Everything on it will be erased").first().waitFor();
    await button("Next").click();
    await page.getByLabel("Present SO PIN").waitFor();
    expect(await page.getByLabel("New SO PIN again").count()).toBe(0);
    await page.getByLabel("Label", { exact: true }).fill("Spare 2");
    await page.getByLabel("Present SO PIN").fill("00000000");
    await page.getByLabel("New user PIN", { exact: true }).fill(OTHER_PIN);
    await page.getByLabel("New user PIN again").fill(OTHER_PIN);
    await button("Next").click();
    await page.getByLabel(/^Type Spare to confirm that everything/).fill("Spare");
    await button("Erase and initialise").click();
    await confirmIfAsked(page.getByText("tokens/pin-incorrect"));
    // Back at the form, with every PIN to be typed anew.
    expect(await page.getByLabel("Present SO PIN").inputValue()).toBe("");
    expect(await page.getByLabel("Label", { exact: true }).inputValue()).toBe("Spare 2");
  });

  it("H04 initialises token after token with one form, and gives the table without any PIN", async () => {
    const { page } = console;
    await console.goTo("Tokens");
    await button("Initialise many").click();
    await page.getByLabel("Security officer's PIN (SO PIN)").fill(SO_PIN);
    await page.getByLabel("New SO PIN again").fill(SO_PIN);
    await page.getByLabel("New user PIN", { exact: true }).fill(USER_PIN);
    await page.getByLabel("New user PIN again").fill(USER_PIN);
    await button("Begin").click();
    for (const label of ["UKey-001", "UKey-002"]) {
      await page.getByText(label, { exact: true }).first().waitFor();
      await page.getByLabel("Type empty to confirm that it is this token").fill("empty");
      await button("Initialise this token").click();
      await page.getByRole("row", { name: new RegExp(`${label}.*Done`) }).waitFor();
    }
    expect(await console.axe()).toEqual([]);
    await page.getByRole("navigation").getByRole("link", { name: "Servers", exact: true }).click();
    const leave = page.getByRole("dialog", { name: "End the series?" });
    await leave.getByText("2 tokens were initialised and stay so").waitFor();
    await page.keyboard.press("Escape");
    await leave.waitFor({ state: "detached" });
    await button("End the series").click();
    await page.getByText("2 done, 0 failed").waitFor();
    const download = page.waitForEvent("download");
    await button("Download CSV").click();
    const stream = await (await download).createReadStream();
    const csv = (await stream.toArray()).map(String).join("");
    expect(csv).toMatch(/"UKey-001","[0-9a-f]{16}"/);
    for (const pin of [SO_PIN, USER_PIN]) expect(csv + (await page.content())).not.toContain(pin);
    expect(await console.axe()).toEqual([]);
  });

  it("H01 the module doctor tells what was listed, what was tried and what is odd", async () => {
    const { page } = console;
    await console.goTo("Tokens");
    await page.getByRole("tab", { name: /Modules/ }).click();
    await page.getByRole("link", { name: "SoftHSM 2" }).click();
    await button("Examine now").click();
    await page.getByText("What was tried").waitFor({ timeout: 60_000 });
    await page.getByRole("cell", { name: "CKM_RSA_PKCS_KEY_PAIR_GEN" }).waitFor();
    expect(await console.axe()).toEqual([]);
  });

  it("G01 G04 speaks Chinese, in the dark and at 800 by 600, without anything sticking out", async () => {
    const { page } = console;
    await console.goTo("Settings");
    await page.getByText("Dark", { exact: true }).click();
    await page.getByText("中文", { exact: true }).click();
    await page.setViewportSize({ width: 800, height: 600 });
    for (const path of ["#/tokens", "#/tokens/modules", "#/tokens/series"]) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, path);
      await page.getByRole("heading", { level: 1, name: /令牌/ }).waitFor();
      expect(await console.overflow()).toBe(0);
      expect(await console.axe()).toEqual([]);
    }
  });

  it("G02 all of it within the page's policy", async () => {
    expect(await console.violations()).toEqual([]);
  });
});
