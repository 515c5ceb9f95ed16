import { constants, generateKeyPairSync, privateEncrypt, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { digest, digestInfo } from "#main/crypto/digest.ts";

describe("DigestInfo", () => {
  it.each([
    // RFC 8017 section 9.2, note 1.
    ["sha1", "3021300906052b0e03021a05000414"],
    ["sha256", "3031300d060960864801650304020105000420"],
    ["sha384", "3041300d060960864801650304020205000430"],
    ["sha512", "3051300d060960864801650304020305000440"],
  ] as const)("of %s has the standard's frame", (name, frame) => {
    const data = Buffer.from("abc");
    expect(digestInfo(name, data).toString("hex")).toBe(frame + digest(name, data).toString("hex"));
  });

  it("C41 padded and signed bare verifies as an RSA signature", () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const message = Buffer.from("signed");
    const padding = constants.RSA_PKCS1_PADDING;
    const signature = privateEncrypt({ key: privateKey, padding }, digestInfo("sha512", message));
    expect(verify("sha512", message, publicKey, signature)).toBe(true);
  });
});
