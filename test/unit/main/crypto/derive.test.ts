import { describe, expect, it } from "vitest";
import { deriveKey, hkdf, type KeyLabel } from "#main/crypto/derive.ts";
import { hmacSha256 } from "#main/crypto/hash.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";

const hex = (text: string): Buffer => Buffer.from(text, "hex");

describe("V01 V02 key derivation", () => {
  // RFC 5869 appendix A, cases 1 and 3; our output is 32 bytes long, so the published 42 are compared as far as that.
  it.each([
    [
      "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
      "000102030405060708090a0b0c",
      "f0f1f2f3f4f5f6f7f8f9",
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ],
    [
      "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
      "",
      "",
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ],
  ])("V02 is HKDF-SHA-256 of RFC 5869 (%#)", (ikm, salt, info, okm) => {
    const key = hkdf(SecretBytes.take(hex(ikm)), hex(salt), hex(info));

    expect(key.reveal().toString("hex")).toBe(okm.slice(0, 64));
  });

  it("V02 has the documented salt and info, computed here by RFC 5869's two steps", () => {
    const root = SecretBytes.copyOf(Buffer.alloc(32, 7));
    const vaultId = "0b8f3f5e-0c7a-4f6e-9a55-1d2c3b4a5968";

    const extracted = hmacSha256(SecretBytes.take(hex("0b8f3f5e0c7a4f6e9a551d2c3b4a5968")), root.reveal());
    const expanded = hmacSha256(SecretBytes.take(extracted), Buffer.from("keystead/audit/v1\x01"));

    expect(deriveKey(root, vaultId, "audit").reveal().equals(expanded)).toBe(true);
  });

  it("V02 gives each purpose and each vault its own key", () => {
    const root = SecretBytes.copyOf(Buffer.alloc(32, 7));
    const labels: KeyLabel[] = ["database", "seal", "audit", "header", "backup", "checkpoint-signing"];
    const vaults = ["0b8f3f5e-0c7a-4f6e-9a55-1d2c3b4a5968", "0b8f3f5e-0c7a-4f6e-9a55-1d2c3b4a5969"];

    const keys = vaults.flatMap((id) => labels.map((label) => deriveKey(root, id, label).reveal().toString("hex")));

    expect(new Set(keys).size).toBe(12);
  });
});
