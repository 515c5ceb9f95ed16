import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type BrowserDoor, openBrowserDoor } from "#main/doors/browser/browser-door.ts";
import { type Bridge, connectBridge } from "#renderer/bridge/index.ts";
import type { KeysteadEvent } from "#shared/contract/events.ts";
import { contract } from "#shared/contract/index.ts";
import { LOOPBACK } from "#shared/doors/loopback.ts";
import { LIMITS } from "#shared/limits.ts";
import { RecordingApp } from "#test/support/recording-app.ts";

// The page's half against the real door over real connections. Node stands in for the browser only in what a page gets for
// nothing: its address, its storage and the Origin header. test/e2e has the browser itself.

let folder: string;
let app: RecordingApp;
let door: BrowserDoor;
let storage: Map<string, string>;
let streams: AbortController[];
let requests: string[];
let bridges: Bridge[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keystead-bridge-test-"));
  await writeFile(join(folder, "index.html"), "__CSP_NONCE__");
  app = new RecordingApp();
  app.answer = ({ operation }) => ({ ok: true, result: operation });
  door = await openBrowserDoor(app, { rendererFolder: folder, log: () => undefined });
  storage = new Map();
  streams = [];
  requests = [];
  bridges = [];
  vi.stubGlobal("window", {});
  vi.stubGlobal("sessionStorage", {
    getItem: (name: string) => storage.get(name) ?? null,
    setItem: (name: string, value: string) => storage.set(name, value),
    removeItem: (name: string) => storage.delete(name),
  });
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    requests.push(path);
    const cut = new AbortController();
    if (path === LOOPBACK.paths.events) streams.push(cut);
    const signal = init.signal ? AbortSignal.any([init.signal, cut.signal]) : cut.signal;
    return fetch(door.url + path, { ...init, mode: "cors", signal, headers: { ...init.headers, Origin: door.url } });
  });
});

afterEach(async () => {
  await door.close();
  // Each page hears of the end; only then may the page's surroundings go.
  await Promise.all(bridges.map((bridge) => bridge.lost));
  vi.unstubAllGlobals();
  await rm(folder, { recursive: true, force: true });
});

async function open(hash?: string): Promise<{ bridge: Bridge; address: { hash: string } }> {
  const address = { hash: hash ?? new URL((await door.handOver()).link).hash, pathname: "/" };
  vi.stubGlobal("location", address);
  vi.stubGlobal("history", {
    replaceState: () => {
      address.hash = "";
    },
  });
  const bridge = await connectBridge();
  bridges.push(bridge);
  return { bridge, address };
}

it("G02 takes the code out of the address and calls operations by name", async () => {
  const { bridge, address } = await open();
  expect(address.hash).toBe("");
  expect(bridge.mode).toBe("browser");
  expect(await bridge.client.vault.status({})).toBe("vault.status");
  expect(app.requests[0]?.request).toEqual({ operation: "vault.status", params: {} });
});

it("G02 throws the error that the operation answered with", async () => {
  const { bridge } = await open();
  app.answer = () => ({
    ok: false,
    error: { code: "vault/locked", kind: "locked", remedy: "unlock", message: "Unlock it.", details: { a: 1 } },
  });
  await expect(bridge.client.servers.list({})).rejects.toMatchObject({
    name: "KeysteadError",
    code: "vault/locked",
    message: "Unlock it.",
    details: { a: 1 },
  });
});

it("G02 sends nothing that is too large", async () => {
  const { bridge } = await open();
  const before = requests.length;
  const big = { password: "x".repeat(LIMITS.requestBytes) };
  await expect(bridge.client.vault.unlock(big)).rejects.toMatchObject({ code: "request/too-large" });
  expect(requests).toHaveLength(before);
});

it("G02 passes events on until told to stop, and one bad listener does not cost the others theirs", async () => {
  vi.stubGlobal("reportError", () => undefined);
  const { bridge } = await open();
  const heard: KeysteadEvent[] = [];
  bridge.listen(() => {
    throw new Error("a bad listener");
  });
  const stop = bridge.listen((event) => heard.push(event));
  app.tell({ type: "unlocked" });
  await expect.poll(() => heard).toEqual([{ type: "unlocked" }]);
  stop();
  stop();
  app.tell({ type: "unlocked" });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(heard).toHaveLength(1);
});

it("G02 comes back as the same caller when the stream breaks off, proves the door again, and has everything asked anew", async () => {
  const { bridge } = await open();
  const heard: KeysteadEvent[] = [];
  bridge.listen((event) => heard.push(event));
  await bridge.client.vault.status({});
  streams[0]?.abort();
  await expect.poll(() => heard.map(({ type }) => type)).toEqual(Array(Object.keys(contract).length).fill("changed"));
  await bridge.client.vault.status({});
  expect(new Set(app.requests.map(({ caller }) => caller)).size).toBe(1);
  expect(requests.filter((path) => path === LOOPBACK.paths.exchange)).toHaveLength(2);
});

it("G02 after a lock it has the browser forget, and keeps its way back", async () => {
  await open();
  const kept = storage.get("keystead.resume");
  app.tell({ type: "locked", reason: "idle" });
  await expect.poll(() => requests).toContain(LOOPBACK.paths.forget);
  await expect.poll(() => storage.get("keystead.resume")).toBe(kept);
});

it("G02 says why the connection is lost, and every later call says it too", async () => {
  const { bridge } = await open();
  await door.close("Closed for the test.");
  expect(await bridge.lost).toBe("Closed for the test.");
  await expect(bridge.client.vault.status({})).rejects.toMatchObject({
    code: "access/connection-lost",
    message: "Closed for the test.",
  });
  expect(storage.size).toBe(0);
});

it("G02 gives up when the door has vanished without a word", { timeout: 20_000 }, async () => {
  const { bridge } = await open();
  // A door that dies takes its streams with it; from the page both look like this.
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    if (path !== "") throw new TypeError("Failed to fetch");
    return fetch(path, init);
  });
  streams[0]?.abort();
  expect(await bridge.lost).toContain("does not answer");
  await expect(bridge.client.vault.status({})).rejects.toMatchObject({ code: "access/connection-lost" });
});

it("G02 without any code it sends nothing and says how to open the console", async () => {
  await expect(open("#/servers")).rejects.toMatchObject({ code: "access/door-refused" });
  expect(requests).toEqual([]);
});

it("G02 a code from a reload serves when the one in the address is spent", async () => {
  const { link } = await door.handOver();
  await open(new URL(link).hash);
  const { bridge } = await open(new URL(link).hash);
  expect(await bridge.client.vault.status({})).toBe("vault.status");
});

it("G01 in Keystead's own window the preload's functions are used, and nothing is fetched", async () => {
  const asked: unknown[] = [];
  const call = (name: string) => async (input: unknown) => {
    asked.push([name, input]);
    return { ok: true, result: name };
  };
  vi.stubGlobal("window", {
    keystead: { operations: { vault: { status: call("status") } }, listen: () => () => undefined },
  });
  const bridge = await connectBridge();
  expect(bridge.mode).toBe("window");
  expect(await bridge.client.vault.status({})).toBe("status");
  expect(asked).toEqual([["status", {}]]);
  expect(requests).toEqual([]);
});
