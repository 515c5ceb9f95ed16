import { randomId } from "#main/crypto/random.ts";
import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { assertPinnable, presentedHostKey } from "./presented-host-key.ts";
import { assertAddressFree, insertServer, pinHostKey, type ServerRow, toServer } from "./server-repository.ts";
import { type ServersParts, serverResource } from "./servers-parts.ts";
import type { HostKey } from "./ssh-port.ts";

/** Fingerprints as people paste them: with or without the hash's name, with or without base64 padding. */
export function sameFingerprint(a: string, b: string): boolean {
  const plain = (text: string) =>
    text
      .trim()
      .replace(/^SHA256:/, "")
      .replace(/=+$/, "");
  return plain(a) === plain(b);
}

export const addServer =
  (parts: ServersParts): Handler<"servers", "add"> =>
  async (params, call) => {
    await assertAddressFree(call.vault.read, params);
    const { hostKeyFingerprint, despiteKnownHosts, ...facts } = params;
    const hostKey =
      hostKeyFingerprint === undefined
        ? undefined
        : await confirmedKey(parts, params, hostKeyFingerprint, despiteKnownHosts);
    const now = call.clock.now();
    const row: ServerRow = {
      ...facts,
      id: randomId(),
      reachability: hostKey === undefined ? "unknown" : "reachable",
      problemCode: null,
      problemMessage: null,
      lastSeenAt: hostKey === undefined ? null : now,
      serverVersion: null,
      passwordLogin: "unknown",
      createdAt: now,
      updatedAt: now,
    };
    const hostKeys = hostKey === undefined ? [] : [{ serverId: row.id, ...hostKey, pinnedAt: now }];
    return {
      result: toServer(row, { hostKeys, binding: undefined, runningTaskId: undefined }),
      resource: serverResource(row),
      status: despiteKnownHosts ? "warning" : "normal",
      change: async (tx) => {
        await insertServer(tx, row);
        if (hostKey !== undefined) await pinHostKey(tx, row.id, hostKey, now, false);
      },
      changed: ["servers"],
    };
  };

/** The key the server shows now, which must be the one somebody compared, and one the officer's own files do not forbid. */
async function confirmedKey(
  parts: ServersParts,
  at: Pick<ServerRow, "host" | "port" | "profile">,
  fingerprint: string,
  despiteKnownHosts: boolean,
): Promise<HostKey> {
  const presented = await presentedHostKey(parts, at);
  const { hostKey } = presented;
  if (sameFingerprint(hostKey.fingerprint, fingerprint)) {
    assertPinnable(presented, at, despiteKnownHosts);
    return hostKey;
  }
  throw new KeysteadError(
    "servers/host-key-changed",
    `${at.host} shows the host key ${hostKey.fingerprint}, not ${fingerprint}. Compare again on the server's own console before you trust it.`,
    { expected: fingerprint, offered: hostKey.fingerprint },
  );
}
