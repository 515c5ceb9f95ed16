import { FormatFault } from "./format-fault.ts";

/*
 * Base64 from bytes to bytes. Buffer's own goes through a string, which cannot be wiped, and skips over characters that do
 * not belong; a private key deserves neither.
 */
const ALPHABET = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "latin1");
const PAD = 0x3d;
const VALUES = new Int8Array(256).fill(-1);
for (const [value, character] of ALPHABET.entries()) VALUES[character] = value;

/** Decodes padded base64 (RFC 4648 section 4); spaces, tabs and line ends between characters are passed over. */
export function decodeBase64(text: Uint8Array): Buffer {
  const scratch = Buffer.alloc(Math.floor((text.length * 3) / 4) + 3);
  try {
    return Buffer.from(scratch.subarray(0, decodeInto(scratch, text)));
  } finally {
    scratch.fill(0);
  }
}

function decodeInto(bytes: Buffer, text: Uint8Array): number {
  let length = 0;
  let bits = 0;
  let held = 0;
  let pads = 0;
  for (const character of text) {
    if (character === 0x20 || character === 0x09 || character === 0x0a || character === 0x0d) continue;
    if (character === PAD) {
      pads++;
      continue;
    }
    const value = VALUES[character] ?? -1;
    if (value < 0 || pads > 0) throw new FormatFault("the base64 text holds a character that does not belong");
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = (held >> bits) & 0xff;
  }
  // What is left over must be zero bits, filled up with exactly the right number of '='.
  if (bits === 6 || pads !== bits / 2 || (held & ((1 << bits) - 1)) !== 0) {
    throw new FormatFault("the base64 text is cut off");
  }
  return length;
}

/** Encodes in lines of `width` characters, each ended by a line feed. */
export function encodeBase64(bytes: Uint8Array, width: number): Buffer {
  const characters = Math.ceil(bytes.length / 3) * 4;
  const text = Buffer.alloc(characters + Math.ceil(characters / width));
  let at = 0;
  let column = 0;
  const put = (character: number): void => {
    text[at++] = character;
    if (++column < width) return;
    text[at++] = 0x0a;
    column = 0;
  };
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    put(ALPHABET[(group >> 18) & 63] ?? 0);
    put(ALPHABET[(group >> 12) & 63] ?? 0);
    put(i + 1 < bytes.length ? (ALPHABET[(group >> 6) & 63] ?? 0) : PAD);
    put(i + 2 < bytes.length ? (ALPHABET[group & 63] ?? 0) : PAD);
  }
  if (column > 0) text[at] = 0x0a;
  return text;
}
