import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSsh } from "#main/adapters/ssh/create-ssh.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { ConnectRequest, HostKey, SshLogin } from "#main/features/servers/ssh-port.ts";
import { isKeysteadError, type KeysteadError } from "#shared/errors/keystead-error.ts";
import {
  type Account,
  type Fleet,
  fleetUnavailable,
  type Machine,
  type MachineOptions,
  startFleet,
} from "#test/support/fleet/fleet.ts";
import { makeTestKey } from "#test/support/ssh-keys.ts";

const ssh = createSsh();
const keys = {
  ed25519: makeTestKey("ed25519"),
  rsa: makeTestKey("rsa"),
  "ecdsa-256": makeTestKey("ecdsa-256"),
  "ecdsa-384": makeTestKey("ecdsa-384"),
  "ecdsa-521": makeTestKey("ecdsa-521"),
};
const authorized = Object.values(keys)
  .map((key) => `${key.publicLine}\n`)
  .join("");

function trustOf(machine: Machine): HostKey[] {
  return machine.hostKeyFingerprints.map((key) => ({ ...key }));
}

function password(text: string): SshLogin {
  return { kind: "password", password: SecretBytes.fromText(text) };
}

function requestTo(machine: Machine, overrides: Partial<ConnectRequest> & { user?: Account } = {}): ConnectRequest {
  const { user = "root", ...rest } = overrides;
  return {
    target: { host: machine.host, port: machine.port, user },
    login: password(machine.passwords[user]),
    trusted: trustOf(machine),
    profile: "strict",
    deadlineMs: 10_000,
    ...rest,
  };
}

/** The error of a promise that must fail, as a KeysteadError. */
async function failure(promise: Promise<unknown>): Promise<KeysteadError> {
  const error = await promise.then(
    () => new Error("it succeeded"),
    (thrown: unknown) => thrown,
  );
  if (isKeysteadError(error)) return error;
  throw error;
}

const SETUPS = {
  usual: { authorizedKeys: { root: authorized } },
  promptOnly: {
    dropIns: { "10-login.conf": "PasswordAuthentication no\nKbdInteractiveAuthentication yes\n" },
    authorizedKeys: { root: authorized },
  },
  keysOnly: { dropIns: { "10-login.conf": "PasswordAuthentication no\n" }, authorizedKeys: { root: authorized } },
  twoTries: { dropIns: { "10-login.conf": "MaxAuthTries 2\n" }, authorizedKeys: { root: authorized } },
  oneTry: { dropIns: { "10-login.conf": "MaxAuthTries 1\n" }, authorizedKeys: { root: authorized } },
  secondFactor: {
    dropIns: {
      "10-login.conf":
        "KbdInteractiveAuthentication yes\nAuthenticationMethods publickey,keyboard-interactive password,publickey\n",
    },
    authorizedKeys: { root: authorized },
  },
  forced: {
    authorizedKeys: { root: `command="echo 'Please login as the user ops'; sleep 1; exit 142" ${authorized}` },
  },
} satisfies Record<string, MachineOptions>;

type SetupName = keyof typeof SETUPS;

