import { createSsh } from "#main/adapters/ssh/create-ssh.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { type RemoteProgram, type RunAs, runProgram } from "#main/features/servers/remote/remote-program.ts";
import type { SshSession } from "#main/features/servers/ssh-port.ts";
import type { Account, Machine } from "#test/support/fleet/fleet.ts";

const ssh = createSsh();

/** A password login by Keystead's own SSH. The caller closes it. */
export function logIn(machine: Machine, user: Account, password = machine.passwords[user]): Promise<SshSession> {
  return ssh.connect({
    target: { host: machine.host, port: machine.port, user },
    login: { kind: "password", password: SecretBytes.fromText(password) },
    trusted: machine.hostKeyFingerprints,
    profile: "strict",
    deadlineMs: 20_000,
  });
}

/** Logs in, runs one program, logs out. */
export async function runOn<Answer>(machine: Machine, user: Account, program: RemoteProgram<Answer>): Promise<Answer> {
  const session = await logIn(machine, user);
  try {
    return await runProgram(session, program, { deadlineMs: 30_000 });
  } finally {
    await session.close();
  }
}

export const AS_LOGIN: RunAs = { kind: "login" };

/** root by sudo with this password; root itself needs none. */
export function asRoot(password?: string): RunAs {
  return { kind: "root", password: password === undefined ? undefined : SecretBytes.fromText(password) };
}
