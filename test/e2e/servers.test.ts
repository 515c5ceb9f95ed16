import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage } from "#test/support/console-page.ts";
import { type Fleet, fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";

// What the window says and allows about host keys and password login, on real servers and real known_hosts files.

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.skipIf(fleetUnavailable() !== undefined)("known_hosts in the add-server dialog", () => {
  let fleet: Fleet;
  let machine: Machine;
  let console: ConsolePage;
  let folder: string;
  let own: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "keystead-known-"));
    own = join(folder, "known_hosts");
    fleet = await startFleet(2);
    machine = machineAt(0);
    console = await ConsolePage.open(browser, { outside: { knownHostsFiles: [own] } });
    await console.createVault();
    await console.goTo("Servers");
  });
  afterAll(async () => {
    await console[Symbol.asyncDispose]();
    await fleet.stop();
    await rm(folder, { recursive: true });
  });

  function machineAt(index: number): Machine {
    const found = fleet.machines[index];
    if (!found) throw new Error("The fleet is too small.");
    return found;
  }
  const nameOf = ({ host, port }: Machine) => (port === 22 ? host : `[${host}]:${port}`);
  const ed25519 = (of: Machine) => of.hostKeyFingerprints.find((key) => key.algorithm === "ssh-ed25519");

  /** Opens the dialog and has it read the host key. */
  async function readKey(): Promise<string> {
    const { page } = console;
    await page.getByRole("button", { name: "Add server" }).first().click();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("web-1");
    await page.getByRole("textbox", { name: "Address", exact: true }).fill(machine.host);
    await page.getByRole("spinbutton", { name: "Port" }).fill(String(machine.port));
    await page.getByRole("button", { name: "Read host key" }).click();
    await page.getByRole("note").waitFor();
    return ed25519(machine)?.fingerprint ?? "";
  }
  const verdict = () => console.page.getByRole("note").getAttribute("data-known-hosts");
  const pin = () => console.page.getByRole("button", { name: "Add server and pin host key" });
  const compared = () => console.page.getByRole("checkbox", { name: "I have compared" });
  const paste = (text: string) =>
    console.page.getByRole("textbox", { name: /Fingerprint as the server says it/ }).fill(text);
  const cancel = () => console.page.getByRole("button", { name: "Cancel" }).click();

  it("P06 B47 says that no file names the server, or which line knows it by this very key", async () => {
    await readKey();
    expect(await verdict()).toBe("not-listed");
    await cancel();
    await writeFile(own, `# mine\n${nameOf(machine)} ssh-ed25519 ${ed25519(machine)?.blob}\n`);
    await readKey();
    expect(await verdict()).toBe("same");
    await console.page.getByText(`(${own}, line 2)`).waitFor();
    expect(await pin().isDisabled()).toBe(true);
    await console.shoot("known-same");
    expect(await console.axe()).toEqual([]);
    await cancel();
  });

  it("P06 B47 lets nobody pin a revoked key: neither box nor pasting opens the button", async () => {
    await writeFile(own, `@revoked * ssh-ed25519 ${ed25519(machine)?.blob}\n`);
    const fingerprint = await readKey();
    expect(await verdict()).toBe("revoked");
    expect(await compared().isDisabled()).toBe(true);
    await paste(fingerprint);
    await console.page.getByText("Both fingerprints are the same.").waitFor();
    expect(await compared().isDisabled()).toBe(true);
    expect(await pin().isDisabled()).toBe(true);
    await console.shoot("known-revoked");
    expect(await console.axe()).toEqual([]);
    await cancel();
  });

  it("P06 B47 says what it could not read", async () => {
    await rm(own);
    await mkdir(own);
    await readKey();
    expect(await verdict()).toBe("unreadable");
    await console.page.getByText(`${own}: not a regular file`).waitFor();
    await console.shoot("known-unreadable");
    expect(await console.axe()).toEqual([]);
    await cancel();
    await rm(own, { recursive: true });
  });

  it("P06 B47 B49 shows both fingerprints of a differing key, and pins only after the console's was pasted", async () => {
    const foreign = ed25519(machineAt(1));
    await writeFile(own, `${nameOf(machine)} ssh-ed25519 ${foreign?.blob}\n`);
    const fingerprint = await readKey();
    expect(await verdict()).toBe("different");
    const shown = await console.dialog.textContent();
    expect(shown).toContain(fingerprint);
    expect(shown).toContain(foreign?.fingerprint);
    expect(await compared().isDisabled()).toBe(true);
    expect(await pin().isDisabled()).toBe(true);
    await console.shoot("known-different");
    expect(await console.axe()).toEqual([]);
    await paste("nonsense");
    await console.page.getByText("There is no SHA256 fingerprint in this text").waitFor();
    expect(await pin().isDisabled()).toBe(true);
    await console.shoot("no-fingerprint");
    await paste(foreign?.fingerprint ?? "");
    await console.page.getByText("The fingerprints differ.").waitFor();
    expect(await pin().isDisabled()).toBe(true);
    await paste(fingerprint);
    await console.page.getByText("Both fingerprints are the same.").waitFor();
    // Taking it back takes the consent back.
    await paste("");
    expect(await pin().isDisabled()).toBe(true);
    await paste(fingerprint);
    await pin().click();
    await console.page.getByRole("button", { name: "Bind now" }).waitFor();
    await console.page.getByRole("button", { name: "Cancel" }).click();
    await console.page.getByRole("link", { name: "web-1" }).waitFor();
    expect(await console.violations()).toEqual([]);
    expect(console.faults).toEqual([]);
  });
});

