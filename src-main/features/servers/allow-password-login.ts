import type { Handler } from "#main/dispatch/handlers.ts";
import { assertMachineFree, newTask } from "#main/features/jobs/index.ts";
import { findKeypairRow } from "#main/features/keypairs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { assertPrivateHalf } from "./private-half-there.ts";
import { findServer } from "./server-repository.ts";
import { type ServersParts, serverResource } from "./servers-parts.ts";

/** Checks what can be known without the server, stores the task, and starts it once that is durable. */
export const allowPasswordLogin =
  (parts: ServersParts): Handler<"servers", "allowPasswordLogin"> =>
  async (params, call) => {
    const { vault, session } = call;
    const server = await findServer(vault.read, params.id);
    // Bound for another account before the user was changed: that login would only be refused.
    if (server.binding?.user !== server.user) {
      throw new KeysteadError(
        "servers/not-bound",
        `No key pair is bound to “${server.name}” for ${server.user}, and without one Keystead cannot log in to change it. Bind one first.`,
        { id: server.id },
      );
    }
    const keypair = await findKeypairRow(vault.read, session, server.binding.keypairId);
    await assertPrivateHalf(parts, call, keypair);
    const { task, store } = newTask(call, parts.runner.jobOf("allow-password-login"), {
      kind: "allow-password-login",
      title: `Allow password login on ${server.name}`,
      server,
      keypair,
      params: {},
      secrets: { sudoPassword: params.sudoPassword },
    });
    return {
      result: task,
      resource: serverResource(server),
      status: "warning",
      change: async (tx) => {
        // Looked at inside the transaction: two tasks on one machine at once would fight over its files (B17).
        await assertMachineFree(tx, server);
        await store(tx);
      },
      afterwards: () => parts.runner.start(vault, task.id, "forwards"),
      changed: ["tasks", "servers"],
    };
  };
