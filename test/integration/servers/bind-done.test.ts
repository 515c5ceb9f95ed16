import { describe, expect, it } from "vitest";
import { probeServer } from "#main/features/servers/remote/probe.ts";
import { runProgram } from "#main/features/servers/remote/remote-program.ts";
import { KEY_SPECS } from "#shared/models/keypair.ts";
import type { Server } from "#shared/models/server.ts";
import { bindFleet, offeredTo } from "#test/support/bind-fleet.ts";
import { fleetUnavailable, type Machine, startFleet } from "#test/support/fleet/fleet.ts";
import { ALL_DONE, OFFICER_PASSWORD, Officer, stepsOf } from "#test/support/officer.ts";
import { footprint } from "#test/support/server-footprint.ts";
import { AS_LOGIN, logIn } from "./machine-sessions.ts";

const FOREIGN =
  "# by hand\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBVK7Cfq5Hk1Hn4JqEQ1KjE9bPyeMBgIQmI7RRNnR0yt ann@laptop";
const CLOUD_INIT_ROOT =
  'no-port-forwarding,command="echo \'Please login as the user \\"debian\\" rather than the user \\"root\\".\';echo;sleep 10;exit 142" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBVK7Cfq5Hk1Hn4JqEQ1KjE9bPyeMBgIQmI7RRNnR0yt cloud\n';
const PASSWORDS_ON = "PasswordAuthentication yes\nKbdInteractiveAuthentication yes\n";
const DEBIAN_MAIN = "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nUsePAM yes\n";

const WANTED = {
  root: {},
  ops: {},
  kbdOnly: { mainConfig: `${DEBIAN_MAIN}PasswordAuthentication no\nKbdInteractiveAuthentication yes\n` },
  kbdOps: { mainConfig: `${DEBIAN_MAIN}PasswordAuthentication no\nKbdInteractiveAuthentication yes\n` },
  cloud50: { dropIns: { "50-cloud-init.conf": "PasswordAuthentication yes\n" } },
  cloud00: { dropIns: { "00-cloud-init.conf": PASSWORDS_ON, "0-first.conf": "PasswordAuthentication yes\n" } },
  noInclude: {
    mainConfig: `# no include here\nPermitRootLogin yes\nUsePAM yes\n${PASSWORDS_ON}Match User nobody\n  X11Forwarding no\n`,
  },
  lateInclude: {
    mainConfig: `PermitRootLogin yes\nUsePAM yes\nPasswordAuthentication yes\nInclude /etc/ssh/sshd_config.d/*.conf\n`,
  },
  noFolder: { mainConfig: `${DEBIAN_MAIN}${PASSWORDS_ON}` },
  absolute: { mainConfig: `${DEBIAN_MAIN}AuthorizedKeysFile /etc/ssh/keys/%u\n` },
  several: { mainConfig: `${DEBIAN_MAIN}AuthorizedKeysFile keys/mine .ssh/authorized_keys /etc/ssh/keys/%u\n` },
  noFinalLf: { authorizedKeys: { root: FOREIGN } },
  crlf: { authorizedKeys: { root: `${FOREIGN}\r\n\r\n  # odd\ttabs \r\n` } },
  cloudRoot: { authorizedKeys: { root: CLOUD_INIT_ROOT } },
  alreadyThere: {},
  alreadyOff: { dropIns: { "10-off.conf": "PasswordAuthentication no\nKbdInteractiveAuthentication no\n" } },
  linked: {},
  keepPasswords: {},
  plain: {},
  service: { reloadTool: "service" },
  noTool: { reloadTool: "none" },
  inetd: {},
  inetdOps: {},
  restarted: {},
  oldName: { dropIns: { "20-old.conf": "ChallengeResponseAuthentication yes\nPasswordAuthentication yes\n" } },
} as const;
type Name = keyof typeof WANTED;

