import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import vm from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import { operations } from "#shared/contract/index.ts";
import { channelOf, EVENT_CHANNEL } from "#shared/doors/window.ts";
import { buildIfStale } from "#test/support/console-door.ts";

// What is shipped is what the bundler wrote, so these look at its output, not at the source.

const OUT = join(import.meta.dirname, "../../../out");
const read = (path: string) => readFile(join(OUT, path), "utf8");

beforeAll(() => buildIfStale());

describe("preload", () => {
  it("G01 is one CommonJS file that requires electron and nothing else", async () => {
    expect(await readdir(join(OUT, "preload"))).toEqual(["preload.cjs"]);
    const code = await read("preload/preload.cjs");
    expect([...code.matchAll(/require\(([^)]*)\)/g)].map((match) => match[1])).toEqual(['"electron"']);
    expect(code).not.toMatch(/\bimport\b\s*[({"'*]|^export /m);
    expect(code.length).toBeLessThan(10_000);
  });

  it("G01 offers exactly the contract's operations, each on its own channel, and no way to name another", async () => {
    const { api, invoked } = await runPreload();
    const names = Object.entries(api.operations).flatMap(([feature, group]) =>
      Object.keys(group).map((operation) => `${feature}.${operation}`),
    );
    expect(names).toEqual(operations.map(({ name }) => name));
    expect(Object.keys(api).sort()).toEqual(["listen", "operations"]);
    for (const [feature, group] of Object.entries(api.operations)) {
      for (const call of Object.values(group)) call({ feature }, "keystead:call:vault.lock");
    }
    expect(invoked.map(({ channel }) => channel)).toEqual(operations.map(({ name }) => channelOf(name)));
    expect(invoked.every(({ args }) => args.length === 1)).toBe(true);
  });

  it("G01 gives listeners the event alone, never ipcRenderer's, and unsubscribes", async () => {
    const { api, emit, listening } = await runPreload();
    const heard: unknown[][] = [];
    const stop = api.listen((...args: unknown[]) => heard.push(args));
    emit(EVENT_CHANNEL, { sender: "ipcRenderer" }, { type: "unlocked" });
    expect(heard).toEqual([[{ type: "unlocked" }]]);
    expect(stop()).toBeUndefined();
    stop();
    expect(listening()).toBe(0);
  });

  it("G01 does not contain the schemas", async () => {
    expect(await read("preload/preload.cjs")).not.toMatch(/strictObject|\bzod\b|ZodType/);
  });
});

describe("renderer", () => {
  it("G01 G02 the page has no inline script, style or handler, and nothing from elsewhere", async () => {
    const html = await read("renderer/index.html");
    expect(html).toContain('<meta name="csp-nonce" content="__CSP_NONCE__"');
    for (const [, attributes = "", body = ""] of html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
      expect(attributes).toMatch(/\bsrc="\.?\/[^/]/);
      expect(body.trim()).toBe("");
    }
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:|https?:|\/\//i);
    expect(html).not.toMatch(/<base|<iframe|<object|<embed/i);
  });

  it("G01 G02 every file the page names is there", async () => {
    const html = await read("renderer/index.html");
    for (const [, path = ""] of html.matchAll(/(?:src|href)="\.?(\/[^"]+)"/g)) await read(`renderer${path}`);
  });

  it("G01 G02 carries no schema library, whose probe of new Function the page's policy would report", async () => {
    for (const [name, code] of await scripts("renderer")) expect(code, name).not.toMatch(/ZodType|ZodError/);
  });

  it("G01 G02 needs no eval: every call that the policy would refuse is gone or only tried", async () => {
    for (const [name, code] of await scripts("renderer")) {
      expect(code, name).not.toMatch(/\beval\(/);
      expect(code, name).not.toMatch(/document\.write|importScripts\(|new Worker\(/);
    }
  });

  it("G01 G02 reaches neither Node nor Electron nor another host", async () => {
    for (const [name, code] of await scripts("renderer")) {
      expect(code, name).not.toMatch(/from"node:|require\("|"electron"|new WebSocket\(|new EventSource\(/);
    }
  });

  it("G01 G02 ships no source map", async () => {
    const files = await readdir(OUT, { recursive: true });
    expect(files.filter((file) => file.endsWith(".map"))).toEqual([]);
  });
});

describe("main", () => {
  it("G01 imports Node, Electron and the installed dependencies, native ones included, and bundles none of them", async () => {
    const { dependencies } = JSON.parse(await readFile(join(OUT, "../package.json"), "utf8"));
    const allowed = new Set(["electron", ...Object.keys(dependencies)]);
    const imported = new Set<string>();
    for (const [, code] of await scripts("main")) {
      for (const [, from = ""] of code.matchAll(/^import\b[^;]*?["']([^"']+)["'];?$/gm)) imported.add(from);
      expect(code).not.toMatch(/\.node["']\)/);
    }
    expect(imported).toContain("better-sqlite3");
    expect(imported).toContain("@node-rs/argon2");
    const packageOf = (name: string) => name.split("/", name.startsWith("@") ? 2 : 1).join("/");
    const strangers = [...imported].filter((name) => !/^(?:node:|\.)/.test(name) && !allowed.has(packageOf(name)));
    expect(strangers).toEqual([]);
  });

  it("G01 starts no crash reporter, opens nothing outside, and keeps Electron's key store out", async () => {
    const electron = (code: string) => /import \{([^}]*)\} from "electron"/.exec(code)?.[1] ?? "";
    expect(electron(await read("main/main.js"))).toContain("BrowserWindow");
    // The token process and what it shares with main have no business with Electron at all.
    for (const [name, code] of await scripts("main"))
      expect(electron(code), name).not.toMatch(
        name === "main.js" ? /crashReporter|shell|safeStorage|clipboard|desktopCapturer/ : /./,
      );
  });

  it("G01 has no lead to Node's own inspector or to a child with our rights", async () => {
    for (const [, code] of await scripts("main")) expect(code).not.toMatch(/node:inspector|node:vm|node:repl/);
  });
});

describe("source", () => {
  it("G01 D9 only src-main/crypto imports node:crypto, so that what Electron's runtime lacks cannot slip in", async () => {
    const { stdout } = await promisify(execFile)(
      "grep",
      ["-rlE", "from [\"'](node:)?crypto[\"']", "src-main", "src-shared", "src-renderer"],
      {
        cwd: join(OUT, ".."),
      },
    );
    const files = stdout.trim().split("\n");
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((file) => !file.startsWith("src-main/crypto/"))).toEqual([]);
  });
});

async function scripts(folder: string): Promise<readonly (readonly [string, string])[]> {
  const files = (await readdir(join(OUT, folder), { recursive: true })).filter((file) => file.endsWith(".js"));
  expect(files.length).toBeGreaterThan(0);
  return Promise.all(files.map(async (file) => [file, await read(join(folder, file))] as const));
}

interface PreloadApi {
  readonly operations: Readonly<Record<string, Readonly<Record<string, (...args: unknown[]) => unknown>>>>;
  listen(listener: (...args: unknown[]) => void): () => unknown;
}

/** Runs the built file as Electron's sandbox does: a function of `require`, with `electron` as the one module. */
async function runPreload() {
  const invoked: { channel: string; args: unknown[] }[] = [];
  const listeners: [string, (...args: unknown[]) => void][] = [];
  const exposed = new Map<string, unknown>();
  const electron = {
    contextBridge: { exposeInMainWorld: (name: string, value: unknown) => exposed.set(name, value) },
    ipcRenderer: {
      invoke: (channel: string, ...args: unknown[]) => invoked.push({ channel, args }),
      on: (channel: string, listener: (...args: unknown[]) => void) => listeners.push([channel, listener]),
      removeListener: (channel: string, listener: unknown) => {
        const index = listeners.findIndex((entry) => entry[0] === channel && entry[1] === listener);
        if (index >= 0) listeners.splice(index, 1);
      },
    },
  };
  const require = (name: string) => {
    if (name !== "electron") throw new Error(`The sandbox has no ${name}`);
    return electron;
  };
  vm.runInNewContext(await read("preload/preload.cjs"), { require, exports: {}, module: { exports: {} } });
  expect([...exposed.keys()]).toEqual(["keystead"]);
  return {
    api: exposed.get("keystead") as PreloadApi,
    invoked,
    listening: () => listeners.length,
    emit: (channel: string, ...args: unknown[]) => {
      for (const [name, listener] of [...listeners]) if (name === channel) listener(...args);
    },
  };
}
