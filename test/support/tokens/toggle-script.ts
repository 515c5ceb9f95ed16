import { once } from "node:events";
import { writeSync } from "node:fs";
import { createApp } from "#main/app.ts";

/*
 * toggle-script.ts <folder>: requires the second factor and lets it go again, over and over, until it is killed. The password
 * and the PIN come on standard input, a line each; prints `ready`, then a line for every answer.
 */
const app = createApp({ folder: process.argv[2] ?? "", door: "cli" });
const caller = app.connect("cli");
const [input] = (await once(process.stdin, "data")) as [Buffer];
process.stdin.unref();
const [password = "", pin = ""] = input.toString("utf8").split("\n");
const ask = (operation: string, params: object) => app.dispatch(caller, { operation, params });
const { ok } = await ask("vault.unlockWithToken", { pin, password });
writeSync(1, ok ? "ready\n" : "not unlocked\n");
for (let on = true; ; on = !on) {
  await ask("vault.confirmWithToken", { pin, password });
  const reply = await ask("vault.requireSecondFactor", { on, password, pin });
  writeSync(1, `${on ? "on" : "off"} ${reply.ok ? "done" : reply.error.code}\n`);
}