describe.skipIf(fleetUnavailable() !== undefined)("password login allowed again in the window", () => {
  it("P07 B43 says what it means, asks for the name, shows the steps and what sshd says, and the server's state follows", async () => {
    await using fleet = await startFleet(1);
    await using console = await ConsolePage.open(browser);
    const { page } = console;
    const [machine] = fleet.machines;
    if (!machine) throw new Error("The fleet has no machine.");
    await console.createVault();
    await bindByOperations(console, machine);
    await console.goTo("Servers");
    await page.getByRole("link", { name: "db-1" }).click();
    await console.heading("db-1").waitFor();
    await page.getByRole("button", { name: "More actions for db-1" }).click();
    await page.getByRole("menuitem", { name: "Check host key" }).click();
    const check = page.getByRole("dialog", { name: "Check host key: db-1" });
    await check.getByText("The server presents the very key that is pinned").waitFor();
    // Nothing to decide, so nothing to press, and nobody sits between.
    expect(await check.textContent()).not.toContain("sits between");
    expect(await check.getByRole("button", { name: /Trust|Pin/ }).count()).toBe(0);
    expect(await console.axe()).toEqual([]);
    await console.shoot("host-key-unchanged");
    await page.keyboard.press("Escape");
    await check.waitFor({ state: "detached" });
    // Another key pair cannot be bound by a password that opens nothing: the dialog says so, and leads to what helps.
    await page.getByRole("button", { name: "Bind key pair" }).click();
    const binding = page.getByRole("dialog", { name: "Bind a key pair to db-1" });
    await binding.getByText("Password login is off on this server").waitFor();
    await console.shoot("bind-passwords-off");
    expect(await console.axe()).toEqual([]);
    await binding.getByRole("button", { name: "Allow password login again" }).click();
    await page.getByRole("dialog", { name: "Allow password login again: db-1" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Allow password login again: db-1" }).waitFor({ state: "detached" });
    await binding.getByRole("button", { name: "Cancel" }).click();
    await binding.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "More actions for db-1" }).click();
    await page.getByRole("menuitem", { name: "Allow password login again" }).click();
    const ok = console.dialog.getByRole("button", { name: "Allow password login", exact: true });
    expect(await ok.isDisabled()).toBe(true);
    expect(await console.dialog.textContent()).toContain("Whoever knows or guesses a password of this server");
    await console.shoot("allow-dialog");
    expect(await console.axe()).toEqual([]);
    await console.dialog.getByLabel(/^Sudo password of ops/).fill(machine.passwords.ops);
    await console.dialog.getByRole("textbox", { name: /^Type/ }).fill("db-1");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Steps of the task" }).waitFor();
    await page.locator('[data-task-state="done"]').waitFor();
    await page.getByText("Nothing of Keystead's keeps passwords off any more.").waitFor();
    await page.getByText(/From outside the server offers publickey, ?password/).waitFor();
    await console.shoot("allow-task");
    expect(await console.axe()).toEqual([]);
    expect(await page.content()).not.toContain(machine.passwords.ops);
    await page.getByRole("button", { name: "Close" }).last().click();
    await page.getByText("On", { exact: true }).waitFor();
    // Not the window's word: the server's own.
    expect(await machine.must("sshd -T")).toMatch(/^passwordauthentication yes$/m);
    await page.getByRole("button", { name: "More actions for db-1" }).click();
    const item = page.getByRole("menuitem", { name: "Allow password login again" });
    await expect.poll(() => item.getAttribute("aria-disabled")).toBe("true");
    await page.keyboard.press("Escape");
    await console.goTo("Tasks");
    await page.getByRole("link", { name: "Allow password login on db-1" }).click();
    await page.getByText("Remove Keystead's own setting").waitFor();
    expect(await console.violations()).toEqual([]);
    expect(console.faults).toEqual([]);
  });
});

