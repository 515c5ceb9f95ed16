import { describe, expect, it } from "vitest";
import type { ConsoleFiles } from "#main/doors/console-files.ts";
import { answerConsoleRequest, CONSOLE_SCHEME } from "#main/doors/window/console-protocol.ts";

const files: ConsoleFiles = {
  assets: new Map([["/assets/main.js", { type: "text/javascript; charset=utf-8", bytes: Buffer.from("export {};") }]]),
  page: (nonce) => Buffer.from(`nonce=${nonce}`),
};
const ask = (url: string, method = "GET") => answerConsoleRequest(files, { url, method });

it("G01 the scheme is standard and secure, and has no other privilege", () => {
  expect(CONSOLE_SCHEME).toEqual({
    scheme: "keystead",
    privileges: { standard: true, secure: true, supportFetchAPI: true },
  });
});

describe("answerConsoleRequest", () => {
  it("G01 serves the page with the policy as a header and a fresh nonce in both", async () => {
    const [first, second] = [ask("keystead://console/"), ask("keystead://console/")];
    const policy = first.headers.get("content-security-policy") ?? "";
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
    expect(await first.text()).toBe(`nonce=${nonce}`);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(second.headers.get("content-security-policy")).not.toBe(policy);
  });

  it("G01 serves files of the list with their type, not to be sniffed or cached", async () => {
    const answer = ask("keystead://console/assets/main.js");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.text()).toBe("export {};");
  });

  it.each([
    "keystead://console/index.html",
    "keystead://console/assets",
    "keystead://console/assets/../../main/main.js",
    "keystead://console/%2e%2e/main/main.js",
    "keystead://console/assets/%2e%2e%2fmain.js",
    "keystead://console/assets/main.js?x",
    "keystead://console//assets/main.js",
    "keystead://console/__proto__",
  ])("G01 has nothing at %s", (url) => {
    expect(ask(url).status).toBe(404);
  });

  it.each([
    "keystead://console.evil/",
    "keystead://evil/",
    "keystead://x@console/",
    "keystead://console:80/",
    "https://console/",
    "file:///etc/passwd",
    "nonsense",
  ])("G01 refuses %s", (url) => {
    expect(ask(url).status).toBe(403);
  });

  it.each(["POST", "PUT", "HEAD"])("G01 refuses %s", (method) => {
    expect(ask("keystead://console/", method).status).toBe(403);
  });
});
