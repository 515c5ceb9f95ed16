import { describe, expect, it } from "vitest";
import type { Input } from "#shared/contract/index.ts";
import type { ErrorCode } from "#shared/errors/codes.ts";
import type { Task } from "#shared/models/task.ts";
import { bindFleet } from "#test/support/bind-fleet.ts";
import { type Account, fleetUnavailable, type Machine } from "#test/support/fleet/fleet.ts";
import { ALL_DONE, stepsOf } from "#test/support/officer.ts";
import { footprint, ownProcesses } from "#test/support/server-footprint.ts";

const MAIN = "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nUsePAM yes\n";
const withSettings = (...lines: string[]) => ({ mainConfig: `${MAIN}${lines.join("\n")}\n` });

const WANTED = {
  keysNone: withSettings("AuthorizedKeysFile none"),
  keysElsewhere: withSettings("AuthorizedKeysFile /etc/ssh/no-such-folder/%u"),
  matchBlock: withSettings("Match User plain", "  PasswordAuthentication yes"),
  matchRoot: withSettings("Match User root", "  PasswordAuthentication yes", "  KbdInteractiveAuthentication yes"),
  secondFactor: withSettings("Match User ops", "  AuthenticationMethods publickey,keyboard-interactive"),
  secondFactorSelf: withSettings("AuthenticationMethods password,keyboard-interactive"),
  noRoot: { mainConfig: "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\nUsePAM yes\n" },
  forcedOnly: { mainConfig: "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin forced-commands-only\n" },
  allowUsers: withSettings("AllowUsers ops plain"),
  stricter: {},
  restricted: {},
  restrictedSecond: {},
  cloudImage: {},
  symlinkFolder: {},
  hardLink: {},
  notRegular: {},
  writableHome: {},
  openHome: {},
  diskFull: { sizes: { rootHome: "64k" } },
  readOnly: {},
  immutable: {},
  forcedCommand: withSettings(
    "Match User root",
    '  ForceCommand echo \'Please login as the user "ops" rather than the user "root".\'',
  ),
  nologin: {},
  expired: {},
  accountExpired: {},
  locked: {},
  wrong: {},
  wrongSudo: {},
  broken: {},
  changedKey: {},
  reloadFails: {},
  keyTypeOff: withSettings("PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256"),
  pubkeyOff: withSettings("PubkeyAuthentication no"),
  rsaSize: withSettings("RequiredRSASize 3072"),
  fixedOption: {},
  linkedMain: { mainConfig: MAIN.replace(/^Include.*\n/, "") },
  linkedDropIn: { dropIns: { "00-keystead.conf": "# nothing in it\n" } },
  echoes: {},
  ownFileEdited: { dropIns: { "50-keystead.conf": "AllowUsers root ops\nMaxAuthTries 3\n" } },
  noKeys: withSettings("Match LocalPort 1", "  X11Forwarding no"),
} as const;
type Name = keyof typeof WANTED;

