import { describe, expect, it } from "vitest";
import type { Task } from "#shared/models/task.ts";
import { fleetUnavailable, startFleet } from "#test/support/fleet/fleet.ts";
import { killedAt } from "#test/support/killed-child.ts";
import { ALL_ALLOWED, Officer, stepsOf } from "#test/support/officer.ts";
import { footprint, ownProcesses } from "#test/support/server-footprint.ts";

const STEPS = ALL_ALLOWED.replaceAll(":done", "").split(" ");

describe.skipIf(fleetUnavailable())("Keystead is killed while it allows password login again", () => {
  it.each(STEPS.map((step) => [step] as const))(
    "P07 P12 B43 B61 kill -9 at %s: the next process resumes one server and rolls back the other",
    async (step) => {
      await using fleet = await startFleet(2);
      await using officer = await Officer.withVault();
      const keypairId = (await officer.keypair()).id;
      const prepared = await Promise.all(
        fleet.machines.map(async (machine, index) => {
          const user = index === 0 ? "root" : "ops";
          const { id } = await officer.server(machine, user);
          const bound = await officer.bind({ id, keypairId, password: machine.passwords[user] });
          expect(bound.state).toBe("done");
          await officer.client.tasks.remove({ id: bound.id });
          const sudo = user === "ops" ? { sudoPassword: machine.passwords.ops } : {};
          return { machine, off: await footprint(machine), order: { serverId: id, ...sudo } };
        }),
      );
      await officer.client.vault.lock({});
      const order = { folder: officer.folder, keypairId, binds: [], allows: prepared.map((one) => one.order) };
      await killedAt(order, step, Math.random() * 40);
      await officer.unlock();

      const taskOf = async (index: number): Promise<Task | undefined> => {
        const { tasks } = await officer.client.tasks.list({});
        return tasks.find((each) => each.serverId === prepared[index]?.order.serverId);
      };
      const [first, second] = prepared;
      if (first === undefined || second === undefined) throw new Error("two machines were asked for");

      const cut = await taskOf(0);
      if (cut !== undefined && cut.state !== "done") {
        expect(cut).toMatchObject({ state: "interrupted", cause: { code: "tasks/interrupted" } });
        expect(cut.can).toMatchObject({ retry: true, needsPassword: false });
        const task = await officer.retry({ id: cut.id });
        const steps = stepsOf(task);
        expect(steps).toBe(ALL_ALLOWED);
      }
      if (cut !== undefined) {
        expect(await officer.client.servers.get({ id: first.order.serverId })).toMatchObject({ passwordLogin: "on" });
        expect(await first.machine.must("ls -A /etc/ssh/sshd_config.d")).toBe("");
        expect((await first.machine.exec("ls /run/keystead-revert")).status).not.toBe(0);
        expect(await ownProcesses(first.machine)).toBe("");
      }

      const other = await taskOf(1);
      if (other?.state === "interrupted") {
        if (other.can.rollBack) expect((await officer.rollBack({ id: other.id })).state).toBe("rolled-back");
        expect(await footprint(second.machine)).toBe(second.off);
        expect(await ownProcesses(second.machine)).toBe("");
        expect((await officer.client.servers.get({ id: second.order.serverId })).passwordLogin).toBe("off");
      }
      expect(cut ?? other).toBeDefined();
      expect(await officer.client.audit.verify({})).toMatchObject({ intact: true });
      expect(officer.bugs).toEqual([]);
    },
  );
});