/** The server in the inventory, bound for its sudo user, by the operations that the window itself calls. */
async function bindByOperations(console: ConsolePage, machine: Machine): Promise<void> {
  const say = await console.party();
  const at = { host: machine.host, port: machine.port };
  const { hostKey } = await say<{ hostKey: { fingerprint: string } }>("servers.readHostKey", at);
  const wish = { name: "db-1", ...at, user: "ops", hostKeyFingerprint: hostKey.fingerprint };
  const { id } = await say<{ id: string }>("servers.add", wish);
  const { keypair } = await say<{ keypair: { id: string } }>("keypairs.create", {
    name: "shared",
    spec: "ed25519",
    scope: "account",
  });
  const password = machine.passwords.ops;
  const task = await say<{ id: string }>("servers.bind", { id, keypairId: keypair.id, password });
  expect(await say("tasks.wait", { id: task.id, seconds: 60 })).toMatchObject({ state: "done" });
}

describe.skipIf(fleetUnavailable() !== undefined)("an account without a shell in the window", () => {
  it("P07 B23 binds over SFTP, offers no switch of passwords there, and says why", async () => {
    const mainConfig =
      "PermitRootLogin yes\nUsePAM yes\nSubsystem sftp internal-sftp\nMatch User plain\n  ForceCommand internal-sftp\n";
    await using fleet = await startFleet(1, { mainConfig });
    await using console = await ConsolePage.open(browser);
    const { page } = console;
    const [machine] = fleet.machines;
    if (!machine) throw new Error("The fleet has no machine.");
    await console.createVault();
    await console.goTo("Servers");
    await page.getByRole("button", { name: "Add server" }).first().click();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("files-1");
    await page.getByRole("textbox", { name: "Address", exact: true }).fill(machine.host);
    await page.getByRole("spinbutton", { name: "Port" }).fill(String(machine.port));
    await page.getByRole("textbox", { name: "Login name" }).fill("plain");
    await page.getByRole("button", { name: "Read host key" }).click();
    await page.getByRole("checkbox", { name: "I have compared" }).check();
    await page.getByRole("button", { name: "Add server and pin host key" }).click();
    await page.getByLabel(/^Password of plain/).fill(machine.passwords.plain);
    await page.getByText("More options").click();
    await page.getByRole("checkbox", { name: "This account may only use SFTP" }).check();
    await page.getByText("Without a shell password login cannot be switched off here").waitFor();
    expect(await page.getByRole("checkbox", { name: "Switch password login off" }).count()).toBe(0);
    await console.shoot("bind-sftp");
    expect(await console.axe()).toEqual([]);
    await page.getByRole("button", { name: "Bind now" }).click();
    await page.locator('[data-task-state="done"]').waitFor();
    await page.getByText("Prove the login with the new key by SFTP").waitFor();
    expect(await machine.readFile("/home/plain/.ssh/authorized_keys")).toContain("ssh-ed25519 AAAA");
    expect(await console.violations()).toEqual([]);
    expect(console.faults).toEqual([]);
  });
});
