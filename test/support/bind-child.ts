import { createInterface } from "node:readline";
import { Officer } from "./officer.ts";

/**
 * A whole Keystead process for tests that kill it: opens the vault, starts the tasks named in one line of JSON on standard
 * input, and tells every event of their tasks, a line of JSON each, until it is killed or all have stopped.
 */
export interface BindChildOrder {
  readonly folder: string;
  readonly keypairId: string;
  readonly binds: readonly { readonly serverId: string; readonly password: string }[];
  /** Servers whose password login is to be allowed again. */
  readonly allows?: readonly { readonly serverId: string; readonly sudoPassword?: string }[];
}

const [line] = await new Promise<string[]>((resolve) => {
  createInterface({ input: process.stdin }).once("line", (text) => resolve([text]));
});
const order = JSON.parse(line ?? "{}") as BindChildOrder;
const officer = await Officer.opening(order.folder);
officer.app.listen(officer.caller, (event) => {
  if (event.type === "task") process.stdout.write(`${JSON.stringify({ task: event.task })}\n`);
});
process.stdout.write('{"ready":true}\n');
await Promise.all([
  ...order.binds.map(({ serverId, password }) => officer.bind({ id: serverId, keypairId: order.keypairId, password })),
  ...(order.allows ?? []).map(({ serverId, ...sudo }) => officer.allowPasswords({ id: serverId, ...sudo })),
]);
await officer[Symbol.asyncDispose]();
process.exit(0);
