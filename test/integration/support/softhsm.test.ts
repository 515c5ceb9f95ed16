import { createPublicKey, verify } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pkcs11Tool, witnessUnavailable } from "#test/support/tokens/pkcs11-tool.ts";
import { type SoftHsm, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";

describe.skipIf(softHsmUnavailable() !== undefined || witnessUnavailable() !== undefined)(
  "a SoftHSM of its own",
  () => {
    let hsm: SoftHsm;
    beforeAll(async () => {
      hsm = await startSoftHsm();
    });
    afterAll(() => hsm.dispose());

    it("makes tokens that another program finds by label and serial and logs in to", async () => {
      const first = await hsm.addToken("Größe 1", "so-12345", "user-1234");
      const second = await hsm.addToken("second", "so-12345", "user-1234");
      expect(first.serial).not.toBe(second.serial);
      const slots = await pkcs11Tool({ module: hsm.module, env: hsm.env }).slots();
      expect(slots).toContain(`serial num         : ${first.serial}`);
      expect(slots).toContain("token label        : Größe 1");
      expect(slots).toContain("token state:   uninitialized");
      const stranger = pkcs11Tool({ module: hsm.module, env: hsm.env, label: "second", pin: "wrong-pin" });
      await expect(stranger.objects()).rejects.toThrow(/CKR_PIN_INCORRECT/);
    });

    it("keeps its tokens from another SoftHSM's", async () => {
      const other = await startSoftHsm();
      try {
        const mine = await hsm.addToken("mine", "so-12345", "user-1234");
        expect(await pkcs11Tool({ module: other.module, env: other.env }).slots()).not.toContain(mine.serial);
      } finally {
        await other.dispose();
      }
    });

    it("signs by the witness so that node verifies, for P-256 and Ed25519", async () => {
      await hsm.addToken("signing", "so-12345", "user-1234");
      const witness = pkcs11Tool({ module: hsm.module, env: hsm.env, label: "signing", pin: "user-1234" });
      await witness.generateKeyPair("EC:prime256v1", "0a0b", "p256");
      await witness.generateKeyPair("EC:edwards25519", "0a0c", "ed");
      const digest = Buffer.alloc(32, 7);
      const signature = await witness.sign("ECDSA", "0a0b", digest);
      expect(signature).toHaveLength(64);
      expect(await witness.verify("ECDSA", "0a0b", digest, signature)).toBe(true);
      const damaged = Buffer.from(signature);
      damaged[40] = (damaged[40] ?? 0) ^ 1;
      expect(await witness.verify("ECDSA", "0a0b", digest, damaged)).toBe(false);
      const spki = await witness.read("pubkey", "0a0b");
      const key = createPublicKey({ key: spki, format: "der", type: "spki" });
      const message = Buffer.from("hashed by the token's user");
      const hashed = await crypto.subtle.digest("SHA-256", message);
      const overHash = await witness.sign("ECDSA", "0a0b", new Uint8Array(hashed), "openssl");
      expect(verify("sha256", message, key, overHash)).toBe(true);
      const objects = await witness.objects();
      expect(
        objects
          .filter((object) => object.id === "0a0c")
          .map((object) => object.kind)
          .sort(),
      ).toEqual(["Private Key Object", "Public Key Object"]);
    });

    it("can do less when it is told to", async () => {
      const poor = await startSoftHsm({ mechanisms: "-CKM_AES_KEY_WRAP_PAD,CKM_EDDSA" });
      try {
        await poor.addToken("poor", "so-12345", "user-1234");
        const listed = await pkcs11Tool({ module: poor.module, env: poor.env, label: "poor" }).mechanisms();
        expect(listed).not.toContain("EDDSA");
        expect(listed).toContain("ECDSA");
      } finally {
        await poor.dispose();
      }
    });

    it("loses a token that is pulled out and has it again when it is put back", async () => {
      const token = await hsm.addToken("traveller", "so-12345", "user-1234");
      const witness = pkcs11Tool({ module: hsm.module, env: hsm.env });
      await hsm.pullOut(token.serial);
      expect(await witness.slots()).not.toContain(token.serial);
      await expect(hsm.pullOut(token.serial)).rejects.toThrow(/no token/);
      await hsm.putIn(token.serial);
      expect(await witness.slots()).toContain(token.serial);
    });
  },
);
