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
});
