import type { Handler } from "#main/dispatch/handlers.ts";
import { assertServerFree } from "#main/features/jobs/index.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { Server } from "#shared/models/server.ts";
import {
  assertAddressFree,
  findServer,
  findServerRow,
  forgetHostKeys,
  type ServerRow,
  updateServer as storeServer,
  unproveBindings,
} from "./server-repository.ts";
import { serverResource } from "./servers-parts.ts";

type Given = Partial<Pick<ServerRow, "name" | "host" | "port" | "user" | "profile">>;

const UNSEEN = {
  reachability: "unknown",
  problemCode: null,
  problemMessage: null,
  lastSeenAt: null,
  serverVersion: null,
  passwordLogin: "unknown",
} as const;

/** Another address is another machine until it proves otherwise: what was pinned and seen is forgotten. */
export const updateServer: Handler<"servers", "update"> = async (params, call) => {
  const { id, ...wished } = params;
  const given: Given = Object.fromEntries(Object.entries(wished).filter(([, value]) => value !== undefined));
  const updatedAt = call.clock.now();
  const shown = await findServer(call.vault.read, id);
  const moves = isMove(shown, given);
  return {
    result: { ...(moves ? unseen(shown) : shown), ...given, updatedAt },
    resource: serverResource({ ...shown, ...given }),
    change: async (tx) => {
      const row = await findServerRow(tx, id);
      // A task goes on by this address and user; and an undo must find the server it has changed.
      await assertServerFree(tx, row);
      await assertAddressFree(tx, { ...row, ...given }, id);
      if (isMove(row, given) !== moves) throw movedMeanwhile(row);
      // Nothing but what was given: the rest may have been changed since by somebody else, or by a task.
      await storeServer(tx, id, { ...(moves ? UNSEEN : {}), ...given, updatedAt });
      if (moves) {
        await forgetHostKeys(tx, id);
        await unproveBindings(tx, id);
      }
    },
    changed: ["servers"],
  };
};

function isMove(from: Pick<ServerRow, "host" | "port">, { host = from.host, port = from.port }: Given): boolean {
  return host !== from.host || port !== from.port;
}

function unseen({ problem: _problem, lastSeenAt: _seen, serverVersion: _version, ...kept }: Server): Server {
  return { ...kept, hostKeys: [], reachability: "unknown", passwordLogin: "unknown", ...unproved(kept) };
}

function unproved({ binding }: Pick<Server, "binding">): Pick<Server, "binding"> {
  if (binding === undefined) return {};
  const { provedAt: _provedAt, ...rest } = binding;
  return { binding: { ...rest, state: "unproved" } };
}

/** The answer says whether the pinned keys are still there, and would be wrong now. */
function movedMeanwhile(row: ServerRow): KeysteadError {
  return new KeysteadError(
    "servers/changed-meanwhile",
    `“${row.name}” was given another address meanwhile: ${row.host} port ${row.port}. Nothing was changed by this. Look at it and try again.`,
    { host: row.host, port: row.port },
  );
}
