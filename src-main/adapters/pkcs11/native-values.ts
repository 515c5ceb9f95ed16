import type { Version } from "pkcs11js";

/** CK_ULONG: 8 bytes on Linux and macOS, 4 on Windows; little-endian on every system we run on. */
const ULONG_BYTES = process.platform === "win32" ? 4 : 8;

/** CK_SLOT_ID from its decimal text. */
export function slotBuffer(slotId: string): Buffer {
  if (!/^\d{1,20}$/.test(slotId)) throw new TypeError("slot id must be decimal");
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt.asUintN(64, BigInt(slotId)));
  return buffer.subarray(0, ULONG_BYTES);
}

export function slotText(slot: Buffer): string {
  const wide = Buffer.alloc(8);
  slot.copy(wide);
  return wide.readBigUInt64LE().toString();
}

/** CK_ULONG of an attribute; `undefined` for "unavailable" and for lengths no CK_ULONG has. */
export function ulong(value: Buffer): number | undefined {
  if (value.length === 4) {
    const narrow = value.readUInt32LE();
    return narrow === 0xffff_ffff ? undefined : narrow;
  }
  if (value.length !== 8) return undefined;
  const wide = value.readBigUInt64LE();
  return wide > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(wide);
}

/**
 * A fixed text field: padded with spaces by the standard, ended by NUL in some modules with rubbish behind it (C20). Control
 * characters would reach terminals and tables, so they become U+FFFD.
 */
export function fixedText(field: string): string {
  const end = field.indexOf("\0");
  const text = (end === -1 ? field : field.slice(0, end)).trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

const LABEL_BYTES = 32;

/** Exactly 32 bytes of UTF-8, padded with spaces, no character cut in two: C_InitToken reads 32 bytes whatever it is given (C20). */
export function paddedLabel(label: string): string {
  let kept = "";
  let bytes = 0;
  for (const { segment } of new Intl.Segmenter().segment(label.toWellFormed())) {
    const size = Buffer.byteLength(segment);
    if (bytes + size > LABEL_BYTES) break;
    kept += segment;
    bytes += size;
  }
  return kept + " ".repeat(LABEL_BYTES - bytes);
}

export const versionText = ({ major, minor }: Version): string => `${major}.${minor}`;

/** Memory sizes come as 64-bit numbers; all ones means "unavailable", and "infinite" ones are of no use either. */
export function memorySize(value: number | bigint): number | undefined {
  const size = BigInt(value);
  return size >= 0xffff_ffffn && (size === 0xffff_ffffn || size > BigInt(Number.MAX_SAFE_INTEGER))
    ? undefined
    : Number(size);
}
