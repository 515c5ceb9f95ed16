import { type ContractEntry, type Feature, features, operations } from "#shared/contract/index.ts";
import { EXIT_STATUS } from "#shared/errors/codes.ts";
import { LIMITS } from "#shared/limits.ts";
import { type Field, fieldsOf } from "./fields.ts";
import { kebab } from "./names.ts";
import { ENDS_WITH_CALL, endsWithItsCall } from "./process-life.ts";

const SUMMARY: Readonly<Record<Feature, string>> = {
  vault: "the vault itself: create, unlock, settings",
  keypairs: "SSH key pairs",
  servers: "servers, their host keys, and what is bound to them",
  tokens: "UKeys and HSMs over PKCS#11: libraries, tokens, PINs, what is on them",
  tasks: "long work in steps, each with its proof and its undo",
  audit: "traces and their proof",
};

const SECRETS = `Secrets are never arguments and never come from the environment: both can be read by others. Each secret --NAME is given
by --NAME-file PATH (one line end at its end is dropped), by --NAME-fd N (an open descriptor), or typed when asked
(--NAME-prompt asks for an optional one). The vault's own password likewise: --vault-password-file PATH,
--vault-password-fd N, or typed; --vault-user NAME says whose. With --vault-token SERIAL (or any) a registered token opens the
vault: its PIN comes by --vault-pin-file PATH, --vault-pin-fd N, or typed, the password only where the token wants it besides.`;

export function generalHelp(): string {
  const rows = features.map((feature) => row(kebab(feature), SUMMARY[feature]));
  const statuses = Object.entries(EXIT_STATUS).map(([kind, status]) => `${status} ${kind}`);
  return `Usage: keystead FEATURE OPERATION [--NAME VALUE …] [--json '{…}' | --json-file PATH | -]
       keystead batch [--sequential | --parallel N]
       keystead --help | --version | FEATURE --help | FEATURE OPERATION --help | batch --help

Features:
${rows.join("\n")}
${row("batch", "many requests, one JSON line each, in one process")}

One call opens the vault, does one thing, prints one JSON object and locks the vault. Errors are JSON on standard error.
The vault is in the folder KEYSTEAD_HOME (default: the system's place for a user's data).

${SECRETS}

Exit status: 0 done, ${statuses.join(", ")}; 130 interrupted.
`;
}

export function featureHelp(feature: Feature): string {
  const rows = operations
    .filter((entry) => entry.feature === feature)
    .map((entry) => row(kebab(entry.operation), entry.definition.summary));
  return `keystead ${kebab(feature)}: ${SUMMARY[feature]}\n\n${rows.join("\n")}\n\nkeystead ${kebab(feature)} OPERATION --help shows its parameters.\n`;
}

export function operationHelp(entry: ContractEntry): string {
  const { definition } = entry;
  const fields = fieldsOf(definition);
  const facts = [
    row("Permission", definition.action === "public" ? "none: works while the vault is locked" : definition.action),
    row("Trace", definition.untraced === undefined ? definition.trace : `none. ${definition.untraced}`),
    row("Effect", definition.effect === "read" ? "changes nothing" : "changes something"),
    ...(definition.critical === true
      ? [row("Critical", "the login of this call, or vault.confirm or vault.confirmWithToken in a batch")]
      : []),
    ...(endsWithItsCall(entry.name) ? [row("Lasts", ENDS_WITH_CALL)] : []),
    ...(definition.startsTask === true ? [row("Task", "waits for its end and shows it; Ctrl-C pauses it")] : []),
  ];
  const list = fields.length === 0 ? "  none" : fields.map(fieldRow).join("\n");
  return `keystead ${kebab(entry.feature)} ${kebab(entry.operation)}\n\n${definition.summary}.\n\n${facts.join("\n")}\n\nParameters:\n${list}\n${
    fields.some((field) => field.secret) || definition.action !== "public" ? `\n${SECRETS}\n` : ""
  }`;
}

export function batchHelp(): string {
  return `keystead batch: many requests in one process

Standard input: one JSON object a line, at most ${LIMITS.requestBytes} bytes: {"id":1,"operation":"keypairs.list","params":{}}
  id         text or number, given back in the answer; null when absent
  operation  feature.operation
  params     its parameters; an object, {} when absent. Secrets may stand here: lines are not arguments
  wait       false: do not wait for the end of the task the operation starts
Standard output: one answer a line: {"id":1,"ok":true,"result":{…}} or {"id":1,"ok":false,"error":{…}}, in the order in which
they are done. An operation that starts a task is answered when the task has ended; if it failed, with error and result.
Requests that open, lock or change the vault itself wait for all before them, and all after them wait.
Blank lines are passed over. At the end of input everything outstanding is finished and the vault locked.

  --sequential            one request after the other, answered in that order
  --parallel N            at most so many at once, 1 to 256 (64)
  --vault-password-file PATH | --vault-password-fd N | --vault-password-prompt, --vault-user NAME
  --vault-token SERIAL|any, --vault-pin-file PATH | --vault-pin-fd N
                          unlock first; else a vault.unlock or vault.unlockWithToken request must come

Exit status: 0 when every answer was ok, 1 when one was not, the error's own status when the vault could not be unlocked at
the start, 130 interrupted.
`;
}

function fieldRow(field: Field): string {
  const notes = [
    field.type === "choice"
      ? field.choices.join("|")
      : field.type === "list"
        ? "list (repeat the flag, or JSON)"
        : field.type,
    field.bounds,
    field.secret ? "secret" : "",
    field.required === "always" ? "required" : field.required === "with-parent" ? "required with its neighbours" : "",
    field.default === undefined ? "" : `default ${defaultOf(field)}`,
  ];
  const flag = field.secret
    ? `--${field.flag}-file|-fd|-prompt`
    : field.type === "boolean"
      ? `--[no-]${field.flag}`
      : `--${field.flag}`;
  return row(flag, notes.filter((note) => note !== "").join(", "));
}

function defaultOf({ default: value }: Field): string {
  return Array.isArray(value) && value.length === 0 ? "none" : String(value);
}

function row(left: string, right: string): string {
  return `  ${left.padEnd(26)} ${right}`;
}
