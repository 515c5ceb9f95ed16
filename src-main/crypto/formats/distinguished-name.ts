import { DerReader, der, derOid, derSequence } from "./der.ts";
import { FormatFault } from "./format-fault.ts";

const SET = 0x31;
const UTF8 = 0x0c;
const PRINTABLE = 0x13;
const TELETEX = 0x14;
const IA5 = 0x16;
const BMP = 0x1e;

/** RFC 4514 section 3, RFC 5280 appendix A: names of attribute types, their OID, and the string type a fixed one has. */
const TYPES: readonly (readonly [name: string, oid: string, tag?: number])[] = [
  ["CN", "2.5.4.3"],
  ["SN", "2.5.4.4"],
  ["SERIALNUMBER", "2.5.4.5", PRINTABLE],
  ["C", "2.5.4.6", PRINTABLE],
  ["L", "2.5.4.7"],
  ["ST", "2.5.4.8"],
  ["STREET", "2.5.4.9"],
  ["O", "2.5.4.10"],
  ["OU", "2.5.4.11"],
  ["TITLE", "2.5.4.12"],
  ["GN", "2.5.4.42"],
  ["DC", "0.9.2342.19200300.100.1.25", IA5],
  ["UID", "0.9.2342.19200300.100.1.1"],
  ["EMAILADDRESS", "1.2.840.113549.1.9.1", IA5],
];
/** RFC 5280 appendix A.1, its upper bounds, in characters: authorities refuse longer ones. */
const LONGEST: Readonly<Record<string, number>> = {
  CN: 64,
  SERIALNUMBER: 64,
  L: 128,
  ST: 128,
  O: 64,
  OU: 64,
  TITLE: 64,
  EMAILADDRESS: 255,
};
const ALSO: Readonly<Record<string, string>> = { EMAIL: "EMAILADDRESS", E: "EMAILADDRESS", S: "ST" };

/**
 * A Name (RFC 5280 section 4.1.2.4) in DER, from its text of RFC 4514: `CN=web one,O=Example\, Inc.,C=DE`. The text begins with
 * the most particular part, the DER with the most general one. Throws `FormatFault` with a sentence fit to be shown.
 */
export function encodeName(text: string): Buffer {
  const rdns = split(text, ",").map((rdn) => {
    const parts = split(rdn, "+").map(encodeAttribute);
    // DER: the members of a SET are in the order of their bytes.
    return der(SET, ...parts.sort(Buffer.compare));
  });
  return derSequence(...rdns.reverse());
}

function encodeAttribute(text: string): Buffer {
  const equals = text.indexOf("=");
  if (equals < 1) throw new FormatFault(`“${text.trim().slice(0, 40)}” is not written as TYPE=value`);
  const typed = text.slice(0, equals).trim().toUpperCase();
  const name = ALSO[typed] ?? typed;
  const known = TYPES.find(([candidate]) => candidate === name);
  const oid = known?.[1] ?? (OID.test(typed) ? typed : undefined);
  if (oid === undefined) throw new FormatFault(`“${typed.slice(0, 40)}” is not a type of name part known here`);
  const written = text.slice(equals + 1).replace(/^ +/, "");
  assertPlain(written);
  const value = withoutEscapes(written);
  if (value === "") throw new FormatFault(`the value of ${typed} is empty`);
  if (name === "C" && !/^[A-Za-z]{2}$/.test(value)) throw new FormatFault("a country is two letters, such as DE");
  const longest = LONGEST[name] ?? Number.POSITIVE_INFINITY;
  if ([...value].length > longest) throw new FormatFault(`${typed} takes ${longest} characters at most`);
  const tag = known?.[2] ?? UTF8;
  if (tag === PRINTABLE && !/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value))
    throw new FormatFault(`${typed} takes plain letters and digits only`);
  if (tag === IA5 && !/^[\x20-\x7e]*$/.test(value)) throw new FormatFault(`${typed} takes ASCII only`);
  return derSequence(derOid(oid), der(tag, Buffer.from(value, "utf8")));
}

