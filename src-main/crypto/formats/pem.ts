import { decodeBase64, encodeBase64 } from "./base64.ts";
import { FormatFault } from "./format-fault.ts";

/** One PEM block: `headers` as in `DEK-Info: …` (names in capitals), `body` decoded; whoever reads it wipes `body`. */
export interface PemBlock {
  readonly label: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** `-----BEGIN <label>-----`, base64 in lines of `width`, `-----END <label>-----`. Wipes `body`. */
export function armour(label: string, body: Buffer, width: number): Buffer {
  const text = encodeBase64(body, width);
  const file = Buffer.concat([
    Buffer.from(`-----BEGIN ${label}-----\n`),
    text,
    Buffer.from(`-----END ${label}-----\n`),
  ]);
  text.fill(0);
  body.fill(0);
  return file;
}

const BEGIN = "-----BEGIN ";

/** The first block of `text` that is a private key: OpenSSL puts `EC PARAMETERS` before it, bundles put certificates. */
export function findPrivateBlock(text: Buffer): PemBlock {
  const seen: string[] = [];
  for (let at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + BEGIN.length)) {
    const labelEnd = text.indexOf("-----", at + BEGIN.length);
    const label = text.subarray(at + BEGIN.length, Math.max(labelEnd, at)).toString("latin1");
    if (!/^[A-Z0-9 ]{1,64}$/.test(label)) continue;
    if (label.endsWith("PRIVATE KEY")) return blockAt(text, label, labelEnd + 5);
    seen.push(label);
  }
  const found = seen[0];
  throw new FormatFault(
    found === undefined ? "it is not in a format known here" : `it holds a ${found}, not a private key`,
  );
}

function blockAt(text: Buffer, label: string, start: number): PemBlock {
  const end = text.indexOf(`-----END ${label}-----`, start);
  if (end < 0) throw new FormatFault("its last line is missing");
  const { headers, bodyStart } = readHeaders(text.subarray(start, end));
  return { label, headers, body: decodeBase64(text.subarray(start + bodyStart, end)) };
}

/** RFC 1421 headers end with an empty line; files without any begin with base64, which has no colon. */
function readHeaders(text: Buffer): { readonly headers: ReadonlyMap<string, string>; readonly bodyStart: number } {
  const headers = new Map<string, string>();
  let at = 0;
  for (;;) {
    const next = lineEnd(text, at);
    const line = text.subarray(at, next);
    const colon = line.indexOf(":");
    if (colon < 0 && line.toString("latin1").trim() !== "") return { headers, bodyStart: at };
    if (colon >= 0)
      headers.set(line.toString("latin1", 0, colon).trim().toUpperCase(), line.toString("latin1", colon + 1).trim());
    if (next >= text.length) return { headers, bodyStart: text.length };
    at = next + 1;
  }
}

function lineEnd(text: Buffer, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === 0x0a || text[at] === 0x0d) return at;
  return text.length;
}
