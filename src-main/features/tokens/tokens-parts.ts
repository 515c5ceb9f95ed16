import type { Call, Resource } from "#main/dispatch/handlers.ts";
import type { TokenModuleView, TokenView } from "#shared/models/token.ts";
import type { KeysInUse } from "./keys-in-use.ts";
import type { ShareCeremonies } from "./share-ceremony.ts";
import type { PresentToken } from "./token-in-use.ts";
import { findInstance, listInstances, type PinFailures, pinFailuresOf } from "./token-repository.ts";
import type { TokenSeries } from "./token-series.ts";
import type { TokenService } from "./token-service.ts";
import { absentView, presentView } from "./token-view.ts";

export { note } from "#main/dispatch/note.ts";

/** What the token operations work with. */
export interface TokensParts {
  readonly service: TokenService;
  readonly keysInUse: KeysInUse;
  readonly series: TokenSeries;
  readonly ceremonies: ShareCeremonies;
  /** Where backups go when a request names no folder. */
  readonly exportFolder: string;
  /** Whether the token with this serial is one of the ways into the open vault. */
  readonly isAdministrator: (serial: string) => boolean;
}

export function tokenResource(token: Pick<TokenView, "id" | "label">): Resource {
  return { type: "token", id: token.id, name: token.label };
}

export function moduleResource(module: Pick<TokenModuleView, "id" | "name">): Resource {
  return { type: "module", id: module.id, name: module.name };
}

/** The token as the console shows it, with what this vault knows of it; `cleared` are counts the operation is about to reset. */
export async function viewOf(
  parts: TokensParts,
  call: Call,
  token: PresentToken,
  cleared: Partial<PinFailures> = {},
): Promise<TokenView> {
  return presentView(token, {
    instance: await findInstance(call.vault.read, token.id),
    failures: { ...(await pinFailuresOf(call.vault.read, token.id)), ...cleared },
    loggedIn: parts.service.logins.of(token),
    administrator: parts.isAdministrator(token.info.serial),
    now: call.clock.now(),
  });
}

/** Error: `tokens/not-found`. A registered token that is not in is shown as such. */
export async function viewById(parts: TokensParts, call: Call, id: string): Promise<TokenView> {
  const { service } = parts;
  if (!service.present().some((token) => token.id === id)) await service.lookAll();
  const token = service.present().find((candidate) => candidate.id === id);
  if (token !== undefined) return viewOf(parts, call, token);
  const instance = (await listInstances(call.vault.read)).find((row) => row.tokenId === id);
  // Finding it is what fails: with the words for a token that is unknown, or one that was here before.
  if (instance === undefined) return viewOf(parts, call, await service.find(id));
  return absentView(instance, {
    failures: await pinFailuresOf(call.vault.read, id),
    administrator: parts.isAdministrator(instance.serial),
    moduleName: await moduleName(service, instance.moduleId),
    lastSeenAt: service.lastSeenAt(id),
    present: service.present(),
  });
}

export async function moduleName(service: TokenService, moduleId: string): Promise<string> {
  return (await service.modules()).find((watch) => watch.row.id === moduleId)?.row.name ?? "";
}