/** The first number is 0, 1 or 2; the second is below 40 under 0 and 1, or it would be written as another one (X.690 section 8.19.4). */
const OID = /^(?:[01]\.[1-3]?\d|2\.(?:0|[1-9]\d{0,8}))(?:\.(?:0|[1-9]\d{0,8})){0,14}$/;

/**
 * RFC 4514 section 2.4 and RFC 2253 before it: what some read as quotes, as another separator or as bytes in hex must be escaped,
 * or it would stand in the name as it was typed, and nobody meant that.
 */
function assertPlain(written: string): void {
  const special = /^(?:[^\\"<>;]|\\.)*(["<>;])/s.exec(written)?.[1];
  if (special !== undefined)
    throw new FormatFault(
      `a ${special} in a value has a backslash before it, and so has a comma: values are not quoted`,
    );
  if (/^#(?:[0-9a-fA-F]{2})+ *$/.test(written))
    throw new FormatFault("a value that begins with # and goes on in hex is not taken; put a backslash before the #");
  if (!written.isWellFormed()) throw new FormatFault("a value holds half a character");
}

/** At separators that no backslash escapes. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") {
      part += text.slice(at, at + 2);
      at++;
    } else if (text[at] === separator) {
      parts.push(part);
      part = "";
    } else part += text[at];
  }
  return [...parts, part];
}

/** RFC 4514 section 2.4: a backslash before a special character, or before two hex digits of a UTF-8 byte. */
function withoutEscapes(text: string): string {
  const bytes: Buffer[] = [];
  let trimTo = 0;
  for (let at = 0; at < text.length; ) {
    const hex = /^\\([0-9a-fA-F]{2})/.exec(text.slice(at, at + 3))?.[1];
    const escaped = text[at] === "\\";
    if (hex !== undefined) bytes.push(Buffer.from(hex, "hex"));
    else {
      const character = String.fromCodePoint(text.codePointAt(escaped ? at + 1 : at) ?? 0x20);
      if (escaped && at + 1 >= text.length) throw new FormatFault("a backslash stands at the end");
      bytes.push(Buffer.from(character, "utf8"));
      at += (escaped ? 1 : 0) + character.length - 3;
    }
    at += 3;
    if (escaped || text[at - 1] !== " ") trimTo = bytes.length;
  }
  const value = Buffer.concat(bytes.slice(0, trimTo));
  const decoded = value.toString("utf8");
  if (!Buffer.from(decoded, "utf8").equals(value) || /\p{Cc}/u.test(decoded))
    throw new FormatFault("a value holds control characters or broken UTF-8");
  return decoded;
}

/** The text of RFC 4514 of a Name in DER. Throws `FormatFault`. */
export function decodeName(name: Buffer): string {
  const reader = new DerReader(name).sequence();
  const rdns: string[] = [];
  while (reader.remaining > 0) {
    const set = reader.within(SET);
    const parts: string[] = [];
    while (set.remaining > 0) parts.push(decodeAttribute(set.sequence()));
    rdns.push(parts.join("+"));
  }
  return rdns.reverse().join(",");
}

function decodeAttribute(pair: DerReader): string {
  const oid = pair.oid();
  const type = TYPES.find(([, known]) => known === oid)?.[0] ?? oid;
  for (const tag of [UTF8, PRINTABLE, TELETEX, IA5, BMP]) {
    if (!pair.peek(tag)) continue;
    const bytes = pair.content(tag);
    const text = tag === UTF8 ? bytes.toString("utf8") : tag === BMP ? bigEndian(bytes) : bytes.toString("latin1");
    return `${type}=${withEscapes(text)}`;
  }
  return `${type}=#${pair.rest().toString("hex")}`;
}

const bigEndian = (bytes: Buffer): string =>
  Buffer.from(bytes.subarray(0, bytes.length & ~1))
    .swap16()
    .toString("utf16le");

function withEscapes(value: string): string {
  return value
    .replace(/[\\,+"<>;=]/g, "\\$&")
    .replace(/^[ #]|(?<!^) $/g, "\\$&")
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) =>
      [...Buffer.from(character, "utf8")].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join(""),
    );
}
