import { describe, expect, it } from "vitest";
import {
  addressOf,
  clock,
  duration,
  prettyJson,
  relativeTime,
  sentenceOf,
  utcTime,
} from "#renderer/components/format.ts";

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);

describe("format", () => {
  it.each([
    [-5, "0:00"],
    [7_999, "0:07"],
    [750_000, "12:30"],
    [3_725_000, "1:02:05"],
  ])("G01 shows %i ms on a counting clock as %s", (length, text) => {
    expect(clock(length)).toBe(text);
  });

  it.each([
    [84.6, "85 ms"],
    [1_240, "1.2 s"],
    [185_000, "3:05"],
  ])("P12 says that a step took %d ms as %s", (length, text) => {
    expect(duration(length)).toBe(text);
  });

  it("G01 tells a time relative to now in the officer's language", () => {
    expect(relativeTime(NOW - 3 * 60_000, NOW, "en")).toBe("3 minutes ago");
    expect(relativeTime(NOW + 2 * 3_600_000, NOW, "en")).toBe("in 2 hours");
    expect(relativeTime(NOW - 3 * 60_000, NOW, "zh")).toBe("3分钟前");
    expect(relativeTime(NOW - 59_000, NOW, "en")).toBeUndefined();
  });

  it("A02 gives UTC for the hover", () => {
    expect(utcTime(NOW)).toBe("2026-11-22 12:00:00");
  });

  it("A02 shows what is not JSON as it is", () => {
    expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(prettyJson("not json")).toBe("not json");
  });

  it("P06 writes an address with its port only when it is not 22", () => {
    expect(addressOf({ host: "web.example", port: 22 })).toBe("web.example");
    expect(addressOf({ host: "web.example", port: 2222 })).toBe("web.example:2222");
    expect(addressOf({ host: "fe80::1", port: 2222 })).toBe("[fe80::1]:2222");
    expect(addressOf({ host: "fe80::1", port: 22 })).toBe("fe80::1");
  });

  it("P12 makes a sentence of a step the catalogue does not know", () => {
    expect(sentenceOf("prove-key-login")).toBe("Prove key login");
  });
});
