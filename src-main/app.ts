import { readKnownHostsFrom, usualKnownHosts } from "#main/adapters/files/known-hosts-files.ts";
import { createTokenModules } from "#main/adapters/pkcs11/create-token-modules.ts";
import { createSsh } from "#main/adapters/ssh/create-ssh.ts";
import { type Clock, systemClock } from "#main/clock.ts";
import { randomId } from "#main/crypto/random.ts";
import type { App, AppOptions, Caller } from "#main/dispatch/caller.ts";
import { Dispatcher } from "#main/dispatch/dispatcher.ts";
import { Events } from "#main/dispatch/events.ts";
import { Sessions } from "#main/dispatch/sessions.ts";
import { Permissions } from "#main/features/access/index.ts";
import { auditHandlers } from "#main/features/audit/index.ts";
import { TaskRunner, taskHandlers } from "#main/features/jobs/index.ts";
import { KeypairSigners, keypairHandlers } from "#main/features/keypairs/index.ts";
import {
  allowJob,
  bindJob,
  CONTACT_MS,
  type ServerTimes,
  type Ssh,
  serverHandlers,
  sftpBindJob,
} from "#main/features/servers/index.ts";
import {
  administratorHandlers,
  KeysInUse,
  ShareCeremonies,
  type TokenModules,
  TokenSeries,
  TokenService,
  TokenSshKeys,
  tokenHandlers,
  unlockByToken,
} from "#main/features/tokens/index.ts";
import { hasToken, VaultKeeper, vaultHandlers } from "#main/features/vault/index.ts";
import { contract } from "#shared/contract/index.ts";

/** What a test or another runtime may put in place of the real outside. */
export interface Outside {
  readonly clock?: Clock;
  readonly ssh?: Ssh;
  /** The known_hosts files to compare host keys with; those ssh itself reads when absent. */
  readonly knownHostsFiles?: readonly string[];
  /** Starts PKCS#11 libraries in processes of their own; each call a set of processes that shares no login with the others. */
  readonly tokenModules?: () => TokenModules;
  /** Shorter waits on servers, and for them when the vault locks. */
  readonly serverTimes?: Partial<ServerTimes>;
  readonly pauseMs?: number;
  /** Where a bug's stack goes; standard error when absent. Never shown to the caller, who gets the reference. */
  readonly logBug?: (reference: string, error: unknown) => void;
}

/** Wires the whole application. Imports no door and no Electron: every door is given the result. */
export function createApp(options: AppOptions, outside: Outside = {}): App {
  const clock = outside.clock ?? systemClock;
  const ssh = outside.ssh ?? createSsh();
  const startModules = outside.tokenModules ?? (() => createTokenModules({ clock }));
  const logBug =
    outside.logBug ?? ((reference: string, error: unknown) => console.error(`Keystead bug ${reference}:`, error));

  const sessions = new Sessions();
  const permissions = new Permissions();
  const events = new Events((caller, event) => {
    const session = sessions.of(caller);
    if (session === undefined) return false;
    return event.type !== "task" || permissions.allows(session.userId, contract.tasks.get.action);
  });
  const tokenService = new TokenService({
    clock,
    modules: startModules(),
    onChange: () => events.tell({ type: "changed", feature: "tokens" }),
    logBug,
  });
  const tokenSeries = new TokenSeries();
  const ceremonies = new ShareCeremonies();
  tokenService.onEnd(() => {
    tokenSeries.endAll();
    ceremonies.endAll();
  });
  const tokenKeys = new TokenSshKeys(tokenService);
  const signers = new KeypairSigners(tokenKeys);
  const opener = unlockByToken(startModules);
  const runner = new TaskRunner({
    clock,
    jobs: [bindJob, sftpBindJob, allowJob].map((job) => job(ssh, signers, outside.serverTimes)),
    ...(outside.pauseMs === undefined ? {} : { pauseMs: outside.pauseMs }),
    onTask: (task) => events.tell({ type: "task", task }),
    logBug,
  });
  const keeper = new VaultKeeper({
    folder: options.folder,
    clock,
    door: options.door,
    tokenSlots: opener,
    beforeLock: async () => {
      // Tasks first: a login under way may still be signing on a token.
      if (keeper.open !== undefined) await runner.pauseAll(keeper.open);
      await tokenService.end();
    },
    onLocked: (reason) => {
      sessions.endAll();
      permissions.forgetAll();
      events.tell({ type: "locked", reason });
    },
  });

  const tokensParts = {
    service: tokenService,
    keysInUse: new KeysInUse(tokenService, clock),
    series: tokenSeries,
    ceremonies,
    exportFolder: keeper.folder.exports,
    isAdministrator: (serial: string) =>
      keeper.open?.header.slots.filter(hasToken).some((slot) => slot.token.serial === serial) === true,
  };

  const onUnlocked = async () => {
    const vault = keeper.open;
    if (vault === undefined) return;
    tokenService.begin(vault);
    const interrupted = runner.liveCount === 0 ? await runner.recover(vault) : 0;
    if (interrupted > 0)
      vault.warnings.push({
        code: "unfinished-tasks",
        message: `${interrupted} ${interrupted === 1 ? "task was" : "tasks were"} cut off when Keystead ended. Resume or roll back under Tasks.`,
      });
    events.tell({ type: "unlocked" });
  };

  const dispatcher = new Dispatcher({
    clock,
    sessions,
    logBug,
    vault: () => keeper.open,
    allows: (session, action) => permissions.allows(session.userId, action),
    onActivity: () => keeper.touch(),
    onChanged: (features) => {
      for (const feature of features) events.tell({ type: "changed", feature });
      events.tell({ type: "changed", feature: "audit" });
    },
    refusedWhileLocked: (operation, error, door) => {
      // Only a vault that is there can be attacked; before it is created there is nothing to note it beside.
      if (keeper.open === undefined && keeper.folder.exists()) keeper.failures.note.add(operation, error.code, door);
    },
    handlers: {
      vault: vaultHandlers({ keeper, sessions, permissions, onUnlocked }),
      keypairs: keypairHandlers({ exportFolder: keeper.folder.exports, tokenKeys }),
      servers: serverHandlers({
        ssh,
        runner,
        signers,
        readKnownHosts: readKnownHostsFrom(outside.knownHostsFiles ?? usualKnownHosts()),
        contactMs: outside.serverTimes?.contactMs ?? CONTACT_MS,
      }),
      tokens: { ...tokenHandlers(tokensParts), ...administratorHandlers({ ...tokensParts, keeper, opener }) },
      tasks: taskHandlers(runner),
      audit: auditHandlers(),
    },
  });

  return {
    connect: (door): Caller => ({ id: randomId(), door }),
    disconnect: (caller) => {
      sessions.end(caller);
      events.forget(caller);
    },
    dispatch: (caller, request) => dispatcher.dispatch(caller, request),
    listen: (caller, listener) => events.listen(caller, listener),
    lock: (reason) => keeper.lock(reason),
    close: (reason) => keeper.lock(reason),
  };
}
