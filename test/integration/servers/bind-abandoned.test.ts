import { describe, expect, it } from "vitest";
import type { Task } from "#shared/models/task.ts";
import { bindFleet } from "#test/support/bind-fleet.ts";
import { type Account, fleetUnavailable, type Machine } from "#test/support/fleet/fleet.ts";
import { ALL_ALLOWED, ALL_DONE, stepsOf } from "#test/support/officer.ts";
import { footprint, ownProcesses } from "#test/support/server-footprint.ts";

const WANTED = {
  slowSync: {},
  slowRename: {},
  slowRenameOver: { dropIns: { "00-keystead.conf": "# was here before\n" } },
  slowLook: {},
  slowKeySync: {},
  slowKeyRename: { authorizedKeys: { root: "# mine\n" } },
  droppedSync: {},
  droppedSyncBySudo: {},
  droppedRename: {},
  droppedKeySync: {},
  droppedKeyRename: {},
  droppedKeyOfOps: {},
} as const;
type Name = keyof typeof WANTED;

/** Seconds that a program on the server is made to hang: longer than Keystead waits for a command, or not. */
const TOO_LONG = 8;
const NOT_TOO_LONG = 3;
const TIMES = { contactMs: 8000, programMs: 5000, revertSeconds: 40 };

/** The scripts that Keystead has running there, those included that it has given up: sshd does not end those of root. */
const RUNNING = "pgrep -f '^sh -c IFS= read' || true";

/**
 * sshd ends no command of root's when it is given up, nor anybody's when the connection drops. What goes on behind Keystead's
 * back must not do what Keystead has already undone.
 */
