import { describe, expect, it } from "vitest";
import { bindFleet } from "#test/support/bind-fleet.ts";
import { fleetUnavailable } from "#test/support/fleet/fleet.ts";
import { ALL_DONE, stepsOf } from "#test/support/officer.ts";

const MAIN = "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nUsePAM yes\n";
const DOMAIN_USERS =
  "groupadd domain-users; sed -i 's/^domain-users:/domain users:/' /etc/group; usermod -g $(grep '^domain users:' /etc/group | cut -d: -f3) ops";
const WANTED = {
  groupWrites: {},
  slash: {},
  linked: {},
  linkedOpen: {},
  blankOther: { mainConfig: `${MAIN}DenyGroups "domain admins"\n` },
  blankOwn: { mainConfig: `${MAIN}AllowGroups root "domain users"\n` },
  blankDenied: { mainConfig: MAIN },
} as const;
type Name = keyof typeof WANTED;

/** What a server's administrator has set up in his own way, and sshd takes all the same. */
describe.skipIf(fleetUnavailable())("binding an account whose home or groups are unusual", () => {
  const fleet = bindFleet<Name>(WANTED);

  // Debian's sshd, which the fleet is made of, trusts a group whose only member is the user; a plain OpenSSH would refuse.
  it("P07 B12 leaves it to the login whether sshd minds a home that a private group may write", async () => {
    const machine = fleet.named.groupWrites;
    await machine.must("chmod g+w /home/ops");
    const { task, server } = await fleet.bindOn(machine, "ops");
    expect(stepsOf(task)).toBe(ALL_DONE);
    expect(server.binding?.state).toBe("bound");
    expect(await machine.must("stat -c %a /home/ops")).toBe("775\n");
  });

  it("P07 B14 takes a home that passwd writes with a slash at its end", async () => {
    const machine = fleet.named.slash;
    await machine.must("sed -i 's,:/home/ops:,:/home/ops/:,' /etc/passwd");
    const { task } = await fleet.bindOn(machine, "ops");
    expect(stepsOf(task)).toBe(ALL_DONE);
    expect(await machine.must("stat -c '%a %U' ~ops/.ssh ~ops/.ssh/authorized_keys")).toBe("700 ops\n600 ops\n");
  });

  it("P07 B12 judges a home that is a symbolic link by the folder it is, and looks no higher than sshd does", async () => {
    const machine = fleet.named.linked;
    await machine.must("install -d -m 1777 /srv/data; mv /home/ops /srv/data/ops; ln -s /srv/data/ops /home/ops");
    const { task } = await fleet.bindOn(machine, "ops");
    expect(stepsOf(task)).toBe(ALL_DONE);
    expect(await machine.readFile("/srv/data/ops/.ssh/authorized_keys")).toContain("ssh-ed25519 ");
  });

  it("P07 B12 still refuses such a home when everybody may write it", async () => {
    const machine = fleet.named.linkedOpen;
    await machine.must(
      "install -d /srv/data; mv /home/ops /srv/data/ops; ln -s /srv/data/ops /home/ops; chmod o+w /srv/data/ops",
    );
    const { task } = await fleet.bindOn(machine, "ops");
    expect(task).toMatchObject({ state: "failed", cause: { code: "servers/authorized-keys-unsafe", step: "add-key" } });
    expect(task.cause?.message).toMatch(/Everybody may write \/srv\/data\/ops,/);
  });

  it.each(["blankOther", "blankOwn"] as const)(
    "P07 B36 reads group names with blanks as one name: %s",
    async (name) => {
      const machine = fleet.named[name];
      await machine.must(DOMAIN_USERS);
      expect(await machine.must("id -Gn ops")).toContain("domain users");
      const { task } = await fleet.bindOn(machine, "ops");
      expect(stepsOf(task)).toBe(ALL_DONE);
    },
  );

  it("P07 B36 still sees that such a group is denied", async () => {
    const machine = fleet.named.blankDenied;
    await machine.must(DOMAIN_USERS);
    // The files say so, and the running sshd has not been told.
    await machine.must("echo 'DenyGroups \"domain users\"' >> /etc/ssh/sshd_config");
    const { task } = await fleet.bindOn(machine, "ops");
    expect(task).toMatchObject({ state: "failed", cause: { code: "servers/key-not-accepted", step: "survey" } });
    expect(task.cause?.message).toMatch(/DenyGroups names a group of ops/);
  });
});
