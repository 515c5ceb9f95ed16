import { generateKeyPairSync } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import {
  buildHostileModule,
  type HostileModule,
  hostileModuleUnavailable,
  type Misbehaviour,
} from "#test/support/hostile-module/hostile-module.ts";
import { Kernel, TestFolder, vaultTemplate } from "#test/support/kernel.ts";

const unavailable = hostileModuleUnavailable();
const folder = new TestFolder("tokens-hostile-keys");
let copy: (name: string) => string;
let hostile: HostileModule;
let kernel: Kernel;
let id: string;
let runs = 0;

const ulong = (value: number): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return `hex:${bytes.toString("hex")}`;
};
const modulus = Buffer.from(
  generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" }).n ?? "",
  "base64url",
);
/** One private RSA key that wants its PIN at each use: every flag of the hostile module's objects is set. */
const RSA_KEY: Misbehaviour = {
  "attribute.0x0": ulong(3),
  "attribute.0x100": ulong(0),
  "attribute.0x120": `hex:${modulus.toString("hex")}`,
  "attribute.0x122": "hex:010001",
  // CKM_RSA_PKCS.
  "mechanism.first": "0x1",
};

beforeAll(async () => {
  copy = await vaultTemplate(folder);
  if (unavailable === undefined) hostile = await buildHostileModule();
});
beforeEach(async () => {
  if (unavailable !== undefined) return;
  await hostile.behave(RSA_KEY);
  kernel = new Kernel(copy(`run-${runs++}`), {
    tokenModules: () => createTokenModules({ startProcess: nodeProcess(hostile.env) }),
  });
  await kernel.unlock();
  await kernel.must("tokens.addModule", { path: hostile.module, name: "Hostile" });
  id = (await kernel.must("tokens.list")).tokens[0].id;
  await kernel.must("tokens.logIn", { id, pin: hostile.userPin });
});
afterEach(async () => kernel?.[Symbol.asyncDispose]());
afterAll(async () => {
  await hostile?.dispose();
  folder[Symbol.dispose]();
});

describe.skipIf(unavailable !== undefined)("a key in a library that means harm", () => {
  // CKR: USER_NOT_LOGGED_IN, SESSION_CLOSED, TOKEN_NOT_PRESENT, SESSION_HANDLE_INVALID.
  it.each(["0x101", "0xb0", "0xe0", "0xb3"])(
    "C14 C25 a PIN that came with a signature is sent once, also where the token answers %s to it",
    async (ckr) => {
      const [{ ref }] = (await kernel.must("tokens.listObjects", { id })).objects;
      const message = { id, ref, messages: [Buffer.from("x").toString("base64")] };
      // From now on the key is known, and looked for once more where its use fails.
      expect(await kernel.code("tokens.sign", message)).toBe("tokens/pin-each-time");
      const before = await hostile.pinCalls();
      await hostile.behave({ ...RSA_KEY, C_Login: ckr });
      const code = await kernel.code("tokens.sign", { ...message, pin: hostile.userPin });
      expect(code).toMatch(/^tokens\/(not-logged-in|removed|not-present)$/);
      expect(await hostile.pinCalls()).toEqual([...before, "C_Login H1"]);
    },
  );

  it("H12 C41 a token that signs and does not verify has one figure for each, and its signatures count", async () => {
    const { figures } = await kernel.must("tokens.measure", { id, seconds: 1, callers: 1 });
    const names = figures.map(({ name }: { name: string }) => name);
    expect(names).toHaveLength(new Set(names).size);
    const [sign, verify] = figures;
    expect(sign).toMatchObject({ name: "RSA-2048 sign", perSecond: expect.any(Number) });
    expect(sign.perSecond).toBeGreaterThan(0);
    expect(verify).toMatchObject({ name: "RSA-2048 verify", perSecond: 0, note: expect.any(String) });
  });

  // CKR: GENERAL_ERROR, DEVICE_ERROR, a vendor's own.
  it.each(["0x5", "0x30", "0x8000002f"])(
    "H01 H12 C41 a token that answers %s when a key is made is reported on all the same, with figures of 0",
    async (ckr) => {
      await hostile.behave({ ...RSA_KEY, C_GenerateKeyPair: ckr });
      const { figures } = await kernel.must("tokens.measure", { id, seconds: 1, callers: 1 });
      for (const figure of figures) expect(figure).toMatchObject({ perSecond: 0, note: expect.stringMatching(/[.]$/) });
      const [module] = (await kernel.must("tokens.listModules")).modules;
      const { probes } = await kernel.must("tokens.diagnoseModule", { id: module.id });
      expect(probes.filter(({ name }: { name: string }) => name.startsWith("Speed"))).not.toEqual([]);
      // One that goes meanwhile is no finding.
      await hostile.behave({ ...RSA_KEY, C_GenerateKeyPair: "remove" });
      expect(await kernel.code("tokens.measure", { id, seconds: 1, callers: 1 })).toBe("tokens/removed");
      await hostile.behave({ ...RSA_KEY, inserted: 1 });
    },
  );
});
