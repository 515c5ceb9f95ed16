import { describe, expect, it } from "vitest";
import { algorithmsFor } from "#main/features/tokens/sign-algorithm.ts";
import {
  digestOf,
  fromBase64,
  givenMessage,
  opensslCheck,
  signAlgorithms,
  toBase64,
} from "#renderer/features/tokens/signed-message.ts";
import { LIMITS } from "#shared/limits.ts";
import type { TokenObject } from "#shared/models/token.ts";

const key = (facts: Partial<TokenObject>) => ({ class: "private-key", ...facts }) as TokenObject;

describe("what the window has signed", () => {
  it("H07 offers what main takes, key by key", () => {
    expect(signAlgorithms(key({ keyType: "RSA" }))).toEqual(
      algorithmsFor({ type: "rsa", n: Buffer.alloc(1), e: Buffer.alloc(1) }),
    );
    for (const [curve, name] of [
      ["P-256", "nistp256"],
      ["P-384", "nistp384"],
      ["P-521", "nistp521"],
    ] as const)
      expect(signAlgorithms(key({ keyType: "EC", curve }))).toEqual(
        algorithmsFor({ type: "ecdsa", curve: name, point: Buffer.alloc(1) }),
      );
    expect(signAlgorithms(key({ curve: "Ed25519" }))).toEqual(
      algorithmsFor({ type: "ed25519", publicKey: Buffer.alloc(32) }),
    );
    expect(signAlgorithms(key({ keyType: "EC", curve: "secp256k1" }))).toEqual([]);
    expect(signAlgorithms(key({ class: "secret-key", keyType: "AES" }))).toEqual([]);
    expect(signAlgorithms(key({ class: "certificate", keyType: "RSA" }))).toEqual([]);
  });

  it("H07 hands a short message on whole and of a long one the digest; Ed25519 has no digest to give", async () => {
    const short = new Uint8Array(LIMITS.signedMessageBytes).fill(7);
    const long = new Uint8Array(LIMITS.signedMessageBytes + 1).fill(7);
    expect(await givenMessage(short, "ED25519")).toEqual({ messageType: "message", bytes: toBase64(short) });
    const { createHash } = await import("node:crypto");
    const digest = createHash("sha384").update(long).digest("base64");
    expect(await givenMessage(long, "ECDSA_SHA_384")).toEqual({ messageType: "digest", bytes: digest });
    expect(await givenMessage(long, "ED25519")).toBeUndefined();
    expect(await givenMessage(new Uint8Array(), "ECDSA_SHA_256")).toBeUndefined();
  });

  it("H07 names each algorithm's digest and the command that checks it", () => {
    expect(digestOf("RSASSA_PSS_SHA_512")).toBe("SHA-512");
    expect(digestOf("ED25519")).toBeUndefined();
    expect(opensslCheck("RSASSA_PSS_SHA_256")).toContain("-sha256 -verify key.pub.pem -sigopt rsa_padding_mode:pss");
    expect(opensslCheck("RSASSA_PKCS1_V1_5_SHA_256")).not.toContain("sigopt");
    expect(opensslCheck("ED25519")).toContain("pkeyutl");
  });

  it("H07 reads base64 as it is pasted and refuses anything else", () => {
    expect(fromBase64(" aGVs\nbG8= ")).toEqual(new TextEncoder().encode("hello"));
    for (const text of ["", "aGVsbG8", "=abc", "a$b=", "aGVsbG8=="]) expect(fromBase64(text), text).toBeUndefined();
  });
});
