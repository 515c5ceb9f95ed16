import { BlockList, isIP } from "node:net";

/** sshd's own matching rules (match.c, addrmatch.c), as far as its Allow, Deny and algorithm lists use them. */

/** `*` any run, `?` one character; the whole text must match, letter case counts. */
export function matchesPattern(text: string, pattern: string): boolean {
  // Greedy with one point of return: linear enough that no pattern can be made to hang us.
  let at = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = at;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[at])) {
      p++;
      at++;
    } else if (star >= 0) {
      p = star + 1;
      at = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** A comma list with `!` exceptions: an exception that matches beats every other entry. */
export function matchesPatternList(text: string, list: string): boolean {
  let found = false;
  for (const entry of list.split(",")) {
    if (entry.startsWith("!")) {
      if (matchesPattern(text, entry.slice(1))) return false;
    } else if (matchesPattern(text, entry)) found = true;
  }
  return found;
}

export interface Caller {
  readonly user: string;
  /** Our address as the server sees it. */
  readonly address: string;
  /** Our name as the server sees it; the address again unless it looks names up (`UseDNS`). */
  readonly host: string;
}

/** One entry of AllowUsers or DenyUsers: `user` or `user@host`, where host may be a pattern or CIDR. */
export function matchesUser(caller: Caller, entry: string): boolean {
  const at = entry.lastIndexOf("@");
  if (at < 0) return matchesPattern(caller.user, entry);
  return matchesPattern(caller.user, entry.slice(0, at)) && matchesHost(caller, entry.slice(at + 1));
}

function matchesHost(caller: Caller, list: string): boolean {
  const entries = list.split(",");
  const matchesEntry = (entry: string) =>
    matchesCidr(caller.address, entry) ||
    matchesPattern(caller.address, entry) ||
    matchesPattern(caller.host.toLowerCase(), entry.toLowerCase());
  if (entries.some((entry) => entry.startsWith("!") && matchesEntry(entry.slice(1)))) return false;
  return entries.some((entry) => !entry.startsWith("!") && matchesEntry(entry));
}

function matchesCidr(address: string, entry: string): boolean {
  const [network = "", bits] = entry.split("/");
  const family = isIP(network);
  if (bits === undefined || !/^\d{1,3}$/.test(bits) || family === 0 || family !== isIP(address)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family === 4 ? "ipv4" : "ipv6");
  return list.check(address, family === 4 ? "ipv4" : "ipv6");
}
