import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Server } from "#shared/models/server.ts";
import { bindFleet } from "#test/support/bind-fleet.ts";
import { type Account, fleetUnavailable, type Machine } from "#test/support/fleet/fleet.ts";
import { ALL_ALLOWED, stepsOf } from "#test/support/officer.ts";
import { footprint, ownProcesses } from "#test/support/server-footprint.ts";
import { SteppingSsh } from "#test/support/stepping-ssh.ts";

const ON = "PasswordAuthentication yes\nKbdInteractiveAuthentication yes\n";
const DEBIAN_MAIN = "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nUsePAM yes\n";
const WANTED = {
  root: {},
  ops: {},
  block: { mainConfig: `# no include\nPermitRootLogin yes\nUsePAM yes\n${ON}Match User nobody\n  X11Forwarding no\n` },
  cloud: { dropIns: { "00-cloud-init.conf": ON } },
  otherOff: {},
  perUser: { mainConfig: `${DEBIAN_MAIN}${ON}Match User plain\n  PasswordAuthentication no\n` },
  barred: {},
  noneOfOurs: {},
  edited: {},
  cutBlock: { mainConfig: `PermitRootLogin yes\nUsePAM yes\n${ON}` },
  broken: {},
  keyGone: {},
  tooSlow: {},
  restored: {},
  elsewhere: {},
  unbound: {},
} as const;
type Name = keyof typeof WANTED;

