import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApp } from "#main/app.ts";
import { type BrowserDoor, openBrowserDoor } from "#main/doors/browser/browser-door.ts";
import type { PeerVerdict } from "#main/doors/browser/peer-user.ts";
import { LOOPBACK } from "#shared/doors/loopback.ts";
import { LIMITS } from "#shared/limits.ts";
import { LoopbackPage } from "#test/support/loopback-page.ts";
import { ManualClock } from "#test/support/manual-clock.ts";
import { askRaw, parseAnswer, sendRaw } from "#test/support/raw-http.ts";
import { RecordingApp } from "#test/support/recording-app.ts";

// The door on a real port before the real application, spoken to byte by byte. The recorder between the two shows what got
// through. test/e2e has the same door with the built console and a real browser.

let folder: string;
let clock: ManualClock;
let app: RecordingApp;
let door: BrowserDoor;
let port: number;
let log: string[];
let verdict: PeerVerdict | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keystead-door-test-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), '<meta name="csp-nonce" content="__CSP_NONCE__">');
  await writeFile(join(folder, "assets/main-1.js"), "export {};");
  await writeFile(join(folder, "assets/main-1.js.map"), "{}");
  await symlink("/etc/passwd", join(folder, "assets/passwd.js"));
  clock = new ManualClock();
  app = new RecordingApp(createApp({ folder: join(folder, "vault"), door: "browser" }));
  log = [];
  verdict = undefined;
  const { judgePeer } = await import("#main/doors/browser/peer-user.ts");
  door = await openBrowserDoor(app, {
    rendererFolder: folder,
    clock,
    log: (line) => log.push(line),
    judgePeer: async (socket) => verdict ?? judgePeer(socket),
  });
  port = Number(new URL(door.url).port);
});

afterEach(async () => {
  await door.close();
  await app.close("closing");
  await rm(folder, { recursive: true, force: true });
});

const own = () => ({ Origin: door.url, "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin" });
const post = (target: string, headers: Record<string, string | undefined> = {}, body: string | Uint8Array = "{}") =>
  askRaw(port, { method: "POST", target, headers: { ...own(), ...headers }, body });
const errorCode = (answer: { body: string }) => JSON.parse(answer.body).error.code as string;

async function openPage(): Promise<LoopbackPage> {
  return LoopbackPage.open((await door.handOver()).link);
}

const authorised = (page: LoopbackPage) => ({ Authorization: `${LOOPBACK.authorization} ${page.session.secret}` });

describe("address", () => {
  it("G02 listens on 127.0.0.1 only, on a port of the system's choosing", async () => {
    expect(door.url).toBe(`http://127.0.0.1:${port}`);
    expect(port).toBeGreaterThan(1023);
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ family, address }) => family === "IPv4" && address !== "127.0.0.1");
    for (const address of ["127.0.0.2", ...others.map((other) => other.address)]) {
      await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow();
    }
  });

  it.each([
    ["another name that resolves here", "evil.example"],
    ["localhost", "localhost"],
    ["a name that begins like ours", "127.0.0.1.evil.example"],
    ["another loopback address", "127.0.0.2"],
    ["our address in another writing", "127.1"],
    ["our address with a user", "x@127.0.0.1"],
  ])("G02 refuses %s in Host, with the right port (DNS rebinding)", async (_case, name) => {
    const answer = await askRaw(port, { headers: { Host: `${name}:${port}` } });
    expect(answer.status).toBe(403);
    expect(errorCode(answer)).toBe("access/door-refused");
  });

  it.each([
    ["without port", "127.0.0.1"],
    ["with another port", "127.0.0.1:80"],
    ["empty", ""],
  ])("G02 refuses Host %s", async (_case, host) => {
    expect((await askRaw(port, { headers: { Host: host } })).status).toBe(403);
  });

  it("G02 refuses a request with no Host or with two", async () => {
    expect((await askRaw(port, { headers: { Host: undefined } })).status).toBe(400);
    const two = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`;
    expect(parseAnswer(await sendRaw(port, [two])).status).toBe(400);
  });

  it("G02 refuses Host and Origin that agree with each other but are not ours", async () => {
    const page = await openPage();
    const foreign = { Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` };
    expect((await post(LOOPBACK.paths.call, { ...authorised(page), ...foreign })).status).toBe(403);
    expect(app.requests).toEqual([]);
  });
});

