import { describe, expect, it } from "vitest";
import { collectHeaders, refuseForeign } from "#main/doors/browser/request-guard.ts";

const guard = { host: "127.0.0.1:4000", codePending: false };
const page = { Host: "127.0.0.1:4000", Origin: "http://127.0.0.1:4000", "Sec-Fetch-Site": "same-origin" };
const opening = { Host: page.Host, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };

function judge(method: string, target: string, headers: Record<string, string>, pending = false) {
  const facts = { method, target, headers: collectHeaders(Object.entries(headers).flat()) };
  return refuseForeign(facts, { ...guard, codePending: pending })?.status;
}

describe("refuseForeign", () => {
  it("G02 lets our own page post and fetch", () => {
    expect(judge("POST", "/call", page)).toBeUndefined();
    expect(judge("GET", "/assets/x.js", { Host: page.Host, "Sec-Fetch-Site": "same-origin" })).toBeUndefined();
  });

  it("G02 lets an old browser without fetch metadata in by Host and Origin alone", () => {
    expect(judge("POST", "/call", { Host: page.Host, Origin: page.Origin })).toBeUndefined();
    expect(judge("GET", "/", { Host: page.Host })).toBeUndefined();
  });

  it.each([
    ["typed in by hand, no code waiting", "none", false, undefined],
    ["from the hand-over file, code waiting", "cross-site", true, undefined],
    ["from another site, no code waiting", "cross-site", false, 403],
    ["from a sibling port, code waiting", "same-site", true, 403],
  ] as const)("G02 opening the page %s", (_case, site, pending, status) => {
    expect(judge("GET", "/", { ...opening, "Sec-Fetch-Site": site }, pending)).toBe(status);
  });

  it.each(["Host", "Origin", "Authorization", "Content-Type", "Content-Length", "Sec-Fetch-Site"])(
    "G02 refuses two %s headers, in whatever case",
    (name) => {
      const twice = { ...page, [name]: "a", [name.toUpperCase()]: "a", [name.toLowerCase()]: "a" };
      expect(judge("POST", "/call", twice)).toBe(400);
    },
  );

  it("G02 compares Host and Origin exactly, not without regard to case or trailing parts", () => {
    for (const host of ["127.0.0.1:4000.", "127.0.0.1:40000", "127.0.0.1:4000 ", "127.0.0.1:04000"]) {
      expect(judge("POST", "/call", { ...page, Host: host }), host).toBe(403);
    }
    for (const origin of ["HTTP://127.0.0.1:4000", "http://127.0.0.1:4000/", "http://127.0.0.1:4000 http://x"]) {
      expect(judge("POST", "/call", { ...page, Origin: origin }), origin).toBe(403);
    }
  });
});
