import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import { createApp } from "#main/app.ts";
import type { App, Caller } from "#main/dispatch/caller.ts";
import type { KeysteadEvent } from "#shared/contract/events.ts";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { OWNER, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { startVirtualUsb, type VirtualUsb, virtualUsbUnavailable } from "#test/support/tokens/virtual-usb.ts";

const unavailable = virtualUsbUnavailable();
const folder = new TestFolder("tokens-usb");
let usb: VirtualUsb;
let app: App;
let caller: Caller;
const NOTICED_MS = 6000;
/** OpenSC reads some 35 answers of a card before it shows it, 44 ms each on this reader, more on a busy machine. */
const READ_MS = 4000;
const bugs: unknown[] = [];
const events: KeysteadEvent[] = [];

// biome-ignore lint/suspicious/noExplicitAny: any operation's result
async function must(operation: string, params: unknown = {}): Promise<any> {
  const reply = await app.dispatch(caller, { operation, params });
  if (!reply.ok) throw new Error(`${operation}: ${reply.error.code} ${reply.error.message}`);
  return reply.result;
}
async function code(operation: string, params: unknown = {}): Promise<string> {
  const reply = await app.dispatch(caller, { operation, params });
  return reply.ok ? "ok" : reply.error.code;
}
const tokens = async (): Promise<readonly TokenView[]> => (await must("tokens.list")).tokens;

/** The time until the consoles are told. */
async function told(work: () => Promise<unknown>, state: (now: readonly TokenView[]) => boolean): Promise<number> {
  events.length = 0;
  await work();
  const began = performance.now();
  await expect
    .poll(() => events.some((event) => event.type === "changed" && event.feature === "tokens"), {
      timeout: 8000,
      interval: 20,
    })
    .toBe(true);
  const time = performance.now() - began;
  await expect.poll(async () => state(await tokens()), { timeout: 5000 }).toBe(true);
  return time;
}

beforeAll(async () => {
  if (unavailable !== undefined) return;
  usb = await startVirtualUsb();
  const tokenModules = () => createTokenModules({ startProcess: nodeProcess(usb.env) });
  // The real clock: looking happens by itself here.
  const logBug = (_reference: string, error: unknown) => bugs.push(error);
  app = createApp({ folder: (await vaultTemplate(folder))("usb"), door: "test" }, { tokenModules, logBug });
  caller = app.connect("test");
  await must("vault.unlock", { userName: OWNER.userName, password: OWNER.password });
  await must("tokens.addModule", { path: usb.module, name: "OpenSC" });
  app.listen(caller, (event) => events.push(event));
});
afterAll(async () => {
  await app?.close("closing");
  await usb?.dispose();
  folder[Symbol.dispose]();
});

describe.skipIf(unavailable !== undefined)("a USB token that is really inserted and pulled out", () => {
  it("H02 C27 C32 is told coming and going, and is the same one when it is back", async () => {
    expect((await tokens()).filter((token) => token.present)).toEqual([]);
    expect(
      await told(
        () => usb.insert(),
        (now) => now.some((token) => token.present),
      ),
    ).toBeLessThan(NOTICED_MS + READ_MS);
    const [first] = await tokens();
    await must("tokens.logIn", { id: first?.id, pin: usb.pin });
    expect((await tokens())[0]?.loggedIn).toBe("user");
    const gone = await told(
      () => usb.remove(),
      (now) => now.every((token) => !token.present),
    );
    // OpenSC 0.23 now and then locks itself out when the card goes while it reads it: then the watchdog is what tells.
    const { problem } = (await must("tokens.listModules")).modules[0];
    expect(gone).toBeLessThan(problem?.code === "tokens/module-hung" ? 14_000 : NOTICED_MS);
    expect(await code("tokens.listObjects", { id: first?.id })).toBe("tokens/not-present");
    expect(
      await told(
        () => usb.insert(),
        (now) => now.some((token) => token.present),
      ),
    ).toBeLessThan(NOTICED_MS + READ_MS);
    const [back] = await tokens();
    expect(back).toMatchObject({ id: first?.id, serial: first?.serial, loggedIn: "nobody" });
  });

  it("H10 C35 a request is signed on the card, with the key that the card brought", async () => {
    const [token] = await tokens();
    await must("tokens.logIn", { id: token?.id, pin: usb.pin });
    const { objects } = await must("tokens.listObjects", { id: token?.id });
    const key = objects.find(
      (object: TokenObject) =>
        object.class === "private-key" && object.uses.includes("sign") && object.pinEachTime !== true,
    );
    expect(key.linked.length).toBeGreaterThan(0);
    const { pem } = await must("tokens.requestCertificate", { id: token?.id, ref: key.ref, subject: "CN=card" });
    expect(pem).toContain("BEGIN CERTIFICATE REQUEST");
    // PIV has no C_GenerateKeyPair in OpenSC: a sentence, not a crash.
    expect(await code("tokens.generateKey", { id: token?.id, spec: "rsa-2048", label: "x" })).toBe(
      "tokens/mechanism-missing",
    );
  });

  it("H07 C25 its signature key wants the PIN at each use; a refused one counts, and the login stays", async () => {
    const [token] = await tokens();
    const id = token?.id;
    const { objects } = await must("tokens.listObjects", { id });
    const strict = objects.filter((object: TokenObject) => object.pinEachTime === true);
    expect(strict).toHaveLength(1);
    const key = strict[0];
    const message = Buffer.from("signed with the PIN at hand").toString("base64");
    const sign = (more: object = {}) => ({ id, ref: key.ref, messages: [message], ...more });
    expect(await code("tokens.sign", sign())).toBe("tokens/pin-each-time");
    expect(await code("tokens.sign", sign({ pin: "12" }))).toBe("tokens/pin-length");
    expect(await code("tokens.sign", sign({ pin: usb.pin, messages: [message, message] }))).toBe(
      "tokens/pin-each-time",
    );
    expect(await code("tokens.sign", sign({ pin: "999999" }))).toBe("tokens/pin-incorrect");
    expect((await must("tokens.get", { id })).userPin).toMatchObject({ ownFailures: 1 });
    for (let use = 0; use < 2; use++) {
      const { signatures } = await must("tokens.sign", sign({ pin: usb.pin }));
      const check = { id, ref: key.ref, message, signature: signatures[0] };
      expect(await must("tokens.verify", check)).toMatchObject({ valid: true, by: "keystead" });
    }
    expect(await must("tokens.get", { id })).toMatchObject({ loggedIn: "user", userPin: { ownFailures: 0 } });
    const request = { id, ref: key.ref, subject: "CN=card" };
    expect(await code("tokens.requestCertificate", request)).toBe("tokens/pin-each-time");
    const { pem } = await must("tokens.requestCertificate", { ...request, pin: usb.pin });
    expect(pem).toContain("BEGIN CERTIFICATE REQUEST");
  });

  it("H07 C13 C25 three wrong PINs at the same time do not lock the card: the third is asked about first", async () => {
    const [token] = await tokens();
    const id = token?.id;
    const { objects } = await must("tokens.listObjects", { id });
    const key = objects.find((object: TokenObject) => object.pinEachTime === true);
    const sign = (more: object) => ({ id, ref: key.ref, messages: ["AAAA"], ...more });
    const codes = await Promise.all(["999991", "999992", "999993"].map((pin) => code("tokens.sign", sign({ pin }))));
    expect(codes).toEqual(["tokens/pin-incorrect", "tokens/pin-incorrect", "tokens/pin-final-try"]);
    expect(usb.card.pinTriesLeft).toBe(1);
    expect(await code("tokens.logIn", { id, pin: usb.pin, acceptFinalTry: true })).toBe("ok");
    expect(usb.card.pinTriesLeft).toBe(3);
    // OpenSC goes on saying FINAL_TRY until it is started anew.
    const { modules } = await must("tokens.listModules");
    await must("tokens.restartModule", { id: modules[0].id });
  });

  it("H05 C13 C16 wrong PINs lead to a warning, then to a locked PIN, and nothing is tried without being told to", async () => {
    const [token] = await tokens();
    const id = token?.id;
    await must("tokens.logOut", { id });
    expect(await code("tokens.logIn", { id, pin: "000000" })).toBe("tokens/pin-incorrect");
    expect(await code("tokens.logIn", { id, pin: "000000" })).toBe("tokens/pin-incorrect");
    expect((await must("tokens.get", { id })).userPin).toMatchObject({ state: "final-try", ownFailures: 2 });
    expect(await code("tokens.logIn", { id, pin: usb.pin })).toBe("tokens/pin-final-try");
    expect(await code("tokens.logIn", { id, pin: "000000", acceptFinalTry: true })).toBe("tokens/pin-locked");
    expect((await must("tokens.get", { id })).userPin.state).toBe("locked");
    expect(await code("tokens.logIn", { id, pin: usb.pin, acceptFinalTry: true })).toBe("tokens/pin-locked");
    expect(bugs).toEqual([]);
  });
});
