import type { Handler } from "#main/dispatch/handlers.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { sameFingerprint } from "./add-server.ts";
import { assertSameMachine, assertSamePins } from "./asked-machine.ts";
import { assertPinnable, presentedHostKey } from "./presented-host-key.ts";
import { findServer, pinHostKey, updateServer } from "./server-repository.ts";
import { type ServersParts, serverResource } from "./servers-parts.ts";

/** Pins the key the server shows now, if it is the one that was compared. Replacing a pinned one takes an explicit word (B49). */
export const trustHostKey =
  (parts: ServersParts): Handler<"servers", "trustHostKey"> =>
  async (params, call) => {
    const { vault } = call;
    const before = await findServer(vault.read, params.id);
    const presented = await presentedHostKey(parts, before);
    const offered = presented.hostKey;
    if (!sameFingerprint(offered.fingerprint, params.fingerprint)) {
      throw new KeysteadError(
        "servers/host-key-changed",
        `“${before.name}” shows ${offered.fingerprint} now, not the fingerprint you confirmed. Compare again on the server's own console.`,
        {
          expected: params.fingerprint,
          offered: offered.fingerprint,
        },
      );
    }
    const pinned = before.hostKeys.some((key) => key.blob === offered.blob);
    if (before.hostKeys.length > 0 && !pinned && !params.replace) {
      throw new KeysteadError(
        "servers/host-key-changed",
        `“${before.name}” has another host key pinned. Replace it only if you know why it changed, for example after a reinstallation.`,
        {
          expected: before.hostKeys.map((key) => key.fingerprint),
          offered: offered.fingerprint,
        },
      );
    }
    assertPinnable(presented, before, params.despiteKnownHosts);
    const now = call.clock.now();
    const { problem: _problem, ...kept } = before;
    return {
      result: { ...kept, hostKeys: [offered], reachability: "reachable", lastSeenAt: now, updatedAt: now },
      resource: serverResource(before),
      status: params.replace || params.despiteKnownHosts ? "warning" : "normal",
      change: async (tx) => {
        const stands = await findServer(tx, before.id);
        assertSameMachine(before, stands);
        if (!params.replace) assertSamePins(before, stands);
        await pinHostKey(tx, before.id, offered, now, true);
        await updateServer(tx, before.id, {
          reachability: "reachable",
          problemCode: null,
          problemMessage: null,
          lastSeenAt: now,
          updatedAt: now,
        });
      },
      changed: ["servers"],
    };
  };
