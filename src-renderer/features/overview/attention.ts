import type { Server } from "#shared/models/server.ts";
import type { Task } from "#shared/models/task.ts";
import type { TokenModuleView, TokenView } from "#shared/models/token.ts";
import type { VaultWarning } from "#shared/models/vault.ts";
import { errorLine, type Said } from "../../components/error-words.ts";
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
  /** How many the entry stands for: what went wrong again and again on one server is one entry. */
  readonly count: number;
}

export interface AttentionGroup {
  readonly kind: AttentionKind;
  readonly severity: "bad" | "care";
  readonly items: readonly AttentionItem[];
  readonly total: number;
  /** How many are not among the items, and where all of the kind are listed. */
  readonly more: number;
  readonly to: string;
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
/** The list with all of a kind, filtered where it has such a filter. */
const LISTED: Readonly<Record<AttentionKind, string>> = {
  hostKeyChanged: "/servers?reach=host-key-changed",
  rollbackFailed: "/tasks?state=rollback-failed",
  taskFailed: "/tasks?state=failed",
  pinLocked: "/tokens",
  pinFinalTry: "/tokens",
  moduleDown: "/tokens",
  taskInterrupted: "/tasks?state=interrupted",
  pinLow: "/tokens",
  unproved: "/servers?binding=unproved",
  unreachable: "/servers?reach=unreachable",
  unpinned: "/servers",
  passwordOn: "/servers?login=on",
};
const SHOWN = 4;

/** How what main said in English reads in the console's language. */
export interface AttentionWords {
  readonly titleOf: (task: Task) => string;
  readonly inWords: (said: Said) => string;
}
const AS_SAID: AttentionWords = { titleOf: (task) => task.title, inWords: (said) => errorLine(said, "en") };

/** What needs somebody today, grouped and bounded, so that one bad night of 300 servers stays readable. */
export function attentionGroups(
  servers: readonly Server[],
  tasks: readonly Task[],
  tokens: Tokens = { tokens: [], modules: [] },
  words: AttentionWords = AS_SAID,
): readonly AttentionGroup[] {
  const items = [
    ...taskItems(tasks, words),
    ...tokens.tokens.flatMap(tokenItems),
    ...tokens.modules.flatMap((module) => moduleItems(module, words)),
    ...servers.flatMap((server) => serverItems(server, words)),
  ];
  return (Object.keys(ORDER) as AttentionKind[]).flatMap((kind) => {
    const own = items.filter((item) => item.kind === kind);
    const shown = own.slice(0, SHOWN);
    const [total, inSight] = [counted(own), counted(shown)];
    return own.length === 0
      ? []
      : [{ kind, severity: ORDER[kind], items: shown, total, more: total - inSight, to: LISTED[kind] }];
  });
}

const counted = (items: readonly AttentionItem[]) => items.reduce((sum, item) => sum + item.count, 0);

interface Tokens {
  readonly tokens: readonly TokenView[];
  readonly modules: readonly TokenModuleView[];
}

function tokenItems(token: TokenView): AttentionItem[] {
  const kind = pinKind(token);
  if (!kind || !token.present) return [];
  const name = tokenName(token, token.model);
  return [{ kind, severity: ORDER[kind], name, message: undefined, to: `/tokens/${token.id}`, count: 1 }];
}

function pinKind({ userPin }: TokenView): AttentionKind | undefined {
  if (userPin.state === "locked") return "pinLocked";
  if (userPin.state === "final-try") return "pinFinalTry";
  return userPin.state === "low" ? "pinLow" : undefined;
}

/** A library that ended is started again by itself; one that cannot be started needs somebody. */
function moduleItems(module: TokenModuleView, { inWords }: AttentionWords): AttentionItem[] {
  if (module.state !== "failed") return [];
  const { name, problem, id } = module;
  const to = `/tokens/modules/${id}`;
  const message = problem && inWords(problem);
  return [{ kind: "moduleDown", severity: ORDER.moduleDown, name, message, to, count: 1 }];
}

/** An entry a server: the same failure over and over must not push another one out of sight. The newest speaks for them. */
function taskItems(tasks: readonly Task[], { titleOf, inWords }: AttentionWords): AttentionItem[] {
  const alike = Map.groupBy(tasks, (task) => `${task.state} ${task.serverId ?? task.id}`);
  return [...alike.values()].flatMap((same) => {
    const task = same.reduce((newest, one) => (one.updatedAt > newest.updatedAt ? one : newest));
    const kind = taskKind(task);
    if (!kind) return [];
    const search = new URLSearchParams({ q: task.serverName ?? "", state: task.state });
    const to = same.length === 1 ? `/tasks/${task.id}` : `/tasks?${search}`;
    const message = task.cause && inWords(task.cause);
    return [{ kind, severity: ORDER[kind], name: titleOf(task), message, to, count: same.length }];
  });
}

function taskKind(task: Task): AttentionKind | undefined {
  if (task.state === "failed") return "taskFailed";
  if (task.state === "interrupted") return "taskInterrupted";
  return task.state === "rollback-failed" ? "rollbackFailed" : undefined;
}

function serverItems(server: Server, { inWords }: AttentionWords): AttentionItem[] {
  const item = (kind: AttentionKind, message?: string): AttentionItem => ({
    kind,
    severity: ORDER[kind],
    name: server.name,
    message,
    to: `/servers/${server.id}`,
    count: 1,
  });
  const items: AttentionItem[] = [];
  const problem = server.problem && inWords(server.problem);
  if (server.reachability === "host-key-changed") items.push(item("hostKeyChanged", problem));
  if (server.reachability === "unreachable") items.push(item("unreachable", problem));
  if (server.binding?.state === "unproved") items.push(item("unproved"));
  if (server.hostKeys.length === 0) items.push(item("unpinned"));
  if (server.passwordLogin === "on") items.push(item("passwordOn"));
  return items;
}

/** Warnings of the vault as a whole stand above everything else; unfinished tasks are listed by name already. */
export function vaultWarnings(warnings: readonly VaultWarning[]): readonly VaultWarning[] {
  return warnings.filter((warning) => warning.code !== "unfinished-tasks");
}