describe("origin", () => {
  it.each([
    ["another site", "https://evil.example"],
    ["null", "null"],
    ["another port", "http://127.0.0.1:1"],
    ["our name over TLS", "https"],
    ["none", undefined],
  ])("G02 refuses a POST from %s even with the session secret", async (_case, origin) => {
    const page = await openPage();
    const value = origin === "https" ? door.url.replace("http:", "https:") : origin;
    const answer = await post(LOOPBACK.paths.call, { ...authorised(page), Origin: value });
    expect(answer.status).toBe(403);
    expect(errorCode(answer)).toBe("access/door-refused");
    expect(app.requests).toEqual([]);
  });

  it.each(["cross-site", "same-site", "none", "nonsense"])(
    "G02 refuses a POST with Sec-Fetch-Site %s",
    async (site) => {
      const page = await openPage();
      expect((await post(LOOPBACK.paths.call, { ...authorised(page), "Sec-Fetch-Site": site })).status).toBe(403);
      expect(app.requests).toEqual([]);
    },
  );

  const navigation = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };

  it("G02 lets the hand-over file lead to the page only while its code waits", async () => {
    const headers = { ...navigation, "Sec-Fetch-Site": "cross-site" };
    expect((await askRaw(port, { headers })).status).toBe(403);
    const { link } = await door.handOver();
    expect((await askRaw(port, { headers })).status).toBe(200);
    await LoopbackPage.open(link);
    expect((await askRaw(port, { headers })).status).toBe(403);
  });

  it("G02 refuses to be framed, fetched or loaded by another site while a code waits", async () => {
    await door.handOver();
    for (const dest of ["iframe", "empty", "script", "image"]) {
      const headers = { ...navigation, "Sec-Fetch-Dest": dest, "Sec-Fetch-Site": "cross-site" };
      expect((await askRaw(port, { headers })).status, dest).toBe(403);
    }
    const headers = { ...navigation, "Sec-Fetch-Site": "cross-site" };
    expect((await askRaw(port, { target: "/assets/main-1.js", headers })).status).toBe(403);
  });

  it("G02 never answers a preflight and sends no CORS header", async () => {
    const preflight = await askRaw(port, {
      method: "OPTIONS",
      target: LOOPBACK.paths.call,
      headers: { Origin: "https://evil.example", "Access-Control-Request-Method": "POST" },
    });
    expect(preflight.status).toBe(403);
    const page = await askRaw(port);
    for (const { headers } of [preflight, page]) {
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });
});

