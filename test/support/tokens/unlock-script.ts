import { once } from "node:events";
import { writeSync } from "node:fs";
import { createApp } from "#main/app.ts";

/*
 * unlock-script.ts <folder>: opens a vault with a token in a process that knows nothing else. The PIN comes on standard input;
 * prints the reply as one line, and stays until it is killed.
 */
const app = createApp({ folder: process.argv[2] ?? "", door: "cli" });
const caller = app.connect("cli");
const [line] = (await once(process.stdin, "data")) as [Buffer];
process.stdin.unref();
const reply = await app.dispatch(caller, {
  operation: "vault.unlockWithToken",
  params: { pin: line.toString("utf8").trim() },
});
const list = await app.dispatch(caller, { operation: "keypairs.list", params: {} });
writeSync(1, `${JSON.stringify({ reply, list })}\n`);
setInterval(() => undefined, 1000);