describe.skipIf(fleetUnavailable())("bind ends done", () => {
  const fleet = bindFleet<Name>(WANTED);

  const expectBound = (server: Server, passwordLogin: Server["passwordLogin"] = "off") => {
    expect(server).toMatchObject({ reachability: "reachable", passwordLogin, binding: { state: "bound" } });
    expect(server.runningTaskId).toBeUndefined();
  };

  it("P07 B6 B37 B40 B41 binds root: key in, proved, passwords off, proved from outside, timer gone", async () => {
    const machine = fleet.named.root;
    const { server, task } = await fleet.bindOn(machine);
    expect(task.state).toBe("done");
    expect(stepsOf(task)).toBe(ALL_DONE);
    expectBound(server);
    expect(task.can).toEqual({ retry: false, rollBack: false, cancel: false, remove: true, needsPassword: false });
    const { text } = await fleet.officer.client.keypairs.publicKey({ id: fleet.keypairId });
    expect(await machine.readFile("/root/.ssh/authorized_keys")).toBe(text);
    expect(await machine.must("stat -c '%a %U' /root/.ssh /root/.ssh/authorized_keys")).toBe("700 root\n600 root\n");
    expect(await offeredTo(machine, "root")).toBe("publickey");
    expect((await machine.exec("ls /run/keystead-revert")).status).not.toBe(0);
    const proofs = task.steps.map((step) => step.proof ?? "").join("\n");
    expect(proofs).toMatch(/logged in with the key alone \(publickey\)/);
    expect(proofs).toMatch(/From outside the server offers only publickey/);
    expect(proofs).toMatch(/timed revert was stopped over the key login/);
    const pinned = server.hostKeys.map((key) => key.algorithm);
    expect(pinned).toEqual(expect.arrayContaining(["ssh-ed25519", "ecdsa-sha2-nistp256"]));
  });

  it("P07 P11 B31 B43 binds where the folder of the Include is not there: by the main file, and back", async () => {
    const machine = fleet.named.noFolder;
    await machine.must("rmdir /etc/ssh/sshd_config.d");
    const main = await machine.readFile("/etc/ssh/sshd_config");
    const { server, task } = await fleet.bindOn(machine);
    expect(task.cause).toBeUndefined();
    expect(stepsOf(task)).toBe(ALL_DONE);
    expectBound(server);
    expect(await offeredTo(machine, "root")).toBe("publickey");
    expect(await machine.readFile("/etc/ssh/sshd_config")).toMatch(/^# BEGIN Keystead.*\nPasswordAuthentication no\n/);
    expect((await fleet.officer.allowPasswords({ id: server.id })).state).toBe("done");
    expect(await machine.readFile("/etc/ssh/sshd_config")).toBe(main);
    expect((await machine.exec("ls /etc/ssh/sshd_config.d")).status).not.toBe(0);
  });

  /** As inetd and the like do it: an sshd for each connection, and none that listens. */
  const underInetd = async (machine: Machine): Promise<void> => {
    const inetd = `use IO::Socket::INET; $SIG{CHLD} = "IGNORE";
      my $door = IO::Socket::INET->new(LocalAddr => "${machine.host}", LocalPort => ${machine.port}, Listen => 9, ReuseAddr => 1) or die $!;
      open my $up, ">", "/run/inetd.up"; close $up;
      while (my $call = $door->accept) {
        if (!fork) { $SIG{CHLD} = "DEFAULT"; open STDIN, "<&", $call; open STDOUT, ">&", $call; exec "/usr/sbin/sshd", "-i"; }
        close $call;
      }`;
    const start =
      "rm -f /run/inetd.up; mkdir -p /run/sshd; perl /usr/local/sbin/inetd & until [ -f /run/inetd.up ]; do sleep 0.02; done";
    await machine.writeFile("/usr/local/sbin/inetd", inetd, "755");
    await machine.writeFile("/usr/local/sbin/start-sshd", `#!/bin/sh\n${start}\n`, "755");
    await machine.stop();
    await machine.start();
  };

  it.each([
    ["inetd", "root"],
    ["inetdOps", "ops"],
  ] as const)("P07 B39 %s: binds %s where each connection gets an sshd of its own (sshd -i)", async (name, user) => {
    const machine = fleet.named[name];
    const added = await fleet.officer.server(machine, user);
    await underInetd(machine);
    const task = await fleet.officer.bind({
      id: added.id,
      keypairId: fleet.keypairId,
      password: machine.passwords[user],
    });
    expect(task.cause).toBeUndefined();
    expect(stepsOf(task)).toBe(ALL_DONE);
    expect(task.steps[4]?.proof).toMatch(/reloaded by each-connection/);
    expectBound(await fleet.officer.client.servers.get({ id: added.id }));
    expect(await offeredTo(machine, user)).toBe("publickey");
  });

  it("P07 B39 reloads the daemon that has taken the place of the one that let us in", async () => {
    const machine = fleet.named.restarted;
    const session = await logIn(machine, "root");
    await machine.must("kill $(cat /run/sshd.pid); sleep 0.3; start-sshd");
    const { sshd } = await runProgram(session, probeServer({ user: "root", runAs: AS_LOGIN }), { deadlineMs: 30_000 });
    await session.close();
    expect(sshd?.reload).toBe(`kill -HUP ${(await machine.readFile("/run/sshd.pid")).trim()}`);
  });

  it("P07 B10 binds a sudo user: the key in his own file, sshd changed by sudo", async () => {
    const machine = fleet.named.ops;
    const { server, task } = await fleet.bindOn(machine, "ops");
    expect(stepsOf(task)).toBe(ALL_DONE);
    expectBound(server);
    expect(await machine.must("stat -c '%a %U:%G' ~ops/.ssh ~ops/.ssh/authorized_keys")).toBe(
      "700 ops:ops\n600 ops:ops\n",
    );
    expect(await offeredTo(machine, "ops")).toBe("publickey");
    expect((await machine.exec("test -e /root/.ssh")).status).not.toBe(0);
    expect(task.steps[3]?.proof).toMatch(/as root by sudo/);
  });

  it.each([
    ["root", "kbdOnly"],
    ["ops", "kbdOps"],
  ] as const)(
    "P07 B33 B55 binds %s where the password is asked for by keyboard-interactive only",
    async (user, name) => {
      const machine = fleet.named[name];
      const { server, task } = await fleet.bindOn(machine, user);
      expect(stepsOf(task)).toBe(ALL_DONE);
      expectBound(server);
      expect(task.steps[0]?.proof).toMatch(/logged in by keyboard-interactive/);
      expect(await offeredTo(machine, user)).toBe("publickey");
    },
  );

  it("P07 B29 B30 wins over 50-cloud-init.conf", async () => {
    const machine = fleet.named.cloud50;
    const { server, task } = await fleet.bindOn(machine);
    expect(stepsOf(task)).toBe(ALL_DONE);
    expectBound(server);
    expect(await machine.must("ls /etc/ssh/sshd_config.d")).toBe("00-keystead.conf\n50-cloud-init.conf\n");
    expect(await offeredTo(machine, "root")).toBe("publickey");
  });

  it("P07 B29 B30 B42 sorts before 00-cloud-init.conf and whatever stands before that", async () => {
    const machine = fleet.named.cloud00;
    const { server, task } = await fleet.bindOn(machine);
    expect(stepsOf(task)).toBe(ALL_DONE);
    expectBound(server);
    const [first] = (await machine.must("LC_ALL=C ls /etc/ssh/sshd_config.d")).split("\n");
    expect(first).toMatch(/keystead\.conf$/);
    expect(await offeredTo(machine, "root")).toBe("publickey");
  });

  it.each(["noInclude", "lateInclude"] as const)(
    "P07 B31 writes a block at the top of the main file when drop-ins cannot win: %s",
    async (name) => {
      const machine = fleet.named[name];
      const { server, task } = await fleet.bindOn(machine);
      expect(stepsOf(task)).toBe(ALL_DONE);
      expectBound(server);
      const main = await machine.readFile("/etc/ssh/sshd_config");
      expect(main).toMatch(/^# BEGIN Keystead/);
      expect(main.endsWith(`# END Keystead\n${WANTED[name].mainConfig}`)).toBe(true);
      expect(await machine.must("ls /etc/ssh/sshd_config.d")).toBe("");
      expect(await offeredTo(machine, "root")).toBe("publickey");
    },
  );

  it.each(["root", "ops"] as const)(
    "P07 B14 finds an absolute AuthorizedKeysFile, in a folder of root's, for %s",
    async (user) => {
      const machine = fleet.named.absolute;
      await machine.must(
        "install -d -m 755 /etc/ssh/keys; rm -f /etc/ssh/sshd_config.d/00-keystead.conf; systemctl reload ssh; sleep 0.3",
      );
      const { server, task } = await fleet.bindOn(machine, user);
      expect(stepsOf(task)).toBe(ALL_DONE);
      expectBound(server);
      expect(await machine.readFile(`/etc/ssh/keys/${user}`)).toContain("ssh-ed25519 ");
      expect((await machine.exec(`test -e ~${user}/.ssh`)).status).not.toBe(0);
    },
  );

  it("P07 B14 uses the first of several files, and makes its folder", async () => {
    const machine = fleet.named.several;
    const { server, task } = await fleet.bindOn(machine, "ops");
    expect(stepsOf(task)).toBe(ALL_DONE);
    expectBound(server);
    expect(await machine.readFile("/home/ops/keys/mine")).toContain("ssh-ed25519 ");
    expect(await machine.must("stat -c '%a %U' ~ops/keys ~ops/keys/mine")).toBe("700 ops\n600 ops\n");
  });

  it.each([
    ["noFinalLf", `${FOREIGN}\n`],
    ["crlf", `${FOREIGN}\r\n\r\n  # odd\ttabs \r\n`],
    ["cloudRoot", CLOUD_INIT_ROOT],
  ] as const)("P07 B1 B4 B6 B26 keeps every foreign line byte for byte: %s", async (name, kept) => {
    const machine = fleet.named[name];
    const { server, task } = await fleet.bindOn(machine);
    expect(stepsOf(task)).toBe(ALL_DONE);
    expectBound(server);
    const { text } = await fleet.officer.client.keypairs.publicKey({ id: fleet.keypairId });
    expect(await machine.readFile("/root/.ssh/authorized_keys")).toBe(`${kept}${text}`);
  });

  it("P07 B18 writes nothing when the key is there already, and still proves it", async () => {
    const machine = fleet.named.alreadyThere;
    const { text } = await fleet.officer.client.keypairs.publicKey({ id: fleet.keypairId });
    await machine.must("mkdir -m 700 /root/.ssh");
    await machine.writeFile("/root/.ssh/authorized_keys", `# before\n${text.trim()} another comment`, "600");
    const inode = await machine.must("stat -c '%i %Y' /root/.ssh/authorized_keys");
    const { server, task } = await fleet.bindOn(machine);
    expect(stepsOf(task)).toBe(ALL_DONE.replace("add-key:done", "add-key:skipped"));
    expectBound(server);
    expect(await machine.must("stat -c '%i %Y' /root/.ssh/authorized_keys")).toBe(inode);
  });

  it("P07 B18 changes no configuration when passwords are off for everybody already", async () => {
    const machine = fleet.named.alreadyOff;
    const { text } = await fleet.officer.client.keypairs.publicKey({ id: fleet.keypairId });
    // Passwords are off, so the officer's password cannot log in: he is told, and nothing is changed.
    const before = await footprint(machine);
    const { server, task } = await fleet.bindOn(machine);
    expect(task.state).toBe("failed");
    expect(task.cause).toMatchObject({ code: "servers/login-refused", step: "log-in" });
    expect(task.cause?.message).toMatch(/does not allow a login by password\. It offers: publickey/);
    expect(server.binding).toBeUndefined();
    expect(await footprint(machine)).toBe(before);
    // The files say off while the running sshd still takes passwords: the proof from outside does not believe the files.
    await machine.must(
      "mv /etc/ssh/sshd_config.d/10-off.conf /tmp/; systemctl reload ssh; sleep 0.3; mv /tmp/10-off.conf /etc/ssh/sshd_config.d/",
    );
    const second = await fleet.officer.retry({ id: task.id, password: machine.passwords.root });
    expect(second.cause).toMatchObject({ code: "servers/password-still-offered", step: "prove-passwords-off" });
    expect(second.cause?.message).toMatch(/Reload sshd there/);
    expect(second.state).toBe("rolled-back");
    expect(await footprint(machine)).toBe(before);
    expect(text).not.toBe("");
  });

  it("P07 B11 follows a symbolic link once a person has named its target", async () => {
    const machine = fleet.named.linked;
    await machine.must(
      "install -d -m 700 /srv/keys /root/.ssh; ln -s /srv/keys/root /root/.ssh/authorized_keys; echo '# real' > /srv/keys/root; chmod 600 /srv/keys/root",
    );
    const before = await footprint(machine);
    const added = await fleet.officer.server(machine);
    const refused = await fleet.officer.bind({
      id: added.id,
      keypairId: fleet.keypairId,
      password: machine.passwords.root,
    });
    expect(refused.state).toBe("failed");
    expect(refused.cause).toMatchObject({ code: "servers/authorized-keys-symlink", step: "add-key" });
    expect(refused.cause?.message).toContain("/srv/keys/root");
    expect(await footprint(machine)).toBe(before);
    const task = await fleet.officer.bind({
      id: added.id,
      keypairId: fleet.keypairId,
      password: machine.passwords.root,
      acceptLinkTo: "/srv/keys/root",
    });
    expect(stepsOf(task)).toBe(ALL_DONE);
    expect(await machine.must("readlink /root/.ssh/authorized_keys")).toBe("/srv/keys/root\n");
    expect(await machine.readFile("/srv/keys/root")).toMatch(/^# real\nssh-ed25519 /);
  });

  it("P07 P12 leaves password login on when asked to, binds again without a change, then a second key pair", async () => {
    const machine = fleet.named.keepPasswords;
    const steps =
      "log-in:done survey:done add-key:done prove-key-login:done switch-passwords-off:skipped prove-passwords-off:skipped keep-passwords-off:skipped record:done";
    const { server, task } = await fleet.bindOn(machine, "root", { disablePasswordLogin: false });
    expect(stepsOf(task)).toBe(steps);
    expectBound(server, "on");
    expect(await machine.must("ls /etc/ssh/sshd_config.d")).toBe("");
    const before = await footprint(machine);
    const input = { id: server.id, password: machine.passwords.root, disablePasswordLogin: false };
    const again = await fleet.officer.bind({ ...input, keypairId: fleet.keypairId });
    expect(stepsOf(again)).toBe(steps.replace("add-key:done", "add-key:skipped"));
    expect(await footprint(machine)).toBe(before);
    const second = await fleet.officer.keypair("ecdsa-p256");
    const other = await fleet.officer.bind({ ...input, keypairId: second.id, disablePasswordLogin: true });
    expect(stepsOf(other)).toBe(ALL_DONE);
    const lines = (await machine.readFile("/root/.ssh/authorized_keys")).trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["ssh-ed25519", "ecdsa-sha2-nistp256"]);
    expect((await fleet.officer.client.servers.get({ id: server.id })).binding?.keypairId).toBe(second.id);
    for (const id of [fleet.keypairId, second.id])
      expect((await fleet.officer.client.keypairs.get({ id })).boundServers.map((one) => one.id)).toContain(server.id);
  });

  it("P07 B14 binds a plain user, who cannot become root, when passwords may stay", async () => {
    const machine = fleet.named.plain;
    const before = await footprint(machine);
    const added = await fleet.officer.server(machine, "plain");
    const password = machine.passwords.plain;
    const refused = await fleet.officer.bind({ id: added.id, keypairId: fleet.keypairId, password });
    expect(refused.state).toBe("failed");
    expect(refused.cause).toMatchObject({ code: "servers/sudo-refused", step: "survey" });
    expect(refused.cause?.message).toMatch(/may not use sudo/);
    expect(await footprint(machine)).toBe(before);
    const task = await fleet.officer.bind({
      id: added.id,
      keypairId: fleet.keypairId,
      password,
      disablePasswordLogin: false,
    });
    expect(task.state).toBe("done");
    const server = await fleet.officer.client.servers.get({ id: added.id });
    expectBound(server, "unknown");
    expect(await machine.must("stat -c '%a %U' ~plain/.ssh/authorized_keys")).toBe("600 plain\n");
  });

  it.each(["service", "noTool"] as const)("P07 B39 reloads sshd without systemd: %s", async (name) => {
    const { server, task } = await fleet.bindOn(fleet.named[name]);
    expect(stepsOf(task)).toBe(ALL_DONE);
    expectBound(server);
  });

  it("P07 B33 understands the old name of KbdInteractiveAuthentication", async () => {
    const { server, task } = await fleet.bindOn(fleet.named.oldName);
    expect(stepsOf(task)).toBe(ALL_DONE);
    expectBound(server);
    expect(await offeredTo(fleet.named.oldName, "root")).toBe("publickey");
  });

  it("P07 A01 D22 D23 traces tell begin, intent, every step and the end, and hold no password", async () => {
    const { traces } = await fleet.officer.client.audit.list({ operator: "olga", limit: 1000, resourceType: "server" });
    const done = traces.find((trace) => trace.operation === "servers.bind#end" && trace.answer.includes('"done"'));
    const ofIt = traces.filter((trace) => trace.resourceId === done?.resourceId).toReversed();
    const { taskId } = JSON.parse(done?.request ?? "{}");
    const words = ofIt.filter((trace) => trace.request.includes(taskId)).map((trace) => trace.operation.split("#")[1]);
    expect(words).toEqual(
      expect.arrayContaining(["begin", "log-in", "survey", "add-key", "prove-key-login", "record", "end"]),
    );
    expect(words[0]).toBe("begin");
    expect(words.at(-1)).toBe("end");
    const everything = JSON.stringify((await fleet.officer.client.audit.list({ limit: 1000 })).traces);
    for (const machine of fleet.machines)
      for (const password of Object.values(machine.passwords)) expect(everything).not.toContain(password);
    expect(everything).not.toContain(OFFICER_PASSWORD);
    expect(await fleet.officer.client.audit.verify({})).toMatchObject({ intact: true });
  });
});

describe.skipIf(fleetUnavailable())("bind with every kind of key", () => {
  it("P01 P07 B36 B51 logs in with each key spec, in the strict profile", async () => {
    await using fleet = await startFleet(KEY_SPECS.length);
    await using officer = await Officer.withVault();
    for (const [index, spec] of KEY_SPECS.entries()) {
      const machine = fleet.machines[index];
      if (machine === undefined) throw new Error("one machine a spec was asked for");
      const keypair = await officer.keypair(spec);
      const server = await officer.server(machine);
      const task = await officer.bind({ id: server.id, keypairId: keypair.id, password: machine.passwords.root });
      expect(`${spec} ${stepsOf(task)}`).toBe(`${spec} ${ALL_DONE}`);
    }
    expect(officer.bugs).toEqual([]);
  });

  it("P07 P08 B53 B61 binds twenty servers at once", async () => {
    await using fleet = await startFleet(20);
    await using officer = await Officer.withVault();
    const keypair = await officer.keypair();
    const servers = await Promise.all(fleet.machines.map((machine) => officer.server(machine)));
    const tasks = await Promise.all(
      fleet.machines.map((machine, index) =>
        officer.bind({ id: servers[index]?.id ?? "", keypairId: keypair.id, password: machine.passwords.root }),
      ),
    );
    expect(tasks.map(stepsOf)).toEqual(tasks.map(() => ALL_DONE));
    const { servers: listed } = await officer.client.servers.list({});
    expect(listed.map((server) => [server.passwordLogin, server.binding?.state, server.runningTaskId])).toEqual(
      listed.map(() => ["off", "bound", undefined]),
    );
    expect((await officer.client.keypairs.get({ id: keypair.id })).boundServers).toHaveLength(20);
    expect(await officer.client.audit.verify({})).toMatchObject({ intact: true });
  });
});
