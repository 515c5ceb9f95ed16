import type { PowerMonitor } from "electron";
import { beforeEach, describe, expect, it } from "vitest";
import { lockWhenAway, type PowerPort } from "#main/doors/window/away-lock.ts";
import { ManualClock } from "#test/support/manual-clock.ts";
import { RecordingApp } from "#test/support/recording-app.ts";

class FakePower implements PowerPort {
  state: "active" | "idle" | "locked" | "unknown" = "active";
  readonly listeners = new Map<string, () => void>();
  on(event: string, listener: () => void) {
    this.listeners.set(event, listener);
  }
  getSystemIdleState() {
    return this.state;
  }
}

// Compiles only while the real one still fits.
const realPowerFits: PowerMonitor extends PowerPort ? true : never = true;

let app: RecordingApp;
let power: FakePower;
let clock: ManualClock;

beforeEach(() => {
  app = new RecordingApp();
  power = new FakePower();
  clock = new ManualClock();
  lockWhenAway(app, power, clock, () => undefined);
});

describe("lockWhenAway", () => {
  it("G01 fits Electron's own power monitor", () => {
    expect(realPowerFits).toBe(true);
  });

  it.each(["suspend", "shutdown", "lock-screen", "user-did-resign-active"])("V01 D16 locks on %s", (event) => {
    power.listeners.get(event)?.();
    expect(app.locks).toEqual(["suspended"]);
  });

  it("V01 D16 locks once when the screen is seen to be locked, and again the next time", () => {
    clock.advance(60_000);
    expect(app.locks).toEqual([]);
    power.state = "locked";
    clock.advance(60_000);
    expect(app.locks).toHaveLength(1);
    power.state = "active";
    clock.advance(10_000);
    power.state = "locked";
    clock.advance(10_000);
    expect(app.locks).toHaveLength(2);
  });

  it("V01 D16 locks when the clocks show a suspend that nobody announced", () => {
    clock.jumpWall(3_600_000);
    clock.advance(5_000);
    expect(app.locks).toEqual(["suspended"]);
  });

  it("V01 D16 says so when locking fails", async () => {
    const lines: string[] = [];
    const failing = { lock: async () => Promise.reject(new Error("disk")) };
    const other = new FakePower();
    lockWhenAway(failing, other, clock, (line) => lines.push(line));
    other.listeners.get("suspend")?.();
    await expect.poll(() => lines).toHaveLength(1);
  });
});
