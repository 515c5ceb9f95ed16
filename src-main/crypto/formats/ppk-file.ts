import type { Argon2Flavour, Argon2Params } from "../argon2.ts";
import { unsupportedKey } from "../key-errors.ts";
import { FormatFault } from "./format-fault.ts";

/** The text of a PPK file taken apart, nothing decoded or believed yet. */
export interface PpkFile {
  readonly version: 2 | 3;
  readonly algorithm: string;
  readonly encryption: string;
  readonly comment: string;
  readonly publicLines: Buffer;
  readonly privateLines: Buffer;
  readonly mac: Buffer;
  /** Version 3, encrypted. */
  readonly kdf: { readonly flavour: Argon2Flavour; readonly params: Argon2Params } | undefined;
}

export const PPK_START = "PuTTY-User-Key-File-";
const FLAVOURS: Readonly<Record<string, Argon2Flavour>> = { Argon2d: "d", Argon2i: "i", Argon2id: "id" };

/** The lines come in one fixed order (PuTTY manual, appendix C). Throws `FormatFault`. */
export function parsePpk(text: Buffer): PpkFile {
  const lines = new Lines(text);
  const [versionName, algorithm] = lines.header();
  if (versionName === `${PPK_START}1`) throw unsupportedKey("in PuTTY's first file format, which protects nothing");
  if (versionName !== `${PPK_START}2` && versionName !== `${PPK_START}3`) {
    throw new FormatFault("this version of PuTTY's format is not known");
  }
  const version = versionName.endsWith("2") ? 2 : 3;
  const encryption = lines.value("Encryption");
  const comment = lines.value("Comment");
  const publicLines = lines.block(lines.count("Public-Lines"));
  const kdf = version === 3 && encryption !== "none" ? readKdf(lines) : undefined;
  const privateLines = lines.block(lines.count("Private-Lines"));
  const mac = hex(lines.value("Private-MAC"));
  if (mac.length !== (version === 3 ? 32 : 20)) throw new FormatFault("its check sum has the wrong length");
  return { version, algorithm, encryption, comment, publicLines, privateLines, mac, kdf };
}

function readKdf(lines: Lines): NonNullable<PpkFile["kdf"]> {
  const name = lines.value("Key-Derivation");
  const flavour = Object.hasOwn(FLAVOURS, name) ? FLAVOURS[name] : undefined;
  if (flavour === undefined) throw new FormatFault("its key derivation is not known");
  const memoryKiB = lines.count("Argon2-Memory");
  const passes = lines.count("Argon2-Passes");
  const lanes = lines.count("Argon2-Parallelism");
  return { flavour, params: { memoryKiB, passes, lanes, salt: hex(lines.value("Argon2-Salt")) } };
}

function hex(text: string): Buffer {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw new FormatFault("a line is not hexadecimal");
  return Buffer.from(text, "hex");
}

class Lines {
  readonly #text: Buffer;
  #at = 0;

  constructor(text: Buffer) {
    this.#text = text;
  }

  /** The next line without its end (LF, CRLF or CR): a view. */
  #next(): Buffer {
    if (this.#at >= this.#text.length) throw new FormatFault("its last lines are missing");
    let end = this.#at;
    while (end < this.#text.length && this.#text[end] !== 0x0a && this.#text[end] !== 0x0d) end++;
    const line = this.#text.subarray(this.#at, end);
    this.#at = this.#text[end] === 0x0d && this.#text[end + 1] === 0x0a ? end + 2 : end + 1;
    return line;
  }

  header(): readonly [string, string] {
    const line = this.#next().toString("utf8");
    const colon = line.indexOf(": ");
    if (colon >= 0) return [line.slice(0, colon), line.slice(colon + 2)];
    // An empty comment may have lost its trailing space to an editor.
    if (line.endsWith(":")) return [line.slice(0, -1), ""];
    throw new FormatFault("a line has no name");
  }

  value(name: string): string {
    const [found, value] = this.header();
    if (found !== name) throw new FormatFault(`the line ${name} is missing`);
    return value;
  }

  count(name: string): number {
    const text = this.value(name);
    if (!/^[0-9]{1,9}$/.test(text)) throw new FormatFault(`the line ${name} has no valid number`);
    return Number(text);
  }

  /** `count` lines with their ends. */
  block(count: number): Buffer {
    const start = this.#at;
    for (let i = 0; i < count; i++) this.#next();
    return this.#text.subarray(start, this.#at);
  }
}
