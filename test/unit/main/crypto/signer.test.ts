import { createPublicKey, verify } from "node:crypto";
import ssh2 from "ssh2";
import { describe, expect, it } from "vitest";
import { generateKeyMaterial, type KeySpec } from "#main/crypto/key-material.ts";
import { publicPem } from "#main/crypto/public-key.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { makeSigner } from "#main/crypto/signer.ts";

const data = Buffer.from("what the server wants signed");

describe("P07 the signer of a key pair", () => {
  it.each([
    [{ type: "ed25519" }, "ssh-ed25519", null],
    [{ type: "ecdsa", curve: "nistp256" }, "ecdsa-sha2-nistp256", "sha256"],
    [{ type: "ecdsa", curve: "nistp384" }, "ecdsa-sha2-nistp384", "sha384"],
    [{ type: "ecdsa", curve: "nistp521" }, "ecdsa-sha2-nistp521", "sha512"],
  ] as ReadonlyArray<readonly [KeySpec, string, string | null]>)(
    "P07 ignores the asked hash and uses its own: %o",
    async (spec, keyType, hash) => {
      const key = await generateKeyMaterial(spec);
      const signer = makeSigner(key.pkcs8);

      const signature = await signer.sign(data, "sha512");

      expect(signer.keyType).toBe(keyType);
      expect(signer.publicBlob.equals(key.publicBlob)).toBe(true);
      expect(verify(hash, data, createPublicKey(publicPem(key.publicBlob)), signature)).toBe(true);
      if (spec.type === "ed25519") expect(signature.length).toBe(64);
      else expect(signature[0]).toBe(0x30);
    },
  );

  it.each(["sha1", "sha256", "sha512", undefined] as const)("P07 B51 honours the hash for RSA: %s", async (hash) => {
    const key = await generateKeyMaterial({ type: "rsa", bits: 2048 });

    const signature = await makeSigner(key.pkcs8).sign(data, hash);

    expect(signature.length).toBe(256);
    const publicKey = createPublicKey(publicPem(key.publicBlob));
    for (const candidate of ["sha1", "sha256", "sha512"]) {
      expect(verify(candidate, data, publicKey, signature)).toBe(candidate === (hash ?? "sha1"));
    }
  });

  it("P07 has a blob that ssh2 takes as the same key", async () => {
    const key = await generateKeyMaterial({ type: "ecdsa", curve: "nistp256" });

    const parsed = ssh2.utils.parseKey(`ecdsa-sha2-nistp256 ${key.publicBlob.toString("base64")}`);

    expect(parsed).not.toBeInstanceOf(Error);
    expect((parsed as { getPublicPEM(): string }).getPublicPEM().replace(/\s/g, "")).toBe(
      publicPem(key.publicBlob).replace(/\s/g, ""),
    );
  });

  it("P07 stops signing when the key it refers to is disposed", async () => {
    const key = await generateKeyMaterial({ type: "ed25519" });
    const signer = makeSigner(key.pkcs8);

    key.pkcs8.dispose();

    await expect(signer.sign(data, undefined)).rejects.toThrow(TypeError);
  });

  it("P07 does not wipe the key it is given", async () => {
    const key = await generateKeyMaterial({ type: "rsa", bits: 2048 });
    using before = SecretBytes.copyOf(key.pkcs8.reveal());

    makeSigner(key.pkcs8);

    expect(key.pkcs8.equals(before)).toBe(true);
  });
});
