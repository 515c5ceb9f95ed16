import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeName, encodeName } from "#main/crypto/formats/distinguished-name.ts";
import { FormatFault } from "#main/crypto/formats/format-fault.ts";

describe("encodeName", () => {
  it("H10 writes the order, the string types and the multi-valued part that RFC 4514 and RFC 5280 say", () => {
    // Cut out of `openssl req -new -utf8 -subj /C=DE/O=Ä/CN=a+OU=b -multivalue-rdn -outform DER`.
    expect(encodeName("CN=a+OU=b,O=Ä,C=DE").toString("hex")).toBe(
      "3030310b3009060355040613024445310b3009060355040a0c02c3843114300806035504030c01613008060355040b0c0162",
    );
  });

  it.each([
    ["CN=web one", "CN=web one"],
    [" CN = web ,  O=x ", "CN=web,O=x"],
    ["cn=a,e=x@y.example", "CN=a,EMAILADDRESS=x@y.example"],
    ["CN=a\\,b\\+c\\\\d", "CN=a\\,b\\+c\\\\d"],
    ["CN=\\ x\\ ", "CN=\\ x\\ "],
    ["CN=\\C3\\A4", "CN=ä"],
    ["CN=#1", "CN=\\#1"],
    ['CN=a\\;b\\<c\\>d\\"e', 'CN=a\\;b\\<c\\>d\\"e'],
    ["CN=\\#0c0161", "CN=\\#0c0161"],
    ["1.39.4=a,2.999=b", "1.39.4=a,2.999=b"],
    [`CN=${"🔑".repeat(64)}`, `CN=${"🔑".repeat(64)}`],
    ["2.5.4.65=pseudonym", "2.5.4.65=pseudonym"],
    ["DC=example,DC=com", "DC=example,DC=com"],
  ])("H10 reads %s and writes it back as %s", (text, back) => {
    expect(decodeName(encodeName(text))).toBe(back);
  });

  it.each([
    "",
    "x",
    "=a",
    "CN=",
    "CN=a,",
    "C=Germany",
    "XX=1",
    "C=ÄÖ",
    "E=ü@x",
    "CN=a\\",
    "CN=\\FF",
    "CN=a\u0000b",
    "9.9.9=a",
    // Each of these made a request for a name that nobody meant.
    'O="Example"',
    'CN="Example, Inc.",C=DE',
    "CN=web;O=Example",
    "CN=a<b",
    "CN=a>b",
    "CN=#0c0161",
    "1.40.4=a",
    "0.99=a",
    "1.03.4=a",
    "CN=a\ud800",
    `CN=${"x".repeat(65)}`,
    `O=${"ü".repeat(65)}`,
  ])("H10 refuses %j", (text) => {
    expect(() => encodeName(text)).toThrow(FormatFault);
  });

  it("H10 any value survives the way there and back, and nothing else than FormatFault is thrown", () => {
    const value = fc
      .string({ unit: "binary", minLength: 1 })
      .filter((text) => text.isWellFormed() && !/\p{Cc}/u.test(text));
    const escaped = (text: string) =>
      [...Buffer.from(text)].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
    fc.assert(
      fc.property(value, (text) => {
        const der = encodeName(`CN=${escaped(text)},O=x`);
        expect(encodeName(decodeName(der)).equals(der)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          encodeName(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatFault);
        }
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeName(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(FormatFault);
        }
      }),
    );
  });
});
