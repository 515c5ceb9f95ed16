import { beforeAll, describe, expect, it } from "vitest";
import type { Input } from "#shared/contract/index.ts";
import type { Server } from "#shared/models/server.ts";
import type { Task } from "#shared/models/task.ts";
import { bindFleet } from "#test/support/bind-fleet.ts";
import { fleetUnavailable, type Machine } from "#test/support/fleet/fleet.ts";
import { stepsOf } from "#test/support/officer.ts";
import { footprint } from "#test/support/server-footprint.ts";
import { SteppingSsh } from "#test/support/stepping-ssh.ts";

const FOREIGN =
  "# by hand\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBVK7Cfq5Hk1Hn4JqEQ1KjE9bPyeMBgIQmI7RRNnR0yt ann@laptop";
const MAIN =
  "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nUsePAM yes\nPasswordAuthentication yes\nSubsystem sftp internal-sftp\n";
const ONLY = `${MAIN}Match User plain\n  ForceCommand internal-sftp\n`;
const WANTED = {
  fresh: { mainConfig: ONLY },
  present: { mainConfig: ONLY, authorizedKeys: { plain: FOREIGN } },
  jail: { mainConfig: `${ONLY}  ChrootDirectory %h\n` },
  jailShut: { mainConfig: `${ONLY}  ChrootDirectory /home\n` },
  twin: { mainConfig: ONLY },
  linked: { mainConfig: ONLY },
  unsafe: { mainConfig: ONLY },
  elsewhere: { mainConfig: ONLY.replace("UsePAM", "AuthorizedKeysFile /etc/ssh/keys/%u\nUsePAM") },
  open: { mainConfig: `PermitEmptyPasswords yes\n${MAIN}` },
  openElsewhere: { mainConfig: `PermitEmptyPasswords yes\nAuthorizedKeysFile /nowhere/%u\n${MAIN}` },
  full: { mainConfig: ONLY, sizes: { home: "64k" }, authorizedKeys: { plain: FOREIGN } },
  noSftp: { mainConfig: `PermitRootLogin yes\nUsePAM yes\nMatch User plain\n  ForceCommand echo closed\n` },
  interrupted: { mainConfig: ONLY },
  refused: { mainConfig: ONLY },
  cutOff: { mainConfig: ONLY, authorizedKeys: { plain: FOREIGN } },
  written: { mainConfig: ONLY, authorizedKeys: { plain: FOREIGN } },
} as const;
type Name = keyof typeof WANTED;

const ALL_BOUND = "log-in:done look-by-sftp:done add-key-by-sftp:done prove-sftp-login:done record:done";
const FILE = "/home/plain/.ssh/authorized_keys";

