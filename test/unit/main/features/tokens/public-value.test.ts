import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { der, TAG } from "#main/crypto/formats/der.ts";
import { publicValueOf, publicValueOfCertificate, publicValueOfSpki } from "#main/features/tokens/public-value.ts";
import { CKK } from "#main/features/tokens/token-numbers.ts";
import type { Attributes } from "#main/features/tokens/token-port.ts";

const folder = mkdtempSync(join(tmpdir(), "keystead-public-value-"));
afterAll(() => rmSync(folder, { recursive: true }));

const base64url = (text: string | undefined) => Buffer.from(text ?? "", "base64url");

/** A key as a token shows it. */
function attributesOf(key: KeyObject): Attributes {
  const jwk = key.export({ format: "jwk" });
  if (jwk.kty === "RSA") {
    return { CKA_KEY_TYPE: CKK.rsa, CKA_MODULUS: base64url(jwk.n), CKA_PUBLIC_EXPONENT: base64url(jwk.e) };
  }
  if (jwk.kty === "OKP") {
    const params = Buffer.from("130c656477617264733235353139", "hex");
    return { CKA_KEY_TYPE: CKK.edwards, CKA_EC_PARAMS: params, CKA_EC_POINT: der(TAG.octetString, base64url(jwk.x)) };
  }
  const oids: Record<string, string> = {
    "P-256": "06082a8648ce3d030107",
    "P-384": "06052b81040022",
    "P-521": "06052b81040023",
  };
  const point = Buffer.concat([Buffer.of(4), base64url(jwk.x), base64url(jwk.y)]);
  const params = Buffer.from(oids[jwk.crv ?? ""] ?? "", "hex");
  return { CKA_KEY_TYPE: CKK.ec, CKA_EC_PARAMS: params, CKA_EC_POINT: der(TAG.octetString, point) };
}

const PAIRS = {
  "RSA 2048": generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "P-256": generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "P-384": generateKeyPairSync("ec", { namedCurve: "P-384" }),
  "P-521": generateKeyPairSync("ec", { namedCurve: "P-521" }),
  Ed25519: generateKeyPairSync("ed25519"),
} as const;

describe.each(Object.entries(PAIRS))("the public value of %s", (name, { publicKey, privateKey }) => {
  const value = publicValueOf(attributesOf(publicKey));

  it("P21 C35 is the same key to node and to ssh-keygen", () => {
    expect(createPublicKey(value?.pem ?? "").equals(publicKey)).toBe(true);
    expect(
      createPublicKey({ key: value?.spki ?? Buffer.alloc(0), format: "der", type: "spki" }).equals(publicKey),
    ).toBe(true);
    const file = join(folder, `${name}.pub`);
    writeFileSync(
      file,
      `${value?.blob.subarray(4, 4 + (value?.blob.readUInt32BE() ?? 0))} ${value?.blob.toString("base64")}\n`,
    );
    const line = execFileSync("ssh-keygen", ["-lf", file], { encoding: "utf8" });
    expect(line).toContain(`${value?.bits} ${value?.fingerprint} `);
  });

  it("C34 is found in a SubjectPublicKeyInfo and in a certificate that openssl made of it", () => {
    const spki = publicKey.export({ type: "spki", format: "der" });
    expect(publicValueOfSpki(spki)?.fingerprint).toBe(value?.fingerprint);
    const key = join(folder, `${name}.pem`);
    writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    const certificate = execFileSync("openssl", [
      "req",
      "-x509",
      "-new",
      "-key",
      key,
      "-subj",
      "/CN=x",
      "-outform",
      "DER",
    ]);
    expect(publicValueOfCertificate(certificate)?.fingerprint).toBe(value?.fingerprint);
    expect(publicValueOfCertificate(certificate.subarray(0, 60))).toBeUndefined();
  });
});

describe("other public values", () => {
  const rsa = attributesOf(PAIRS["RSA 2048"].publicKey);
  const ec = attributesOf(PAIRS["P-256"].publicKey);

  it("of an RSA modulus with zero bytes in front is the same key", () => {
    const padded = { ...rsa, CKA_MODULUS: Buffer.concat([Buffer.alloc(2), rsa.CKA_MODULUS as Buffer]) };
    expect(publicValueOf(padded)?.fingerprint).toBe(publicValueOf(rsa)?.fingerprint);
  });

  it("C38 of explicit curve parameters is the same key", () => {
    const params = execFileSync("openssl", [
      "ecparam",
      "-name",
      "prime256v1",
      "-param_enc",
      "explicit",
      "-outform",
      "DER",
    ]);
    expect(publicValueOf({ ...ec, CKA_EC_PARAMS: params })?.fingerprint).toBe(publicValueOf(ec)?.fingerprint);
  });

  it.each([
    ["no public attributes", { CKA_KEY_TYPE: CKK.rsa }],
    ["a private EC key that tells its curve only", { CKA_KEY_TYPE: CKK.ec, CKA_EC_PARAMS: ec.CKA_EC_PARAMS as Buffer }],
    ["a point off its curve", { ...ec, CKA_EC_POINT: Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]) }],
    ["an even modulus", { ...rsa, CKA_MODULUS: Buffer.alloc(256, 2) }],
    ["a secret key", { CKA_KEY_TYPE: CKK.aes }],
    ["nothing", {}],
  ])("are none for %s", (_what, attributes) => {
    expect(publicValueOf(attributes)).toBeUndefined();
  });

  it("never throw, whatever a token answers", () => {
    const bytes = fc.uint8Array({ maxLength: 70 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(fc.constantFrom(0, 3, 0x40, 0x41, 7), bytes, bytes, (type, one, two) => {
        const params = fc.sample(fc.constantFrom(one, ec.CKA_EC_PARAMS as Buffer), 1)[0] ?? one;
        const attributes = {
          CKA_KEY_TYPE: type,
          CKA_MODULUS: one,
          CKA_PUBLIC_EXPONENT: two,
          CKA_EC_PARAMS: params,
          CKA_EC_POINT: two,
        };
        expect(() => publicValueOf(attributes)).not.toThrow();
        expect(() => publicValueOfCertificate(one)).not.toThrow();
        expect(() => publicValueOfSpki(one)).not.toThrow();
      }),
    );
  });
});
