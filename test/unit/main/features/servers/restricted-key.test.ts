import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAuthorizedKeys } from "#main/features/servers/authorized-keys.ts";
import { planAdd } from "#main/features/servers/authorized-keys-edit.ts";
import { restrictedKey } from "#main/features/servers/restricted-key.ts";
import { BLOB } from "./key-lines.ts";

const CLOUD_INIT = join(import.meta.dirname, "../../../../fixtures/authorized-keys/cloud-init-root");
const LINE = `ssh-ed25519 ${BLOB.toString("base64")} anna`;

/** What an officer is told who binds the key of the file's first line. */
function refusal(text: string | Buffer) {
  const file = parseAuthorizedKeys(Buffer.from(text));
  const [first] = file.lines;
  if (first?.kind !== "key") throw new TypeError("no key");
  const plan = planAdd(file, first);
  if (plan.kind !== "restricted-twin") throw new TypeError(plan.kind);
  return restrictedKey("/root/.ssh/authorized_keys", plan);
}

describe("a key that is there with restrictions", () => {
  it("P07 B6 names the account that a cloud image's line on root names", () => {
    const { message, details } = refusal(readFileSync(CLOUD_INIT));
    expect(message).toMatch(/names the account debian\. Bind as debian with sudo, or take that line out/);
    expect(details).toEqual({ path: "/root/.ssh/authorized_keys", account: "debian" });
  });

  it.each([
    ["another forced command", `command="rrsync /srv" ${LINE}`],
    ["no command at all", `restrict ${LINE}`],
    ["a name that no account has", `command="login as the user \\"a b\\" rather than the user" ${LINE}`],
  ])("P07 B5 says what to do when its line has %s", (_what, text) => {
    const { message, details } = refusal(text);
    expect(message).toMatch(/Take that line out on the server, or bind another key pair\.$/);
    expect(details).toEqual({ path: "/root/.ssh/authorized_keys" });
  });
});
