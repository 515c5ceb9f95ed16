import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCertificate } from "#main/crypto/certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "keystead-certificate-"));
const file = (name: string) => join(folder, name);
const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });

/** A self-signed one, DER. */
function selfSigned(...more: readonly string[]): Buffer {
  openssl("req", "-x509", "-new", "-key", file("key"), "-days", "10", "-outform", "der", "-out", file("der"), ...more);
  return readFileSync(file("der"));
}

beforeAll(() => {
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file("key"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("readCertificate", () => {
  it("H10 reads what openssl made, and says that it is self-signed", () => {
    const facts = readCertificate(selfSigned("-subj", "/O=Example/CN=web", "-set_serial", "0x0abc"));
    expect(facts).toMatchObject({ subject: "CN=web,O=Example", issuer: "CN=web,O=Example", selfSigned: true });
    expect(facts?.serialNumber).toBe("0abc");
    expect((facts?.notAfter ?? 0) - (facts?.notBefore ?? 0)).toBe(10 * 24 * 3600 * 1000);
  });

  it.each(["99ZZ31235959Z", "            Z", "991331235959Z"])(
    "H10 one whose time is %j is none: a date that is no date must not reach a list",
    (time) => {
      const der = Buffer.from(selfSigned("-subj", "/CN=web"));
      der.write(time, der.indexOf(Buffer.of(0x17, 0x0d)) + 2, "latin1");
      expect(readCertificate(der)).toBeUndefined();
    },
  );

  it("H10 reads one whose key is of a kind that is not known here, and does not call it self-signed", () => {
    const der = Buffer.from(selfSigned("-subj", "/CN=web"));
    // id-ecPublicKey becomes 1.2.840.10045.2.9, which nobody has.
    const oid = der.indexOf(Buffer.from("06072a8648ce3d0201", "hex"));
    der[oid + 8] = 9;
    expect(readCertificate(der)).toMatchObject({ subject: "CN=web", selfSigned: false });
  });

  it("H10 says `undefined` to what is no certificate", () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("-----BEGIN CERTIFICATE-----\nAAAA\n"),
      Buffer.from("3003020101", "hex"),
    ])
      expect(readCertificate(bytes)).toBeUndefined();
  });
});
