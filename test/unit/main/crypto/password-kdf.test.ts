import { describe, expect, it } from "vitest";
import { argon2 } from "#main/crypto/argon2.ts";
import { derivePasswordKey, unwrapKey, wrapKey } from "#main/crypto/password-kdf.ts";
import { randomSecret } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";

const salt = Buffer.from("somesaltsomesalt");

describe("V01 the key of a password slot", () => {
  // From the reference implementation's test.c (version 0x13, argon2id, 64 MiB and 256 KiB); its salt has 8 bytes.
  it.each([
    [2, 65536, 1, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"],
    [2, 256, 1, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"],
    [2, 256, 2, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"],
  ])("V01 D6 is Argon2id 1.3: t=%i m=%i p=%i", async (passes, memoryKiB, lanes, expected) => {
    const params = { memoryKiB, passes, lanes, salt: Buffer.from("somesalt") };

    const key = await derivePasswordKey(SecretBytes.fromText("password"), params);

    expect(key.reveal().toString("hex")).toBe(expected);
  });

  it("V01 has the three flavours apart", async () => {
    const params = { memoryKiB: 64, passes: 1, lanes: 1, salt };

    const all = await Promise.all((["d", "i", "id"] as const).map((f) => argon2(f, Buffer.from("x"), params, 32)));

    expect(new Set(all.map((key) => key.toString("hex"))).size).toBe(3);
  });

  it("V01 wraps a key that only the same password and slot open", () => {
    const [wrapping, root] = [randomSecret(32), randomSecret(32)];
    const slot = Buffer.from("slot 1");
    const wrong = expect.objectContaining({ code: "vault/wrong-password" });

    const wrapped = wrapKey(wrapping, root, slot);

    expect(wrapped.length).toBe(12 + 32 + 16);
    expect(unwrapKey(wrapping, wrapped, slot).equals(root)).toBe(true);
    expect(() => unwrapKey(randomSecret(32), wrapped, slot)).toThrow(wrong);
    expect(() => unwrapKey(wrapping, wrapped, Buffer.from("slot 2"))).toThrow(wrong);
    expect(() => unwrapKey(wrapping, wrapped.subarray(1), slot)).toThrow(wrong);
    expect(() => unwrapKey(wrapping, Buffer.alloc(3), slot)).toThrow(wrong);
  });
});
