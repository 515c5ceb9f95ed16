import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";

/** `unknown`: this system does not say whose connection it is; then the codes alone decide. */
export type PeerVerdict = "own-user" | "other-user" | "unknown";

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"] as const;
const TIME_WAIT = "06";

/**
 * Tells whether the process at the other end of a loopback connection runs as our own user. A loopback port has no owner
 * check of its own: every user of the machine can connect. Linux lists the owner of both ends of each connection.
 */
export async function judgePeer(socket: Socket): Promise<PeerVerdict> {
  const own = process.getuid?.();
  const { remotePort, localPort } = socket;
  if (own === undefined || remotePort === undefined || localPort === undefined) return "unknown";
  const tables = (await Promise.all(TABLES.map(readTable))).filter((text) => text !== undefined);
  if (tables.length === 0) return "unknown";
  const user = tables.map((text) => findUser(text, remotePort, localPort)).find((found) => found !== undefined);
  // A connection whose other end is in no table comes from outside this process's view of the machine: not our user.
  return user === own ? "own-user" : "other-user";
}

/** Undefined where there is no /proc (macOS, Windows) or no such address family. */
async function readTable(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isNodeError(error)) return undefined;
    throw error;
  }
}

/**
 * The user id of the connection from `127.0.0.1:fromPort` to `127.0.0.1:toPort` in the text of /proc/net/tcp or tcp6.
 * Columns: `sl local_address rem_address st tx:rx tr:when retrnsmt uid …`; addresses are hexadecimal, bytes in host order.
 */
export function findUser(table: string, fromPort: number, toPort: number): number | undefined {
  const end = (port: number) => `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of table.split("\n").slice(1)) {
    const [, local = "", remote = "", state, , , , user] = line.trim().split(/\s+/);
    // tcp6 writes an IPv4 address as ::ffff:127.0.0.1; the last 32 bits decide. A closed connection no longer has an owner.
    const isMatch = local.endsWith(end(fromPort)) && remote.endsWith(end(toPort)) && state !== TIME_WAIT;
    if (isMatch && user !== undefined) return Number(user);
  }
  return undefined;
}

function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
