import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Server } from "#shared/models/server.ts";
import { fleetUnavailable, type Machine, startNamedFleet } from "#test/support/fleet/fleet.ts";
import { ALL_DONE, Officer, stepsOf } from "#test/support/officer.ts";
import { footprint, ownProcesses } from "#test/support/server-footprint.ts";
import { MOMENTS, SteppingSsh } from "#test/support/stepping-ssh.ts";

const WANTED = {
  unreachable: {},
  silent: {},
  closes: {},
  speaksHttp: {},
  hangs: {},
  hangsInTheMiddle: {},
  dies: {},
  diesInTheMiddle: {},
  cutOff: {},
  tooLate: {},
  vanishes: {},
  reboots: {},
  otherSwitch: {},
  otherWriter: {},
  configMoved: {},
  linkedMeanwhile: {},
} as const;
type Name = keyof typeof WANTED;

/** Short enough to wait for, long enough for a busy machine. */
const TIMES = { contactMs: 4000, programMs: 4000, revertSeconds: 12 };

/** Speaks on a machine's own address and port while the machine is off. */
async function impostor(machine: Machine, behave: (socket: Socket) => void): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => sockets.delete(socket)); // the other side hangs up: that is what is tested
    behave(socket);
  });
  server.listen(machine.port, machine.host);
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

