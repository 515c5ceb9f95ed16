import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { fleetUnavailable, type Machine, startNamedFleet } from "#test/support/fleet/fleet.ts";
import { ALL_DONE, Officer, stepsOf } from "#test/support/officer.ts";
import { SteppingSsh } from "#test/support/stepping-ssh.ts";

const MAIN =
  "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nUsePAM yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication yes\n";
const WANTED = { entries: { mainConfig: MAIN }, officers: { mainConfig: MAIN }, kept: { mainConfig: MAIN } } as const;
type Name = keyof typeof WANTED;

/** One machine, bound as root and as ops: by two entries of one inventory, or by two officers who know nothing of each other. */
describe.skipIf(fleetUnavailable())("two binds of one machine", () => {
  let fleet: Awaited<ReturnType<typeof startNamedFleet<Name>>>;
  let first: Officer;
  let second: Officer;
  const stepping = new SteppingSsh();
  const held = new SteppingSsh();

  beforeAll(async () => {
    fleet = await startNamedFleet<Name>(WANTED);
    [first, second] = await Promise.all([
      Officer.withVault({ outside: { ssh: stepping.ssh } }),
      Officer.withVault({ outside: { ssh: held.ssh } }),
    ]);
  });
  afterAll(async () => {
    expect([...first.bugs, ...second.bugs]).toEqual([]);
    await first[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
    await fleet.stop();
  });

  it("P07 P12 B17 of one inventory: the second waits for the first", async () => {
    const machine = fleet.named.entries;
    const keypairId = (await first.keypair()).id;
    const [root, ops] = [await first.server(machine, "root"), await first.server(machine, "ops")];
    const input = (id: string, user: "root" | "ops") => ({ id, keypairId, password: machine.passwords[user] });
    const { id } = await first.client.servers.bind(input(root.id, "root"));
    const error = await first.refusal(first.client.servers.bind(input(ops.id, "ops")));
    expect(error.code).toBe("servers/busy");
    expect(error.message).toMatch(new RegExp(`A task on “${root.name}”, which is the same machine as “${ops.name}”`));
    // Names in the list are not the machine's business.
    await first.client.servers.update({ id: ops.id, name: "renamed meanwhile" });
    expect(stepsOf(await first.settled(id))).toBe(ALL_DONE);
  });

  /** The first officer's proof waits while the second, held before his survey, goes on; then it comes to `end`. */
  const whileUnproved = async (machine: Machine, end: () => Promise<void>, disablePasswordLogin = true) => {
    const switched = Promise.withResolvers<void>();
    const secondEnded = Promise.withResolvers<void>();
    const [key, otherKey] = [await first.keypair(), await second.keypair()];
    const [root, ops] = [await first.server(machine, "root"), await second.server(machine, "ops")];
    stepping.before(machine.host, "connect 3", async () => {
      switched.resolve();
      await secondEnded.promise;
      await end();
    });
    const task = Promise.withResolvers<void>();
    held.before(machine.host, "run 1", async () => {
      task.resolve();
      await switched.promise;
    });
    const password = machine.passwords.ops;
    const his = second.bind({ id: ops.id, keypairId: otherKey.id, password, disablePasswordLogin });
    await task.promise;
    const hers = first.bind({ id: root.id, keypairId: key.id, password: machine.passwords.root });
    const secondTask = await his;
    secondEnded.resolve();
    return { first: await hers, second: secondTask, ops, password };
  };

  it("P07 B40 B44 of two officers: an unproved switch of the one is not believed by the other", async () => {
    const machine = fleet.named.officers;
    const lost = new KeysteadError("servers/timed-out", "The proof is lost.");
    const tasks = await whileUnproved(machine, () => Promise.reject(lost));
    expect(tasks.first.state).toBe("rolled-back");
    expect(tasks.second.state).toBe("rolled-back");
    expect(tasks.second.cause).toMatchObject({ code: "servers/busy", step: "switch-passwords-off", remedy: "retry" });
    expect(tasks.second.cause?.message).toMatch(
      /Somebody else is just changing password login.*Wait until that is done/,
    );
    expect((await second.client.servers.get({ id: tasks.ops.id })).passwordLogin).toBe("unknown");
    expect(await machine.must("sshd -T | grep ^passwordauth")).toBe("passwordauthentication yes\n");
    const again = await second.retry({ id: tasks.second.id, password: tasks.password });
    expect(stepsOf(again)).toBe(ALL_DONE);
    expect((await second.client.servers.get({ id: tasks.ops.id })).passwordLogin).toBe("off");
  });

  it("P07 B44 of two officers: nor is it recorded by one who leaves passwords as they are", async () => {
    const tasks = await whileUnproved(fleet.named.kept, async () => undefined, false);
    expect([tasks.first.state, tasks.second.state]).toEqual(["done", "done"]);
    expect((await second.client.servers.get({ id: tasks.ops.id })).passwordLogin).toBe("unknown");
    expect(tasks.second.steps.at(-1)?.proof).toMatch(/just being switched off by somebody else/);
  });
});
