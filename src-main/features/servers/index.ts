import type { Handler, HandlerTable } from "#main/dispatch/handlers.ts";
import { assertServerFree } from "#main/features/jobs/index.ts";
import { addServer } from "./add-server.ts";
import { allowPasswordLogin } from "./allow-password-login.ts";
import { bindKeypair } from "./bind-keypair.ts";
import { presentedHostKey } from "./presented-host-key.ts";
import { deleteServer, findServer, listServers } from "./server-repository.ts";
import { type ServersParts, serverResource } from "./servers-parts.ts";
import { testConnection } from "./test-connection.ts";
import { trustHostKey } from "./trust-host-key.ts";
import { updateServer } from "./update-server.ts";

export { allowJob } from "./allow/allow-job.ts";
export { bindJob } from "./bind/bind-job.ts";
export { sftpBindJob } from "./bind-sftp/sftp-job.ts";
export type { ReadKnownHosts } from "./known-hosts-port.ts";
export { CONTACT_MS } from "./servers-parts.ts";
export type { Ssh } from "./ssh-port.ts";
export type { ServerTimes } from "./steps/server-bench.ts";

const remove: Handler<"servers", "remove"> = async (params, call) => {
  const server = await findServer(call.vault.read, params.id);
  return {
    result: { id: server.id, ...(server.binding === undefined ? {} : { stillAccepts: server.binding.keypairName }) },
    resource: serverResource(server),
    change: async (tx) => {
      await assertServerFree(tx, server);
      await deleteServer(tx, server.id);
    },
    changed: ["servers", "keypairs"],
  };
};

export function serverHandlers(parts: ServersParts): HandlerTable["servers"] {
  return {
    readHostKey: async (params) => ({
      result: await presentedHostKey(parts, params),
      resource: { type: "server", id: "", name: `${params.host}:${params.port}` },
    }),
    add: addServer(parts),
    list: async (_params, call) => ({ result: { servers: await listServers(call.vault.read) } }),
    get: async (params, call) => {
      const server = await findServer(call.vault.read, params.id);
      return { result: server, resource: serverResource(server) };
    },
    update: updateServer,
    remove,
    trustHostKey: trustHostKey(parts),
    testConnection: testConnection(parts),
    bind: bindKeypair(parts),
    allowPasswordLogin: allowPasswordLogin(parts),
  };
}
