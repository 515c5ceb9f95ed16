import { describe, expect, it } from "vitest";
import type { Task } from "#shared/models/task.ts";
import { fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";
import { killedAt } from "#test/support/killed-child.ts";
import { ALL_DONE, Officer, stepsOf } from "#test/support/officer.ts";
import { footprint, ownProcesses } from "#test/support/server-footprint.ts";

const STEPS = ALL_DONE.replaceAll(":done", "").split(" ");

interface Prepared {
  readonly machine: Machine;
  readonly serverId: string;
  readonly before: string;
}

describe.skipIf(fleetUnavailable())("Keystead is killed in the middle of a bind", () => {
  it.each(STEPS.map((step) => [step] as const))(
    "P07 P12 B61 kill -9 at %s: the next process names what was cut off, resumes one server and rolls back the other",
    async (step) => {
      await using fleet = await startFleet(4);
      await using first = await Officer.withVault();
      const { folder } = first;
      const keypairId = (await first.keypair()).id;
      const prepared: Prepared[] = [];
      for (const [index, machine] of fleet.machines.entries()) {
        const server = await first.server(machine, index % 2 === 0 ? "root" : "ops");
        prepared.push({ machine, serverId: server.id, before: await footprint(machine) });
      }
      await first.client.vault.lock({});
      // Twice two servers, so that the second pair dies at another moment of the same step.
      for (const [round, late] of [Math.random() * 5, 15 + Math.random() * 60].entries()) {
        const [resumed, undone] = prepared.slice(round * 2, round * 2 + 2);
        if (resumed === undefined || undone === undefined) throw new Error("four machines were asked for");
        const binds = [resumed, undone].map(({ serverId, machine }, index) => ({
          serverId,
          password: index === 0 ? machine.passwords.root : machine.passwords.ops,
        }));
        await killedAt({ folder, keypairId, binds }, step, late);
        await first.unlock();
        await checkResumed(first, resumed);
        await checkUndone(first, undone);
        expect(await first.client.audit.verify({})).toMatchObject({ intact: true });
        await first.client.vault.lock({});
      }
      expect(first.bugs).toEqual([]);
    },
  );

  const taskOf = async (officer: Officer, serverId: string): Promise<Task> => {
    const { tasks } = await officer.client.tasks.list({});
    const task = tasks.find((each) => each.serverId === serverId);
    if (task === undefined) throw new Error("the bind was acknowledged, so its task must be there");
    expect(["interrupted", "done"]).toContain(task.state);
    if (task.state === "interrupted") {
      expect(task.cause).toMatchObject({ code: "tasks/interrupted" });
      expect(task.cause?.message).toMatch(/Keystead ended in the middle.*Resume it, or roll it back/);
      expect(task.can).toMatchObject({ retry: true, needsPassword: false });
    }
    return task;
  };

  const checkResumed = async (officer: Officer, { machine, serverId }: Prepared) => {
    const cut = await taskOf(officer, serverId);
    const task = cut.state === "done" ? cut : await officer.retry({ id: cut.id });
    expect(stepsOf(task).replace("add-key:skipped", "add-key:done")).toBe(ALL_DONE);
    expect(await officer.client.servers.get({ id: serverId })).toMatchObject({
      passwordLogin: "off",
      binding: { state: "bound" },
    });
    expect(await machine.must("ls /etc/ssh/sshd_config.d")).toBe("00-keystead.conf\n");
    expect((await machine.readFile("/root/.ssh/authorized_keys")).match(/ssh-ed25519/g)).toHaveLength(1);
    expect((await machine.exec("ls /run/keystead-revert")).status).not.toBe(0);
    expect(await ownProcesses(machine)).toBe("");
  };

  const checkUndone = async (officer: Officer, { machine, serverId, before }: Prepared) => {
    const cut = await taskOf(officer, serverId);
    if (cut.state === "done") return; // it was the quicker of the two
    if (!cut.can.rollBack) {
      // Not even an intent was written: the server has never been touched.
      expect((await officer.refusal(officer.client.tasks.rollBack({ id: cut.id }))).code).toBe("tasks/wrong-state");
      expect(await footprint(machine)).toBe(before);
      return;
    }
    const task = await officer.rollBack({ id: cut.id });
    expect(`${task.state} ${task.cause?.message ?? ""}`).toBe("rolled-back ");
    expect(await footprint(machine)).toBe(before);
    expect(await ownProcesses(machine)).toBe("");
    expect((await officer.client.servers.get({ id: serverId })).binding).toBeUndefined();
  };
});
