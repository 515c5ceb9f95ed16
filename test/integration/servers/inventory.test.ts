import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Server } from "#shared/models/server.ts";
import { fleetUnavailable, type Machine, startNamedFleet } from "#test/support/fleet/fleet.ts";
import { closingHost, silentHost } from "#test/support/hostile-hosts.ts";
import { Officer } from "#test/support/officer.ts";

const WANTED = {
  added: {},
  shown: {},
  moved: {},
  movedTo: {},
  rekeyed: {},
  tested: {},
  testedKey: {},
  forced: { mainConfig: "PermitRootLogin yes\nUsePAM yes\nMatch User ops\n  ForceCommand echo no shell here\n" },
  removed: {},
} as const;
type Name = keyof typeof WANTED;

describe.skipIf(fleetUnavailable())("server inventory", () => {
  let fleet: Awaited<ReturnType<typeof startNamedFleet<Name>>>;
  let officer: Officer;
  let keypairId: string;

  beforeAll(async () => {
    [fleet, officer] = await Promise.all([
      startNamedFleet<Name>(WANTED),
      Officer.withVault({ outside: { serverTimes: { contactMs: 12_000 } } }),
    ]);
    keypairId = (await officer.keypair()).id;
  });
  afterAll(async () => {
    expect(officer.bugs).toEqual([]);
    await officer[Symbol.asyncDispose]();
    await fleet.stop();
  });

  const at = (machine: Machine) => ({ host: machine.host, port: machine.port });
  const test = (server: Server, password?: string) =>
    officer.client.servers.testConnection({ id: server.id, ...(password === undefined ? {} : { password }) });
  const rekey = (machine: Machine) =>
    machine.must(
      "rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh",
    );
  const ed25519 = (machine: Machine) => machine.hostKeyFingerprints.find((key) => key.algorithm === "ssh-ed25519");

  it("P06 shows the host key first, adds the server only with the key that was compared, and pins it", async () => {
    const machine = fleet.named.added;
    const { hostKey } = await officer.client.servers.readHostKey(at(machine));
    expect(hostKey).toEqual(ed25519(machine));
    expect(await machine.log()).not.toMatch(/Accepted|Failed/);
    const wrong = { name: "wrong key", ...at(machine), hostKeyFingerprint: `SHA256:${"A".repeat(43)}` };
    const error = await officer.refusal(officer.client.servers.add(wrong));
    expect(error.code).toBe("servers/host-key-changed");
    expect(error.message).toMatch(/not SHA256:AAAA.*Compare again on the server's own console/);
    expect((await officer.client.servers.list({})).servers.map((server) => server.name)).not.toContain("wrong key");
    // As people paste it: without the prefix, with padding.
    const pasted = `${hostKey.fingerprint.replace("SHA256:", "")}=`;
    const server = await officer.client.servers.add({ name: "right key", ...at(machine), hostKeyFingerprint: pasted });
    expect(server).toMatchObject({
      user: "root",
      reachability: "reachable",
      hostKeys: [hostKey],
      passwordLogin: "unknown",
    });
    expect(await officer.client.servers.get({ id: server.id })).toEqual(server);
  });

  it("P06 one login of one machine stands in the inventory once, however its name is written", async () => {
    const first = await officer.client.servers.add({ name: "one", host: "Host.Example", port: 22, user: "root" });
    const add = (change: object) =>
      officer.client.servers.add({ name: "two", host: "host.example", port: 22, user: "root", ...change });
    const error = await officer.refusal(add({}));
    expect(error.code).toBe("servers/address-taken");
    expect(error.message).toMatch(/root@host\.example port 22 is in the inventory already, as “one”/);
    const other = await add({ user: "ops" });
    const moved = officer.client.servers.update({ id: other.id, user: "root" });
    expect((await officer.refusal(moved)).code).toBe("servers/address-taken");
    const both = await Promise.allSettled([add({ port: 23 }), add({ port: 23 })]);
    expect(both.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expect(both.find((one) => one.status === "rejected")?.reason).toMatchObject({ code: "servers/address-taken" });
    expect(await officer.client.servers.update({ id: first.id, name: "first" })).toMatchObject({ name: "first" });
  });

  it.each([
    { host: "-oProxyCommand=x" },
    { host: "a b" },
    { port: 0 },
    { port: 65_536 },
    { user: "root;id" + "\n" },
    { user: "-l" },
    { name: "" },
    { name: "bad\u202ename" },
    { extra: true },
  ])("P06 refuses what no server can be: %j", async (change) => {
    const count = (await officer.client.servers.list({})).servers.length;
    const error = await officer.refusal(
      officer.client.servers.add({ name: "n", host: "h.example", ...change } as never),
    );
    expect(error.code).toBe("request/invalid-params");
    expect((await officer.client.servers.list({})).servers).toHaveLength(count);
  });

  it("P06 B45 pins on confirmation; replaces a changed key only on an explicit word", async () => {
    const machine = fleet.named.rekeyed;
    const server = await officer.client.servers.add({ name: "to be pinned", ...at(machine) });
    expect(server).toMatchObject({ reachability: "unknown", hostKeys: [] });
    const { hostKey } = await officer.client.servers.readHostKey(at(machine));
    const trust = (fingerprint: string, replace = false) =>
      officer.client.servers.trustHostKey({ id: server.id, fingerprint, replace });
    expect((await officer.refusal(trust("SHA256:something"))).code).toBe("servers/host-key-changed");
    expect((await officer.client.servers.get({ id: server.id })).hostKeys).toEqual([]);
    expect((await trust(hostKey.fingerprint)).hostKeys).toEqual([hostKey]);

    await rekey(machine);
    const { hostKey: next } = await officer.client.servers.readHostKey(at(machine));
    expect(next.fingerprint).not.toBe(hostKey.fingerprint);
    const { report, server: seen } = await test(server, machine.passwords.root);
    expect(report).toMatchObject({ reachability: "host-key-changed", problem: { code: "servers/host-key-changed" } });
    expect(report.login).toBeUndefined();
    expect(seen).toMatchObject({ reachability: "host-key-changed", problem: { code: "servers/host-key-changed" } });
    expect(await machine.log()).not.toMatch(/Accepted|Failed/);
    const error = await officer.refusal(trust(next.fingerprint));
    expect(error.code).toBe("servers/host-key-changed");
    expect(error.message).toMatch(/another host key pinned\. Replace it only if you know why/);
    expect(error.details).toMatchObject({ expected: [hostKey.fingerprint], offered: next.fingerprint });
    const replaced = await trust(next.fingerprint, true);
    expect(replaced).toMatchObject({ reachability: "reachable", hostKeys: [next] });
    expect(replaced.problem).toBeUndefined();
    expect(await officer.client.servers.get({ id: server.id })).toEqual(replaced);
    expect((await test(server, machine.passwords.root)).report.login).toMatchObject({ shell: true });
    const traces = await officer.traces(server.id);
    expect(traces.filter((trace) => trace.name === "testServerConnection").map((trace) => trace.status)).toEqual([
      "incident",
      "normal",
    ]);
    expect(traces.filter((trace) => trace.name === "trustHostKey").at(-1)).toMatchObject({ status: "warning" });
  });

  it("P06 P07 another address is another machine: pinned key, sight and proof are forgotten", async () => {
    const machine = fleet.named.moved;
    const server = await officer.server(machine);
    await officer.bind({ id: server.id, keypairId, password: machine.passwords.root });
    const renamed = await officer.client.servers.update({ id: server.id, name: "same machine" });
    expect(renamed).toMatchObject({ name: "same machine", binding: { state: "bound" }, passwordLogin: "off" });
    expect(renamed.hostKeys.length).toBeGreaterThan(0);
    const moved = await officer.client.servers.update({ id: server.id, ...at(fleet.named.movedTo) });
    expect(moved).toMatchObject({ hostKeys: [], reachability: "unknown", passwordLogin: "unknown" });
    expect(moved.lastSeenAt).toBeUndefined();
    expect(moved.binding).toMatchObject({ keypairId, state: "unproved" });
    expect(moved.binding?.provedAt).toBeUndefined();
    expect(await officer.client.servers.get({ id: server.id })).toEqual(moved);
    const bind = officer.client.servers.bind({ id: server.id, keypairId, password: "never sent" });
    expect((await officer.refusal(bind)).code).toBe("servers/host-key-unknown");
  });

  it("P06 tests a connection by password: right, wrong, and with no credential at all", async () => {
    const machine = fleet.named.tested;
    const server = await officer.server(machine);
    const right = await test(server, machine.passwords.root);
    expect(right.report).toMatchObject({
      reachability: "reachable",
      hostKey: ed25519(machine),
      login: { method: "password", user: "root", shell: true },
    });
    expect(right.report.serverVersion).toMatch(/^SSH-2\.0-OpenSSH/);
    expect(right.report.problem).toBeUndefined();
    expect(await officer.client.servers.get({ id: server.id })).toEqual(right.server);
    const wrong = await test(server, "wrong password");
    expect(wrong.report).toMatchObject({ reachability: "reachable", problem: { code: "servers/login-refused" } });
    expect(wrong.server.problem?.message).toMatch(/refused the password/);
    const bare = await test(server);
    expect(bare.report).toMatchObject({ reachability: "reachable", hostKey: ed25519(machine) });
    expect(bare.report.login).toBeUndefined();
    expect(bare.server.problem).toBeUndefined();
    await rekey(machine);
    expect((await test(server)).report).toMatchObject({ reachability: "host-key-changed" });
    expect(JSON.stringify(await officer.traces(server.id))).not.toContain("wrong password");
  });

  it("P06 tests a connection by the bound key, and says when a login gives no shell", async () => {
    const machine = fleet.named.testedKey;
    const server = await officer.server(machine);
    await officer.bind({ id: server.id, keypairId, password: machine.passwords.root });
    expect((await test(server)).report).toMatchObject({ login: { method: "publickey", shell: true } });
    await machine.must("rm /root/.ssh/authorized_keys");
    const refused = await test(server);
    expect(refused.report).toMatchObject({ reachability: "reachable", problem: { code: "servers/login-refused" } });
    expect(refused.report.problem?.message).toMatch(/refused the key/);
    // Bound for root; for another account the key is not even tried.
    await officer.client.servers.update({ id: server.id, user: "ops" });
    expect((await test(server)).report.login).toBeUndefined();
    expect((await test(server)).report.problem).toBeUndefined();
    const forced = await officer.server(fleet.named.forced, "ops");
    const { report } = await test(forced, fleet.named.forced.passwords.ops);
    expect(report).toMatchObject({ reachability: "reachable", login: { method: "password", shell: false } });
  });

  it("P06 B52 a server that is off, one that is silent, one that hangs up: each by its name", async () => {
    const off = await officer.client.servers.add({ name: "off", host: "127.0.0.1", port: 1 });
    expect((await test(off)).report).toMatchObject({
      reachability: "unreachable",
      problem: { code: "servers/unreachable" },
    });
    await using closing = await closingHost();
    const one = await officer.client.servers.add({ name: "closing", host: closing.host, port: closing.port });
    expect((await test(one)).report).toMatchObject({
      reachability: "unreachable",
      problem: { code: "servers/closed-early" },
    });
    await using silent = await silentHost();
    const two = await officer.client.servers.add({ name: "silent", host: silent.host, port: silent.port });
    const { report, server } = await test(two);
    expect(report).toMatchObject({ reachability: "unreachable", problem: { code: "servers/timed-out" } });
    expect(server).toMatchObject({ reachability: "unreachable", problem: { code: "servers/timed-out" } });
    expect(server.lastSeenAt).toBeUndefined();
    const read = officer.client.servers.readHostKey({ host: closing.host, port: closing.port });
    expect((await officer.refusal(read)).code).toMatch(/servers\/(closed-early|penalised)/);
  });

  it("P06 removes a server, says which key it still accepts, and touches nothing on it", async () => {
    const machine = fleet.named.removed;
    const server = await officer.server(machine);
    await officer.bind({ id: server.id, keypairId, password: machine.passwords.root });
    const keys = await machine.readFile("/root/.ssh/authorized_keys");
    const { name } = await officer.client.keypairs.get({ id: keypairId });
    expect(await officer.client.servers.remove({ id: server.id })).toEqual({ id: server.id, stillAccepts: name });
    expect(await machine.readFile("/root/.ssh/authorized_keys")).toBe(keys);
    for (const gone of [
      officer.client.servers.get({ id: server.id }),
      officer.client.servers.remove({ id: server.id }),
      officer.client.servers.update({ id: server.id, name: "x" }),
      test(server),
      officer.client.servers.trustHostKey({ id: server.id, fingerprint: "SHA256:x" }),
    ])
      expect((await officer.refusal(gone)).code).toBe("servers/not-found");
    const { tasks } = await officer.client.tasks.list({});
    expect(tasks.find((task) => task.title.includes(server.name))).toMatchObject({ state: "done" });
  });
});
