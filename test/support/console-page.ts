import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { type ConsoleDoor, startConsoleDoor } from "./console-door.ts";
import { likeOwnWindow } from "./window-page.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export const OFFICER = "Ada Officer";
export const VAULT = "Night shift";
export const PASSWORD = "correct horse battery staple";

const SIZES = [
  [1280, 800, "light"],
  [800, 600, "dark"],
] as const;

interface AxeFinding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

interface WatchedWindow {
  readonly violations: string[];
  readonly axe: { run(): Promise<{ readonly violations: readonly AxeFinding[] }> };
}

/** The console as an officer meets it: the real application behind its loopback door, in a real browser. */
export class ConsolePage implements AsyncDisposable {
  readonly page: Page;
  readonly started: ConsoleDoor;
  /** Errors of scripts and of the browser's console. */
  readonly faults: string[] = [];

  private constructor(page: Page, started: ConsoleDoor) {
    this.page = page;
    this.started = started;
  }

  static async open(browser: Browser, options: Parameters<typeof startConsoleDoor>[0] = {}): Promise<ConsolePage> {
    const started = await startConsoleDoor(options);
    const shown = await ConsolePage.#watched(browser, started);
    await shown.page.goto(started.link);
    return shown;
  }

  /** One more page of the same application, as Keystead's own window shows it. Close its context at the end, not it. */
  static async openLikeWindow(browser: Browser, started: ConsoleDoor): Promise<ConsolePage> {
    const shown = await ConsolePage.#watched(browser, started);
    await likeOwnWindow(shown.page, started.app);
    await shown.page.goto(`${new URL(started.link).origin}/`);
    return shown;
  }

  static async #watched(browser: Browser, started: ConsoleDoor): Promise<ConsolePage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const shown = new ConsolePage(page, started);
    page.on("pageerror", (error) => shown.faults.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") shown.faults.push(message.text());
    });
    await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(window, { violations: seen });
      document.addEventListener("securitypolicyviolation", (event) => {
        seen.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    return shown;
  }

  /** Through the wizard, by mouse. */
  async createVault(): Promise<void> {
    const { page } = this;
    await page.getByLabel("Name of the vault").fill(VAULT);
    await page.getByLabel("Your name").fill(OFFICER);
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("Password again").fill(PASSWORD);
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("checkbox", { name: "I have read this" }).check();
    await page.getByRole("button", { name: "Create vault" }).click();
    await this.heading("Overview").waitFor();
  }

  async unlock(password = PASSWORD): Promise<void> {
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.page.getByRole("button", { name: "Unlock", exact: true }).click();
  }

  heading(name: string): Locator {
    return this.page.getByRole("heading", { level: 1, name });
  }

  get dialog(): Locator {
    return this.page.getByRole("dialog");
  }

  /** By the navigation, as a person goes. */
  async goTo(name: string): Promise<void> {
    await this.page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
    await this.heading(name).waitFor();
  }

  /** What axe finds serious or critical on what is shown now, a line each. */
  async axe(): Promise<string[]> {
    // Animations end first: a half-transparent dialog has no contrast.
    await this.page.waitForTimeout(400);
    await this.page.evaluate(await readFile(AXE, "utf8"));
    const { violations } = await this.page.evaluate(() => (window as unknown as WatchedWindow).axe.run());
    return violations
      .filter((finding) => finding.impact === "serious" || finding.impact === "critical")
      .map((finding) => `${finding.id}: ${finding.nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
  }

  /** What the page's content security policy refused so far. */
  violations(): Promise<string[]> {
    return this.page.evaluate(() => (window as unknown as WatchedWindow).violations);
  }

  /** CSS pixels by which the page or its content is wider than its room. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => {
      const main = document.querySelector("main");
      const inner = main ? main.scrollWidth - main.clientWidth : 0;
      return Math.max(0, document.documentElement.scrollWidth - window.innerWidth, inner);
    });
  }

  /**
   * A picture in light at 1280 by 800 and in dark at 800 by 600, when somebody wants to look: `KEYSTEAD_SHOTS=/tmp/shots`.
   * `look` is called at both sizes, picture or not. Contrast is judged before: colours fade while the theme changes.
   */
  async shoot(name: string, look?: () => Promise<void>): Promise<void> {
    const shots = process.env.KEYSTEAD_SHOTS;
    if (shots === undefined && look === undefined) return;
    const { page } = this;
    for (const [width, height, colorScheme] of SIZES) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(400);
      if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}-${width}.png`) });
      await look?.();
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 800 });
  }

  /** Speaks as one more party at the same application, by the operations that the console itself calls. */
  async party(): Promise<<T>(operation: string, params?: object) => Promise<T>> {
    const { app } = this.started;
    const caller = app.connect("test");
    const say = async <T>(operation: string, params: object = {}): Promise<T> => {
      const reply = await app.dispatch(caller, { operation, params });
      if (!reply.ok) throw new Error(`${operation}: ${reply.error.message}`);
      return reply.result as T;
    };
    await say("vault.unlock", { password: PASSWORD });
    return say;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
    await this.started.close();
  }
}
