import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { nodeProcess } from "#main/adapters/pkcs11/node-process.ts";
import type { TokenModule, TokenModules } from "#main/features/tokens/index.ts";
import { Kernel, TestFolder, vaultTemplate } from "#test/support/kernel.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";

const unavailable = softHsmUnavailable();
const folder = new TestFolder("tokens-sign-only");
let hsm: SoftHsm;
let kernel: Kernel;

/** The real library, and its list without verifying: cards do only what needs their private key, and leave the rest to the host. */
function signOnly(real: TokenModules): TokenModules {
  const bare = (module: TokenModule): TokenModule =>
    new Proxy(module, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== "mechanisms") return typeof value === "function" ? value.bind(target) : value;
        return async (slotId: string) =>
          (await target.mechanisms(slotId)).map((each) => ({
            ...each,
            flags: each.flags.filter((flag) => flag !== "VERIFY"),
          }));
      },
    });
  return { open: async (...args) => bare(await real.open(...args)), closeAll: () => real.closeAll() };
}

beforeAll(async () => {
  if (unavailable !== undefined) return;
  hsm = await startSoftHsm();
  await hsm.addToken("Card", "87654321", "123456");
  const tokenModules = () => signOnly(createTokenModules({ startProcess: nodeProcess(hsm.env) }));
  kernel = new Kernel((await vaultTemplate(folder))("sign-only"), { tokenModules });
  await kernel.unlock();
  await kernel.must("tokens.addModule", { path: hsm.module, name: "Card" });
});
afterAll(async () => {
  await kernel?.[Symbol.asyncDispose]();
  await hsm?.dispose();
  folder[Symbol.dispose]();
});

describe.skipIf(unavailable !== undefined)("a token that signs and does not verify", () => {
  it.each(["rsa-2048", "ecdsa-p256"])(
    "H07 C41 signs a digest with %s, and says so when asked to check one",
    async (spec) => {
      const { tokens } = await kernel.must("tokens.list");
      const { id } = tokens.find(({ label }: { label: string }) => label === "Card");
      await kernel.must("tokens.logIn", { id, pin: "123456" });
      const { objects } = await kernel.must("tokens.generateKey", { id, spec, label: spec });
      const { ref } = objects[0];
      const message = Buffer.from("to be signed");
      const digest = createHash("sha256").update(message).digest("base64");
      const how = { id, ref, messageType: "digest" };
      const { signatures } = await kernel.must("tokens.sign", { ...how, messages: [digest] });
      const check = { id, ref, signature: signatures[0] };
      expect(await kernel.must("tokens.verify", { ...check, message: message.toString("base64") })).toMatchObject({
        valid: true,
        by: "keystead",
      });
      expect(await kernel.code("tokens.verify", { ...check, messageType: "digest", message: digest })).toBe(
        "tokens/mechanism-missing",
      );
    },
  );
});
