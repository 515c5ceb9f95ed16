import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchChromium } from "#test/support/chromium.ts";
import { type ConsoleDoor, startConsoleDoor } from "#test/support/console-door.ts";

// The real application and console behind the loopback door, in a real browser: what only a browser can show, such as
// fetch metadata, the fragment, reloads, Clear-Site-Data and the policy.

const PASSWORD = "a long enough password 1";
let browser: Browser;
let context: BrowserContext;
let page: Page;
let started: ConsoleDoor;
let complaints: string[];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

beforeEach(async () => {
  started = await startConsoleDoor();
  context = await browser.newContext();
  page = await context.newPage();
  complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
});
afterEach(async () => {
  await context.close();
  await started.close();
});

/** Makes a vault, locked, that the page can then open. */
async function makeVault(): Promise<void> {
  const caller = started.app.connect("test");
  const params = { name: "Test vault", userName: "officer", password: PASSWORD };
  expect(await started.app.dispatch(caller, { operation: "vault.create", params })).toMatchObject({ ok: true });
  expect(await started.app.dispatch(caller, { operation: "vault.lock", params: {} })).toMatchObject({ ok: true });
  started.app.disconnect(caller);
}

const passwordField = (target = page) => target.locator("input[type=password]");

const refusals = () => started.log.filter((line) => line.includes("Refused a request (403")).length;

async function serveText(html: string): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((_request, response) => response.setHeader("Content-Type", "text/html").end(html));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
}

async function unlock(): Promise<void> {
  await page.goto(started.link);
  await passwordField().fill(PASSWORD);
  await passwordField().press("Enter");
  await page.getByRole("navigation").first().waitFor();
}

describe("browser door", () => {
  it("G02 opens the console from the hand-over file without a word from the policy, and hides the code at once", async () => {
    const { file } = await started.door.handOver();
    await page.goto(`file://${file}`);
    await page.locator("input").first().waitFor();
    expect(page.url().replace(/#\/.*$/, "")).toBe(`${started.door.url}/`);
    expect(complaints).toEqual([]);
    await expect.poll(() => existsSync(file)).toBe(false);
  });

  it("G02 a copied link is worth nothing a second time", async () => {
    await page.goto(started.link);
    await page.locator("input").first().waitFor();
    const other = await context.newPage();
    await other.goto(started.link);
    await other.getByText("has been used or is too old").first().waitFor();
    expect(await other.locator("input").count()).toBe(0);
  });

  it("G02 a page opened without a code shows nothing of the vault and says how to open it", async () => {
    await page.goto(started.door.url);
    await page.getByText("opens only from Keystead itself").first().waitFor();
    expect(await page.locator("input").count()).toBe(0);
  });

  it("G02 V01 keeps the session over reloads, quick ones too", async () => {
    await makeVault();
    await unlock();
    for (let round = 0; round < 3; round++) {
      await page.reload({ waitUntil: "commit" });
      // By the page itself: the driver has no page to speak to for the moment in which one takes the other's place.
      if (round === 1) await page.evaluate(() => void setTimeout(() => location.reload(), 5));
      await page.getByRole("navigation").first().waitFor();
    }
    expect(await passwordField().count()).toBe(0);
  });

  it("G02 V01 after a lock the page shows nothing but the way in, survives a reload, and opens again", async () => {
    await makeVault();
    await unlock();
    const cleared = page.waitForResponse((response) => response.url().endsWith("/forget"));
    await started.app.lock("idle");
    expect((await (await cleared).allHeaders())["clear-site-data"]).toBe('"cache", "storage"');
    await passwordField().waitFor();
    expect(await page.getByRole("navigation").count()).toBe(0);
    await expect.poll(() => page.evaluate(() => sessionStorage.length), { timeout: 15_000 }).toBe(1);
    await page.reload();
    await passwordField().fill(PASSWORD);
    await passwordField().press("Enter");
    await page.getByRole("navigation").first().waitFor();
  });

  it("G02 keeps nothing that opens the vault in the browser", async () => {
    await makeVault();
    await unlock();
    const kept = await page.evaluate(async () => ({
      local: Object.keys(localStorage),
      session: Object.keys(sessionStorage),
      cookies: document.cookie,
      databases: (await indexedDB.databases()).length,
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      caches: await caches.keys(),
    }));
    expect(kept.session).toEqual(["keystead.resume"]);
    expect(kept).toMatchObject({ cookies: "", databases: 0, workers: 0, caches: [] });
    // What the code in sessionStorage is worth while the tab lives: a take-over that the officer sees, and only once.
    expect(kept.local.filter((name) => /secret|session|resume|code/i.test(name))).toEqual([]);
  });

  it.each(["127.0.0.1", "localhost"])(
    "G02 a page of another port, as %s, can neither frame the console nor call the door",
    async (host) => {
      await page.goto(started.link);
      await page.locator("input").first().waitFor();
      // A server of its own on loopback, so that it is our door that refuses and not the browser's guard of local addresses.
      await using evil = await serveText("<!doctype html><p>evil</p>");
      const other = await context.newPage();
      await other.goto(`http://${host}:${evil.port}/`);
      const before = refusals();
      const outcome = await other.evaluate(async (url) => {
        const frame = document.createElement("iframe");
        frame.src = url;
        const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
        document.body.append(frame);
        await loaded;
        const ask = (path: string, init: RequestInit) =>
          fetch(url + path, init).then(
            (response) => response.type,
            () => "refused",
          );
        return [
          await ask("/call", { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } }),
          await ask("/call", { method: "POST", body: "{}" }),
          await ask("/", {}),
          // Gets through blindly, and is answered with a refusal that it cannot read.
          await ask("/call", { method: "POST", body: "{}", mode: "no-cors" }),
        ];
      }, started.door.url);
      expect(outcome.slice(0, 3)).toEqual(["refused", "refused", "refused"]);
      expect(["opaque", "refused"]).toContain(outcome[3]);
      await expect.poll(() => refusals() - before).toBeGreaterThanOrEqual(4);
      expect(started.log.filter((line) => /fault/.test(line))).toEqual([]);
    },
  );

  it("G02 the page says so when Keystead has ended", async () => {
    await makeVault();
    await unlock();
    await started.door.close("Keystead has been closed.");
    await page.getByText("Keystead has been closed.").first().waitFor();
  });
});