describe.skipIf(fleetUnavailable())("SSH adapter on real servers", () => {
  let fleet: Fleet;
  const on = (name: SetupName): Machine => {
    const machine = fleet.machines[Object.keys(SETUPS).indexOf(name)];
    if (machine === undefined) throw new Error(`no machine ${name}`);
    return machine;
  };

  beforeAll(async () => {
    const setups = Object.entries<MachineOptions>(SETUPS);
    fleet = await startFleet(setups.length, (index) => ({
      hostKeyTypes: ["ed25519", "ecdsa", "rsa"],
      ...setups[index]?.[1],
    }));
  });
  afterAll(() => fleet?.stop());

  describe("logging in", () => {
    it("P07 B23 logs in with root's password and runs a command with input, output and status", async () => {
      const session = await ssh.connect(requestTo(on("usual")));
      const result = await session.run("cat; echo problem >&2; exit 7", {
        stdin: Buffer.from("in\0put"),
        deadlineMs: 5000,
      });
      expect(result).toEqual({ status: 7, stdout: Buffer.from("in\0put"), stderr: Buffer.from("problem\n") });
      expect(session.method).toBe("password");
      expect(session.serverVersion).toMatch(/^SSH-2\.0-OpenSSH_/);
      expect(trustOf(on("usual"))).toContainEqual(session.hostKey);
      expect(session.ended).toBe(false);
      await session.close();
      await session.close();
      expect(session.ended).toBe(true);
    });

    it("P07 takes a password that is no ASCII, and one with a space at its end", async () => {
      for (const text of ["pässwörd-漢字-🔑", "trailing space "]) {
        await on("usual").must(`printf '%s' 'ops:${text}' | chpasswd`);
        const session = await ssh.connect(requestTo(on("usual"), { user: "ops", login: password(text) }));
        expect((await session.run("id -un", { deadlineMs: 5000 })).stdout.toString()).toBe("ops\n");
        await session.close();
      }
    });

    it("P07 B55 answers a server that only asks by keyboard-interactive", async () => {
      const session = await ssh.connect(requestTo(on("promptOnly")));
      expect(session.method).toBe("keyboard-interactive");
      expect((await session.run("echo ok", { deadlineMs: 5000 })).stdout.toString()).toBe("ok\n");
      await session.close();
    });

    it.each(Object.entries(keys))("P07 P21 logs in with an %s key through its signer", async (_type, { signer }) => {
      const session = await ssh.connect(requestTo(on("oneTry"), { login: { kind: "key", signer } }));
      expect(session.method).toBe("publickey");
      expect((await session.run("echo ok", { deadlineMs: 5000 })).stdout.toString()).toBe("ok\n");
      await session.close();
    });

    it("P07 B51 signs with SHA-256 or better for an RSA key", () => {
      expect(keys.rsa.askedHashes.length).toBeGreaterThan(0);
      for (const hash of keys.rsa.askedHashes) expect(["sha256", "sha512"]).toContain(hash);
    });

    it("P07 speed: does not wait for Nagle's algorithm at each step", async () => {
      const session = await ssh.connect(requestTo(on("usual")));
      const samples: number[] = [];
      for (let round = 0; round < 10; round++) {
        const begin = performance.now();
        await session.run("true", { deadlineMs: 5000 });
        samples.push(performance.now() - begin);
      }
      await session.close();
      // Nagle and delayed acknowledgements together hold back every command for 40 ms or more, on any machine.
      expect(Math.min(...samples)).toBeLessThan(35);
    });
  });

  describe("host identity", () => {
    it("P06 B46 reads the host key without logging in", async () => {
      const { host, port } = on("usual");
      const key = await ssh.readHostKey({ host, port, profile: "strict", deadlineMs: 5000 });
      expect(trustOf(on("usual"))).toContainEqual(key);
      expect(key.algorithm).toBe("ssh-ed25519");
      expect(await on("usual").log()).not.toContain("keystead");
    });

    it.each(["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])(
      "P06 B48 asks for the known type first: %s",
      async (type) => {
        const { host, port } = on("usual");
        const key = await ssh.readHostKey({ host, port, profile: "strict", deadlineMs: 5000, preferTypes: [type] });
        expect(key.algorithm).toBe(type);
        const known = trustOf(on("usual")).filter((one) => one.algorithm === type);
        const session = await ssh.connect(requestTo(on("usual"), { trusted: known }));
        expect(session.hostKey).toEqual(known[0]);
        // … and learns the other types from the server's own proof.
        await expect.poll(() => session.provenHostKeys.length).toBe(3);
        expect(trustOf(on("usual"))).toEqual(expect.arrayContaining([...session.provenHostKeys]));
        await session.close();
      },
    );

    it("P06 B45 refuses an unknown key before any credential and shows it", async () => {
      const error = await failure(ssh.connect(requestTo(on("usual"), { trusted: [], user: "plain" })));
      expect(error.code).toBe("servers/host-key-unknown");
      expect(trustOf(on("usual"))).toContainEqual(error.details);
      await sleep(100);
      expect(await on("usual").log()).not.toContain("plain");
    });

    it("P06 B49 refuses a changed key before any credential and shows both", async () => {
      const trusted = trustOf(on("promptOnly"));
      const error = await failure(ssh.connect(requestTo(on("usual"), { trusted, user: "plain" })));
      expect(error.code).toBe("servers/host-key-changed");
      expect(error.details.expected).toEqual(trusted.map((key) => `${key.algorithm} ${key.fingerprint}`));
      expect(trustOf(on("usual")).map((key) => `${key.algorithm} ${key.fingerprint}`)).toContain(error.details.offered);
      await sleep(100);
      expect(await on("usual").log()).not.toContain("plain");
    });

    it("P06 B48 treats a type never seen as a change while another type is known", async () => {
      const trusted = trustOf(on("promptOnly")).filter((key) => key.algorithm === "ssh-rsa");
      await on("keysOnly").must("cd /etc/ssh && mkdir kept && mv ssh_host_rsa_key* kept && systemctl reload ssh");
      const { host, port } = on("keysOnly");
      const shown = () =>
        ssh.readHostKey({ host, port, profile: "strict", deadlineMs: 5000, preferTypes: ["ssh-rsa"] });
      // For a moment after a reload nobody listens.
      await expect
        .poll(() => shown().catch(() => ({ algorithm: "ssh-rsa" })))
        .not.toMatchObject({ algorithm: "ssh-rsa" });
      const error = await failure(ssh.connect(requestTo(on("keysOnly"), { trusted })));
      expect(error).toMatchObject({ code: "servers/host-key-changed", details: { algorithm: "ssh-ed25519" } });
    });

    it("P06 B45 checks the key for the method list too", async () => {
      const { login: _unused, ...request } = requestTo(on("usual"), { trusted: [] });
      expect((await failure(ssh.offeredMethods(request))).code).toBe("servers/host-key-unknown");
    });
  });

  describe("refusals", () => {
    it("P07 B55 says that a wrong password was refused, and sends it once", async () => {
      await on("usual").must("> /var/log/sshd.log");
      const error = await failure(ssh.connect(requestTo(on("usual"), { login: password("hunter-2-hunter") })));
      expect(error).toMatchObject({ code: "servers/login-refused", details: { what: "password" } });
      expect(`${error.stack}${JSON.stringify(error)}`).not.toContain("hunter-2");
      expect((await on("usual").log()).match(/Failed password/g)).toHaveLength(1);
    });

    it("P07 B55 does not replay a password refused by keyboard-interactive", async () => {
      const error = await failure(ssh.connect(requestTo(on("promptOnly"), { login: password("wrong") })));
      expect(error.code).toBe("servers/login-refused");
    });

    it("P07 B54 logs in, and fails by name, where the server allows one or two attempts", async () => {
      for (const name of ["oneTry", "twoTries"] as const) {
        const session = await ssh.connect(requestTo(on(name)));
        await session.close();
        const wrongPassword = await failure(ssh.connect(requestTo(on(name), { login: password("wrong") })));
        expect(wrongPassword.code).toBe("servers/login-refused");
        const stranger: SshLogin = { kind: "key", signer: makeTestKey("ed25519").signer };
        expect((await failure(ssh.connect(requestTo(on(name), { login: stranger })))).code).toBe(
          "servers/login-refused",
        );
      }
    });

    it("P07 B41 says that the server takes no passwords at all", async () => {
      const trusted = trustOf(on("keysOnly"));
      const error = await failure(ssh.connect(requestTo(on("keysOnly"), { trusted })));
      expect(error).toMatchObject({ code: "servers/login-refused", details: { offered: ["publickey"] } });
      expect(error.message).toContain("does not allow a login by password");
    });

    it("P07 B27 says that a key was refused", async () => {
      const login: SshLogin = { kind: "key", signer: makeTestKey("ed25519").signer };
      const error = await failure(ssh.connect(requestTo(on("usual"), { login })));
      expect(error).toMatchObject({
        code: "servers/login-refused",
        details: { what: "key", offered: ["publickey", "password"] },
      });
    });

    it("P07 B34 stops where a second factor is demanded, after a key as after a password", async () => {
      const login: SshLogin = { kind: "key", signer: keys.ed25519.signer };
      expect((await failure(ssh.connect(requestTo(on("secondFactor"), { login })))).code).toBe(
        "servers/interactive-login",
      );
      expect((await failure(ssh.connect(requestTo(on("secondFactor"))))).code).toBe("servers/interactive-login");
    });

    it("P07 B24 names an expired password, by password and by keyboard-interactive", async () => {
      await on("usual").must("chage -d 0 ops");
      const session = await ssh.connect(requestTo(on("usual"), { user: "ops", login: password("trailing space ") }));
      expect((await failure(session.run("true", { deadlineMs: 5000 }))).code).toBe("servers/password-expired");
      await session.close();
      await on("promptOnly").must("chage -d 0 ops");
      const error = await failure(ssh.connect(requestTo(on("promptOnly"), { user: "ops" })));
      expect(error.code).toBe("servers/password-expired");
    });

    it("P07 B25 names an account that PAM shuts out, and refuses a locked one", async () => {
      await on("usual").must("echo 'closed for repair' > /etc/nologin");
      const shut = await failure(ssh.connect(requestTo(on("usual"), { user: "plain" })));
      await on("usual").must("rm /etc/nologin");
      expect(shut.code).toBe("servers/account-locked");
      expect(shut.details.serverSays).toContain("closed for repair");

      await on("usual").must("chage -E 0 plain");
      const expired = await failure(ssh.connect(requestTo(on("usual"), { user: "plain" })));
      await on("usual").must("chage -E -1 plain");
      expect(expired.code).toBe("servers/account-locked");

      await on("usual").must("usermod -L plain");
      const locked = await failure(ssh.connect(requestTo(on("usual"), { user: "plain" })));
      await on("usual").must("usermod -U plain");
      expect(locked.code).toBe("servers/login-refused");
    });

    it("P07 B53 recognises MaxStartups", async () => {
      await using crowded = await startFleet(1, {
        dropIns: { "10-login.conf": "MaxStartups 1:100:1\nLoginGraceTime 60\n" },
      });
      const [machine] = crowded.machines;
      if (machine === undefined) throw new Error("one machine was asked for");
      const holder = await machine.exec(
        "exec 3<>/dev/tcp/$(hostname -i)/22; read -r line <&3; (sleep 20 <&3 > /dev/null 2>&1 &); echo $line",
      );
      expect(holder.stdout).toContain("SSH-2.0");
      const error = await failure(ssh.connect(requestTo(machine)));
      expect(error).toMatchObject({ code: "servers/penalised", remedy: "retry", details: { retryAfterSeconds: 60 } });
    });

    it("P07 B53 keeps few handshakes open at a time, so that forty at once all get in", async () => {
      const sessions = await Promise.all(
        Array.from({ length: 40 }, () =>
          ssh.connect(
            requestTo(on("usual"), { login: { kind: "key", signer: keys.ed25519.signer }, deadlineMs: 30_000 }),
          ),
        ),
      );
      await Promise.all(sessions.map((session) => session.close()));
      expect(sessions).toHaveLength(40);
    });

    it("P07 B41 lists the methods that are offered", async () => {
      const methodsOf = (name: SetupName) => {
        const { login: _unused, ...request } = requestTo(on(name));
        return ssh.offeredMethods(request);
      };
      expect(await methodsOf("usual")).toEqual(["publickey", "password"]);
      expect(await methodsOf("keysOnly")).toEqual(["publickey"]);
      expect(await methodsOf("promptOnly")).toEqual(["publickey", "keyboard-interactive"]);
    });
  });

  describe("commands", () => {
    it("P07 B6 shows what a forced command answers instead of the command", async () => {
      const session = await ssh.connect(
        requestTo(on("forced"), { login: { kind: "key", signer: keys.ed25519.signer } }),
      );
      const result = await session.run("echo nonce-123", { deadlineMs: 5000 });
      expect(result.stdout.toString()).toContain("Please login as the user");
      expect(result.stdout.toString()).not.toContain("nonce-123");
      expect(result.status).toBe(142);
      await session.close();
    });

    it.each(["root", "plain"] as const)(
      "P07 B56 gives up a command of %s at its deadline and keeps the session",
      async (user) => {
        const session = await ssh.connect(requestTo(on("usual"), { user }));
        const begin = performance.now();
        const late = session.run("sleep 31; touch /tmp/finished-late", { deadlineMs: 300 });
        expect((await failure(late)).code).toBe("servers/timed-out");
        expect(performance.now() - begin).toBeLessThan(2000);
        expect((await session.run("echo still here", { deadlineMs: 5000 })).stdout.toString()).toBe("still here\n");
        await session.close();
      },
    );

    it("P07 B56 ends a command given up on the server too, where sshd lets it", async () => {
      // sshd 9.2 refuses signals in root's own sessions; a sudo user's and any other's it delivers.
      const session = await ssh.connect(requestTo(on("usual"), { user: "plain" }));
      const running = failure(session.run("sleep 32; touch /tmp/finished-late", { deadlineMs: 500 }));
      const alive = () => on("usual").exec("pgrep -xf 'sleep 32'");
      await expect.poll(() => alive().then((found) => found.status)).toBe(0);
      await running;
      await expect.poll(() => alive().then((found) => found.status)).toBe(1);
      expect((await on("usual").exec("test -e /tmp/finished-late")).status).toBe(1);
      await session.close();
    });

    it("P07 ends a flood and keeps the session", async () => {
      const session = await ssh.connect(requestTo(on("usual")));
      const flood = session.run("cat /dev/zero", { deadlineMs: 20_000, maxOutputBytes: 100_000 });
      expect((await failure(flood)).code).toBe("servers/unexpected-answer");
      const toStderr = session.run("cat /dev/zero >&2", { deadlineMs: 20_000, maxOutputBytes: 100_000 });
      expect((await failure(toStderr)).code).toBe("servers/unexpected-answer");
      const large = await session.run("head -c 3000000 /dev/zero", { deadlineMs: 20_000, maxOutputBytes: 3_000_000 });
      expect(large.stdout.length).toBe(3_000_000);
      await session.close();
      await expect
        .poll(() =>
          on("usual")
            .exec("pgrep -f '^cat /dev/zero'")
            .then((found) => found.status),
        )
        .toBe(1);
    });

    it("P07 gives no status for a command ended by a signal", async () => {
      const session = await ssh.connect(requestTo(on("usual")));
      expect((await session.run("kill -KILL $$", { deadlineMs: 5000 })).status).toBeUndefined();
      await session.close();
    });

    it("P07 feeds a large input and survives a command that does not read it", async () => {
      const session = await ssh.connect(requestTo(on("usual")));
      const stdin = Buffer.alloc(5_000_000, 0x61);
      const counted = await session.run("wc -c", { stdin, deadlineMs: 20_000 });
      expect(counted.stdout.toString().trim()).toBe("5000000");
      expect((await session.run("true", { stdin, deadlineMs: 20_000 })).status).toBe(0);
      await session.close();
    });

    it("P12 cancels a command, and refuses to begin one already cancelled", async () => {
      const session = await ssh.connect(requestTo(on("usual")));
      const stop = new AbortController();
      const running = failure(session.run("sleep 30", { deadlineMs: 20_000, signal: stop.signal }));
      setTimeout(() => stop.abort(), 100);
      expect((await running).code).toBe("tasks/cancelled");
      expect((await failure(session.run("true", { deadlineMs: 5000, signal: stop.signal }))).code).toBe(
        "tasks/cancelled",
      );
      await session.close();
    });

    it("P07 says that the server allows no commands", async () => {
      await using closed = await startFleet(1, { dropIns: { "10-login.conf": "MaxSessions 0\n" } });
      const [machine] = closed.machines;
      if (machine === undefined) throw new Error("one machine was asked for");
      const session = await ssh.connect(requestTo(machine));
      expect((await failure(session.run("true", { deadlineMs: 5000 }))).code).toBe("servers/no-shell");
      await session.close();
    });
  });

  describe("servers that go away", () => {
    it("P07 B56 notices a connection lost in the middle of a command, and answers later ones at once", async () => {
      await using mortal = await startFleet(1);
      const [machine] = mortal.machines;
      if (machine === undefined) throw new Error("one machine was asked for");
      const session = await ssh.connect(requestTo(machine));
      const running = failure(session.run("sleep 30", { deadlineMs: 20_000 }));
      await sleep(200);
      await machine.stop();
      expect((await running).code).toBe("servers/connection-lost");
      expect(session.ended).toBe(true);
      expect((await failure(session.run("true", { deadlineMs: 5000 }))).code).toBe("servers/connection-lost");
      await session.close();

      const refused = await failure(ssh.connect(requestTo(machine)));
      expect(refused).toMatchObject({ code: "servers/unreachable", details: { reason: "ECONNREFUSED" } });
      await machine.start();
      await (await ssh.connect(requestTo(machine))).close();
    });

    it("P07 B56 names a hung server at login, in a command, and by keepalive", async () => {
      await using hanging = await startFleet(1);
      const [machine] = hanging.machines;
      if (machine === undefined) throw new Error("one machine was asked for");
      const impatient = createSsh({ keepaliveMs: 100 });
      const session = await impatient.connect(requestTo(machine));
      await machine.pause();
      const running = failure(session.run("true", { deadlineMs: 20_000 }));
      const login = await failure(ssh.connect(requestTo(machine, { deadlineMs: 400 })));
      expect(login).toMatchObject({ code: "servers/timed-out", details: { phase: "identifying" } });
      expect((await running).code).toBe("servers/connection-lost");
      await machine.resume();
    });

    it("P12 cancels a login half-way, and one that still waits for its turn", async () => {
      await using hanging = await startFleet(1);
      const [machine] = hanging.machines;
      if (machine === undefined) throw new Error("one machine was asked for");
      await machine.pause();
      const stop = new AbortController();
      const logins = Array.from({ length: 8 }, () => failure(ssh.connect(requestTo(machine, { signal: stop.signal }))));
      setTimeout(() => stop.abort(), 200);
      for (const error of await Promise.all(logins)) expect(error.code).toBe("tasks/cancelled");
      await machine.resume();
      await (await ssh.connect(requestTo(machine))).close();
    });

    it("P07 rejects at once when the secret is gone", async () => {
      const secret = SecretBytes.fromText("gone");
      secret.dispose();
      const attempt = ssh.connect(requestTo(on("usual"), { login: { kind: "password", password: secret } }));
      await expect(attempt).rejects.toThrow(TypeError);
    });

    it("P07 hands on the signer's own error", async () => {
      const signer = {
        ...keys.ed25519.signer,
        sign: () => Promise.reject(new Error("token pulled out")),
      };
      await expect(ssh.connect(requestTo(on("usual"), { login: { kind: "key", signer } }))).rejects.toThrow(
        "token pulled out",
      );
    });
  });

  describe("profiles", () => {
    it("P07 B59 shares nothing with an old server by the strict profile, and gets in by the legacy one", async () => {
      const old =
        "KexAlgorithms diffie-hellman-group14-sha1\nCiphers aes128-cbc\nMACs hmac-sha1\nHostKeyAlgorithms ssh-rsa\n";
      await using fleetOfOld = await startFleet(1, { dropIns: { "10-old.conf": old } });
      const [machine] = fleetOfOld.machines;
      if (machine === undefined) throw new Error("one machine was asked for");
      const error = await failure(ssh.connect(requestTo(machine)));
      expect(error.code).toBe("servers/no-common-algorithm");
      expect(error.details).toMatchObject({ what: "key exchange" });
      expect(error.details.offered).toContain("diffie-hellman-group14-sha1");
      const session = await ssh.connect(requestTo(machine, { profile: "legacy" }));
      expect((await session.run("echo ok", { deadlineMs: 5000 })).stdout.toString()).toBe("ok\n");
      await session.close();
    });
  });
});
