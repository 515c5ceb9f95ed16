import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { ConsolePage, PASSWORD } from "#test/support/console-page.ts";
import { openVaultDatabase } from "#test/support/vault-keys.ts";
import { type Bench, line, median } from "./measure.ts";

const CHROMIUM = "/usr/bin/chromium";
const MANY = 10_000;
const FEW = 20;

/** The inventory in the real console: from the moment its data has arrived to painted rows, and rows while jumping through it. */
export const serversList: Bench = {
  name: "servers-list",
  unavailable: () => (existsSync(CHROMIUM) ? undefined : "there is no /usr/bin/chromium"),
  async run() {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-background-networking"],
    });
    try {
      const few = await showing(browser, FEW);
      const many = await showing(browser, MANY);
      return [
        line(
          "servers-list.first-paint",
          many.paint,
          "ms",
          few.paint,
          `under 200 ms after the data of ${MANY} servers is there (baseline: ${FEW} servers)`,
          many.paint < 200,
        ),
        line(
          "servers-list.white-frames",
          many.white,
          "frames",
          Math.max(1, few.white),
          "no frame without rows in 100 jumps",
          many.white === 0,
        ),
      ];
    } finally {
      await browser.close();
    }
  },
};

async function showing(browser: Browser, servers: number): Promise<{ readonly paint: number; readonly white: number }> {
  const folder = mkdtempSync(join(tmpdir(), "keystead-bench-"));
  const console = await ConsolePage.open(browser, { folder });
  try {
    await console.createVault();
    await console.page.keyboard.press("Control+l");
    await console.page.getByRole("button", { name: "Unlock", exact: true }).waitFor();
    await fill(folder, servers);
    await console.unlock();
    await console.goTo("Servers");
    await console.page.locator(".ant-table-row").first().waitFor();
    const paints: number[] = [];
    for (let round = 0; round < 5; round++) paints.push(await paintAfterData(console));
    return { paint: median(paints), white: servers === MANY ? await whiteFrames(console.page) : 0 };
  } finally {
    await console[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(folder: string, servers: number): Promise<void> {
  const database = await openVaultDatabase(folder, PASSWORD);
  const insert = database.prepare(
    `INSERT INTO servers (id, name, host, port, user, profile, reachability, passwordLogin, createdAt, updatedAt)
     VALUES (?, ?, ?, 22, 'root', 'strict', 'reachable', 'off', 1, 1)`,
  );
  database.transaction(() => {
    for (let i = 0; i < servers; i++)
      insert.run(`server-${i}`, `web-${String(i).padStart(5, "0")}`, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  })();
  database.close();
}

/**
 * Locks and unlocks on the list's own page, so that nothing is left of it in the window. The clock starts when the largest
 * answer, which is the list, has arrived over the wire, and stops in the frame after its first row.
 */
async function paintAfterData(console: ConsolePage): Promise<number> {
  const { page } = console;
  await page.keyboard.press("Control+l");
  await page.getByRole("button", { name: "Unlock", exact: true }).waitFor();
  const painted = page.evaluate(async () => {
    performance.clearResourceTimings();
    performance.setResourceTimingBufferSize(1000);
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    while (document.querySelector(".ant-table-row") === null) await frame();
    await frame();
    const now = performance.now();
    const calls = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
    const list = calls.reduce((largest, call) => (call.encodedBodySize > largest.encodedBodySize ? call : largest));
    return now - list.responseEnd;
  });
  await console.unlock();
  return painted;
}

function whiteFrames(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const holder = document.querySelector(".ant-table-tbody-virtual-holder");
    if (holder === null) throw new Error("the list of many servers is not virtual");
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    let white = 0;
    for (let jump = 0; jump < 100; jump++) {
      holder.scrollTop = Math.floor(Math.random() * (holder.scrollHeight - holder.clientHeight));
      await frame();
      await frame();
      const box = holder.getBoundingClientRect();
      const middle = document.elementFromPoint(box.left + box.width / 3, box.top + box.height / 2);
      if (middle?.closest(".ant-table-row") === null || middle === null) white += 1;
    }
    return white;
  });
}