describe.skipIf(fleetUnavailable())("a command that goes on after Keystead has given it up", () => {
  const fleet = bindFleet<Name>(WANTED, { serverTimes: TIMES });

  /** Makes one program hang where `when`, a condition of sh, holds. */
  const slow = (machine: Machine, program: string, when: string, seconds: number) =>
    machine.writeFile(
      `/usr/local/sbin/${program}`,
      `#!/bin/sh\nif ${when}; then : > /tmp/hangs; sleep ${seconds}; fi\nexec /usr/bin/${program} "$@"\n`,
      "755",
    );
  const quick = (machine: Machine, program: string) => machine.must(`rm /usr/local/sbin/${program} /tmp/hangs`);
  const IN_DROP_INS = '[ "$(pwd -P)" = /etc/ssh/sshd_config.d ]';

  /** Ends the connections of an account on the server as soon as the program hangs. */
  const dropWhenItHangs = (machine: Machine, user: Account) =>
    machine.must(
      `for i in $(seq 500); do [ ! -f /tmp/hangs ] || break; sleep 0.02; done; sleep 0.2; pkill -KILL -f '^sshd: ${user}'`,
    );

  const bind = async (machine: Machine, user: Account = "root", more: object = {}): Promise<Task> => {
    const { id } = await fleet.officer.server(machine, user);
    return fleet.officer.bind({ id, keypairId: fleet.keypairId, password: machine.passwords[user], ...more });
  };

  /** When the last of our scripts has ended on the server. */
  const allOver = (machine: Machine) =>
    expect.poll(() => machine.must(RUNNING), { timeout: 20_000, interval: 200 }).toBe("");

  const expectAsBefore = async (machine: Machine, before: string): Promise<void> => {
    await allOver(machine);
    expect(await footprint(machine)).toBe(before);
    expect((await machine.exec("ls /run/keystead-revert")).status).not.toBe(0);
    expect(await ownProcesses(machine)).toBe("");
  };

  it.each([
    ["slowSync", "sync", `[ "$2" != . ] && ${IN_DROP_INS}`],
    ["slowRename", "mv", `[ "$4" = 00-keystead.conf ]`],
    ["slowRenameOver", "mv", `[ "$4" = 00-keystead.conf ]`],
  ] as const)(
    "P07 B22 B40 %s: the switch that timed out is not made behind its rollback",
    async (name, program, when) => {
      const machine = fleet.named[name];
      const before = await footprint(machine);
      await slow(machine, program, when, TOO_LONG);
      const task = await bind(machine);
      expect(task).toMatchObject({ state: "rolled-back", cause: { code: "servers/timed-out" } });
      expect(task.cause?.step).toBe("switch-passwords-off");
      expect(await machine.must(RUNNING)).not.toBe("");
      await expectAsBefore(machine, before);
      await quick(machine, program);
      expect(stepsOf(await fleet.officer.retry({ id: task.id, password: machine.passwords.root }))).toBe(ALL_DONE);
    },
  );

  it.each([
    ["slowKeySync", "sync", '[ "$2" != . ]'],
    ["slowKeyRename", "mv", '[ "$4" = authorized_keys ]'],
  ] as const)(
    "P07 B22 %s: the key that timed out does not come back behind its rollback",
    async (name, program, when) => {
      const machine = fleet.named[name];
      const before = await footprint(machine);
      await slow(machine, program, `${when} && [ ! -f /tmp/hangs ]`, TOO_LONG);
      const task = await bind(machine, "root", { disablePasswordLogin: false });
      expect(task).toMatchObject({ state: "rolled-back", cause: { code: "servers/timed-out", step: "add-key" } });
      expect(await machine.must(RUNNING)).not.toBe("");
      await expectAsBefore(machine, before);
      const retried = await fleet.officer.retry({ id: task.id, password: machine.passwords.root });
      expect(retried.state).toBe("done");
    },
  );

  it.each([
    ["droppedKeySync", "root", "sync", '[ "$2" != . ]'],
    ["droppedKeyRename", "root", "mv", '[ "$4" = authorized_keys ]'],
    ["droppedKeyOfOps", "ops", "mv", '[ "$4" = authorized_keys ]'],
  ] as const)(
    "P07 B22 %s: the key whose connection dropped does not come back behind its rollback (%s)",
    async (name, user, program, when) => {
      const machine = fleet.named[name];
      const before = await footprint(machine);
      await slow(machine, program, `${when} && [ ! -f /tmp/hangs ]`, NOT_TOO_LONG);
      const binding = bind(machine, user, { disablePasswordLogin: false });
      const [task] = await Promise.all([binding, dropWhenItHangs(machine, user)]);
      expect(task).toMatchObject({ state: "rolled-back", cause: { step: "add-key" } });
      await expectAsBefore(machine, before);
    },
  );

  it.each([
    ["droppedSync", "root", "sync", `[ "$2" != . ] && ${IN_DROP_INS}`],
    ["droppedSyncBySudo", "ops", "sync", `[ "$2" != . ] && ${IN_DROP_INS}`],
    ["droppedRename", "root", "mv", `[ "$4" = 00-keystead.conf ]`],
  ] as const)(
    "P07 B22 B40 %s: the switch whose connection dropped is not made behind its rollback (%s)",
    async (name, user, program, when) => {
      const machine = fleet.named[name];
      const before = await footprint(machine);
      await slow(machine, program, when, NOT_TOO_LONG);
      const [task] = await Promise.all([bind(machine, user), dropWhenItHangs(machine, user)]);
      expect(task).toMatchObject({ state: "rolled-back", cause: { step: "switch-passwords-off" } });
      await expectAsBefore(machine, before);
    },
  );

  it("P11 B43 slowLook: the removal of our setting that timed out is not made behind its rollback", async () => {
    const machine = fleet.named.slowLook;
    const { id } = await fleet.officer.server(machine);
    expect(
      stepsOf(await fleet.officer.bind({ id, keypairId: fleet.keypairId, password: machine.passwords.root })),
    ).toBe(ALL_DONE);
    const before = await footprint(machine);
    // The second digest after arming is the last look at the file, behind the go-ahead.
    const second = `${IN_DROP_INS} && [ -f /run/keystead-revert/armed ] && { echo >> /tmp/looks; [ "$(wc -l < /tmp/looks)" = 2 ]; }`;
    await slow(machine, "sha256sum", second, TOO_LONG);
    const task = await fleet.officer.allowPasswords({ id });
    expect(task).toMatchObject({ state: "rolled-back", cause: { code: "servers/timed-out" } });
    await expectAsBefore(machine, before);
    await quick(machine, "sha256sum");
    expect(stepsOf(await fleet.officer.retry({ id: task.id }))).toBe(ALL_ALLOWED);
  });
});