describe.skipIf(fleetUnavailable())("bind on servers that fail", () => {
  let fleet: Awaited<ReturnType<typeof startNamedFleet<Name>>>;
  let officer: Officer;
  let keypairId: string;
  const stepping = new SteppingSsh();

  beforeAll(async () => {
    [fleet, officer] = await Promise.all([
      startNamedFleet<Name>(WANTED),
      Officer.withVault({ outside: { serverTimes: TIMES, ssh: stepping.ssh } }),
    ]);
    keypairId = (await officer.keypair()).id;
  });
  afterAll(async () => {
    expect(officer.bugs).toEqual([]);
    await officer[Symbol.asyncDispose]();
    await fleet.stop();
  });

  const prepare = async (name: Name): Promise<{ machine: Machine; server: Server; password: string }> => {
    const machine = fleet.named[name];
    return { machine, server: await officer.server(machine), password: machine.passwords.root };
  };
  const when = (machine: Machine, step: keyof typeof MOMENTS, work: () => Promise<unknown>) =>
    stepping.before(machine.host, MOMENTS[step], work);

  it("P06 P07 the server is off: refused connection, then retried to done", async () => {
    const { machine, server, password } = await prepare("unreachable");
    await machine.stop();
    const task = await officer.bind({ id: server.id, keypairId, password });
    expect(task).toMatchObject({ state: "failed", cause: { code: "servers/unreachable", step: "log-in" } });
    expect(task.cause?.message).toMatch(/refuses connections on this port\. Check the port/);
    await machine.start();
    expect(stepsOf(await officer.retry({ id: task.id, password }))).toBe(ALL_DONE);
  });

  it("P07 B56 the server accepts and says nothing", async () => {
    const { machine, server, password } = await prepare("silent");
    await machine.pause();
    const began = performance.now();
    const task = await officer.bind({ id: server.id, keypairId, password });
    expect(performance.now() - began).toBeLessThan(TIMES.contactMs + 3000);
    expect(task).toMatchObject({ state: "failed", cause: { code: "servers/timed-out", step: "log-in" } });
    expect(task.cause?.message).toMatch(/accepted the connection but said nothing/);
    await machine.resume();
    expect(stepsOf(await officer.retry({ id: task.id, password }))).toBe(ALL_DONE);
  });

  it("P07 B52 the server closes at once", async () => {
    const { machine, server, password } = await prepare("closes");
    await machine.stop();
    await using _closing = await impostor(machine, (socket) => socket.destroy());
    const task = await officer.bind({ id: server.id, keypairId, password });
    expect(task.state).toBe("failed");
    expect(["servers/closed-early", "servers/penalised"]).toContain(task.cause?.code);
    expect(task.cause?.message).toMatch(/Wait at least a minute|Check that this is the SSH port/);
  });

  it("P07 another service answers on the port", async () => {
    const { machine, server, password } = await prepare("speaksHttp");
    await machine.stop();
    await using _http = await impostor(machine, (socket) =>
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n<h1>Bad Request</h1>\r\n"),
    );
    const task = await officer.bind({ id: server.id, keypairId, password });
    expect(task).toMatchObject({ state: "failed", cause: { code: "servers/not-ssh", step: "log-in" } });
    expect(task.cause?.message).toMatch(/does not speak SSH\. Check the port: another service answers/);
  });

  it("P07 P12 B56 the server hangs before anything was changed: an end within the deadline, nothing to undo", async () => {
    const { machine, server, password } = await prepare("hangs");
    const before = await footprint(machine);
    when(machine, "survey", () => machine.pause());
    const task = await officer.bind({ id: server.id, keypairId, password });
    await machine.resume();
    expect(task.state).toBe("failed");
    expect(["servers/timed-out", "servers/connection-lost"]).toContain(task.cause?.code);
    expect(await footprint(machine)).toBe(before);
    expect(stepsOf(await officer.retry({ id: task.id, password }))).toBe(ALL_DONE);
  });

  it("P07 P12 B40 the server hangs with the switch on its timer: rollback fails with a name, later it succeeds", async () => {
    const { machine, server, password } = await prepare("hangsInTheMiddle");
    const before = await footprint(machine);
    when(machine, "prove-passwords-off", () => machine.pause());
    const task = await officer.bind({ id: server.id, keypairId, password });
    const { id } = task;
    expect(task).toMatchObject({ state: "rollback-failed" });
    expect(task.cause?.message).toMatch(/Undoing “.*” failed: .*roll back again when it can be reached/);
    expect(task.can).toMatchObject({ retry: true, rollBack: true, needsPassword: false });
    expect((await officer.refusal(officer.client.servers.remove({ id: server.id }))).code).toBe("servers/busy");
    await machine.resume();
    const back = await officer.rollBack({ id });
    expect(back).toMatchObject({ state: "rolled-back", can: { needsPassword: true, rollBack: false } });
    expect(await footprint(machine)).toBe(before);
    expect(stepsOf(await officer.retry({ id, password }))).toBe(ALL_DONE);
  });

  it("P07 P12 the server dies before anything was changed", async () => {
    const { machine, server, password } = await prepare("dies");
    const before = await footprint(machine);
    when(machine, "add-key", () => machine.stop());
    const task = await officer.bind({ id: server.id, keypairId, password });
    expect(task).toMatchObject({ state: "failed", cause: { code: "servers/connection-lost", step: "add-key" } });
    await machine.start();
    expect(await footprint(machine)).toBe(before);
  });

  it("P07 P12 B22 the server loses power with the switch made: the timer is gone with it, the undo comes from the vault", async () => {
    const { machine, server, password } = await prepare("diesInTheMiddle");
    const before = await footprint(machine);
    when(machine, "prove-passwords-off", () => machine.stop());
    const task = await officer.bind({ id: server.id, keypairId, password });
    const { id } = task;
    expect(task.state).toBe("rollback-failed");
    expect(["servers/unreachable", "servers/connection-lost", "servers/closed-early"]).toContain(task.cause?.code);
    // As a reboot leaves it: /run is empty, and so no timer knows of the switch.
    await machine.must("rm -rf /run/keystead-revert");
    await machine.start();
    expect(await machine.must("ls /etc/ssh/sshd_config.d")).toBe("00-keystead.conf\n");
    const back = await officer.rollBack({ id });
    expect(back.state).toBe("rolled-back");
    expect(await footprint(machine)).toBe(before);
  });

  it("P07 B40 nobody comes back: the server itself takes the switch back, and a retry makes it anew", async () => {
    const { machine, server, password } = await prepare("cutOff");
    // The network to us is gone, the server lives: only the listener stops answering.
    const cut = () => machine.must("pkill -STOP -o sshd; pkill -KILL -f '^sshd: root' || true");
    when(machine, "prove-passwords-off", cut);
    const task = await officer.bind({ id: server.id, keypairId, password });
    expect(task.state).toBe("rollback-failed");
    const gone = await machine.must(
      `for i in $(seq 150); do [ ! -e /run/keystead-revert/outcome ] || break; sleep 0.2; done; ls /etc/ssh/sshd_config.d; cat /run/keystead-revert/outcome`,
    );
    expect(gone).toBe("restored\n");
    await machine.must("pkill -CONT -o sshd; sleep 0.3");
    const done = await officer.retry({ id: task.id });
    expect(stepsOf(done)).toBe(ALL_DONE);
    expect(await ownProcesses(machine)).toBe("");
    expect((await machine.exec("ls /run/keystead-revert")).status).not.toBe(0);
  });

  it("P07 B40 a proof that comes after the server has reverted is not believed", async () => {
    const { machine, server, password } = await prepare("tooLate");
    const before = await footprint(machine);
    // As the timer would fire it, between the proof and the disarming.
    const fire = () => machine.must("sh /run/keystead-revert/run 0 $(cat /run/keystead-revert/id)");
    when(machine, "keep-passwords-off", fire);
    const task = await officer.bind({ id: server.id, keypairId, password });
    expect(task).toMatchObject({ state: "rolled-back", cause: { code: "servers/reverted-by-server" } });
    expect(task.cause?.message).toMatch(/already taken the switch back/);
    expect(await footprint(machine)).toBe(before);
  });

  it("P07 P12 a server that never comes back: rollback-failed stays, keeps its secrets, and can be deleted once its changes are left by name", async () => {
    const { machine, server, password } = await prepare("vanishes");
    when(machine, "prove-key-login", () => machine.stop());
    const task = await officer.bind({ id: server.id, keypairId, password });
    const { id } = task;
    expect(task.state).toBe("rollback-failed");
    expect(await officer.rollBack({ id })).toMatchObject({ state: "rollback-failed", can: { needsPassword: false } });
    expect(await officer.client.tasks.removeEnded({ includeFailed: true })).toBeDefined();
    expect((await officer.client.tasks.list({})).tasks.map((one) => one.id)).toContain(id);
    expect((await officer.refusal(officer.client.tasks.remove({ id }))).code).toBe("tasks/wrong-state");
    expect(await officer.client.tasks.remove({ id, leaveChanges: true })).toEqual({ id, left: ["add-key"] });
    expect((await officer.refusal(officer.client.tasks.get({ id }))).code).toBe("tasks/not-found");
    expect(await officer.client.servers.remove({ id: server.id })).toEqual({ id: server.id });
  });

  it("P07 B17 B40 another Keystead's switch waits on the server: it is left alone", async () => {
    const { machine, server, password } = await prepare("otherSwitch");
    const deadline = Math.floor(Date.now() / 1000) + 600;
    await machine.must(
      `mkdir -m 700 /run/keystead-revert; cd /run/keystead-revert; echo strange > armed; echo other > id; echo ${deadline} > deadline`,
    );
    const before = await footprint(machine);
    const task = await officer.bind({ id: server.id, keypairId, password });
    expect(task).toMatchObject({ state: "rolled-back", cause: { code: "servers/busy", step: "switch-passwords-off" } });
    expect(task.cause?.message).toMatch(/Another change of this server's sshd is waiting for its proof/);
    expect(await footprint(machine)).toBe(before);
    expect(await machine.must("cat /run/keystead-revert/armed")).toBe("strange\n");
    await machine.must("rm -rf /run/keystead-revert");
    expect(stepsOf(await officer.retry({ id: task.id, password }))).toBe(ALL_DONE);
  });

  it("P07 B17 B20 B22 somebody else writes the keys file meanwhile: only our line is taken out", async () => {
    const { machine, server, password } = await prepare("otherWriter");
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId, password });
    when(machine, "prove-key-login", async () => {
      await machine.must("echo '# by another program' >> /root/.ssh/authorized_keys");
      await officer.client.tasks.cancel({ id });
    });
    const task = await officer.settled(id);
    expect(task.state).toBe("cancelled");
    expect(await machine.readFile("/root/.ssh/authorized_keys")).toBe("# by another program\n");
    expect(task.steps[2]?.proof).toMatch(/Another program has written/);
  });

  it("P07 B10 B22 a link that takes the place of sshd's file at the last moment does not stand in the way of the undo", async () => {
    const { machine, server, password } = await prepare("linkedMeanwhile");
    const config = "/etc/ssh/sshd_config";
    await machine.must(`sed -i '/^Include/d' ${config}`);
    const link = () => machine.must(`mv ${config} /etc/ssh/real; ln -s /etc/ssh/real ${config}`);
    when(machine, "switch-passwords-off", link);
    const task = await officer.bind({ id: server.id, keypairId, password });
    expect(task).toMatchObject({ state: "rolled-back", cause: { code: "servers/sshd-config-symlink" } });
    expect(await machine.must("ls -A /root/.ssh 2>/dev/null || true")).toBe("");
  });

  it("P07 B22 somebody else changes our drop-in: the undo says so and leaves it alone", async () => {
    const { machine, server, password } = await prepare("configMoved");
    const { id } = await officer.client.servers.bind({ id: server.id, keypairId, password });
    when(machine, "prove-passwords-off", async () => {
      await machine.must("rm -rf /run/keystead-revert; echo '# edited' >> /etc/ssh/sshd_config.d/00-keystead.conf");
      await officer.client.tasks.cancel({ id });
    });
    const task = await officer.settled(id);
    expect(task).toMatchObject({ state: "rollback-failed", cause: { code: "servers/changed-meanwhile" } });
    expect(await machine.readFile("/etc/ssh/sshd_config.d/00-keystead.conf")).toMatch(/# edited\n$/);
    await machine.must("rm /etc/ssh/sshd_config.d/00-keystead.conf");
    expect(await officer.rollBack({ id })).toMatchObject({ state: "rolled-back" });
  });
});
