import { open, realpath, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

/** Numbers of the three formats' headers, by `process.arch`. */
const ELF_MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183, ia32: 3, arm: 40, riscv64: 243 };
const PE_MACHINES: Readonly<Record<string, number>> = { x64: 0x8664, arm64: 0xaa64, ia32: 0x14c };
const MACHO_CPUS: Readonly<Record<string, number>> = { x64: 0x0100_0007, arm64: 0x0100_000c };

const notFound = (path: string): KeysteadError =>
  new KeysteadError(
    "tokens/module-not-found",
    `There is no library at ${path}. Check the path, and that the package is installed.`,
  );
const unloadable = (sentence: string): KeysteadError => new KeysteadError("tokens/module-unloadable", sentence);

/**
 * Says from the file itself what the loader would only say in words of its own: wrong place, wrong kind, wrong machine.
 * Answers the path without links, which tells two names of one library apart from two libraries (C6).
 */
export async function examineLibrary(path: string): Promise<string> {
  // A relative name would be looked for in the loader's own places, where anybody may have put something (dlopen(3)).
  if (!isAbsolute(path) || path.includes("\0")) {
    throw new KeysteadError(
      "tokens/module-not-found",
      "Give the library's absolute path, such as /usr/lib/softhsm/libsofthsm2.so.",
    );
  }
  // The loader is the system's own and cannot look into Electron's archive (graphene#140).
  if (/\.asar[/\\]/.test(path)) throw unloadable(`${path} lies inside an archive. Copy the library out of it first.`);
  const info = await stat(path).catch(() => undefined);
  if (!info) throw notFound(path);
  if (!info.isFile()) throw unloadable(`${path} is not a file but a folder or device. Choose the library itself.`);
  const [real, head] = await Promise.all([realpath(path), readHead(path)]);
  checkHead(path, head);
  return real;
}

async function readHead(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const head = Buffer.alloc(4096);
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new KeysteadError(
      "tokens/module-unloadable",
      `${path} cannot be read (${why}). Check its permissions.`,
      {},
      { cause },
    );
  }
}

function checkHead(path: string, head: Buffer): void {
  const machine = machineOf(head);
  if (machine === undefined)
    throw unloadable(`${path} is not a library of this system. Choose the file ending in .so, .dylib or .dll.`);
  const { found, wanted } = machine;
  if (wanted !== undefined && found !== undefined && found !== wanted) {
    throw unloadable(
      `${path} is for another kind of processor than this program (${process.arch}). Install the ${process.arch} version of it.`,
    );
  }
}

/** `found` is `undefined` where a file holds several machines. */
function machineOf(head: Buffer): { readonly found?: number; readonly wanted: number | undefined } | undefined {
  if (head.length < 20) return undefined;
  if (process.platform === "win32") {
    const at = head.length >= 64 && head.toString("latin1", 0, 2) === "MZ" ? head.readUInt32LE(60) : head.length;
    if (at + 6 > head.length || head.toString("latin1", at, at + 4) !== "PE\0\0") return undefined;
    return { found: head.readUInt16LE(at + 4), wanted: PE_MACHINES[process.arch] };
  }
  if (process.platform === "darwin") {
    const magic = head.readUInt32LE(0);
    if (magic === 0xfeed_facf) return { found: head.readUInt32LE(4), wanted: MACHO_CPUS[process.arch] };
    return head.readUInt32BE(0) === 0xcafe_babe ? { wanted: undefined } : undefined;
  }
  if (head.readUInt32BE(0) !== 0x7f45_4c46) return undefined;
  // e_ident[EI_DATA]: 1 little-endian, 2 big-endian; e_machine at 18.
  const found = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
  return { found, wanted: ELF_MACHINES[process.arch] };
}
