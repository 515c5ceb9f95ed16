import type { IpcMain, IpcMainInvokeEvent, WebContents } from "electron";
import { beforeEach, describe, expect, it } from "vitest";
import type { Reply } from "#main/dispatch/caller.ts";
import {
  type IpcPort,
  openWindowDoor,
  type SenderPort,
  type WindowDoor,
  type WindowPagePort,
} from "#main/doors/window/ipc-door.ts";
import type { KeysteadEvent } from "#shared/contract/events.ts";
import { operations } from "#shared/contract/index.ts";
import { channelOf, EVENT_CHANNEL } from "#shared/doors/window.ts";
import { LIMITS } from "#shared/limits.ts";
import { RecordingApp } from "#test/support/recording-app.ts";

// Compile only while the real ones still fit.
const realEventFits: IpcMainInvokeEvent extends SenderPort ? true : never = true;
const realIpcFits: Pick<IpcMain, "handle"> extends IpcPort ? true : never = true;
const realPageFits: WebContents extends WindowPagePort ? true : never = true;

const handlers = new Map<string, (event: SenderPort, ...args: unknown[]) => Promise<Reply>>();
const ipc: IpcPort = {
  handle(channel, listener) {
    handlers.set(channel, listener);
  },
};

class FakePage implements WindowPagePort {
  readonly id: number;
  destroyed = false;
  readonly sent: [string, KeysteadEvent][] = [];
  constructor(id: number) {
    this.id = id;
  }
  isDestroyed() {
    return this.destroyed;
  }
  send(channel: string, event: KeysteadEvent) {
    this.sent.push([channel, event]);
  }
}

const PAGE = { url: "keystead://console/#/servers", parent: null };
let app: RecordingApp;
let door: WindowDoor;
let page: FakePage;

beforeEach(() => {
  handlers.clear();
  app = new RecordingApp();
  door = openWindowDoor(app, ipc);
  page = new FakePage(7);
  door.admit(page);
});

const call = (event: SenderPort, ...args: unknown[]) => {
  const handler = handlers.get(channelOf("vault.status"));
  if (!handler) throw new Error("no channel");
  return handler(event, ...args);
};
const codeOf = (reply: Reply) => (reply.ok ? undefined : reply.error.code);

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

describe("openWindowDoor", () => {
  it("G01 fits Electron's own objects", () => {
    expect([realEventFits, realIpcFits, realPageFits]).toEqual([true, true, true]);
  });

  it("G01 has one channel an operation and no other", () => {
    expect([...handlers.keys()]).toEqual(operations.map(({ name }) => channelOf(name)));
  });

  it("G01 passes a call of our own page to the dispatcher, as the operation of its channel", async () => {
    expect(await call({ sender: { id: 7 }, senderFrame: PAGE }, { a: 1 })).toEqual({
      ok: true,
      result: { operation: "vault.status", params: { a: 1 } },
    });
    expect(app.requests[0]?.caller.door).toBe("window");
  });

  it.each<[string, SenderPort]>([
    ["a frame that is gone", { sender: { id: 7 }, senderFrame: null }],
    ["a frame within the page", { sender: { id: 7 }, senderFrame: { ...PAGE, parent: {} } }],
    ["another site in our window", { sender: { id: 7 }, senderFrame: { url: "https://evil.example/", parent: null } }],
    [
      "a host that begins like ours",
      { sender: { id: 7 }, senderFrame: { url: "keystead://console.evil/", parent: null } },
    ],
    ["a window we did not admit", { sender: { id: 8 }, senderFrame: PAGE }],
  ])("G01 refuses %s", async (_case, event) => {
    expect(codeOf(await call(event, {}))).toBe("access/door-refused");
    expect(app.requests).toEqual([]);
  });

  it.each<[string, unknown[], string]>([
    ["no argument", [], "request/malformed"],
    ["two arguments", [{}, {}], "request/malformed"],
    ["undefined", [undefined], "request/malformed"],
    ["a big integer", [{ a: 1n }], "request/malformed"],
    ["lists without end in each other", [nested(100_000)], "request/malformed"],
    ["more than the limit", [{ a: "x".repeat(LIMITS.requestBytes) }], "request/too-large"],
    ["more than the limit in bytes, not characters", [{ a: "ü".repeat(LIMITS.requestBytes / 2) }], "request/too-large"],
  ])("G01 answers %s with a named error", async (_case, args, code) => {
    expect(codeOf(await call({ sender: { id: 7 }, senderFrame: PAGE }, ...args))).toBe(code);
    expect(app.requests).toEqual([]);
  });

  it("G01 answers an object that contains itself with a named error", async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(codeOf(await call({ sender: { id: 7 }, senderFrame: PAGE }, cycle))).toBe("request/malformed");
  });

  it("G01 lets nothing but JSON through to the schemas", async () => {
    await call({ sender: { id: 7 }, senderFrame: PAGE }, { map: new Map([["a", 1]]), gone: undefined, n: 1 });
    expect(app.requests[0]?.request.params).toEqual({ map: {}, n: 1 });
  });

  it("G01 sends events to the window while it is there", () => {
    app.tell({ type: "unlocked" });
    page.destroyed = true;
    app.tell({ type: "unlocked" });
    expect(page.sent).toEqual([[EVENT_CHANNEL, { type: "unlocked" }]]);
  });

  it("G01 forgets a window that was closed, its caller and its events", async () => {
    door.dismiss(page);
    door.dismiss(page);
    expect(app.callers.size).toBe(0);
    expect(app.listening).toBe(0);
    expect(codeOf(await call({ sender: { id: 7 }, senderFrame: PAGE }, {}))).toBe("access/door-refused");
  });
});
