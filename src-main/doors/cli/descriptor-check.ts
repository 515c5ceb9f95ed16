import { existsSync, fstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Why a secret cannot come from this descriptor, or `undefined`. Number 3 is Node's own when nobody has opened it for us:
 * reading its event queue or its wake-up pipe would hang for ever or steal what is not ours.
 */
export function unusableDescriptor(fd: number): string | undefined {
  if (fd === 1 || fd === 2) return "Descriptors 1 and 2 are for output; use 0 or 3 and above.";
  const notOpen = `Descriptor ${fd} has not been opened for reading, e.g. by ${fd}<file.`;
  try {
    const facts = fstatSync(fd);
    if (!(facts.isFile() || facts.isFIFO() || facts.isSocket() || facts.isCharacterDevice())) return notOpen;
    if (facts.isFIFO() && weAreTheWriter(fd)) return notOpen;
    return undefined;
  } catch {
    return notOpen;
  }
}

/** A pipe whose other end this very process holds never ends: it is one of Node's own. Known on Linux only. */
function weAreTheWriter(fd: number): boolean {
  if (!existsSync("/proc/self/fdinfo")) return false;
  const pipe = readlinkSync(`/proc/self/fd/${fd}`);
  return readdirSync("/proc/self/fd").some((other) => isWriterOf(pipe, other));
}

function isWriterOf(pipe: string, other: string): boolean {
  try {
    if (readlinkSync(`/proc/self/fd/${other}`) !== pipe) return false;
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${other}`, "latin1"))?.[1] ?? "0";
    // O_ACCMODE: 0 is read-only.
    return (Number.parseInt(flags, 8) & 3) !== 0;
  } catch {
    return false; // the listing's own descriptor, closed by now
  }
}
