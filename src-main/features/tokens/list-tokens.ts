import type { Handler } from "#main/dispatch/handlers.ts";
import type { TokenView } from "#shared/models/token.ts";
import { hasTags } from "./tag-rules.ts";
import { allPinFailures, listInstances } from "./token-repository.ts";
import { absentView, presentView } from "./token-view.ts";
import { type TokensParts, tokenResource, viewById } from "./tokens-parts.ts";

const NO_FAILURES = { user: 0, so: 0 };

/** H02: those that are in, then the registered ones that are not. */
export const listTokens =
  (parts: TokensParts): Handler<"tokens", "list"> =>
  async (params, call) => {
    const { service } = parts;
    await service.lookAll();
    const watches = await service.modules();
    const instances = new Map((await listInstances(call.vault.read)).map((row) => [row.tokenId, row]));
    const failures = await allPinFailures(call.vault.read);
    const present = service.present();
    const tokens: TokenView[] = present.map((token) =>
      presentView(token, {
        instance: instances.get(token.id),
        failures: failures.get(token.id) ?? NO_FAILURES,
        loggedIn: service.logins.of(token),
        administrator: parts.isAdministrator(token.info.serial),
        now: call.clock.now(),
      }),
    );
    for (const token of present) instances.delete(token.id);
    for (const instance of instances.values())
      tokens.push(
        absentView(instance, {
          failures: failures.get(instance.tokenId) ?? NO_FAILURES,
          administrator: parts.isAdministrator(instance.serial),
          moduleName: watches.find((watch) => watch.row.id === instance.moduleId)?.row.name ?? "",
          lastSeenAt: service.lastSeenAt(instance.tokenId),
          present,
        }),
      );
    const wanted = tokens.filter((token) => hasTags(token.instance?.tags ?? [], params.tags));
    return { result: { tokens: wanted, modules: watches.map((watch) => watch.view()) } };
  };

export const getToken =
  (parts: TokensParts): Handler<"tokens", "get"> =>
  async (params, call) => {
    const view = await viewById(parts, call, params.id);
    return { result: view, resource: tokenResource(view) };
  };
