import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { _electron, type ElectronApplication, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "#shared/contract/index.ts";
import { buildIfStale } from "#test/support/console-door.ts";

// Runs where Electron's own binary is. `electron` itself is never imported: from Node it would try to download.

const ROOT = join(import.meta.dirname, "../..");
const binary = findBinary();
if (binary === undefined) {
  console.warn("SKIPPED: test/electron needs Electron's binary (npx install-electron, or ELECTRON_OVERRIDE_DIST_PATH)");
}

let home: string;
let shell: ElectronApplication;
let page: Page;

describe.skipIf(binary === undefined)("window", () => {
  beforeAll(async () => {
    await buildIfStale();
    home = await mkdtemp(join(tmpdir(), "keystead-window-"));
    shell = await _electron.launch({
      ...(binary === undefined ? {} : { executablePath: binary }),
      // Root has no sandbox in Chromium; the window's own options are looked at below.
      args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), `--user-data-dir=${join(home, "shell")}`, ROOT],
      env: { ...process.env, KEYSTEAD_HOME: join(home, "vault") } as Record<string, string>,
    });
    page = await shell.firstWindow();
    await page.locator("input").first().waitFor();
  });
  afterAll(async () => {
    await shell.close();
    await rm(home, { recursive: true, force: true });
  });

  it("G01 shows the console from its own scheme, without Node in the page", async () => {
    expect(page.url()).toMatch(/^keystead:\/\/console\//);
    const seen = await page.evaluate(() => ({
      require: typeof (globalThis as { require?: unknown }).require,
      process: typeof (globalThis as { process?: unknown }).process,
      secure: isSecureContext,
    }));
    expect(seen).toEqual({ require: "undefined", process: "undefined", secure: true });
  });

  it("G01 gives the page one function an operation and a listener, nothing else", async () => {
    const offered = await page.evaluate(() => {
      const { keystead } = window as unknown as { keystead: { operations: Record<string, object> } };
      return {
        keys: Object.keys(keystead).sort(),
        names: Object.entries(keystead.operations).flatMap(([feature, group]) =>
          Object.keys(group).map((operation) => `${feature}.${operation}`),
        ),
      };
    });
    expect(offered.keys).toEqual(["listen", "operations"]);
    expect(offered.names).toEqual(operations.map(({ name }) => name));
  });

  it("G01 the page can fetch nothing, open nothing, go nowhere", async () => {
    const outcome = await page.evaluate(async () => ({
      fetched: await fetch("https://example.com/").then(
        () => "answered",
        () => "refused",
      ),
      opened: window.open("https://example.com/"),
    }));
    expect(outcome).toEqual({ fetched: "refused", opened: null });
    await page.evaluate(() => {
      location.href = "https://example.com/";
    });
    await page.waitForTimeout(500);
    expect(page.url()).toMatch(/^keystead:\/\/console\//);
  });

  it("G01 the page is sandboxed and isolated as its options say", async () => {
    const options = await shell.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      const { sandbox, contextIsolation, nodeIntegration, webSecurity } = contents.getLastWebPreferences();
      return { sandbox, contextIsolation, nodeIntegration, webSecurity };
    });
    expect(options).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true });
  });

  it("G01 V01 a vault is created, locked and opened in the window", async () => {
    const call = (operation: string, input: object) =>
      page.evaluate(
        ([name, params]) => {
          const { keystead } = window as unknown as {
            keystead: { operations: { vault: Record<string, (input: unknown) => Promise<unknown>> } };
          };
          return keystead.operations.vault[name as string]?.(params);
        },
        [operation, input] as const,
      );
    const password = "a long enough password 1";
    expect(await call("create", { name: "Test", userName: "officer", password })).toMatchObject({ ok: true });
    // The page starts anew after a lock, so the answer to it may not arrive.
    await call("lock", {}).catch(() => undefined);
    await page.locator("input[type=password]").waitFor();
    expect(await call("unlock", { password })).toMatchObject({ ok: true, result: { state: "unlocked" } });
  });

  it("G01 the runtime's ciphers are those the crypto code is written for", async () => {
    const seen = await shell.evaluate(() => ({
      boringssl: (process.features as { openssl_is_boringssl?: boolean }).openssl_is_boringssl,
    }));
    expect(seen.boringssl).toBe(true);
  });
});

function findBinary(): string | undefined {
  const folder = join(ROOT, "node_modules/electron");
  const pathFile = join(folder, "path.txt");
  const name = existsSync(pathFile) ? readFileSync(pathFile, "utf8").trim() : "electron";
  const found = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, "dist"), name);
  return existsSync(found) ? found : undefined;
}
