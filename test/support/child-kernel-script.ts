import { once } from "node:events";
import { writeSync } from "node:fs";
import { createApp } from "#main/app.ts";
import type { OperationName } from "#shared/contract/index.ts";

/*
 * child-kernel-script.ts <folder> hold | look | create | write | lock | change-password <old> <new>
 * Prints one line after each reply, synchronously, so that a line means: this was acknowledged.
 */
const OWNER = { name: "Ledger of Keys", userName: "olga", password: "correct horse battery staple" };
const [folder = "", what = "", ...rest] = process.argv.slice(2);

const app = createApp({ folder, door: "cli" });
const caller = app.connect("cli");
const say = (line: string) => writeSync(1, `${line}\n`);

// biome-ignore lint/suspicious/noExplicitAny: results of any operation
async function must(operation: OperationName, params: unknown): Promise<any> {
  const reply = await app.dispatch(caller, { operation, params });
  if (!reply.ok) throw new Error(`${operation}: ${reply.error.code} ${reply.error.message}`);
  return reply.result;
}

async function write(): Promise<never> {
  const prefix = rest[0] ?? "k";
  for (let i = 0; ; i++) {
    // Two lanes at once, so that transactions hold more than one change.
    await Promise.all(
      ["a", "b"].map(async (lane) => {
        const name = `${prefix}-${i}-${lane}`;
        const { keypair } = await must("keypairs.create", { name, spec: "ed25519" });
        say(`created ${keypair.id} ${name}`);
        await must("keypairs.rename", { id: keypair.id, name: `${name}-renamed` });
        say(`renamed ${keypair.id} ${name}-renamed`);
      }),
    );
  }
}

/** As a window that shows the locked vault does it, only more often. */
async function look(): Promise<never> {
  for (let looks = 0; ; looks++) {
    const { heldBy } = await must("vault.status", {});
    if (heldBy !== undefined) say(`held ${heldBy.pid}`);
    if (looks === 100) say("looking");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

say("started");
// Told to go: so a test can have the next process loaded and waiting while it looks at what the last one left.
await once(process.stdin, "data");
process.stdin.unref();
if (what === "create") {
  await must("vault.create", OWNER);
  say("created");
  setInterval(() => undefined, 1000);
} else if (what === "look") {
  await look();
} else {
  await must("vault.unlock", {
    userName: OWNER.userName,
    password: what === "change-password" ? rest[0] : OWNER.password,
  });
  say("unlocked");
  if (what === "write") await write();
  if (what === "change-password") {
    await must("vault.changePassword", { currentPassword: rest[0], newPassword: rest[1] });
    say("changed");
  }
  if (what === "lock") {
    await must("keypairs.create", { name: "worked", spec: "ed25519", scope: "private" });
    await app.close("closing");
    say("locked");
  }
  setInterval(() => undefined, 1000);
}