describe("code and session", () => {
  it("G02 exchanges the code of the hand-over file for a session, once", async () => {
    const { link } = await door.handOver();
    const page = await LoopbackPage.open(link);
    expect(await page.call("vault.status", {})).toEqual({
      ok: true,
      result: { state: "absent", folder: join(folder, "vault") },
    });
    await expect(LoopbackPage.open(link)).rejects.toThrow("403");
  });

  it("G02 refuses the code when a minute has passed", async () => {
    const { link, file } = await door.handOver();
    clock.advance(60_000);
    await expect(LoopbackPage.open(link)).rejects.toThrow("403");
    await expect.poll(() => existsSync(file)).toBe(false);
  });

  it("G02 refuses the code of an earlier hand-over", async () => {
    const first = await door.handOver();
    const second = await door.handOver();
    await expect(LoopbackPage.open(first.link)).rejects.toThrow("403");
    await LoopbackPage.open(second.link);
  });

  it("G02 hands over by a file for this user's eyes only, gone after use", async () => {
    const { file, link } = await door.handOver();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(await readFile(file, "utf8")).toContain(link);
    await LoopbackPage.open(link);
    await expect.poll(() => existsSync(file)).toBe(false);
    await door.close();
    expect(existsSync(dirname(file))).toBe(false);
  });

  it("G02 the page stops before sending anything else when the door cannot prove itself", async () => {
    const { exchangeCode } = await import("#renderer/bridge/loopback-handshake.ts");
    const code = new URL((await door.handOver()).link).hash.slice("#open=".length);
    const sent: unknown[] = [];
    const impostor = async (_path: string, body: unknown) => {
      sent.push(body);
      return { nonce: "A".repeat(43), proof: "A".repeat(43) };
    };
    await expect(exchangeCode(code, impostor)).rejects.toMatchObject({ code: "access/door-refused" });
    expect(sent).toHaveLength(1);
    expect(JSON.stringify(sent)).not.toContain(code);
  });

  it("G02 neither the code nor what follows from it goes over the wire in the exchange", async () => {
    const { link } = await door.handOver();
    const code = new URL(link).hash.slice("#open=".length);
    const { exchangeCode } = await import("#renderer/bridge/loopback-handshake.ts");
    let wire = "";
    const session = await exchangeCode(code, async (path, body) => {
      const answer = await (
        await fetch(door.url + path, { method: "POST", headers: own(), body: JSON.stringify(body) })
      ).json();
      wire += JSON.stringify([body, answer]);
      return answer;
    });
    for (const secret of [code, session.secret, session.resume]) expect(wire).not.toContain(secret);
  });

  it.each([
    ["none", undefined],
    ["an empty one", ""],
    ["another scheme", "Bearer %"],
    ["a wrong secret", `Keystead ${"A".repeat(43)}`],
    ["the secret and more", "Keystead % x"],
    ["the secret in another writing", "Keystead %="],
  ])("G02 refuses every request but the exchange with %s as Authorization", async (_case, value) => {
    const page = await openPage();
    for (const path of [LOOPBACK.paths.call, LOOPBACK.paths.events, LOOPBACK.paths.forget]) {
      const answer = await post(path, { Authorization: value?.replace("%", page.session.secret) });
      expect(answer.status, path).toBe(401);
      expect(errorCode(answer)).toBe("access/no-session");
    }
    expect(app.requests).toEqual([]);
  });

  it("G02 lets nobody new in after ten wrong attempts, keeps who is in, and opens again after a minute", async () => {
    const page = await openPage();
    const wrong = JSON.stringify({ nonce: "A".repeat(43), proof: "E".repeat(43) });
    for (let attempt = 0; attempt < 10; attempt++) {
      expect((await post(LOOPBACK.paths.exchange, {}, wrong)).status).toBe(403);
    }
    const { link } = await door.handOver();
    const blocked = await post(LOOPBACK.paths.exchange, {}, wrong);
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers["retry-after"])).toBeGreaterThan(0);
    expect(errorCode(blocked)).toBe("access/too-many-attempts");
    await expect(LoopbackPage.open(link)).rejects.toThrow("429");
    expect(await page.call("vault.status", {})).toMatchObject({ ok: true });

    clock.advance(60_001);
    await LoopbackPage.open((await door.handOver()).link);
  });

  it("G02 counts wrong session secrets as attempts too", async () => {
    for (let attempt = 0; attempt < 10; attempt++) {
      expect((await post(LOOPBACK.paths.call, { Authorization: `Keystead ${"A".repeat(43)}` })).status).toBe(401);
    }
    expect((await post(LOOPBACK.paths.call, { Authorization: `Keystead ${"A".repeat(43)}` })).status).toBe(429);
  });

  it("G02 refuses other users of the machine", async () => {
    const page = await openPage();
    verdict = "other-user";
    const answer = await post(LOOPBACK.paths.call, authorised(page));
    expect(answer.status).toBe(403);
    expect((await askRaw(port)).status).toBe(403);
    expect(app.requests).toEqual([]);
  });
});

it("G02 other users cannot take all connections and keep the officer out", async () => {
  verdict = "other-user";
  const idle = Array.from({ length: 80 }, () => connect({ host: "127.0.0.1", port }));
  await Promise.all(
    idle.map((socket) =>
      once(
        socket.on("error", () => undefined),
        "connect",
      ),
    ),
  );
  // Until each has been judged.
  await new Promise((resolve) => setTimeout(resolve, 200));
  verdict = undefined;
  expect((await askRaw(port)).status).toBe(200);
  for (const socket of idle) socket.destroy();
});

