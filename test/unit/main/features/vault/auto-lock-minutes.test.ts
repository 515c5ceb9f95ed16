import { describe, expect, it } from "vitest";
import { AutoLock } from "#main/features/vault/auto-lock.ts";
import { bounded, changedMinutes, minutesFor } from "#main/features/vault/auto-lock-minutes.ts";
import { ManualClock } from "#test/support/manual-clock.ts";

const MINUTE = 60_000;
const stored = { autoLockMinutes: 10, autoLockMinutesInBrowser: 5 };

describe("auto-lock minutes", () => {
  it.each([
    ["window", 10],
    ["cli", 10],
    ["test", 10],
    ["browser", 5],
  ])("G02 V01 are those of the %s that holds the vault", (door, minutes) => {
    expect(minutesFor(door, stored)).toBe(minutes);
  });

  it("G02 are never longer in a browser than in the window, even when so stored", () => {
    const longer = { autoLockMinutes: 3, autoLockMinutesInBrowser: 5 };
    expect(minutesFor("browser", longer)).toBe(3);
    expect(bounded(longer)).toEqual({ autoLockMinutes: 3, autoLockMinutesInBrowser: 3 });
  });

  it("G02 of the browser follow when those of the window become shorter", () => {
    expect(changedMinutes(stored, { autoLockMinutes: 2 })).toEqual({ autoLockMinutes: 2, autoLockMinutesInBrowser: 2 });
    expect(changedMinutes(stored, { autoLockMinutes: 60 })).toEqual({ ...stored, autoLockMinutes: 60 });
  });

  it.each([[{ autoLockMinutesInBrowser: 11 }], [{ autoLockMinutes: 4, autoLockMinutesInBrowser: 5 }]])(
    "G02 are refused when %j asks for more in the browser than in the window",
    (given) => {
      expect(() => changedMinutes(stored, given)).toThrow(
        expect.objectContaining({ code: "request/invalid-params", details: { field: "autoLockMinutesInBrowser" } }),
      );
    },
  );

  it("G02 may be the same at both doors", () => {
    expect(changedMinutes(stored, { autoLockMinutesInBrowser: 10 })).toEqual({
      autoLockMinutes: 10,
      autoLockMinutesInBrowser: 10,
    });
  });

  it("G02 V01 are what the lock waits for, to the second, and what it says beforehand", () => {
    const clock = new ManualClock();
    const struck: string[] = [];
    const lock = new AutoLock({ clock, lock: (reason) => struck.push(reason), onTick: () => undefined });
    lock.minutes = minutesFor("browser", stored);
    lock.start();
    expect(lock.locksAt).toBe(clock.now() + 5 * MINUTE);
    clock.advance(5 * MINUTE);
    expect(struck).toEqual([]);
    clock.advance(1000);
    expect(struck).toEqual(["idle"]);
  });
});
