import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hmacSha256, MessageAuthenticator, sha256 } from "#main/crypto/hash.ts";
import { randomBytes } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";

const hex = (text: string): Buffer => Buffer.from(text, "hex");

describe("A01 the authenticator of the audit chain", () => {
  // RFC 4231, test cases 1, 2, 3, 6 and 7.
  it.each([
    ["0b".repeat(20), Buffer.from("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
      Buffer.from("Jefe").toString("hex"),
      Buffer.from("what do ya want for nothing?"),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    ["aa".repeat(20), Buffer.alloc(50, 0xdd), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
    [
      "aa".repeat(131),
      Buffer.from("Test Using Larger Than Block-Size Key - Hash Key First"),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ],
    [
      "aa".repeat(131),
      Buffer.from(
        "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
      ),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ],
  ])("A01 is HMAC-SHA-256 of RFC 4231 (%#)", (key, message, tag) => {
    expect(hmacSha256(SecretBytes.take(hex(key)), message).toString("hex")).toBe(tag);
  });

  it("A01 equals createHmac for keys and messages of every length, in any order", () => {
    for (const keyLength of [0, 1, 32, 63, 64, 65, 200]) {
      const key = randomBytes(keyLength);
      const mac = new MessageAuthenticator(SecretBytes.copyOf(key));
      for (const length of [5000, 0, 1, 55, 56, 63, 64, 65, 1023, 1024, 1025, 20_000, 3]) {
        const message = randomBytes(length);
        expect(mac.tag(message).equals(createHmac("sha256", key).update(message).digest())).toBe(true);
      }
      const text = "trace № 7 – ключ";
      expect(mac.tag(text).equals(createHmac("sha256", key).update(text).digest())).toBe(true);
    }
  });

  it("A01 verifies a tag only for its own message, and nothing after dispose", () => {
    const mac = new MessageAuthenticator(SecretBytes.fromText("key"));
    const tag = mac.tag("one");

    expect(mac.verify("one", tag)).toBe(true);
    expect(mac.verify("two", tag)).toBe(false);
    expect(mac.verify("one", tag.subarray(1))).toBe(false);
    mac.dispose();
    expect(() => mac.tag("one")).toThrow(TypeError);
  });

  it("A01 is faster than createHmac, on which the speed of verifying a long chain rests", () => {
    const key = randomBytes(32);
    const mac = new MessageAuthenticator(SecretBytes.copyOf(key));
    const message = randomBytes(200);
    // The best of several short rounds: what the code can do, whatever else the machine does meanwhile.
    const rate = (once: () => unknown): number => {
      const rounds = Array.from({ length: 10 }, () => {
        const start = performance.now();
        for (let i = 0; i < 5_000; i++) once();
        return 5_000 / ((performance.now() - start) / 1000);
      });
      return Math.max(...rounds);
    };

    const ours = rate(() => mac.tag(message));
    const theirs = rate(() => createHmac("sha256", key).update(message).digest());

    // Compared and not counted, so that a busy machine does not fail it: some 500,000 against 100,000 a second on an idle core.
    expect(ours).toBeGreaterThan(theirs * 2);
  });

  it("SHA-256 of 'abc' is that of FIPS 180-4", () => {
    expect(sha256("abc").toString("hex")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