describe.skipIf(fleetUnavailable())("binding an account without a shell", () => {
  const stepping = new SteppingSsh();
  const fleet = bindFleet<Name>(WANTED, { ssh: stepping.ssh });
  let line: string;
  beforeAll(async () => {
    line = (await fleet.officer.client.keypairs.publicKey({ id: fleet.keypairId })).text;
  });

  const wish = (machine: Machine, server: Server, more: Partial<Input<"servers", "bind">> = {}) => ({
    id: server.id,
    keypairId: fleet.keypairId,
    password: machine.passwords.plain,
    overSftp: true,
    disablePasswordLogin: false,
    ...more,
  });
  const bindOn = async (name: Name): Promise<{ machine: Machine; server: Server; task: Task; before: string }> => {
    const machine = fleet.named[name];
    const before = await footprint(machine);
    const added = await fleet.officer.server(machine, "plain");
    const task = await fleet.officer.bind(wish(machine, added));
    return { machine, task, before, server: await fleet.officer.client.servers.get({ id: added.id }) };
  };

  it("P07 B23 adds and proves the key by SFTP alone, makes folder and file as sshd wants them", async () => {
    const { machine, server, task } = await bindOn("fresh");
    expect(stepsOf(task)).toBe(ALL_BOUND);
    expect(task.kind).toBe("bind-sftp");
    expect(server).toMatchObject({ passwordLogin: "on", binding: { state: "bound", user: "plain" } });
    expect(await machine.readFile(FILE)).toBe(line);
    expect(await machine.must(`stat -c '%a %U:%G' /home/plain/.ssh ${FILE}`)).toBe(
      "700 plain:plain\n600 plain:plain\n",
    );
    expect(await machine.must("ls -A /home/plain/.ssh")).toBe("authorized_keys\n");
    const proofs = task.steps.map((step) => step.proof).join("\n");
    expect(proofs).toMatch(
      /logged in with the key alone \(publickey\) and read \/home\/plain\/\.ssh\/authorized_keys by SFTP/,
    );
    // sshd's own log: the session ran SFTP and nothing else.
    expect(await machine.log()).toMatch(/Accepted publickey for plain/);
    const { report } = await fleet.officer.client.servers.testConnection({ id: server.id });
    expect(report).toMatchObject({ reachability: "reachable" });
    const again = await fleet.officer.bind(wish(machine, server));
    expect(stepsOf(again)).toBe(ALL_BOUND.replace("add-key-by-sftp:done", "add-key-by-sftp:skipped"));
    expect(await machine.readFile(FILE)).toBe(line);
  });

  it("P07 B1 B4 B8 leaves every other byte and the mode as they were, and ends the line that had no end", async () => {
    await fleet.named.present.must(`chown plain: ~plain/.ssh; chmod 640 ${FILE}`);
    const { machine, task } = await bindOn("present");
    expect(stepsOf(task)).toBe(ALL_BOUND);
    expect(await machine.readFile(FILE)).toBe(`${FOREIGN}\n${line}`);
    expect(await machine.must(`stat -c '%a %U:%G' ${FILE}`)).toBe("640 plain:plain\n");
  });

  it("P07 B23 binds in a jail whose top is the home folder", async () => {
    await fleet.named.jail.must("chown root:root ~plain; mkdir -m 700 ~plain/.ssh; chown plain: ~plain/.ssh");
    const { machine, task } = await bindOn("jail");
    expect(stepsOf(task)).toBe(ALL_BOUND);
    expect(await machine.readFile(FILE)).toBe(line);
  });

  it.each([
    ["jailShut", "true", "servers/not-permitted", "add-key-by-sftp"],
    [
      "linked",
      "mkdir -m 700 ~plain/.ssh; ln -s /home/plain/keys ~plain/.ssh/authorized_keys; chown -Rh plain: ~plain/.ssh",
      "servers/authorized-keys-symlink",
      "look-by-sftp",
    ],
    ["unsafe", "chmod o+w ~plain", "servers/authorized-keys-unsafe", "look-by-sftp"],
    ["elsewhere", "true", "servers/key-not-accepted", "prove-sftp-login"],
    ["openElsewhere", "passwd -d plain", "servers/key-not-accepted", "prove-sftp-login"],
    ["noSftp", "true", "servers/no-shell", "look-by-sftp"],
    [
      "full",
      "chown plain: ~plain/.ssh; dd if=/dev/zero of=/home/plain/fill bs=1k count=64 2>/dev/null; true",
      "servers/unexpected-answer",
      "add-key-by-sftp",
    ],
  ] as const)(
    "P07 B10 B12 B22 %s: refused with its cause, and the server as it was",
    async (name, prepare, code, step) => {
      await fleet.named[name].must(prepare);
      const { machine, server, task, before } = await bindOn(name);
      expect(task.cause, JSON.stringify(task.steps, null, 1)).toMatchObject({ code, step });
      expect(["failed", "rolled-back"]).toContain(task.state);
      expect(await footprint(machine)).toBe(before);
      expect(server.binding).toBeUndefined();
    },
  );

  it("P07 B6 B41 proves the key itself on a server that lets anybody in, and says so", async () => {
    await fleet.named.open.must("passwd -d plain");
    const { task, server } = await bindOn("open");
    expect(stepsOf(task)).toBe(ALL_BOUND);
    expect(task.steps[3]?.proof).toMatch(/with the key alone \(publickey\).*offers none to plain\. It lets anybody in/);
    expect(server).toMatchObject({ passwordLogin: "on", binding: { state: "bound" } });
  });

  it("P07 B5 never puts a bare twin beside a restricted line", async () => {
    const { machine } = { machine: fleet.named.twin };
    await machine.must("mkdir -m 700 ~plain/.ssh");
    await machine.writeFile(FILE, `restrict ${line}`);
    await machine.must("chown -R plain: ~plain/.ssh; chmod 600 ~plain/.ssh/*");
    const { task, before } = await bindOn("twin");
    expect(task.cause?.code).toBe("servers/authorized-keys-restricted");
    expect(await footprint(machine)).toBe(before);
  });

  it("P07 B23 refuses to switch passwords off without a shell, or to follow a link, and says why", async () => {
    const machine = fleet.named.refused;
    const server = await fleet.officer.server(machine, "plain");
    const refusal = (more: Partial<Input<"servers", "bind">>) =>
      fleet.officer.refusal(fleet.officer.client.servers.bind(wish(machine, server, more)));
    const off = await refusal({ disablePasswordLogin: true });
    expect(off.code).toBe("servers/no-shell");
    expect(off.message).toMatch(/password login cannot be switched off: that takes root and a shell/);
    expect((await refusal({ acceptLinkTo: "/x" })).code).toBe("request/invalid-params");
    const withShell = await fleet.officer.bind({ ...wish(machine, server), overSftp: false });
    expect(withShell.cause?.code).toBe("servers/no-shell");
    expect(withShell.cause?.message).toMatch(/bind over SFTP/);
    expect(
      (await fleet.officer.client.tasks.list({})).tasks.filter((task) => task.serverId === server.id),
    ).toHaveLength(1);
  });

  it("P07 B7 B56 a connection cut between writing and renaming leaves the old file, and no leftover of ours", async () => {
    const machine = fleet.named.cutOff;
    await machine.must("chown plain: ~plain/.ssh");
    let left = "";
    stepping.before(machine.host, "rename 1", async () => {
      left = await machine.must("ls -A ~plain/.ssh");
      await machine.must("kill $(pgrep -f '^sshd: plain')");
    });
    const { task, before } = await bindOn("cutOff");
    expect(left).toMatch(/^\.keystead-[0-9a-f]{16}$/m);
    expect(task).toMatchObject({ state: "rolled-back", cause: { step: "add-key-by-sftp" } });
    expect(await footprint(machine)).toBe(before);
    expect(stepsOf(await fleet.officer.retry({ id: task.id, password: machine.passwords.plain }))).toBe(ALL_BOUND);
    expect(await machine.readFile(FILE)).toBe(`${FOREIGN}\n${line}`);
  });

  it("P07 B17 writes nothing over what another program has written meanwhile", async () => {
    const machine = fleet.named.written;
    await machine.must("chown plain: ~plain/.ssh");
    stepping.before(machine.host, "write 1", () => machine.must(`printf '\\n# another\\n' >> ${FILE}`));
    const { task, server } = await bindOn("written");
    expect(task).toMatchObject({
      state: "rolled-back",
      cause: { code: "servers/changed-meanwhile", step: "add-key-by-sftp" },
    });
    expect(await machine.readFile(FILE)).toBe(`${FOREIGN}\n# another\n`);
    expect(await machine.must("ls -A ~plain/.ssh")).toBe("authorized_keys\n");
    const again = await fleet.officer.bind(wish(machine, server));
    expect(stepsOf(again)).toBe(ALL_BOUND);
    expect(await machine.readFile(FILE)).toBe(`${FOREIGN}\n# another\n${line}`);
  });

  it("P07 P12 B61 a lock before the proof leaves a task that goes on, or goes back, by what it remembers", async () => {
    const machine = fleet.named.interrupted;
    const before = await footprint(machine);
    const server = await fleet.officer.server(machine, "plain");
    const cut = async (moment: number) => {
      stepping.before(machine.host, `connect ${moment}`, async () => {
        void fleet.officer.client.vault.lock({});
        await new Promise((resolve) => setTimeout(resolve, 100));
      });
      const { id } = await fleet.officer.client.servers.bind(wish(machine, server));
      await expect
        .poll(async () => (await fleet.officer.client.vault.status({})).state, { timeout: 20_000 })
        .toBe("locked");
      await fleet.officer.unlock();
      const task = await fleet.officer.client.tasks.get({ id });
      expect(task.state).toBe("interrupted");
      return task;
    };
    const first = await cut(2);
    expect(first.can).toMatchObject({ retry: true, rollBack: true });
    expect((await fleet.officer.rollBack({ id: first.id })).state).toBe("rolled-back");
    expect(await footprint(machine)).toBe(before);
    const second = await cut(5);
    const done = await fleet.officer.retry({ id: second.id });
    expect(done.state, JSON.stringify(done.steps)).toBe("done");
    expect(await machine.readFile(FILE)).toBe(line);
  });
});
