import type { Server } from "#shared/models/server.ts";
import type { Task } from "#shared/models/task.ts";
import type { TokenModuleView, TokenView } from "#shared/models/token.ts";
import type { VaultWarning } from "#shared/models/vault.ts";
import { tokenName } from "../tokens/token-state.ts";

export type AttentionKind =
  | "hostKeyChanged"
  | "rollbackFailed"
  | "taskFailed"
  | "pinLocked"
  | "pinFinalTry"
  | "moduleDown"
  | "taskInterrupted"
  | "pinLow"
  | "unproved"
  | "unreachable"
  | "unpinned"
  | "passwordOn";

export interface AttentionItem {
  readonly kind: AttentionKind;
  readonly severity: "bad" | "care";
  readonly name: string;
  readonly message: string | undefined;
  readonly to: string;
}

export interface AttentionGroup {
  readonly kind: AttentionKind;
  readonly severity: "bad" | "care";
  readonly items: readonly AttentionItem[];
  readonly total: number;
}

/** Most pressing first. */
const ORDER: Readonly<Record<AttentionKind, "bad" | "care">> = {
  hostKeyChanged: "bad",
  rollbackFailed: "bad",
  taskFailed: "bad",
  pinLocked: "bad",
  pinFinalTry: "bad",
  moduleDown: "bad",
  taskInterrupted: "care",
  pinLow: "care",
  unproved: "care",
  unreachable: "care",
  unpinned: "care",
  passwordOn: "care",
};
const SHOWN = 4;

/** What needs somebody today, grouped and bounded, so that one bad night of 300 servers stays readable. */
export function attentionGroups(
  servers: readonly Server[],
  tasks: readonly Task[],
  tokens: Tokens = { tokens: [], modules: [] },
): readonly AttentionGroup[] {
  const items = [
    ...tasks.flatMap(taskItems),
    ...tokens.tokens.flatMap(tokenItems),
    ...tokens.modules.flatMap(moduleItems),
    ...servers.flatMap(serverItems),
  ];
  return (Object.keys(ORDER) as AttentionKind[]).flatMap((kind) => {
    const own = items.filter((item) => item.kind === kind);
    return own.length === 0 ? [] : [{ kind, severity: ORDER[kind], items: own.slice(0, SHOWN), total: own.length }];
  });
}

interface Tokens {
  readonly tokens: readonly TokenView[];
  readonly modules: readonly TokenModuleView[];
}

function tokenItems(token: TokenView): AttentionItem[] {
  const kind = pinKind(token);
  if (!kind || !token.present) return [];
  return [
    { kind, severity: ORDER[kind], name: tokenName(token, token.model), message: undefined, to: `/tokens/${token.id}` },
  ];
}

function pinKind({ userPin }: TokenView): AttentionKind | undefined {
  if (userPin.state === "locked") return "pinLocked";
  if (userPin.state === "final-try") return "pinFinalTry";
  return userPin.state === "low" ? "pinLow" : undefined;
}

/** A library that ended is started again by itself; one that cannot be started needs somebody. */
function moduleItems(module: TokenModuleView): AttentionItem[] {
  if (module.state !== "failed") return [];
  const { name, problem, id } = module;
  return [
    { kind: "moduleDown", severity: ORDER.moduleDown, name, message: problem?.message, to: `/tokens/modules/${id}` },
  ];
}

function taskItems(task: Task): AttentionItem[] {
  const kind = taskKind(task);
  if (!kind) return [];
  return [{ kind, severity: ORDER[kind], name: task.title, message: task.cause?.message, to: `/tasks/${task.id}` }];
}

function taskKind(task: Task): AttentionKind | undefined {
  if (task.state === "failed") return "taskFailed";
  if (task.state === "interrupted") return "taskInterrupted";
  return task.state === "rollback-failed" ? "rollbackFailed" : undefined;
}

function serverItems(server: Server): AttentionItem[] {
  const item = (kind: AttentionKind, message?: string): AttentionItem => ({
    kind,
    severity: ORDER[kind],
    name: server.name,
    message,
    to: `/servers/${server.id}`,
  });
  const items: AttentionItem[] = [];
  if (server.reachability === "host-key-changed") items.push(item("hostKeyChanged", server.problem?.message));
  if (server.reachability === "unreachable") items.push(item("unreachable", server.problem?.message));
  if (server.binding?.state === "unproved") items.push(item("unproved"));
  if (server.hostKeys.length === 0) items.push(item("unpinned"));
  if (server.passwordLogin === "on") items.push(item("passwordOn"));
  return items;
}

/** Warnings of the vault as a whole stand above everything else; unfinished tasks are listed by name already. */
export function vaultWarnings(warnings: readonly VaultWarning[]): readonly VaultWarning[] {
  return warnings.filter((warning) => warning.code !== "unfinished-tasks");
}
