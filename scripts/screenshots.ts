import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchChromium } from "#test/support/chromium.ts";
import { ConsolePage } from "#test/support/console-page.ts";
import { fleetUnavailable, startFleet } from "#test/support/fleet/fleet.ts";

// Takes the pictures of the documentation from the real console with real servers behind it: `node scripts/screenshots.ts`.
// With a folder as argument, every page at 1280x800 and 800x600, light and dark: to be looked at after a change of the console.

const SIZES = [
  [1280, 800],
  [800, 600],
] as const;
const everything = process.argv[2] !== undefined;
const folder = process.argv[2] ?? join(import.meta.dirname, "../docs/screenshots");
const why = fleetUnavailable();
if (why !== undefined) throw new Error(`Screenshots need the test servers: ${why}`);
mkdirSync(folder, { recursive: true });

const fleet = await startFleet(3);
const browser = await launchChromium();
const shown = await ConsolePage.open(browser);
const { page } = shown;
try {
  await shoot(page, "create-vault", ["light"]);
  await shown.createVault();
  await prepare();
  for (const name of ["Overview", "Key pairs", "Servers", "Tasks", "Traces", "Settings"]) {
    await shown.goTo(name);
    await shoot(page, name.toLowerCase().replace(" ", "-"), ["light", "dark"]);
  }
  await details();
  await page.keyboard.press("Control+l");
  await page.getByRole("button", { name: "Unlock", exact: true }).waitFor();
  await shoot(page, "unlock", ["light", "dark"]);
} finally {
  await shown[Symbol.asyncDispose]();
  await browser.close();
  await fleet.stop();
}

/** Data as an officer would have it, made through the same operations. */
async function prepare(): Promise<void> {
  const say = await shown.party();
  const keys: string[] = [];
  for (const [name, spec] of [
    ["deploy-2026", "ed25519"],
    ["backup-host", "rsa-4096"],
    ["build-farm", "ecdsa-p384"],
  ] as const) {
    keys.push((await say<{ keypair: { id: string } }>("keypairs.create", { name, spec, scope: "account" })).keypair.id);
  }
  for (const [index, machine] of fleet.machines.entries()) {
    const { hostKey } = await say<{ hostKey: { fingerprint: string } }>("servers.readHostKey", {
      host: machine.host,
      port: machine.port,
    });
    const user = index === 1 ? ("ops" as const) : ("root" as const);
    const server = await say<{ id: string }>("servers.add", {
      name: ["web-1", "db-1", "mail-1"][index],
      host: machine.host,
      port: machine.port,
      user,
      hostKeyFingerprint: hostKey.fingerprint,
    });
    const password = index === 2 ? "not the password" : machine.passwords[user];
    const task = await say<{ id: string }>("servers.bind", {
      id: server.id,
      keypairId: keys[index % keys.length],
      password,
    });
    await say("tasks.wait", { id: task.id });
  }
}

/** Pages behind the lists, and the dialogs that matter most. */
async function details(): Promise<void> {
  await shown.goTo("Tasks");
  await page.getByRole("link", { name: "Bind deploy-2026 to web-1" }).first().click();
  await shoot(page, "task-done", ["light", "dark"]);
  await shown.goTo("Tasks");
  await page.getByRole("link", { name: "Bind build-farm to mail-1" }).first().click();
  await shoot(page, "task-failed", ["light"]);
  await shown.goTo("Servers");
  await page.getByRole("link", { name: "web-1" }).first().click();
  await shoot(page, "server", ["light"]);
  await shown.goTo("Key pairs");
  await page.getByRole("link", { name: "deploy-2026" }).first().click();
  await shoot(page, "key-pair", ["light", "dark"]);
  await shown.goTo("Servers");
  await page.getByRole("button", { name: "Add server" }).first().click();
  await shoot(page, "add-server", ["light"]);
  await page.getByRole("button", { name: "Cancel" }).click();
}

async function shoot(on: Page, name: string, themes: readonly ("light" | "dark")[]): Promise<void> {
  for (const theme of everything ? themes : (["light"] as const)) {
    await on.emulateMedia({ colorScheme: theme });
    for (const [width, height] of everything ? SIZES : SIZES.slice(0, 1)) {
      await on.setViewportSize({ width, height });
      await on.waitForTimeout(450);
      await on.screenshot({ path: join(folder, `${name}-${theme}${width === 800 ? "-800" : ""}.png`) });
    }
  }
  await on.emulateMedia({ colorScheme: "light" });
  await on.setViewportSize({ width: 1280, height: 800 });
}
