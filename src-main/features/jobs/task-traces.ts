import type { OperationName } from "#shared/contract/index.ts";
import type { TaskKind } from "#shared/models/task.ts";

/** The operation that started a task of a kind: its steps are traced under the same name. */
export const TRACED: Readonly<Record<TaskKind, { readonly name: string; readonly operation: OperationName }>> = {
  bind: { name: "bindKeypair", operation: "servers.bind" },
  "bind-sftp": { name: "bindKeypair", operation: "servers.bind" },
  "allow-password-login": { name: "allowPasswordLogin", operation: "servers.allowPasswordLogin" },
};
