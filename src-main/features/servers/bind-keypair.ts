import type { Handler } from "#main/dispatch/handlers.ts";
import { assertMachineFree, newTask } from "#main/features/jobs/index.ts";
import { findKeypairRow } from "#main/features/keypairs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { BindParams } from "./bind/bind-memory.ts";
import { assertPrivateHalf } from "./private-half-there.ts";
import { findServer } from "./server-repository.ts";
import { type ServersParts, serverResource } from "./servers-parts.ts";

/** Checks what can be known without the server, stores the task, and starts it once that is durable. */
export const bindKeypair =
  (parts: ServersParts): Handler<"servers", "bind"> =>
  async (params, call) => {
    const { vault, session } = call;
    const server = await findServer(vault.read, params.id);
    const keypair = await findKeypairRow(vault.read, session, params.keypairId);
    await assertPrivateHalf(parts, call, keypair);
    if (server.hostKeys.length === 0) {
      throw new KeysteadError(
        "servers/host-key-unknown",
        `The host key of “${server.name}” has not been confirmed yet. Compare and pin it first.`,
        { id: server.id },
      );
    }
    const { overSftp } = params;
    if (overSftp) refuseWithoutShell(params);
    const bindParams: BindParams = {
      disablePasswordLogin: params.disablePasswordLogin,
      ...(params.acceptLinkTo === undefined ? {} : { acceptLinkTo: params.acceptLinkTo }),
    };
    const kind = overSftp ? "bind-sftp" : "bind";
    const { task, store } = newTask(call, parts.runner.jobOf(kind), {
      kind,
      title: `Bind ${keypair.name} to ${server.name}`,
      server,
      keypair,
      params: { ...bindParams },
      secrets: { password: params.password, sudoPassword: overSftp ? undefined : params.sudoPassword },
    });
    return {
      result: task,
      resource: serverResource(server),
      change: async (tx) => {
        // Looked at inside the transaction: two binds of one machine at once would fight over its files (B17).
        await assertMachineFree(tx, server);
        await store(tx);
      },
      afterwards: () => parts.runner.start(vault, task.id, "forwards"),
      changed: ["tasks", "servers"],
    };
  };

/** What takes a shell, and is refused before anything happens rather than left out in silence (B23). */
function refuseWithoutShell(params: {
  readonly disablePasswordLogin: boolean;
  readonly acceptLinkTo?: string | undefined;
}) {
  if (params.disablePasswordLogin) {
    throw new KeysteadError(
      "servers/no-shell",
      "Over SFTP alone password login cannot be switched off: that takes root and a shell, to change sshd's configuration, have sshd check it, and take it back if the proof fails. Bind with disablePasswordLogin off, and switch passwords off by binding an account that has a shell.",
    );
  }
  if (params.acceptLinkTo !== undefined) {
    throw new KeysteadError(
      "request/invalid-params",
      "Over SFTP alone Keystead follows no link: it cannot see who owns what is on the way. Leave acceptLinkTo out.",
    );
  }
}
