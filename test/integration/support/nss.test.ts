import { describe, expect, it } from "vitest";
import { type NssToken, nssUnavailable, startNss } from "#test/support/tokens/nss.ts";
import { runProgram } from "#test/support/tokens/programs.ts";

/** A process of its own, because the library's one initialisation belongs to the process. */
const SCRIPT = `
const pkcs11 = require("pkcs11js");
const [module, libraryParameters, pin] = process.argv.slice(1);
const lib = new pkcs11.PKCS11();
lib.load(module);
lib.C_Initialize({ libraryParameters, flags: 2 });
const slot = lib.C_GetSlotList(true).find((id) => id.readUInt8() === 2);
const info = lib.C_GetTokenInfo(slot);
const initialized = (info.flags & pkcs11.CKF_USER_PIN_INITIALIZED) !== 0;
if (pin !== "") {
  const session = lib.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION | pkcs11.CKF_RW_SESSION);
  lib.C_Login(session, pkcs11.CKU_USER, pin);
  lib.C_GenerateKeyPair(session, { mechanism: pkcs11.CKM_EC_KEY_PAIR_GEN },
    [{ type: pkcs11.CKA_TOKEN, value: true }, { type: pkcs11.CKA_EC_PARAMS, value: Buffer.from("06082a8648ce3d030107", "hex") }],
    [{ type: pkcs11.CKA_TOKEN, value: true }, { type: pkcs11.CKA_PRIVATE, value: true }, { type: pkcs11.CKA_SENSITIVE, value: true },
     { type: pkcs11.CKA_ID, value: Buffer.from("0a0b", "hex") }, { type: pkcs11.CKA_LABEL, value: "made here" }]);
}
console.log(JSON.stringify({ label: info.label.trim(), initialized }));
`;

async function use(token: NssToken, pin: string): Promise<unknown> {
  const args = ["-e", SCRIPT, token.module, token.libraryParameters, pin];
  return JSON.parse((await runProgram(process.execPath, args)).stdout);
}

describe.skipIf(nssUnavailable() !== undefined)("an NSS token of its own", () => {
  it("is initialised with its PIN, and keeps keys in its own directory as certutil sees", async () => {
    const [one, two] = [await startNss({ userPin: "one-pin-1" }), await startNss({ userPin: "two-pin-1" })];
    try {
      expect(await use(one, "one-pin-1")).toEqual({ label: one.label, initialized: true });
      expect(await one.privateKeys()).toEqual([expect.stringContaining("made here")]);
      expect(await two.privateKeys()).toEqual([]);
      await expect(use(two, "one-pin-1")).rejects.toThrow(/CKR_PIN_INCORRECT/);
    } finally {
      await Promise.all([one.dispose(), two.dispose()]);
    }
  });

  it("has its PIN still to be set when none is given", async () => {
    const fresh = await startNss({});
    try {
      expect(await use(fresh, "")).toEqual({ label: fresh.label, initialized: false });
    } finally {
      await fresh.dispose();
    }
  });
});
