import { describe, expect, it } from "vitest";
import { doorMac, newDoorNonce, newDoorSecret, newPolicyNonce, sameBytes } from "#main/crypto/door-secrets.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { exchangeCode } from "#renderer/bridge/loopback-handshake.ts";
import { LOOPBACK } from "#shared/doors/loopback.ts";

describe("door secrets", () => {
  it("G02 have 256 bits and never repeat", () => {
    const drawn = Array.from({ length: 100 }, () => newDoorSecret().reveal().toString("hex"));
    expect(new Set(drawn).size).toBe(100);
    expect(drawn.every((text) => text.length === 64)).toBe(true);
    expect(newPolicyNonce()).not.toBe(newPolicyNonce());
  });

  it("G02 MAC is HMAC-SHA-256 of label, zero byte and nonces (RFC 4231 construction, value by openssl)", () => {
    const key = SecretBytes.copyOf(Buffer.alloc(32, 0x0b));
    const mac = doorMac(key, "label", Buffer.alloc(32, 1), Buffer.alloc(32, 2));
    // printf 'label\0' + 32×01 + 32×02 | openssl dgst -sha256 -mac HMAC -macopt hexkey:0b…
    expect(mac.toString("hex")).toBe("fb8af4547efc9372e5007f6a6a6623434b00f82a4a3c8820da7395d853c0f888");
  });

  it("G02 refuse nonces that would let two inputs run together", () => {
    expect(() => doorMac(newDoorSecret(), "label", Buffer.alloc(31))).toThrow(TypeError);
  });

  it("G02 differ for every label", () => {
    const key = newDoorSecret();
    const nonces = [newDoorNonce(), newDoorNonce()] as const;
    const macs = Object.values(LOOPBACK.labels).map((label) => doorMac(key, label, ...nonces).toString("hex"));
    expect(new Set(macs).size).toBe(macs.length);
  });

  it("G02 page (Web Crypto) and door (node:crypto) derive the same session", async () => {
    const code = newDoorSecret();
    let expected = {};
    const session = await exchangeCode(code.reveal().toString("base64url"), async (_path, body) => {
      const { nonce, proof } = body as { nonce: string; proof: string };
      const theirs = Buffer.from(nonce, "base64url");
      const ours = newDoorNonce();
      const mac = (label: string, ...nonces: Buffer[]) => doorMac(code, label, ...nonces).toString("base64url");
      expect(proof).toBe(mac(LOOPBACK.labels.pageProof, theirs));
      expected = {
        secret: mac(LOOPBACK.labels.session, theirs, ours),
        resume: mac(LOOPBACK.labels.resume, theirs, ours),
      };
      return { nonce: ours.toString("base64url"), proof: mac(LOOPBACK.labels.doorProof, theirs, ours) };
    });
    expect(session).toEqual(expected);
  });

  it("G02 are compared whole and by length", () => {
    expect(sameBytes(Buffer.from("abc"), Buffer.from("abc"))).toBe(true);
    expect(sameBytes(Buffer.from("abc"), Buffer.from("abd"))).toBe(false);
    expect(sameBytes(Buffer.from("abc"), Buffer.from("ab"))).toBe(false);
  });
});