describe.skipIf(fleetUnavailable())("bind is refused, and the server is as before", () => {
  const fleet = bindFleet<Name>(WANTED);

  interface Expected {
    readonly user?: Account;
    readonly state?: Task["state"];
    readonly code: ErrorCode;
    readonly step: string;
    readonly says: RegExp;
    readonly with?: Partial<Input<"servers", "bind">>;
    /** Something else on the server that must not have moved either. */
    readonly also?: string;
  }

  /** Binds, and checks code, sentence, state and that nothing on the server is different. */
  const attempt = async (machine: Machine, expected: Expected): Promise<{ task: Task; serverId: string }> => {
    const { user = "root", state = "failed", code, step, says } = expected;
    const server = await fleet.officer.server(machine, user);
    const before = await footprint(machine);
    const task = await fleet.officer.bind({
      id: server.id,
      keypairId: fleet.keypairId,
      password: machine.passwords[user],
      ...expected.with,
    });
    expect(task.cause).toMatchObject({ code, step });
    expect(task.cause?.message).toMatch(says);
    expect(task.state).toBe(state);
    expect(await footprint(machine)).toBe(before);
    expect(task.can).toMatchObject({ retry: true, rollBack: false, remove: true, needsPassword: true });
    const shown = await fleet.officer.client.servers.get({ id: server.id });
    expect(shown.binding).toBeUndefined();
    expect(shown.runningTaskId).toBeUndefined();
    const end = (await fleet.officer.traces(server.id)).findLast((trace) => trace.operation === "servers.bind#end");
    expect(end).toMatchObject({ code, outcome: "failed", status: "warning" });
    return { task, serverId: server.id };
  };

  const refused = async (machine: Machine, expected: Expected): Promise<void> => {
    await attempt(machine, expected);
  };

  it("P07 B14 AuthorizedKeysFile none", () =>
    refused(fleet.named.keysNone, {
      code: "servers/authorized-keys-elsewhere",
      step: "survey",
      says: /reads no keys files.*Add the key where/,
    }));

  it.each(["root", "ops"] as const)("P07 B12 B14 keys in a folder that does not exist outside the home: %s", (user) =>
    refused(fleet.named.keysElsewhere, {
      user,
      code: "servers/authorized-keys-elsewhere",
      step: "add-key",
      says: /\/etc\/ssh\/no-such-folder.*Make it on the server/,
    }),
  );

  it("P07 B32 a Match block turns passwords on again for somebody: taken back before the reload", async () => {
    const { task } = await attempt(fleet.named.matchRoot, {
      state: "rolled-back",
      code: "servers/sshd-config-overridden",
      step: "switch-passwords-off",
      says: /Match block/,
    });
    expect(stepsOf(task)).toBe(
      "log-in:done survey:done add-key:undone prove-key-login:done switch-passwords-off:undone prove-passwords-off:waiting keep-passwords-off:waiting record:waiting",
    );
    expect(task.steps[4]?.serverText ?? task.steps[4]?.proof).toBeTruthy();
    expect(await ownProcesses(fleet.named.matchRoot)).toBe("");
  });

  it("P07 B34 a second factor by keyboard-interactive for somebody else on the server", () =>
    refused(fleet.named.secondFactor, {
      code: "servers/second-factor-in-use",
      step: "survey",
      says: /second factor.*unticked/,
    }));

  it("P07 B34 B55 a second factor for the account itself is not answered", () =>
    refused(fleet.named.secondFactorSelf, {
      code: "servers/interactive-login",
      step: "log-in",
      says: /accepted the login but demands a further one/,
    }));

  it.each(["noRoot", "forcedOnly", "allowUsers"] as const)("P07 B36 root may not log in by password: %s", (name) =>
    refused(fleet.named[name], {
      code: "servers/login-refused",
      step: "log-in",
      says: /refused the password.*not allowed to log in/,
    }),
  );

  it.each([
    ["PermitRootLogin no", /lets root log in by no method/],
    ["PermitRootLogin forced-commands-only", /only with keys that force a command/],
    ["AllowUsers ops", /AllowUsers does not name root/],
    ["DenyUsers root", /DenyUsers names root/],
    ["DenyGroups root", /DenyGroups names a group of root/],
    ["AllowGroups sudo", /AllowGroups/],
  ] as const)("P07 B36 the files forbid the login that the running sshd still allows: %s", async (setting, says) => {
    const machine = fleet.named.stricter;
    const main = await machine.readFile("/etc/ssh/sshd_config");
    await machine.writeFile("/etc/ssh/sshd_config", `${setting}\n${main}`);
    const { serverId } = await attempt(machine, { code: "servers/key-not-accepted", step: "survey", says });
    await machine.writeFile("/etc/ssh/sshd_config", main);
    await fleet.officer.client.servers.remove({ id: serverId });
  });

  it("P07 B36 PubkeyAuthentication no", () =>
    refused(fleet.named.pubkeyOff, {
      code: "servers/key-not-accepted",
      step: "survey",
      says: /PubkeyAuthentication no/,
    }));

  it("P07 B36 a key type the server does not take", () =>
    refused(fleet.named.keyTypeOff, {
      code: "servers/key-not-accepted",
      step: "survey",
      says: /accepts no ssh-ed25519 keys \(PubkeyAcceptedAlgorithms\)/,
    }));

  it("P07 B36 an RSA key shorter than RequiredRSASize", async () => {
    const short = await fleet.officer.keypair("rsa-2048");
    await attempt(fleet.named.rsaSize, {
      code: "servers/key-not-accepted",
      step: "survey",
      says: /at least 3072 bits; this one has 2048/,
      with: { keypairId: short.id },
    });
  });

  it("P07 B32 passwords switched on by sshd's own command line, which no file can overrule", async () => {
    const machine = fleet.named.fixedOption;
    await machine.must("sed -i 's/-o Port/-o PasswordAuthentication=yes -o Port/' /usr/local/sbin/start-sshd");
    await machine.stop();
    await machine.start();
    await attempt(machine, {
      code: "servers/sshd-config-overridden",
      step: "survey",
      says: /PasswordAuthentication=yes, which no file can overrule/,
    });
  });

  it.each([["ownFileEdited", "true", "50-keystead.conf"]] as const)(
    "P07 B42 B43 a file of Keystead's name holds what an administrator wrote: %s",
    async (name, prepare, file) => {
      const machine = fleet.named[name];
      await machine.must(prepare);
      await attempt(machine, {
        code: "servers/own-setting-edited",
        step: "survey",
        says: new RegExp(`sshd_config\\.d/${file} has settings that Keystead did not write.*Move them to another file`),
      });
      expect(await machine.readFile(`/etc/ssh/sshd_config.d/${file}`)).toContain("MaxAuthTries 3");
    },
  );

  it.each([
    ["restricted", ".ssh/authorized_keys"],
    ["restrictedSecond", ".ssh/authorized_keys2"],
  ] as const)("P07 B5 the key is there with restrictions, in %s", async (name, file) => {
    const machine = fleet.named[name];
    const { text } = await fleet.officer.client.keypairs.publicKey({ id: fleet.keypairId });
    await machine.must("mkdir -m 700 /root/.ssh");
    await machine.writeFile(`/root/${file}`, `from="10.0.0.1",no-pty ${text}`, "600");
    await attempt(machine, {
      code: "servers/authorized-keys-restricted",
      step: "add-key",
      says: /with restrictions: from="10\.0\.0\.1",no-pty ssh-ed25519 .*Take that line out/,
    });
  });

  it("P07 B6 the key is there on a cloud image's line, which names another account", async () => {
    const machine = fleet.named.cloudImage;
    const { text } = await fleet.officer.client.keypairs.publicKey({ id: fleet.keypairId });
    const says = String.raw`echo 'Please login as the user \"ops\" rather than the user \"root\".';echo;sleep 10;exit 142`;
    await machine.must("mkdir -m 700 /root/.ssh");
    await machine.writeFile("/root/.ssh/authorized_keys", `no-pty,command="${says}" ${text}`, "600");
    await attempt(machine, {
      code: "servers/authorized-keys-restricted",
      step: "add-key",
      says: /names the account ops\. Bind as ops with sudo, or take that line out/,
    });
  });

  it("P07 B10 B11 the .ssh folder is a symbolic link", async () => {
    const machine = fleet.named.symlinkFolder;
    await machine.must("install -d -m 700 /srv/keys; ln -s /srv/keys /root/.ssh");
    await attempt(machine, {
      code: "servers/authorized-keys-symlink",
      step: "add-key",
      says: /really is \/srv\/keys\/authorized_keys\. Follow the link/,
    });
  });

  it("P07 B8 the keys file has a second name", async () => {
    const machine = fleet.named.hardLink;
    await machine.must(
      "mkdir -m 700 /root/.ssh; touch /root/.ssh/authorized_keys; ln /root/.ssh/authorized_keys /root/.ssh/other",
    );
    await attempt(machine, {
      code: "servers/authorized-keys-not-regular",
      step: "add-key",
      says: /2 names \(hard links\)/,
    });
  });

  it("P07 B12 the keys file is a folder", async () => {
    const machine = fleet.named.notRegular;
    await machine.must("mkdir -m 700 -p /root/.ssh/authorized_keys");
    await attempt(machine, {
      code: "servers/authorized-keys-not-regular",
      step: "add-key",
      says: /not a regular file; sshd ignores it/,
    });
  });

  it("P07 B12 a home that a group of several may write, which sshd distrusts", async () => {
    const machine = fleet.named.writableHome;
    await machine.must("chmod g+w /home/ops; usermod -aG ops plain");
    await attempt(machine, {
      user: "ops",
      state: "rolled-back",
      code: "servers/key-not-accepted",
      step: "prove-key-login",
      says: /group may write \/home\/ops.*chmod g-w.*taken out again/,
    });
    expect(await machine.must("stat -c %a /home/ops")).toBe("775\n");
  });

  it("P07 B12 a home that everybody may write, which every sshd distrusts", async () => {
    const machine = fleet.named.openHome;
    await machine.must("chmod o+w /home/ops");
    await attempt(machine, {
      user: "ops",
      code: "servers/authorized-keys-unsafe",
      step: "add-key",
      says: /Everybody may write \/home\/ops.*chmod go-w/,
    });
  });

  it("P07 B9 the disk of the home is full", async () => {
    const machine = fleet.named.diskFull;
    await machine.exec("dd if=/dev/zero of=/root/filler bs=1k count=200; mkdir -m 700 /root/.ssh");
    const { task } = await attempt(machine, {
      state: "rolled-back",
      code: "servers/disk-full",
      step: "add-key",
      says: /disk or quota is full; nothing was changed\. Free some space/,
    });
    await machine.must("rm /root/filler");
    const retried = await fleet.officer.retry({ id: task.id, password: machine.passwords.root });
    expect(stepsOf(retried)).toBe(ALL_DONE);
    expect(retried.attempt).toBe(2);
  });

  it("P07 B26 the home is mounted read-only", async () => {
    const machine = fleet.named.readOnly;
    await machine.must("mount -o remount,ro /root");
    const { task } = await attempt(machine, {
      state: "rolled-back",
      code: "servers/read-only",
      step: "add-key",
      says: /mounted read-only; nothing was changed/,
    });
    await machine.must("mount -o remount,rw /root");
    expect(stepsOf(await fleet.officer.retry({ id: task.id, password: machine.passwords.root }))).toBe(ALL_DONE);
  });

  it("P07 B6 root is given a fixed command and no shell", () =>
    refused(fleet.named.forcedCommand, {
      code: "servers/no-shell",
      step: "survey",
      says: /gives this account no shell: it asks to log in as "ops" instead/,
    }));

  it("P07 B6 B16 an account whose shell is nologin", async () => {
    await fleet.named.nologin.must("usermod -s /usr/sbin/nologin ops");
    await attempt(fleet.named.nologin, {
      user: "ops",
      code: "servers/account-locked",
      step: "survey",
      says: /no login shell|locked/,
    });
  });

  it("P07 B6 D23 what stands in the place of a shell echoes its input: the password is in no task and no trace", async () => {
    const machine = fleet.named.echoes;
    const shell = "/usr/local/bin/menu";
    const loop = `while read -r line; do printf 'unknown command: %.12s\\n' "$line"; printf '%s\\n' "$line" >&2; done`;
    await machine.writeFile(shell, `#!/bin/sh\necho 'Main menu'\n${loop}\n`, "755");
    await machine.must(`usermod -s ${shell} ops`);
    const { task, serverId } = await attempt(machine, {
      user: "ops",
      code: "servers/no-shell",
      step: "survey",
      says: /gave no POSIX shell/,
    });
    expect(task.steps[1]?.serverText).toMatch(/^Main menu\n/);
    const told = JSON.stringify([task, await fleet.officer.traces(serverId)]);
    const { ops } = machine.passwords;
    for (let at = 0; at + 4 <= ops.length; at++) expect(told).not.toContain(ops.slice(at, at + 4));
  });

  it.each(["root", "ops"] as const)("P07 B24 the password of %s has expired", async (user) => {
    const machine = fleet.named.expired;
    await machine.must(`chage -d 0 ${user}`);
    await attempt(machine, {
      user,
      code: "servers/password-expired",
      step: "survey",
      says: /has expired\. Log in.*change it/,
    });
  });

  it("P07 B25 the account is past its end date", async () => {
    const machine = fleet.named.accountExpired;
    await machine.must("chage -E 2020-01-01 ops");
    await attempt(machine, { user: "ops", code: "servers/account-locked", step: "log-in", says: /account/ });
  });

  it("P07 B25 the account is locked", async () => {
    const machine = fleet.named.locked;
    await machine.must("usermod -L ops");
    await attempt(machine, {
      user: "ops",
      code: "servers/login-refused",
      step: "log-in",
      says: /the account may also be locked/,
    });
  });

  it("P07 P12 B55 D23 a wrong password is destroyed and not tried again; the right one goes on", async () => {
    const machine = fleet.named.wrong;
    const { task, serverId } = await attempt(machine, {
      code: "servers/login-refused",
      step: "log-in",
      says: /refused the password\. Check the user name and the password/,
      with: { password: "not the password" },
    });
    const attempts = async () => (await machine.must("grep -c 'Failed password' /var/log/sshd.log")).trim();
    expect(await attempts()).toBe("1");
    const without = await fleet.officer.retry({ id: task.id });
    expect(without.cause).toMatchObject({ code: "tasks/password-needed", step: "log-in" });
    expect(await attempts()).toBe("1");
    const right = await fleet.officer.retry({ id: task.id, password: machine.passwords.root });
    expect(stepsOf(right)).toBe(ALL_DONE);
    expect(right).toMatchObject({ attempt: 3, state: "done" });
    expect(right.cause).toBeUndefined();
    const words = (await fleet.officer.traces(serverId)).map((trace) => trace.operation);
    expect(words).toContain("servers.bind#destroy-secrets");
    expect(JSON.stringify(await fleet.officer.traces(serverId))).not.toContain("not the password");
  });

  it("P07 P12 a wrong sudo password, then the right one", async () => {
    const machine = fleet.named.wrongSudo;
    const { task } = await attempt(machine, {
      user: "ops",
      code: "servers/sudo-refused",
      step: "survey",
      says: /sudo on the server refused the password/,
      with: { sudoPassword: "not the sudo password" },
    });
    const right = await fleet.officer.retry({
      id: task.id,
      password: machine.passwords.ops,
      sudoPassword: machine.passwords.ops,
    });
    expect(stepsOf(right)).toBe(ALL_DONE);
  });

  it("P07 B38 sshd's configuration is broken before we come", async () => {
    const machine = fleet.named.broken;
    await machine.must("echo 'NoSuchKeyword yes' > /etc/ssh/sshd_config.d/99-broken.conf");
    const { task } = await attempt(machine, {
      code: "servers/sshd-config-invalid",
      step: "survey",
      says: /does not accept its own configuration\. Repair it first/,
    });
    expect(task.steps[1]?.serverText).toMatch(/NoSuchKeyword/);
  });

  it.each([
    ["linkedMain", "/etc/ssh/sshd_config"],
    ["linkedDropIn", "/etc/ssh/sshd_config.d/00-keystead.conf"],
  ] as const)("P07 B10 %s: the file that the switch would go into is a symbolic link", async (name, path) => {
    const machine = fleet.named[name];
    await machine.must(`mv ${path} /etc/ssh/real; ln -s /etc/ssh/real ${path}`);
    await refused(machine, {
      code: "servers/sshd-config-symlink",
      step: "survey",
      says: new RegExp(`^${path} of this server's sshd is a symbolic link.*Put the file itself there`),
    });
  });

  it("P07 B39 the reload fails: the files are put back", async () => {
    const machine = fleet.named.reloadFails;
    // As on a machine with systemd whose unit refuses.
    await machine.must("rm /usr/bin/systemd-run; mkdir -p /run/systemd/system");
    const refusing = '#!/bin/sh\ncase "$*" in is-active*) exit 0 ;; esac\necho refused by policy >&2\nexit 1\n';
    await machine.writeFile("/usr/bin/systemctl", refusing, "755");
    const { task } = await attempt(machine, {
      state: "rolled-back",
      code: "servers/sshd-reload-failed",
      step: "switch-passwords-off",
      says: /did not reload; its configuration files are as they were/,
    });
    expect(task.steps[4]?.serverText ?? "").toMatch(/refused by policy/);
  });

  it("P06 P07 B45 B46 B49 the host key is another than the pinned one: no password leaves", async () => {
    const machine = fleet.named.changedKey;
    const server = await fleet.officer.server(machine);
    await machine.must(
      "rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh",
    );
    const before = await footprint(machine);
    const task = await fleet.officer.bind({
      id: server.id,
      keypairId: fleet.keypairId,
      password: machine.passwords.root,
    });
    expect(task.state).toBe("failed");
    expect(task.cause).toMatchObject({ code: "servers/host-key-changed", step: "log-in", remedy: "check-server" });
    expect(await footprint(machine)).toBe(before);
    expect(await machine.log()).not.toMatch(/Accepted|Failed/);
  });

  it("P06 P07 B46 a server whose host key nobody has confirmed is not even contacted", async () => {
    const server = await fleet.officer.client.servers.add({ name: "unconfirmed", host: "127.0.0.1", port: 1 });
    const error = await fleet.officer.refusal(
      fleet.officer.bind({ id: server.id, keypairId: fleet.keypairId, password: "whatever it is" }),
    );
    expect(error.code).toBe("servers/host-key-unknown");
    expect(error.message).toMatch(/has not been confirmed yet\. Compare and pin it first/);
    expect((await fleet.officer.client.tasks.list({})).tasks.filter((task) => task.serverId === server.id)).toEqual([]);
  });

  it("P07 P16 a key pair without its private half is refused before a task is made", async () => {
    const made = await fleet.officer.keypair();
    await fleet.officer.confirm();
    await fleet.officer.client.keypairs.clearPrivateKey({ id: made.id });
    const server = await fleet.officer.server(fleet.named.noKeys);
    const error = await fleet.officer.refusal(
      fleet.officer.bind({ id: server.id, keypairId: made.id, password: "irrelevant here" }),
    );
    expect(error.code).toBe("keypairs/no-private-key");
    expect(
      (await fleet.officer.refusal(fleet.officer.bind({ id: server.id, keypairId: "nobody", password: "x" }))).code,
    ).toBe("keypairs/not-found");
    expect(
      (await fleet.officer.refusal(fleet.officer.bind({ id: "nobody", keypairId: fleet.keypairId, password: "x" })))
        .code,
    ).toBe("servers/not-found");
  });
});