describe.skipIf(process.getuid?.() !== 0)("as root", () => {
  it("G02 tells a real process of another user from our own by the owner of its connection", async () => {
    const script = `fetch("${door.url}/").then((answer) => console.log(answer.status))`;
    const asUser = (uid: number) =>
      promisify(execFile)(process.execPath, ["-e", script], { uid, gid: uid, cwd: "/", env: {} });
    expect((await asUser(0)).stdout.trim()).toBe("200");
    expect((await asUser(65_534)).stdout.trim()).toBe("403");
  });
});

describe("reload", () => {
  it("G02 a reloaded tab comes back with its one-time code as the same caller, and the old keys are dead", async () => {
    const page = await openPage();
    const events = await page.events();
    expect(await events.next()).toEqual({ type: "hello" });
    await events.stop();

    const again = await LoopbackPage.resume(door.url, page.session.resume);
    expect(await again.call("vault.status", {})).toMatchObject({ ok: true });
    expect(app.callers.size).toBe(1);
    expect((await page.post(LOOPBACK.paths.call, { operation: "vault.status" })).status).toBe(401);
    await expect(LoopbackPage.resume(door.url, page.session.resume)).rejects.toThrow("403");
  });

  it("G02 a reload that is itself interrupted can be repeated with the same code", async () => {
    const page = await openPage();
    await LoopbackPage.resume(door.url, page.session.resume);
    const again = await LoopbackPage.resume(door.url, page.session.resume);
    expect(await again.call("vault.status", {})).toMatchObject({ ok: true });
  });

  it("G02 a reload that comes before the new page opened its stream works with the newer code too", async () => {
    const page = await openPage();
    const second = await LoopbackPage.resume(door.url, page.session.resume);
    const third = await LoopbackPage.resume(door.url, second.session.resume);
    expect(await third.call("vault.status", {})).toMatchObject({ ok: true });
    for (const { session } of [page, second]) {
      await expect(LoopbackPage.resume(door.url, session.resume)).rejects.toThrow("403");
    }
    expect(app.callers.size).toBe(1);
  });

  it("G02 a duplicated tab takes over and the first one is told", async () => {
    const page = await openPage();
    const events = await page.events();
    await events.next();
    const twin = await LoopbackPage.resume(door.url, page.session.resume);
    await (await twin.events()).next();
    expect(await events.next()).toMatchObject({ type: "end" });
    expect(app.listening).toBe(1);
  });

  it("G02 a tab that stays away for half a minute is forgotten and its session ended", async () => {
    const page = await openPage();
    const events = await page.events();
    await events.next();
    await events.stop();
    await expect.poll(() => app.listening).toBe(0);
    clock.advance(29_000);
    expect(app.callers.size).toBe(1);
    clock.advance(3_000);
    expect(app.callers.size).toBe(0);
    await expect(LoopbackPage.resume(door.url, page.session.resume)).rejects.toThrow("403");
  });
});

describe("events", () => {
  it("G02 V01 each tab has a session of its own, and hears of what the other one did", async () => {
    const [first, second] = [await openPage(), await openPage()];
    const heard = await second.events();
    expect(await heard.next()).toEqual({ type: "hello" });
    const params = { name: "Test", userName: "officer", password: "a long enough password 1" };
    expect(await first.call("vault.create", params)).toMatchObject({ ok: true });
    expect(await heard.next()).toEqual({ type: "event", event: { type: "unlocked" } });
    expect(await first.call("servers.list", {})).toEqual({ ok: true, result: { servers: [] } });
    expect(await second.call("servers.list", {})).toMatchObject({ ok: false, error: { code: "access/no-session" } });
  });

  it("G02 streams heartbeats", async () => {
    const page = await openPage();
    const events = await page.events();
    expect(await events.next()).toEqual({ type: "hello" });
    clock.advance(LOOPBACK.heartbeatMs);
    expect(await events.next()).toEqual({ type: "beat" });
  });

  it("G02 ends every tab with a sentence when the door closes, and says why it closed", async () => {
    const page = await openPage();
    const events = await page.events();
    await events.next();
    await door.close("The vault's process ended.");
    expect(await events.next()).toEqual({ type: "end", reason: "The vault's process ended." });
    expect(await door.closed).toBe("The vault's process ended.");
    expect(app.callers.size).toBe(0);
    await expect(fetch(door.url)).rejects.toThrow();
  });

  it("G02 closes by itself when no tab has been connected for a while", async () => {
    const page = await openPage();
    const events = await page.events();
    await events.next();
    clock.advance(10 * 60_000);
    expect(app.callers.size).toBe(1);
    await events.stop();
    await expect.poll(() => app.listening).toBe(0);
    clock.advance(160_000);
    expect(await door.closed).toContain("No browser tab");
  });
});