describe.skipIf(fleetUnavailable())("password login on again", () => {
  const stepping = new SteppingSsh();
  const fleet = bindFleet<Name>(WANTED, { ssh: stepping.ssh, serverTimes: { revertSeconds: 3 } });

  interface Bound {
    readonly machine: Machine;
    readonly server: Server;
    /** The server before anything of ours, and with the key bound and passwords off. */
    readonly before: string;
    readonly off: string;
  }
  const bound = async (name: Name, user: Account = "root"): Promise<Bound> => {
    const machine = fleet.named[name];
    const before = await footprint(machine);
    const added = await fleet.officer.server(machine, user);
    const task = await fleet.officer.bind({
      id: added.id,
      keypairId: fleet.keypairId,
      password: machine.passwords[user],
    });
    expect(task.state).toBe("done");
    const server = await fleet.officer.client.servers.get({ id: added.id });
    return { machine, server, before, off: await footprint(machine) };
  };
  /** The footprint but for the key, which stays. */
  const withoutKeys = (text: string) =>
    text.replace(/^.*\/\.ssh.*\n(?:[A-Za-z0-9+/=]*\n(?=\S))?/gm, "").replace(/^ssh-ed25519.*\n/gm, "");
  const passwordWorks = async (server: Server, password: string) => {
    const { report } = await fleet.officer.client.servers.testConnection({ id: server.id, password });
    return report.login?.method ?? report.problem?.code;
  };
  const get = (server: Server) => fleet.officer.client.servers.get({ id: server.id });
  const proofs = (task: { steps: readonly { proof?: string | undefined }[] }) =>
    task.steps.map((step) => step.proof ?? "").join("\n");

  it("P07 B43 B40 B41 takes exactly our file away, proves what is offered, and keeps the key pair bound", async () => {
    const { machine, server, before } = await bound("root");
    expect(await passwordWorks(server, machine.passwords.root)).toBe("servers/login-refused");
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(task).toMatchObject({ state: "done", kind: "allow-password-login", keypairId: fleet.keypairId });
    expect(stepsOf(task)).toBe(ALL_ALLOWED);
    expect(withoutKeys(await footprint(machine))).toBe(withoutKeys(before));
    expect(await machine.must("ls -A /etc/ssh/sshd_config.d")).toBe("");
    expect((await machine.exec("ls /run/keystead-revert")).status).not.toBe(0);
    expect(await ownProcesses(machine)).toBe("");
    expect(await passwordWorks(server, machine.passwords.root)).toBe("password");
    expect(await get(server)).toMatchObject({ passwordLogin: "on", binding: { state: "bound" } });
    const said = proofs(task);
    expect(said).toMatch(/In force: root: PasswordAuthentication no, .*passwords do not log in/);
    expect(said).toMatch(/“sshd -T” says: root: PasswordAuthentication yes, .*PermitRootLogin yes: passwords log in\./);
    expect(said).toMatch(/From outside the server offers publickey, password/);
    expect(said).toMatch(/timed revert was stopped over the key login/);
    expect(said).toMatch(/recorded as on/);
    const traces = await fleet.officer.traces(server.id);
    const own = traces.filter((trace) => trace.name === "allowPasswordLogin");
    expect(own[0]).toMatchObject({ operation: "servers.allowPasswordLogin", outcome: "allowed", status: "warning" });
    for (const { name } of task.steps)
      expect(own.some((trace) => trace.operation === `servers.allowPasswordLogin#${name}`)).toBe(true);
    // And off again, as if nothing had been.
    const again = await fleet.officer.bind({
      id: server.id,
      keypairId: fleet.keypairId,
      password: machine.passwords.root,
    });
    expect(again.state).toBe("done");
    expect(await machine.must("ls -A /etc/ssh/sshd_config.d")).toBe("00-keystead.conf\n");
  });

  it("P07 B43 needs the sudo password of a sudo user, says so, and goes on when it is given", async () => {
    const { machine, server, off } = await bound("ops", "ops");
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(task).toMatchObject({ state: "failed", cause: { code: "servers/sudo-refused", step: "survey-passwords" } });
    expect(task.can).toMatchObject({ retry: true, needsPassword: false });
    expect(await footprint(machine)).toBe(off);
    const wrong = await fleet.officer.retry({ id: task.id, sudoPassword: "not this one" });
    expect(wrong.cause?.code).toBe("servers/sudo-refused");
    const done = await fleet.officer.retry({ id: task.id, sudoPassword: machine.passwords.ops });
    expect(stepsOf(done)).toBe(ALL_ALLOWED);
    expect(await passwordWorks(server, machine.passwords.ops)).toBe("password");
    for (const trace of await fleet.officer.traces(server.id))
      expect(trace.request + trace.answer).not.toContain(machine.passwords.ops);
  });

  it.each(["block", "cloud"] as const)("P07 B31 B43 leaves every other byte where it found it: %s", async (name) => {
    const { machine, server, before } = await bound(name);
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(stepsOf(task)).toBe(ALL_ALLOWED);
    expect(withoutKeys(await footprint(machine))).toBe(withoutKeys(before));
    expect((await get(server)).passwordLogin).toBe("on");
    if (name === "block") expect(proofs(task)).toMatch(/sshd_config has no block of Keystead's any more/);
  });

  it("P07 B43 promises nothing: another file keeps passwords off, and that is what is said and recorded", async () => {
    const { machine, server } = await bound("otherOff");
    await machine.writeFile("/etc/ssh/sshd_config.d/60-site.conf", "PasswordAuthentication no\n");
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(stepsOf(task)).toBe(ALL_ALLOWED);
    expect(proofs(task)).toMatch(/Other settings of the server keep passwords off; Keystead leaves those alone/);
    expect(await machine.must("ls -A /etc/ssh/sshd_config.d")).toBe("60-site.conf\n");
    expect((await get(server)).passwordLogin).toBe("off");
    expect(await passwordWorks(server, machine.passwords.root)).toBe("servers/login-refused");
  });

  it("P07 B32 B43 shows every class of user by its own values", async () => {
    const machine = fleet.named.perUser;
    await machine.must("usermod -u 999 ops 2>/dev/null || sed -i 's/^ops:x:1000/ops:x:999/' /etc/passwd");
    const { server } = await bound("perUser");
    const task = await fleet.officer.allowPasswords({ id: server.id });
    const removed = task.steps.find((step) => step.name === "remove-own-setting")?.proof;
    expect(removed).toMatch(/root: PasswordAuthentication yes.*passwords log in\. plain: PasswordAuthentication no/);
  });

  it("P07 B43 says that root is kept to keys although sshd offers the method", async () => {
    const { machine, server } = await bound("barred");
    await machine.writeFile("/etc/ssh/sshd_config.d/60-site.conf", "PermitRootLogin prohibit-password\n");
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(task.state).toBe("done");
    expect(proofs(task)).toMatch(/PermitRootLogin prohibit-password: passwords do not log in, root is kept to keys/);
    expect(await passwordWorks(server, machine.passwords.root)).toBe("servers/login-refused");
  });

  it("P07 B18 B43 changes nothing where nothing is ours, and says what decides there", async () => {
    const { machine, server } = await bound("noneOfOurs");
    // An administrator has made it his own.
    await machine.must("cd /etc/ssh/sshd_config.d && mv 00-keystead.conf 10-off.conf && systemctl reload ssh");
    const off = await footprint(machine);
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(task.state).toBe("done");
    expect(stepsOf(task)).toContain(
      "remove-own-setting:skipped prove-passwords-offered:done keep-passwords-allowed:skipped",
    );
    expect(proofs(task)).toMatch(/There is no setting of Keystead's on this server; nothing was changed/);
    expect(await footprint(machine)).toBe(off);
    expect((await get(server)).passwordLogin).toBe("off");
  });

  it.each([
    ["edited", "echo 'PermitRootLogin prohibit-password' >> /etc/ssh/sshd_config.d/00-keystead.conf"],
    ["edited", "cd /etc/ssh/sshd_config.d && mv 00-keystead.conf ../mine && ln -s ../mine 00-keystead.conf"],
    ["cutBlock", "sed -i 's/^# END Keystead$/# END/' /etc/ssh/sshd_config"],
  ] as const)("P07 B43 takes nothing away that somebody has changed: %s, %s", async (name, change) => {
    const known = (await fleet.officer.client.servers.list({})).servers.find(
      (one) => one.host === fleet.named[name].host,
    );
    const server = known ?? (await bound(name)).server;
    const machine = fleet.named[name];
    await machine.must(`cp -a /etc/ssh /root/ssh-before; ${change}`);
    const before = await footprint(machine);
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(task).toMatchObject({ state: "failed", cause: { code: "servers/own-setting-edited" } });
    expect(await footprint(machine)).toBe(before);
    await machine.must("rm -rf /etc/ssh/*; cp -a /root/ssh-before/. /etc/ssh/; rm -r /root/ssh-before");
  });

  it("P07 B38 changes nothing on a server whose configuration is broken already", async () => {
    const { machine, server } = await bound("broken");
    await machine.writeFile("/etc/ssh/sshd_config.d/60-site.conf", "NoSuchKeyword yes\n");
    const before = await footprint(machine);
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(task).toMatchObject({ state: "failed", cause: { code: "servers/sshd-config-invalid" } });
    expect(await footprint(machine)).toBe(before);
  });

  it("P07 B43 puts our setting back when the key no longer logs in to prove it", async () => {
    const { machine, server, off } = await bound("keyGone");
    const keys = "/root/.ssh/authorized_keys";
    stepping.before(machine.host, nextConnect(2), () => machine.must(`mv ${keys} /root/aside`));
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(task).toMatchObject({ state: "rolled-back", cause: { step: "prove-passwords-offered" } });
    await machine.must(`mv /root/aside ${keys}`);
    expect(await footprint(machine)).toBe(off);
    expect(await passwordWorks(server, machine.passwords.root)).toBe("servers/login-refused");
    expect((await get(server)).passwordLogin).toBe("off");
    const again = await fleet.officer.retry({ id: task.id });
    expect(stepsOf(again)).toBe(ALL_ALLOWED);
  });

  it("P07 B40 the server itself puts it back when the proof comes too late", async () => {
    const { machine, server, off } = await bound("tooSlow");
    stepping.before(machine.host, nextConnect(2), async () => {
      await sleep(4_500);
      expect(await footprint(machine)).not.toContain("keystead-revert/armed");
    });
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(task).toMatchObject({ state: "rolled-back", cause: { code: "servers/reverted-by-server" } });
    expect(task.cause?.message).toMatch(/Password login is as it was before/);
    expect(await footprint(machine)).toBe(off);
    expect(await passwordWorks(server, machine.passwords.root)).toBe("servers/login-refused");
  });

  it("P07 P12 rolls an interrupted one back, the file with the mode it had", async () => {
    const { machine, server } = await bound("restored");
    await machine.must("chmod 644 /etc/ssh/sshd_config.d/00-keystead.conf");
    const before = await footprint(machine);
    // The revert is not waited for: its folder goes, as after a restart of the server, and the vault's copy is used.
    stepping.before(machine.host, nextConnect(2), async () => {
      await machine.must("kill $(cat /run/keystead-revert/timer); rm -r /run/keystead-revert");
      void fleet.officer.client.vault.lock({});
      await sleep(200);
    });
    await fleet.officer.confirm();
    const { id } = await fleet.officer.client.servers.allowPasswordLogin({ id: server.id });
    await expect
      .poll(async () => (await fleet.officer.client.vault.status({})).state, { timeout: 20_000 })
      .toBe("locked");
    await fleet.officer.unlock();
    const task = await fleet.officer.client.tasks.get({ id });
    expect(task.state).toBe("interrupted");
    expect(task.can).toMatchObject({ retry: true, rollBack: true, needsPassword: false });
    expect(await footprint(machine)).not.toBe(before);
    expect((await fleet.officer.rollBack({ id })).state).toBe("rolled-back");
    expect(await footprint(machine)).toBe(before);
    expect(await passwordWorks(server, machine.passwords.root)).toBe("servers/login-refused");
  });

  it("P07 B43 puts it back when what sshd says is not what the server offers: a second sshd answers there", async () => {
    const { machine, server, off } = await bound("elsewhere");
    // The daemon that answers does not hear of the change: stopped hearing, as one that was started by hand does.
    stepping.before(machine.host, nextConnect(2), () =>
      machine.must(
        `kill $(cat /run/sshd.pid); sleep 0.3; rm -f /run/sshd.pid; /usr/sbin/sshd -o ListenAddress=${machine.host} -o Port=${machine.port} -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no`,
      ),
    );
    const task = await fleet.officer.allowPasswords({ id: server.id });
    expect(task).toMatchObject({ state: "rolled-back", cause: { code: "servers/password-not-offered" } });
    expect(await footprint(machine)).toBe(off);
  });

  it("P07 B37 refuses without a bound key pair, without its private half, and for another user than the one bound", async () => {
    const machine = fleet.named.unbound;
    const server = await fleet.officer.server(machine);
    await fleet.officer.confirm();
    const allow = (id: string) => fleet.officer.refusal(fleet.officer.client.servers.allowPasswordLogin({ id }));
    expect((await allow(server.id)).code).toBe("servers/not-bound");
    const cleared = await fleet.officer.keypair();
    const bind = { id: server.id, keypairId: cleared.id, password: machine.passwords.root };
    expect((await fleet.officer.bind({ ...bind, disablePasswordLogin: false })).state).toBe("done");
    await fleet.officer.client.keypairs.clearPrivateKey({ id: cleared.id });
    expect((await allow(server.id)).code).toBe("keypairs/no-private-key");
    await fleet.officer.client.servers.update({ id: server.id, user: "ops" });
    expect((await allow(server.id)).code).toBe("servers/not-bound");
  });

  /** A bind connects three times here before: by password, by key, and to prove. */
  function nextConnect(number: number): `connect ${number}` {
    return `connect ${3 + number}`;
  }
});
