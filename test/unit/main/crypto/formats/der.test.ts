import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DerReader, der, derInteger, derNumber, derOid, derSequence, TAG } from "#main/crypto/formats/der.ts";
import { FormatFault } from "#main/crypto/formats/format-fault.ts";
import { run } from "#test/support/key-tools.ts";

const read = (hex: string): DerReader => new DerReader(Buffer.from(hex, "hex"));

describe("P02 P15 DER", () => {
  it("P15 is what OpenSSL reads", () => {
    const oids = ["1.2.840.113549.1.5.13", "2.16.840.1.101.3.4.1.42", "1.3.101.112", "2.999.3"];
    const value = derSequence(...oids.map(derOid), derNumber(600_000), der(TAG.octetString, Buffer.alloc(70_000)));

    const dump = run("openssl", ["asn1parse", "-inform", "DER"], value);

    for (const name of ["PBES2", "aes-256-cbc", "ED25519", "2.999.3", "0927C0"]) expect(dump).toContain(name);
  });

  it("P02 P15 comes back as it went out: numbers, object identifiers, contents of every length", () => {
    const oid = fc
      .tuple(fc.constantFrom("1.2", "1.3", "2.16", "2.5"), fc.array(fc.nat(), { maxLength: 4 }))
      .map(([head, tail]) => [head, ...tail].join("."));
    const property = fc.property(fc.nat(2 ** 40), oid, fc.uint8Array({ maxLength: 700 }), (number, name, bytes) => {
      const reader = new DerReader(
        derSequence(derNumber(number), derOid(name), der(TAG.octetString, bytes)),
      ).sequence();
      expect(reader.number()).toBe(number);
      expect(reader.oid()).toBe(name);
      expect(reader.octets().equals(bytes)).toBe(true);
      reader.end();
    });
    fc.assert(property);
  });

  it("P15 writes a number in its shortest form and never as a negative one", () => {
    expect(derInteger(Buffer.of(0, 0, 0x80)).toString("hex")).toBe("02020080");
    expect(derInteger(Buffer.of(0, 0, 0x7f)).toString("hex")).toBe("02017f");
    expect(derInteger(Buffer.of(0)).toString("hex")).toBe("020100");
  });

  it.each([
    ["an indefinite length", "3080020100", (r: DerReader) => r.sequence()],
    ["a length in a longer form than needed", "0481050000000000", (r: DerReader) => r.octets()],
    ["a length with a leading zero", `04820080${"00".repeat(128)}`, (r: DerReader) => r.octets()],
    ["a length beyond the end", "0403aabb", (r: DerReader) => r.octets()],
    ["a length of eight bytes", "0488ffffffffffffffff", (r: DerReader) => r.octets()],
    ["a negative number", "020180", (r: DerReader) => r.number()],
    ["an empty number", "0200", (r: DerReader) => r.number()],
    ["a padded number", "0202007f", (r: DerReader) => r.number()],
    ["a number beyond 48 bits", "020701000000000000", (r: DerReader) => r.number()],
    ["another element", "0500", (r: DerReader) => r.number()],
    ["a cut object identifier", "06022b86", (r: DerReader) => r.oid()],
    ["half a byte of bits", "030204f0", (r: DerReader) => r.bits()],
    ["nothing", "", (r: DerReader) => r.sequence()],
  ])("P02 refuses %s", (_name, hex, readIt) => {
    expect(() => readIt(read(hex))).toThrow(FormatFault);
  });
});
