import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Task } from "#shared/models/task.ts";
import { fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";
import { ALL_DONE, Officer, stepsOf } from "#test/support/officer.ts";
import { footprint, ownProcesses } from "#test/support/server-footprint.ts";
import { MOMENTS, SteppingSsh } from "#test/support/stepping-ssh.ts";
import { storedTasks } from "#test/support/stored-tasks.ts";

const STEPS = Object.keys(MOMENTS) as (keyof typeof MOMENTS)[];

describe.skipIf(fleetUnavailable())("tasks of binding", () => {
  let fleet: Awaited<ReturnType<typeof startFleet>>;
  let officer: Officer;
  let keypairId: string;
  const fresh: Machine[] = [];
  const stepping = new SteppingSsh();

  beforeAll(async () => {
    [fleet, officer] = await Promise.all([
      startFleet(26),
      Officer.withVault({ outside: { pauseMs: 3000, ssh: stepping.ssh } }),
    ]);
    keypairId = (await officer.keypair()).id;
    fresh.push(...fleet.machines);
  });
  afterAll(async () => {
    expect(officer.bugs).toEqual([]);
    await officer[Symbol.asyncDispose]();
    await fleet.stop();
  });

  const prepare = async () => {
    const machine = fresh.pop();
    if (machine === undefined) throw new Error("more machines are needed");
    const server = await officer.server(machine);
    return { machine, server, password: machine.passwords.root, before: await footprint(machine) };
  };
  /** Locks while the task is in this step: the step ends, the next one does not begin. */
  const lockedIn = async (machine: Machine, step: keyof typeof MOMENTS): Promise<void> => {
    const begun = Promise.withResolvers<void>();
    let locked: Promise<unknown> = Promise.resolve();
    stepping.before(machine.host, MOMENTS[step], async () => {
      locked = officer.client.vault.lock({});
      begun.resolve();
      // Time for the lock to ask the task to stop; it then waits for this very step.
      await sleep(100);
    });
    await begun.promise;
    await locked;
  };
  const code = async (operation: Promise<unknown>) => (await officer.refusal(operation)).code;

  it.each(STEPS)("P12 cancel at %s undoes what was done, and the next attempt starts anew", async (step) => {
    const { machine, server, password, before } = await prepare();
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId, password });
    stepping.before(machine.host, MOMENTS[step], () => officer.client.tasks.cancel({ id }));
    const task = await officer.settled(id);
    expect(task).toMatchObject({ state: "cancelled", cause: { code: "tasks/cancelled", remedy: "retry" } });
    expect(await footprint(machine)).toBe(before);
    expect(await ownProcesses(machine)).toBe("");
    expect(task.can).toEqual({ retry: true, rollBack: false, cancel: false, remove: true, needsPassword: true });
    // What the first attempt had proved is not believed any more: without a password nothing goes on.
    expect((await officer.retry({ id })).cause?.code).toBe("tasks/password-needed");
    expect(stepsOf(await officer.retry({ id, password }))).toBe(ALL_DONE);
  });

  it("P12 D24 locking during a bind leaves it interrupted with its passwords sealed; after unlock it resumes to done", async () => {
    const { machine, server, password } = await prepare();
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId, password });
    await lockedIn(machine, "prove-key-login");
    expect(await code(officer.client.tasks.get({ id }))).toBe("vault/locked");
    await officer.unlock();
    const task = await officer.client.tasks.get({ id });
    expect(task).toMatchObject({ state: "interrupted", cause: { code: "tasks/interrupted" } });
    expect(task.can).toEqual({ retry: true, rollBack: true, cancel: false, remove: false, needsPassword: false });
    expect(stepsOf(await officer.retry({ id }))).toBe(ALL_DONE);
  });

  it("P12 after a lock in the middle the bind can be rolled back instead", async () => {
    const { machine, server, password, before } = await prepare();
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId, password });
    await lockedIn(machine, "switch-passwords-off");
    await officer.unlock();
    expect((await officer.client.tasks.get({ id })).state).toBe("interrupted");
    expect((await officer.rollBack({ id })).state).toBe("rolled-back");
    expect(await footprint(machine)).toBe(before);
  });

  it("P12 a step that does not end holds the lock only so long; it is aborted and the task interrupted", async () => {
    const { machine, server, password } = await prepare();
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId, password });
    const paused = Promise.withResolvers<void>();
    stepping.before(machine.host, MOMENTS.survey, () => machine.pause().then(paused.resolve));
    await paused.promise;
    const began = performance.now();
    await officer.client.vault.lock({});
    expect(performance.now() - began).toBeLessThan(8000);
    await machine.resume();
    await officer.unlock();
    expect((await officer.client.tasks.get({ id })).state).toBe("interrupted");
    expect(stepsOf(await officer.retry({ id }))).toBe(ALL_DONE);
  });

  it("P12 a bind that is asked for while the vault is locking does not begin, and can be resumed", async () => {
    const [under, late] = [await prepare(), await prepare()];
    const contacts: string[] = [];
    stepping.before(late.machine.host, MOMENTS["log-in"], async () => contacts.push(late.machine.host));
    const lateTask = Promise.withResolvers<Task>();
    let locked: Promise<unknown> = Promise.resolve();
    stepping.before(under.machine.host, MOMENTS.survey, async () => {
      locked = officer.client.vault.lock({});
      await sleep(100);
      // The vault is still open: the lock waits for this very step.
      lateTask.resolve(officer.client.servers.bind({ id: late.server.id, keypairId, password: late.password }));
      await sleep(1000);
    });
    const underway = await officer.client.servers.bind({ id: under.server.id, keypairId, password: under.password });
    const { id } = await lateTask.promise;
    await locked;
    await officer.unlock();
    expect(contacts).toEqual([]);
    expect(await footprint(late.machine)).toBe(late.before);
    expect(await officer.client.tasks.get({ id })).toMatchObject({ state: "interrupted", can: { retry: true } });
    expect(stepsOf(await officer.retry({ id }))).toBe(ALL_DONE);
    expect(contacts).toEqual([late.machine.host]);
    // The tests behind this one count what is left.
    await officer.client.tasks.remove({ id: underway.id });
  });

  it("P07 P12 B17 one task a server at a time, also for retry, update and remove", async () => {
    const { machine, server, password } = await prepare();
    const failed = await officer.bind({ id: server.id, keypairId, password: "wrong password" });
    const input = { id: server.id, keypairId, password };
    const both = await Promise.allSettled([officer.client.servers.bind(input), officer.client.servers.bind(input)]);
    const started = both.filter((one) => one.status === "fulfilled").map((one) => one.value);
    expect(started).toHaveLength(1);
    const refused = both.find((one) => one.status === "rejected");
    expect(refused?.reason).toMatchObject({ code: "servers/busy" });
    expect(refused?.reason.message).toMatch(/is not finished\. Finish it or roll it back first/);
    const id = started[0]?.id ?? "";
    expect((await officer.client.servers.get({ id: server.id })).runningTaskId).toBe(id);
    expect(await code(officer.client.tasks.retry({ id: failed.id, password }))).toBe("servers/busy");
    expect(await code(officer.client.servers.update({ id: server.id, name: "another name" }))).toBe("servers/busy");
    expect(await code(officer.client.servers.remove({ id: server.id }))).toBe("servers/busy");
    expect(await code(officer.client.tasks.remove({ id }))).toBe("tasks/wrong-state");
    expect(await code(officer.client.tasks.retry({ id }))).toBe("tasks/wrong-state");
    expect(await code(officer.client.tasks.rollBack({ id }))).toBe("tasks/wrong-state");
    expect(stepsOf(await officer.settled(id))).toBe(ALL_DONE);
    expect(await machine.must("grep -c ssh-ed25519 /root/.ssh/authorized_keys")).toBe("1\n");
  });

  it("P12 two retries at once start one run", async () => {
    const { machine, server, password } = await prepare();
    const failed = await officer.bind({ id: server.id, keypairId, password: "wrong password" });
    const retry = () => officer.client.tasks.retry({ id: failed.id, password });
    const both = await Promise.allSettled([retry(), retry()]);
    expect(both.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expect(both.find((one) => one.status === "rejected")?.reason).toMatchObject({ code: "tasks/wrong-state" });
    expect(stepsOf(await officer.settled(failed.id))).toBe(ALL_DONE);
    expect(await machine.must("grep -c 'Accepted password' /var/log/sshd.log")).toBe("1\n");
  });

  it("P12 list, get, wait and remove: what each says of a task that is over, or was never there", async () => {
    const { server, password } = await prepare();
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId, password });
    const early = await officer.client.tasks.wait({ id, seconds: 0.001 });
    expect(["queued", "running"]).toContain(early.state);
    const done = await officer.settled(id);
    const { tasks } = await officer.client.tasks.list({});
    expect(tasks[0]?.id).toBe(id);
    expect(tasks.map((task) => task.createdAt)).toEqual(tasks.map((task) => task.createdAt).toSorted((a, b) => b - a));
    expect(await officer.client.tasks.get({ id })).toEqual(done);
    expect(await officer.client.tasks.wait({ id })).toEqual(done);
    for (const again of [officer.client.tasks.retry, officer.client.tasks.rollBack, officer.client.tasks.cancel]) {
      const error = await officer.refusal(again({ id }));
      expect(error.code).toBe("tasks/wrong-state");
      expect(error.message).toMatch(/cannot be (retried|rolled back|cancelled) while it is done/);
    }
    expect(await officer.client.tasks.remove({ id })).toEqual({ id, left: [] });
    for (const any of Object.values({ ...officer.client.tasks, list: undefined, removeEnded: undefined }))
      if (any !== undefined) expect(await code(any({ id } as never))).toBe("tasks/not-found");
    expect((await officer.client.servers.get({ id: server.id })).binding?.state).toBe("bound");
  });

  it("P12 a task that could still be rolled back is not deleted: its undo would be lost", async () => {
    const { machine, server, password, before } = await prepare();
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId, password });
    await lockedIn(machine, "prove-key-login");
    await officer.unlock();
    const refused = await officer.refusal(officer.client.tasks.remove({ id }));
    expect(refused).toMatchObject({
      code: "tasks/wrong-state",
      details: { id, state: "interrupted", left: ["add-key"] },
    });
    expect(refused.message).toMatch(/still on the server \(add-key\).*Roll it back first/);
    await officer.client.tasks.removeEnded({ includeFailed: true });
    expect((await officer.rollBack({ id })).state).toBe("rolled-back");
    expect(await footprint(machine)).toBe(before);
    expect(await officer.client.tasks.remove({ id })).toEqual({ id, left: [] });
  });

  it("P12 delete all takes what is settled, the failed ones on request, and never what still needs somebody", async () => {
    await officer.client.tasks.removeEnded({ includeFailed: true });
    const one = await prepare();
    const failed = await officer.bind({ id: one.server.id, keypairId, password: "wrong password" });
    const two = await prepare();
    const cut = await officer.client.servers.bind({ id: two.server.id, keypairId, password: two.password });
    await lockedIn(two.machine, "prove-key-login");
    await officer.unlock();
    const states = async () => (await officer.client.tasks.list({})).tasks.map((task) => task.state).toSorted();
    await officer.client.tasks.removeEnded({});
    expect(await states()).toEqual(["failed", "interrupted"]);
    expect(await officer.client.tasks.removeEnded({ includeFailed: true })).toEqual({ removed: 1 });
    expect(await states()).toEqual(["interrupted"]);
    expect(await code(officer.client.tasks.get({ id: failed.id }))).toBe("tasks/not-found");
    expect((await officer.rollBack({ id: cut.id })).state).toBe("rolled-back");
    expect(await footprint(two.machine)).toBe(two.before);
  });

  it("P04 P12 P16 the key pair of an unfinished task is neither deleted nor cleared", async () => {
    const { machine, server, password, before } = await prepare();
    const own = await officer.keypair();
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId: own.id, password });
    await lockedIn(machine, "prove-key-login");
    await officer.unlock();
    await officer.confirm();
    expect(await code(officer.client.keypairs.remove({ id: own.id, acceptBound: true }))).toBe("keypairs/in-use");
    expect(await code(officer.client.keypairs.clearPrivateKey({ id: own.id }))).toBe("keypairs/in-use");
    expect((await officer.rollBack({ id })).state).toBe("rolled-back");
    expect(await footprint(machine)).toBe(before);
    await officer.client.keypairs.clearPrivateKey({ id: own.id });
    const retried = await officer.retry({ id, password });
    expect(retried).toMatchObject({ state: "failed", cause: { code: "keypairs/no-private-key", step: "survey" } });
    expect(await footprint(machine)).toBe(before);
  });

  it("P12 the key itself resumes a task whose password was changed meanwhile", async () => {
    const { machine, server, password } = await prepare();
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId, password });
    await lockedIn(machine, "switch-passwords-off");
    await machine.must("echo root:another-password | chpasswd");
    await officer.unlock();
    expect(stepsOf(await officer.retry({ id }))).toBe(ALL_DONE);
  });

  it("P07 P12 B61 more binds at once than run at once: all wait their turn, and locking names every one of them", async () => {
    await using many = await startFleet(26);
    const servers = await Promise.all(many.machines.map((machine) => officer.server(machine)));
    const tasks = await Promise.all(
      many.machines.map((machine, index) =>
        officer.client.servers.bind({ id: servers[index]?.id ?? "", keypairId, password: machine.passwords.root }),
      ),
    );
    expect(tasks.map((task) => task.state)).toEqual(tasks.map(() => "queued"));
    await officer.client.vault.lock({});
    await officer.unlock();
    const cut = await Promise.all(tasks.map(({ id }) => officer.client.tasks.get({ id })));
    expect(new Set(cut.map((task) => task.state))).toEqual(new Set<Task["state"]>(["interrupted"]));
    const resumed = await Promise.all(tasks.map(({ id }) => officer.retry({ id })));
    expect(resumed.map(stepsOf)).toEqual(resumed.map(() => ALL_DONE));
  });

  it("P12 D23 passwords and memory are on the disk only as long as somebody can go on with the task", async () => {
    const { machine, server, password } = await prepare();
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId, password });
    await lockedIn(machine, "add-key");
    const stored = await storedTasks(officer.folder);
    for (const task of stored) {
      const open = task.state === "interrupted" || task.state === "rollback-failed";
      expect(`${task.state} ${task.hasSecrets} ${task.hasMemory}`).toBe(
        `${task.state} ${open} ${task.hasMemory && open}`,
      );
      expect(JSON.stringify(task.row)).not.toContain(password);
    }
    expect(stored.map((task) => task.state)).toContain("interrupted");
    await officer.unlock();
    await officer.retry({ id });
    await officer.client.vault.lock({});
    const after = (await storedTasks(officer.folder)).find((task) => task.id === id);
    expect(after).toMatchObject({ state: "done", hasSecrets: false, hasMemory: false });
    await officer.unlock();
  });
});
