import { fingerprints } from "#main/crypto/public-key.ts";
import type { KnownHostsFinding, KnownHostsMention } from "#shared/models/server.ts";
import { type KnownHostsLine, knownHostsName, namesHost, parseKnownHosts } from "./known-hosts.ts";
import type { KnownHostsFile } from "./known-hosts-port.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

interface Mention {
  readonly path: string;
  readonly line: KnownHostsLine;
  /** The line names the host without its port: enough to recognise or revoke a key, not to call one changed. */
  readonly withoutPort: boolean;
}

/** What the files say of one address, before it is known which key the server shows. */
export interface KnownHostsSearch {
  readonly mentions: readonly Mention[];
  readonly unread: KnownHostsFinding["unread"];
  /** Key types to ask the server for first, so that an upgrade there does not look like another machine (B48). */
  readonly types: readonly string[];
}

export function searchKnownHosts(files: readonly KnownHostsFile[], { host, port }: Address): KnownHostsSearch {
  const name = knownHostsName(host, port);
  const bare = knownHostsName(host, 22);
  const mentions: Mention[] = [];
  const unread: KnownHostsFinding["unread"] = [];
  for (const file of files) {
    if (file.state === "unreadable") unread.push({ path: file.path, why: file.why });
    if (file.state !== "read") continue;
    for (const line of parseKnownHosts(file.bytes)) {
      const exact = namesHost(line.names, name);
      if (!exact && (name === bare || !namesHost(line.names, bare))) continue;
      // A broken line about this very host may be the one that revokes its key.
      if (line.kind === "not-understood") {
        if (exact) unread.push({ path: file.path, line: line.line, why: "not-understood" });
      } else mentions.push({ path: file.path, line, withoutPort: !exact });
    }
  }
  const plain = mentions.filter(({ line, withoutPort }) => line.kind === "plain" && !withoutPort);
  return { mentions, unread, types: [...new Set(plain.map(({ line }) => line.key?.type ?? ""))] };
}

/**
 * What the officer's own known_hosts says of the key a server shows. A revocation beats everything, one equal key beats other
 * keys of the host (as in ssh, where a name may stand for several machines), and what could not be read beats every comfort:
 * the line that was not read might have said otherwise (B47). Other types only are a difference too: the known ones were
 * asked for first (B48).
 */
export function judgeHostKey(search: KnownHostsSearch, hostKey: { readonly blob: string }): KnownHostsFinding {
  const blob = Buffer.from(hostKey.blob, "base64");
  const shows = ({ line }: Mention) => line.key?.blob.equals(blob) === true;
  const of = (kind: KnownHostsLine["kind"]) => search.mentions.filter(({ line }) => line.kind === kind);
  const revoked = of("revoked").filter(shows);
  const exact = of("plain").filter((mention) => !mention.withoutPort);
  // Like ssh: only a server that is not listed with its port is looked up without it, and only to be recognised.
  const same = (exact.length > 0 ? exact : of("plain")).filter(shows);
  const { unread } = search;
  const authorities = of("cert-authority").map(mentioned);
  if (revoked.length > 0) return { verdict: "revoked", lines: revoked.map(mentioned), authorities, unread };
  if (same.length === 0 && exact.length > 0)
    return { verdict: "different", lines: exact.map(mentioned), authorities, unread };
  if (unread.length > 0) return { verdict: "unreadable", lines: same.map(mentioned), authorities, unread };
  if (same.length > 0) return { verdict: "same", lines: same.map(mentioned), authorities, unread };
  return { verdict: "not-listed", lines: [], authorities, unread };
}

function mentioned({ path, line }: Mention): KnownHostsMention {
  const { type = "", blob = Buffer.alloc(0) } = line.key ?? {};
  return { path, line: line.line, algorithm: type, fingerprint: fingerprints(blob).sha256 };
}
