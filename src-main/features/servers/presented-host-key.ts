import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { KnownHostsFinding, KnownHostsMention } from "#shared/models/server.ts";
import { judgeHostKey, searchKnownHosts } from "./known-hosts-verdict.ts";
import type { ServerRow } from "./server-repository.ts";
import type { ServersParts } from "./servers-parts.ts";
import type { HostKey } from "./ssh-port.ts";

export interface PresentedHostKey {
  readonly hostKey: HostKey;
  readonly knownHosts: KnownHostsFinding;
}

/**
 * The key the server shows now, and what the officer's own known_hosts files say of it. Reading and pinning both come through
 * here: they ask for the same key types first, so both are shown the same key.
 */
export async function presentedHostKey(
  parts: ServersParts,
  at: Pick<ServerRow, "host" | "port" | "profile">,
): Promise<PresentedHostKey> {
  const search = searchKnownHosts(await parts.readKnownHosts(), at);
  const { host, port, profile } = at;
  const request = { host, port, profile, deadlineMs: parts.contactMs, preferTypes: search.types };
  const hostKey = await parts.ssh.readHostKey(request);
  return { hostKey, knownHosts: judgeHostKey(search, hostKey) };
}

/**
 * The officer's own files may forbid a pin: a revoked key is never pinned, one that differs only on an explicit word (B47,
 * B49). Errors: `servers/host-key-revoked`, `servers/host-key-changed`.
 */
export function assertPinnable(
  { hostKey, knownHosts }: PresentedHostKey,
  at: Pick<ServerRow, "host">,
  despiteKnownHosts: boolean,
): void {
  if (knownHosts.verdict === "revoked") {
    throw new KeysteadError(
      "servers/host-key-revoked",
      `The host key ${hostKey.fingerprint} of ${at.host} is marked as revoked in ${places(knownHosts.lines)}. It was not pinned. Ask the server's administrator for a new host key.`,
      { offered: hostKey.fingerprint },
    );
  }
  if (knownHosts.verdict !== "different" || despiteKnownHosts) return;
  const expected = knownHosts.lines.map((known) => `${known.algorithm} ${known.fingerprint}`);
  throw new KeysteadError(
    "servers/host-key-changed",
    `${at.host} shows the host key ${hostKey.fingerprint}, but ${places(knownHosts.lines)} lists ${expected.join(", ")}. It was not pinned. Find out on the server's own console which is right; pin it against your known_hosts only by saying so (despiteKnownHosts).`,
    { expected, offered: `${hostKey.algorithm} ${hostKey.fingerprint}` },
  );
}

function places(lines: readonly KnownHostsMention[]): string {
  return lines.map(({ path, line }) => `${path} line ${line}`).join(", ");
}
