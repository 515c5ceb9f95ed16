import type { Session } from "electron";
import { beforeEach, describe, expect, it } from "vitest";
import { guardSession, type SessionPort } from "#main/doors/window/session-guard.ts";

/** Keeps what was set, so that a test can play the browser. */
class FakeSession implements SessionPort {
  request!: Parameters<SessionPort["setPermissionRequestHandler"]>[0];
  check!: Parameters<SessionPort["setPermissionCheckHandler"]>[0];
  device!: Parameters<SessionPort["setDevicePermissionHandler"]>[0];
  media!: Parameters<SessionPort["setDisplayMediaRequestHandler"]>[0];
  bluetooth!: Parameters<SessionPort["setBluetoothPairingHandler"]>[0];
  usb!: Parameters<SessionPort["setUSBProtectedClassesHandler"]>[0];
  download!: (event: { preventDefault(): void }, item: { getURL(): string }) => void;
  before!: Parameters<SessionPort["webRequest"]["onBeforeRequest"]>[0];
  spelling = true;
  setPermissionRequestHandler(handler: FakeSession["request"]) {
    this.request = handler;
  }
  setPermissionCheckHandler(handler: FakeSession["check"]) {
    this.check = handler;
  }
  setDevicePermissionHandler(handler: FakeSession["device"]) {
    this.device = handler;
  }
  setDisplayMediaRequestHandler(handler: FakeSession["media"]) {
    this.media = handler;
  }
  setBluetoothPairingHandler(handler: FakeSession["bluetooth"]) {
    this.bluetooth = handler;
  }
  setUSBProtectedClassesHandler(handler: FakeSession["usb"]) {
    this.usb = handler;
  }
  setSpellCheckerEnabled(enable: boolean) {
    this.spelling = enable;
  }
  on(_event: "will-download", listener: FakeSession["download"]) {
    this.download = listener;
  }
  readonly webRequest = {
    onBeforeRequest: (listener: FakeSession["before"]) => {
      this.before = listener;
    },
  };
}

// Compiles only while the real session still has what the port asks for.
type RealSessionFits = Session extends SessionPort ? true : never;
const realSessionFits: RealSessionFits = true;

let session: FakeSession;
beforeEach(() => {
  session = new FakeSession();
  guardSession(session);
});

const ask = (permission: string, url: string | null) => {
  let granted: boolean | undefined;
  session.request(url === null ? null : { getURL: () => url }, permission, (answer) => {
    granted = answer;
  });
  return granted;
};

describe("guardSession", () => {
  it("G01 fits Electron's own session", () => {
    expect(realSessionFits).toBe(true);
  });

  it.each([
    "media",
    "geolocation",
    "notifications",
    "openExternal",
    "clipboard-read",
    "hid",
    "usb",
    "serial",
    "fileSystem",
    "display-capture",
    "local-network-access",
    "a permission of the future",
  ])("G01 denies %s, asked or checked", (permission) => {
    expect(ask(permission, "keystead://console/")).toBe(false);
    expect(session.check(null, permission, "keystead://console/")).toBe(false);
  });

  it("G01 grants writing to the clipboard, to our own page only", () => {
    expect(ask("clipboard-sanitized-write", "keystead://console/#/servers")).toBe(true);
    expect(session.check(null, "clipboard-sanitized-write", "keystead://console/")).toBe(true);
    expect(ask("clipboard-sanitized-write", "https://evil.example/")).toBe(false);
    expect(ask("clipboard-sanitized-write", null)).toBe(false);
    expect(session.check(null, "clipboard-sanitized-write", "keystead://console.evil/")).toBe(false);
  });

  it("G01 gives no device, no capture, no pairing, and keeps protected USB classes protected", () => {
    expect(session.device({})).toBe(false);
    let streams: unknown;
    session.media({}, (answer) => {
      streams = answer;
    });
    expect(streams).toBeNull();
    let pairing: unknown;
    session.bluetooth({}, (answer) => {
      pairing = answer;
    });
    expect(pairing).toEqual({ confirmed: false });
    expect(session.usb({ protectedClasses: ["audio", "smart-card"] })).toEqual(["audio", "smart-card"]);
    expect(session.spelling).toBe(false);
  });

  it.each([
    ["keystead://console/assets/main.js", false],
    ["blob:keystead://console/0b9c", false],
    ["keystead://console.evil/", true],
    ["https://example.com/", true],
    ["http://127.0.0.1:4000/", true],
    ["ws://127.0.0.1:4000/", true],
    ["file:///etc/passwd", true],
    ["data:text/html,x", true],
    ["devtools://devtools/x", true],
    ["blob:https://evil.example/1", true],
  ])("G01 a request to %s is cancelled: %s", (url, cancelled) => {
    let cancel: boolean | undefined;
    session.before({ url }, (answer) => {
      cancel = answer.cancel;
    });
    expect(cancel).toBe(cancelled);
  });

  it("G01 downloads only what the page made itself", () => {
    let prevented = 0;
    const event = { preventDefault: () => (prevented += 1) };
    session.download(event, { getURL: () => "blob:keystead://console/0b9c" });
    expect(prevented).toBe(0);
    session.download(event, { getURL: () => "keystead://console/assets/main.js" });
    session.download(event, { getURL: () => "https://evil.example/x" });
    expect(prevented).toBe(2);
  });
});
