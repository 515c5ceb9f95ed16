import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { type KeyLine, parseOptions } from "./authorized-keys.ts";
import type { AddPlan } from "./authorized-keys-edit.ts";

/**
 * The account that cloud-init's line on root names: it lets the key in, says "Please login as the user X" and ends the
 * connection (B6).
 */
export function accountNamedInstead(line: KeyLine): string | undefined {
  const command = parseOptions(line.options ?? "")?.find((option) => option.name === "command")?.value;
  return /login as the user \\?"?([\w.-]{1,64}\$?)\\?"? rather than the user/i.exec(command ?? "")?.[1];
}

/** sshd takes the first line that matches, over all its files: a bare twin would lift what the line forbids (B5). */
export function restrictedKey(path: string, plan: AddPlan & { readonly kind: "restricted-twin" }): KeysteadError {
  const { present, namedInstead } = plan;
  const wayOut =
    namedInstead === undefined
      ? "Take that line out on the server, or bind another key pair."
      : `It is a cloud image's: it turns the key away and names the account ${namedInstead}. Bind as ${namedInstead} with sudo, or take that line out on the server.`;
  return new KeysteadError(
    "servers/authorized-keys-restricted",
    `This key is in ${path} already, with restrictions: ${present.join(" | ")}. Keystead does not add an unrestricted copy. ${wayOut}`,
    { path, ...(namedInstead === undefined ? {} : { account: namedInstead }) },
  );
}
