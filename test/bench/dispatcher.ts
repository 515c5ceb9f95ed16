import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "#main/app.ts";
import { systemClock } from "#main/clock.ts";
import type { Caller } from "#main/dispatch/caller.ts";
import { NO_CONFIRMATION } from "#main/dispatch/confirmation.ts";
import { Dispatcher } from "#main/dispatch/dispatcher.ts";
import type { HandlerTable, Outcome } from "#main/dispatch/handlers.ts";
import { Sessions } from "#main/dispatch/sessions.ts";
import { Permissions } from "#main/features/access/index.ts";
import type { OpenVault } from "#main/features/vault/index.ts";
import type { VaultStatus } from "#shared/models/vault.ts";
import { type Bench, line, median } from "./measure.ts";

const answer: VaultStatus = {
  state: "unlocked",
  folder: "/x",
  vaultId: "x",
  vaultName: "Bench",
  autoLockMinutes: 10,
  locksAt: 1,
  passwordUsers: [],
  tokens: [],
  warnings: [],
};

/** Everything round a handler but the commit: look-up, parameters, session, permission, result. `keepAlive` is traced nowhere. */
export const dispatcher: Bench = {
  name: "dispatcher",
  async run() {
    const outcome: Outcome<VaultStatus> = { result: answer };
    const handler = async () => outcome;
    const sessions = new Sessions();
    const permissions = new Permissions();
    const caller: Caller = { id: "bench", door: "test" };
    sessions.open(caller, { userId: "u", userName: "bench", openedAt: 0, ...NO_CONFIRMATION });
    const dispatch = new Dispatcher({
      handlers: { vault: { keepAlive: handler } } as unknown as HandlerTable,
      sessions,
      clock: systemClock,
      vault: () => ({}) as OpenVault,
      allows: (session, action) => permissions.allows(session.userId, action) || action === "vault:session:keep",
      onActivity: () => undefined,
      onChanged: () => undefined,
      refusedWhileLocked: () => undefined,
      logBug: (_reference, error) => {
        throw error;
      },
    });
    const through: number[] = [];
    const direct: number[] = [];
    for (let i = 0; i < 30_000; i++) {
      let began = performance.now();
      await handler();
      direct.push(performance.now() - began);
      began = performance.now();
      const reply = await dispatch.dispatch(caller, { operation: "vault.keepAlive", params: {} });
      through.push(performance.now() - began);
      if (!reply.ok) throw new Error(reply.error.message);
    }
    const [value, baseline] = [median(through) * 1000, median(direct) * 1000];
    return [
      line("dispatcher", value, "µs", baseline, "less than 60 µs median on top of the handler", value - baseline < 60),
      await group(),
    ];
  },
};

/** 64 callers at once against the same 64 one after another: what sharing one fsync is worth. */
async function group() {
  const folder = mkdtempSync(join(tmpdir(), "keystead-bench-"));
  const app = createApp({ folder, door: "test" });
  const caller = app.connect("test");
  const say = async (operation: string, params: unknown) => {
    const reply = await app.dispatch(caller, { operation, params });
    if (!reply.ok) throw new Error(reply.error.message);
  };
  try {
    await say("vault.create", { name: "Bench", userName: "bench", password: "bench correct horse battery" });
    const change = (i: number) => say("vault.updateSettings", { autoLockMinutes: 10 + (i % 7) });
    const together: number[] = [];
    const alone: number[] = [];
    for (let round = 0; round < 15; round++) {
      let began = performance.now();
      for (let i = 0; i < 64; i++) await change(i);
      alone.push(performance.now() - began);
      began = performance.now();
      await Promise.all(Array.from({ length: 64 }, (_, i) => change(i)));
      together.push(performance.now() - began);
    }
    const [value, baseline] = [median(together), median(alone)];
    return line(
      "dispatcher.64-callers",
      value,
      "ms",
      baseline,
      "64 changes at once share one fsync: less time than one after another",
      value < baseline,
    );
  } finally {
    await app.close("closing");
    rmSync(folder, { recursive: true, force: true });
  }
}
