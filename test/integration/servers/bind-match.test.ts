import { describe, expect, it } from "vitest";
import { bindFleet, offeredTo } from "#test/support/bind-fleet.ts";
import { fleetUnavailable } from "#test/support/fleet/fleet.ts";
import { ALL_ALLOWED, ALL_DONE, stepsOf } from "#test/support/officer.ts";
import { footprint } from "#test/support/server-footprint.ts";

const MAIN =
  "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nUsePAM yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication yes\n";
const withSettings = (...lines: string[]) => ({ mainConfig: `${MAIN}${lines.join("\n")}\n` });
const OTP = "  AuthenticationMethods publickey,keyboard-interactive";

/** The three classes of a bind of root are root and ops; whoever else a block means is `plain`. */
const WANTED = {
  otpUser: withSettings("Match User plain", OTP),
  otpGroup: withSettings("Match Group otp-users", OTP),
  otpPattern: withSettings("Match User *,!root,!ops", "  AuthenticationMethods publickey,password"),
  otpPort: withSettings("Match LocalPort 2", OTP),
  otpRest: withSettings("Match User root,ops", "  AuthenticationMethods any", "Match all", OTP),
  otpIncluded: { ...withSettings(), dropIns: { "50-site.conf": "Include /etc/ssh/site/*\n" } },
  otpNobody: withSettings("Match User long-gone", OTP),
  onUser: withSettings("Match User plain", "  PasswordAuthentication yes"),
  onNetwork: withSettings("Match Address 10.0.0.0/8", "  PasswordAuthentication yes"),
  offUser: withSettings("Match User plain", "  PasswordAuthentication no"),
  keep: withSettings("Match User plain", "  PasswordAuthentication yes"),
} as const;
type Name = keyof typeof WANTED;

describe.skipIf(fleetUnavailable())("binding where Match blocks single accounts out", () => {
  const fleet = bindFleet<Name>(WANTED);

  it.each<[Name, string, RegExp]>([
    ["otpUser", "true", /\(plain\)/],
    ["otpGroup", "groupadd otp-users; usermod -aG otp-users plain", /\(plain\)/],
    ["otpPattern", "true", /\(plain\)/],
    ["otpRest", "true", /\(plain\)/],
    ["otpPort", "true", /\(Match LocalPort 2 in \/etc\/ssh\/sshd_config\)/],
    [
      "otpIncluded",
      `mkdir /etc/ssh/site; printf 'Match User plain\\n${OTP}\\n' > /etc/ssh/site/otp; systemctl reload ssh; sleep 0.3`,
      /\(plain\)/,
    ],
  ])(
    "P07 B32 B34 refuses before anything is changed when another account has a second factor: %s",
    async (name, prepare, whom) => {
      const machine = fleet.named[name];
      await machine.must(prepare);
      const before = await footprint(machine);
      const { task, server } = await fleet.bindOn(machine);
      expect(task).toMatchObject({ state: "failed", cause: { code: "servers/second-factor-in-use", step: "survey" } });
      expect(task.cause?.message).toMatch(whom);
      expect(await footprint(machine)).toBe(before);
      expect(server.binding).toBeUndefined();
    },
  );

  it("P07 B32 takes no block for a second factor whose account does not exist", async () => {
    const { task, server } = await fleet.bindOn(fleet.named.otpNobody);
    expect(stepsOf(task)).toBe(ALL_DONE);
    expect(server.passwordLogin).toBe("off");
  });

  it("P07 B32 B44 does not record off while another account still logs in by password, and says which", async () => {
    const machine = fleet.named.onUser;
    const { task, server } = await fleet.bindOn(machine);
    expect(stepsOf(task)).toBe(ALL_DONE);
    expect(await offeredTo(machine, "plain")).toContain("password");
    expect(server).toMatchObject({ passwordLogin: "unknown", binding: { state: "bound" } });
    for (const name of ["prove-passwords-off", "record"])
      expect(task.steps.find((step) => step.name === name)?.proof).toMatch(
        /still takes passwords from plain,.*not recorded as off/,
      );
    const allowed = await fleet.officer.allowPasswords({ id: server.id });
    expect(stepsOf(allowed)).toBe(ALL_ALLOWED);
    expect((await fleet.officer.client.servers.get({ id: server.id })).passwordLogin).toBe("on");
  });

  it("P07 B32 does not record off where a block hangs on an address that nobody can try from here", async () => {
    const { task, server } = await fleet.bindOn(fleet.named.onNetwork);
    expect(stepsOf(task)).toBe(ALL_DONE);
    expect(server.passwordLogin).toBe("unknown");
    expect(task.steps.at(-1)?.proof).toMatch(
      /Whom “Match Address 10\.0\.0\.0\/8 in \/etc\/ssh\/sshd_config” lets in by password/,
    );
  });

  it("P07 B32 records off where a block only says no", async () => {
    const machine = fleet.named.offUser;
    const { task, server } = await fleet.bindOn(machine);
    expect(stepsOf(task)).toBe(ALL_DONE);
    expect(await offeredTo(machine, "plain")).toBe("publickey");
    expect(server.passwordLogin).toBe("off");
    expect(task.steps.at(-1)?.proof).toBe(`${server.name} is bound.`);
  });

  it("P07 B32 records what is so when passwords are to stay: off for the three classes, but not for another", async () => {
    const machine = fleet.named.keep;
    await machine.must(
      "sed -i 's/^\\(Password\\|Kbd.*\\)Authentication yes/\\1Authentication no/' /etc/ssh/sshd_config",
    );
    // The files say off for root while the running sshd still lets him in by password: it was not told.
    const { task, server } = await fleet.bindOn(machine, "root", { disablePasswordLogin: false });
    expect(task.state).toBe("done");
    expect(server.passwordLogin).toBe("unknown");
    expect(task.steps.at(-1)?.proof).toMatch(/still takes passwords from plain/);
  });
});
