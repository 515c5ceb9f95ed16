import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/** Which of these bytes stand anywhere in a child's memory, by name. Linux only: read through /proc. */
export function namesInMemory(pid: number, wanted: Readonly<Record<string, Buffer>>): readonly string[] {
  const found = new Set<string>();
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    for (const range of readFileSync(`/proc/${pid}/maps`, "latin1").split("\n")) {
      const [, from = "", to = ""] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(range) ?? [];
      if (from !== "") search(memory, BigInt(`0x${from}`), BigInt(`0x${to}`), wanted, found);
    }
  } finally {
    closeSync(memory);
  }
  return [...found].sort();
}

const PIECE = 1 << 24;
/** Longest text looked for: pieces overlap by it. */
const OVERLAP = 128;

function search(
  memory: number,
  from: bigint,
  to: bigint,
  wanted: Readonly<Record<string, Buffer>>,
  found: Set<string>,
): void {
  for (let at = from; at < to; at += BigInt(PIECE)) {
    const left = Number(to - at);
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE + OVERLAP, left));
    let length = 0;
    try {
      length = readSync(memory, piece, 0, piece.length, at);
    } catch {
      // Reserved and never touched: the system has no page to show.
    }
    for (const [name, bytes] of Object.entries(wanted)) if (piece.subarray(0, length).includes(bytes)) found.add(name);
  }
}
