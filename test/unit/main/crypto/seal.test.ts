import { createCipheriv, hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { randomSecret } from "#main/crypto/random.ts";
import { type SealPlace, seal, unseal } from "#main/crypto/seal.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";

const place: SealPlace = {
  vaultId: "0b8f3f5e-0c7a-4f6e-9a55-1d2c3b4a5968",
  table: "keypairs",
  rowId: "b2a4c1de-0000-4000-8000-000000000001",
  column: "private_key",
  version: 1,
};

describe("V02 D5 a sealed value", () => {
  it.each([0, 1, 32, 4096])("V02 opens at its own place when it has %i bytes", (length) => {
    const [key, value] = [randomSecret(32), randomSecret(length)];

    const sealed = seal(key, place, value);

    expect(sealed.length).toBe(1 + 12 + length + 16);
    expect(sealed[0]).toBe(1);
    expect(unseal(key, place, sealed).equals(value)).toBe(true);
  });

  it.each([
    ["another vault", { vaultId: "0b8f3f5e-0c7a-4f6e-9a55-1d2c3b4a5969" }],
    ["another table", { table: "keypair" }],
    ["another row", { rowId: "b2a4c1de-0000-4000-8000-000000000002" }],
    ["another column", { column: "private_keys" }],
    ["another version", { version: 2 }],
    ["names joined another way", { table: "keypair", rowId: `s${place.rowId}` }],
  ])("V02 D5 does not open when moved to %s", (_name, change) => {
    const key = randomSecret(32);
    const sealed = seal(key, place, randomSecret(32));

    const opening = (): SecretBytes => unseal(key, { ...place, ...change }, sealed);

    expect(opening).toThrow(expect.objectContaining({ code: "vault/sealed-value-damaged" }));
  });

  it("V02 does not open when any one bit is altered or any byte is missing", () => {
    const key = randomSecret(32);
    const sealed = seal(key, place, SecretBytes.fromText("a private key"));
    const damaged = expect.objectContaining({ code: "vault/sealed-value-damaged" });

    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const altered = Buffer.from(sealed);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => unseal(key, place, altered)).toThrow(damaged);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => unseal(key, place, sealed.subarray(0, length))).toThrow(damaged);
    }
    expect(() => unseal(randomSecret(32), place, sealed)).toThrow(damaged);
  });

  it("V02 never seals the same value to the same bytes", () => {
    const key = randomSecret(32);
    const value = SecretBytes.fromText("same");

    const seen = new Set(Array.from({ length: 100 }, () => seal(key, place, value).toString("hex")));

    expect(seen.size).toBe(100);
  });

  it("V02 has the documented layout: a value sealed here by hand opens", () => {
    const key = randomSecret(32);
    const text = (part: string): string => `${Buffer.byteLength(part)}:${part},`;
    const { table, rowId, column } = place;
    const vault = place.vaultId.replaceAll("-", "");
    const info = ["keystead/seal/v1", table, rowId, column].map(text).join("");
    const aad = [vault, table, rowId, column, "1"].map(text).join("");
    const rowKey = Buffer.from(hkdfSync("sha256", key.reveal(), Buffer.from(vault, "hex"), info, 32));
    const nonce = Buffer.alloc(12, 9);
    const cipher = createCipheriv("aes-256-gcm", rowKey, nonce).setAAD(Buffer.from(aad));
    const body = Buffer.concat([cipher.update("by hand"), cipher.final()]);

    const sealed = Buffer.concat([Buffer.of(1), nonce, body, cipher.getAuthTag()]);

    expect(unseal(key, place, sealed).reveal().toString()).toBe("by hand");
  });
});