describe("requests", () => {
  it.each([
    "/index.html",
    "//",
    "/?",
    "/#",
    "/assets",
    "/assets/",
    "/assets/../index.html",
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%2f..%2fetc/passwd",
    "/assets\\main-1.js",
    "/assets/main-1.js?x",
    "/assets/main-1.js%00",
    "/assets/main-1.js.map",
    "/assets/passwd.js",
    "/ASSETS/main-1.js",
    "/favicon.ico",
    "/constructor",
    "/__proto__",
    "*",
    "http://127.0.0.1/",
    "http://evil.example/",
  ])("G02 has nothing at %s", async (target) => {
    const answer = await askRaw(port, { target });
    expect([400, 404]).toContain(answer.status);
    expect(answer.body).not.toContain("root:");
  });

  it.each([
    ["POST", "/"],
    ["HEAD", "/"],
    ["PUT", LOOPBACK.paths.call],
    ["DELETE", LOOPBACK.paths.call],
    ["GET", LOOPBACK.paths.call],
    ["GET", LOOPBACK.paths.events],
    ["GET", LOOPBACK.paths.exchange],
    ["PATCH", "/assets/main-1.js"],
  ])("G02 answers %s %s with 405", async (method, target) => {
    const answer = await askRaw(port, { method, target, headers: own() });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toMatch(/^(?:GET|POST)$/);
  });

  it.each([
    ["no type", undefined],
    ["a form's type", "application/x-www-form-urlencoded"],
    ["text", "text/plain"],
    ["JSON in another charset", "application/json; charset=utf-16"],
    ["two types", "application/json, text/plain"],
  ])("G02 refuses a body of %s", async (_case, type) => {
    const page = await openPage();
    expect((await post(LOOPBACK.paths.call, { ...authorised(page), "Content-Type": type })).status).toBe(415);
  });

  it.each([
    ["nothing", ""],
    ["half an object", '{"operation":"vault.unlock","params":{"password":"hunter2hunter2"'],
    ["an array", "[]"],
    ["null", "null"],
    ["a number for the operation", '{"operation":1,"params":{}}'],
    ["a field too many", '{"operation":"vault.status","params":{},"caller":"caller-0"}'],
    ["bytes that are not UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
  ])("G02 refuses %s as a call, repeats nothing of it, changes nothing", async (_case, body) => {
    const page = await openPage();
    const answer = await post(LOOPBACK.paths.call, authorised(page), body);
    expect(answer.status).toBe(400);
    expect(errorCode(answer)).toBe("request/malformed");
    expect(answer.body).not.toContain("hunter2");
    expect(app.requests).toEqual([]);
  });

  it("G02 passes on odd but well-formed params untouched; the dispatcher judges them", async () => {
    const page = await openPage();
    await post(LOOPBACK.paths.call, authorised(page), '{"operation":"__proto__","params":{"__proto__":{"a":1}}}');
    expect(app.requests[0]?.request.operation).toBe("__proto__");
    expect(await page.call("__proto__", {})).toMatchObject({ error: { code: "request/unknown-operation" } });
    expect(await page.call("vault.status", { a: 1 })).toMatchObject({ error: { code: "request/invalid-params" } });
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  it.each([
    ["just over the limit", LIMITS.requestBytes + 1],
    ["five times the limit", LIMITS.requestBytes * 5],
  ])("G02 answers a body %s with request/too-large", async (_case, size) => {
    const page = await openPage();
    const answer = await post(LOOPBACK.paths.call, authorised(page), Buffer.alloc(size, "x"));
    expect(answer.status).toBe(413);
    expect(errorCode(answer)).toBe("request/too-large");
    expect(app.requests).toEqual([]);
  });

  it("G02 refuses a gigabyte before it is sent, and a chunked body that grows past the limit", async () => {
    const page = await openPage();
    const headers = { ...authorised(page), "Content-Length": "1000000000" };
    expect((await post(LOOPBACK.paths.call, headers, "{")).status).toBe(413);

    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const head = Object.entries({
      ...own(),
      ...authorised(page),
      Host: new URL(door.url).host,
      "Transfer-Encoding": "chunked",
    });
    const text = `POST /call HTTP/1.1\r\n${head.map((pair) => pair.join(": ")).join("\r\n")}\r\n\r\n${chunk.repeat(17)}0\r\n\r\n`;
    expect(parseAnswer(await sendRaw(port, [text.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")])).status).toBe(
      413,
    );
    expect(app.requests).toEqual([]);
  });

  it("G02 takes a body of exactly the limit", async () => {
    const page = await openPage();
    const frame = '{"operation":"vault.status","params":""}';
    const body = frame.replace('""', `"${"x".repeat(LIMITS.requestBytes - frame.length)}"`);
    expect(Buffer.byteLength(body)).toBe(LIMITS.requestBytes);
    expect((await post(LOOPBACK.paths.call, authorised(page), body)).status).toBe(200);
  });

  it.each([
    ["one huge header", { "X-Flood": "x".repeat(20_000) }],
    ["very many headers", Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`X-${index}`, "xxxxxxxx"]))],
  ])("G02 answers %s with 431", async (_case, headers) => {
    const answer = await askRaw(port, { headers });
    expect(answer.status).toBe(431);
    expect(errorCode(answer)).toBe("request/too-large");
  });

  it.each([
    ["not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
    ["an SSH client", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    ["a bad version", "GET / HTTP/9.9\r\nHost: x\r\n\r\n"],
    ["two lengths", "POST /call HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"],
    [
      "length and chunks",
      "POST /call HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a header folded over two lines", "GET / HTTP/1.1\r\nHost: x\r\n y\r\n\r\n"],
  ])("G02 answers %s with 400 and closes", async (_case, bytes) => {
    const answer = parseAnswer(await sendRaw(port, [bytes]));
    expect(answer.status).toBe(400);
    expect(answer.headers.connection).toBe("close");
  });

  it("G02 lets a refused request never be followed by one hidden in its body", async () => {
    const page = await openPage();
    const head = (headers: Record<string, string>) =>
      Object.entries({ Host: new URL(door.url).host, ...own(), ...headers })
        .map((pair) => pair.join(": "))
        .join("\r\n");
    const inner = '{"operation":"vault.lock","params":{}}';
    const hidden = `POST /call HTTP/1.1\r\n${head({ ...authorised(page), "Content-Length": String(inner.length) })}\r\n\r\n${inner}`;
    const outer = `POST /call HTTP/1.1\r\n${head({ Origin: "https://evil.example", "Content-Length": "5000" })}\r\n\r\n${hidden}`;
    const text = await sendRaw(port, [outer]);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(app.requests).toEqual([]);
  });

  it("G02 judges each of several pipelined requests by itself", async () => {
    const page = await openPage();
    const body = '{"operation":"vault.status","params":{}}';
    const request = (headers: Record<string, string>) =>
      `POST /call HTTP/1.1\r\n${Object.entries({
        Host: new URL(door.url).host,
        ...own(),
        ...headers,
        "Content-Length": String(body.length),
      })
        .map((pair) => pair.join(": "))
        .join("\r\n")}\r\n\r\n${body}`;
    const text = await sendRaw(port, [request(authorised(page)) + request({ Connection: "close" })]);
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(["200", "401"]);
    expect(app.requests).toHaveLength(1);
  });

  it("G02 hangs up on a request that comes too slowly", { timeout: 20_000 }, async () => {
    const started = performance.now();
    const answer = parseAnswer(await sendRaw(port, ["GET / HTTP/1.1\r\n", `Host: 127.0.0.1:${port}\r\n`], 100));
    expect(answer.status).toBe(408);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it.each([
    [
      "Upgrade: websocket",
      { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13" },
    ],
    ["Expect", { Expect: "100-continue" }],
  ])("G02 does not do %s", async (_case, headers) => {
    const answer = await askRaw(port, {
      method: "POST",
      target: LOOPBACK.paths.events,
      headers: { ...own(), ...headers },
      body: "{}",
    });
    expect(answer.status === 417 || Number.isNaN(answer.status)).toBe(true);
  });
});

describe("answers", () => {
  it("G02 the page has the policy with a fresh nonce each time, in header and page alike", async () => {
    const [first, second] = [await askRaw(port), await askRaw(port)];
    const nonceOf = (answer: typeof first) =>
      /'nonce-([^']+)'/.exec(answer.headers["content-security-policy"] ?? "")?.[1];
    expect(nonceOf(first)).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(nonceOf(first)).not.toBe(nonceOf(second));
    expect(first.body).toBe(`<meta name="csp-nonce" content="${nonceOf(first)}">`);
    const policy = first.headers["content-security-policy"] ?? "";
    for (const directive of [
      "default-src 'none'",
      "script-src 'self';",
      "frame-ancestors 'none'",
      "connect-src 'self'",
      "require-trusted-types-for 'script'",
    ]) {
      expect(policy).toContain(directive);
    }
    expect(policy).not.toMatch(/unsafe|\*/);
  });

  it("G02 every answer, good, refused or unparsed, forbids caching, sniffing, framing, referrers and other origins", async () => {
    const page = await openPage();
    const answers = [
      await askRaw(port),
      await askRaw(port, { target: "/assets/main-1.js" }),
      await askRaw(port, { target: "/nothing" }),
      await askRaw(port, { headers: { Host: "evil.example" } }),
      await post(LOOPBACK.paths.call, authorised(page)),
      await post(LOOPBACK.paths.forget, authorised(page)),
      parseAnswer(await sendRaw(port, ["nonsense\r\n\r\n"])),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-frame-options": "DENY",
      });
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(headers["permissions-policy"]).toContain("camera=()");
      expect(headers).not.toHaveProperty("set-cookie");
      expect(headers).not.toHaveProperty("location");
    }
  });

  it("G02 has the browser forget this origin after a lock, but not the cookies of other ports", async () => {
    const page = await openPage();
    const answer = await post(LOOPBACK.paths.forget, authorised(page));
    expect(answer.headers["clear-site-data"]).toBe('"cache", "storage"');
  });

  it("G02 says nothing of what went wrong inside, and keeps running", async () => {
    const page = await openPage();
    app.answer = () => {
      throw new Error("password hunter2hunter2");
    };
    const answer = await post(LOOPBACK.paths.call, authorised(page), '{"operation":"vault.unlock","params":{}}');
    expect(answer.status).toBe(500);
    expect(errorCode(answer)).toBe("internal/bug");
    expect(answer.body + log.join()).not.toContain("hunter2");
    expect((await askRaw(port)).status).toBe(200);
  });

  it("G02 logs no code, no secret and nothing a request carried", async () => {
    const { link } = await door.handOver();
    const page = await LoopbackPage.open(link);
    await page.call("vault.unlock", { password: "correct horse battery" });
    await post("/%0afake-line", { ...authorised(page), Origin: "https://evil.example" });
    const text = log.join("\n");
    for (const secret of [
      link,
      new URL(link).hash.slice(6),
      page.session.secret,
      page.session.resume,
      "correct horse",
      "evil.example",
      "fake-line",
    ]) {
      expect(text).not.toContain(secret);
    }
  });
});
