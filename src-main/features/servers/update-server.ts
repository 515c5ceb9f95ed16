import type { Handler } from "#main/dispatch/handlers.ts";
import { assertServerFree } from "#main/features/jobs/index.ts";
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

/** Another address is another machine until it proves otherwise: what was pinned and seen is forgotten. */
export const updateServer: Handler<"servers", "update"> = async (params, call) => {
  const { vault } = call;
  const before = await findServerRow(vault.read, params.id);
  const shown = await findServer(vault.read, params.id);
  const { id, ...given } = params;
  const next = {
    ...before,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    updatedAt: call.clock.now(),
  } as ServerRow;
  const moved = next.host !== before.host || next.port !== before.port;
  if (moved)
    Object.assign(next, {
      reachability: "unknown",
      problemCode: null,
      problemMessage: null,
      lastSeenAt: null,
      serverVersion: null,
      passwordLogin: "unknown",
    });
  const { problem: _problem, lastSeenAt: _seen, serverVersion: _version, ...kept } = shown;
  const { problemCode: _c, problemMessage: _m, lastSeenAt, serverVersion, ...fresh } = next;
  return {
    result: moved
      ? { ...kept, ...fresh, hostKeys: [], ...unproved(shown) }
      : {
          ...shown,
          ...fresh,
          ...(lastSeenAt === null ? {} : { lastSeenAt }),
          ...(serverVersion === null ? {} : { serverVersion }),
        },
    resource: serverResource(next),
    change: async (tx) => {
      // A task goes on by this address and user; and an undo must find the server it has changed.
      await assertServerFree(tx, before);
      await assertAddressFree(tx, next, id);
      const { id: _id, ...columns } = next;
      await storeServer(tx, id, columns);
      if (moved) {
        await forgetHostKeys(tx, id);
        await unproveBindings(tx, id);
      }
    },
    changed: ["servers"],
  };
};

function unproved({ binding }: Server): Pick<Server, "binding"> {
  if (binding === undefined) return {};
  const { provedAt: _provedAt, ...rest } = binding;
  return { binding: { ...rest, state: "unproved" } };
}
