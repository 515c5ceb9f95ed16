import { isHashOfName } from "#main/crypto/known-host-name.ts";
import { endOfWord, isBlank, type KeyOnLine, readKey, skipBlanks, visibleText } from "./key-line-text.ts";
import { matchesPatternList } from "./sshd-pattern.ts";

/**
 * Reading known_hosts the way ssh does (B47; hostfile.c and sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): bytes in, lines out,
 * never an exception. The files are somebody else's: nothing here or above writes them.
 */

export interface KnownHostsLine {
  /** Counted from 1, as people and ssh count. */
  readonly line: number;
  readonly kind: "plain" | "revoked" | "cert-authority" | "not-understood";
  /** The first field: one hashed name, or a comma list of patterns. */
  readonly names: string;
  /** `undefined` for a line ssh would skip. */
  readonly key: Omit<KeyOnLine, "comment"> | undefined;
}

const LF = 0x0a;

/** Every line that names hosts, also those whose rest ssh would not understand; comments and empty lines are left out. */
export function parseKnownHosts(bytes: Uint8Array): readonly KnownHostsLine[] {
  const own = Buffer.from(bytes);
  const lines: KnownHostsLine[] = [];
  for (let start = 0, line = 1; start < own.length; line++) {
    const end = own.indexOf(LF, start);
    const next = end < 0 ? own.length : end + 1;
    const parsed = parseLine(visibleText(own.subarray(start, next)), line);
    if (parsed !== undefined) lines.push(parsed);
    start = next;
  }
  return lines;
}

function parseLine(text: string, line: number): KnownHostsLine | undefined {
  let at = skipBlanks(text, 0);
  if (/^(?:#|\r?$)/.test(text.slice(at))) return undefined;
  const markers: string[] = [];
  while (text[at] === "@") {
    const end = endOfWord(text, at);
    markers.push(text.slice(at, end));
    at = skipBlanks(text, end);
  }
  const namesEnd = endOfWord(text, at);
  // latin1 so far; a name in another script is one of UTF-8.
  const names = Buffer.from(text.slice(at, namesEnd), "latin1").toString("utf8");
  const key = isBlank(text[namesEnd]) ? readKey(text, skipBlanks(text, namesEnd)) : undefined;
  const kind = kindOf(markers);
  if (key === undefined || kind === undefined) return { line, kind: "not-understood", names, key: undefined };
  return { line, kind, names, key: { type: key.type, blob: key.blob } };
}

/** Markers as `check_markers` reads them: at most one, letter case counts. */
function kindOf(markers: readonly string[]): "plain" | "revoked" | "cert-authority" | undefined {
  if (markers.length === 0) return "plain";
  if (markers.length > 1) return undefined;
  if (markers[0] === "@revoked") return "revoked";
  return markers[0] === "@cert-authority" ? "cert-authority" : undefined;
}

/** Whether the first field of a line names the host; `name` as `knownHostsName` makes it. */
export function namesHost(names: string, name: string): boolean {
  if (names.startsWith("|")) return isHashOfName(names, name);
  return matchesPatternList(name, names.toLowerCase());
}

/** What ssh looks a server up by: lower case, `[name]:port` for every port but 22. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}
