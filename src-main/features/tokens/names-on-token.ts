import type { TokenInUse } from "./token-in-use.ts";
import { readObjects } from "./token-objects.ts";

/** What is about to be erased, in words: `private key “signing” (0a0b…)`. As far as it can be seen without its PIN. */
export async function namesOnToken(token: TokenInUse): Promise<readonly string[]> {
  return (await readObjects(token)).map(({ class: kind, label, keyId }) => {
    const id = keyId === "" ? "" : ` (${keyId.length > 16 ? `${keyId.slice(0, 16)}…` : keyId})`;
    return `${kind.replace("-", " ")} “${label}”${id}`;
  });
}
