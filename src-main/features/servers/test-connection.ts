import { randomBytes } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Call, Handler } from "#main/dispatch/handlers.ts";
import { findKeypairRow } from "#main/features/keypairs/index.ts";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { ConnectionReport, Server } from "#shared/models/server.ts";
import { assertSameMachine, assertSamePins } from "./asked-machine.ts";
import { findServer, updateServer } from "./server-repository.ts";
import { type ServersParts, serverResource } from "./servers-parts.ts";
import type { SshLogin } from "./ssh-port.ts";

/** A failure is the answer here, not an error: the report says what was found, and the inventory remembers it. */
export const testConnection =
  (parts: ServersParts): Handler<"servers", "testConnection"> =>
  async (params, call) => {
    const server = await findServer(call.vault.read, params.id);
    const began = call.clock.monotonic();
    const found = await contact(parts, server, call, params.password);
    const report: ConnectionReport = { ...found, milliseconds: Math.round(call.clock.monotonic() - began) };
    const now = call.clock.now();
    const seen = report.reachability === "reachable";
    const change = {
      reachability: report.reachability,
      problemCode: report.problem?.code ?? null,
      problemMessage: report.problem?.message ?? null,
      ...(seen ? { lastSeenAt: now } : {}),
      ...(report.serverVersion === undefined ? {} : { serverVersion: report.serverVersion }),
      updatedAt: now,
    };
    const { problem: _problem, ...kept } = server;
    return {
      result: {
        report,
        server: {
          ...kept,
          reachability: report.reachability,
          ...(report.problem === undefined ? {} : { problem: report.problem }),
          ...(seen ? { lastSeenAt: now } : {}),
          ...(report.serverVersion === undefined ? {} : { serverVersion: report.serverVersion }),
          updatedAt: now,
        },
      },
      resource: serverResource(server),
      status: report.reachability === "host-key-changed" ? "incident" : "normal",
      change: async (tx) => {
        const stands = await findServer(tx, server.id);
        assertSameMachine(server, stands);
        assertSamePins(server, stands);
        await updateServer(tx, server.id, change);
      },
      changed: ["servers"],
    };
  };

/** The bound key when there is one, else the password given, else only the host key. */
async function loginFor(
  parts: ServersParts,
  server: Server,
  call: Call,
  password: string | undefined,
): Promise<{ readonly login: SshLogin; dispose(): void } | undefined> {
  if (password !== undefined) {
    const secret = SecretBytes.fromText(password);
    return { login: { kind: "password", password: secret }, dispose: () => secret.dispose() };
  }
  // Bound for another account before the user was changed: that login would only be refused.
  if (server.binding?.user !== server.user) return undefined;
  const row = await findKeypairRow(call.vault.read, call.session, server.binding.keypairId);
  if (row.privateSealed === null && row.tokenId === null) return undefined;
  const { signer, dispose } = parts.signers.signerFor(call.vault, row);
  return { login: { kind: "key", signer }, dispose };
}

async function contact(
  parts: ServersParts,
  server: Server,
  call: Call,
  password: string | undefined,
): Promise<Omit<ConnectionReport, "milliseconds">> {
  const at = { host: server.host, port: server.port, profile: server.profile, deadlineMs: parts.contactMs };
  let credential: Awaited<ReturnType<typeof loginFor>>;
  try {
    credential = await loginFor(parts, server, call, password);
    if (credential === undefined || server.hostKeys.length === 0) return await lookOnly(parts, server, at);
    const session = await parts.ssh.connect({
      ...at,
      target: server,
      login: credential.login,
      trusted: server.hostKeys,
    });
    try {
      const nonce = randomBytes(16).toString("hex");
      const echo = await session.run(`echo ${nonce}`, { deadlineMs: parts.contactMs });
      const shell = echo.stdout.toString("latin1").includes(nonce);
      return {
        reachability: "reachable",
        hostKey: session.hostKey,
        serverVersion: session.serverVersion,
        login: { method: session.method, user: server.user, shell },
      };
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!isKeysteadError(error) || !error.code.startsWith("servers/")) throw error;
    return { reachability: reachabilityOf(error.code), problem: { code: error.code, message: error.message } };
  } finally {
    credential?.dispose();
  }
}

async function lookOnly(
  parts: ServersParts,
  server: Server,
  at: Parameters<ServersParts["ssh"]["readHostKey"]>[0],
): Promise<Omit<ConnectionReport, "milliseconds">> {
  const hostKey = await parts.ssh.readHostKey({ ...at, preferTypes: server.hostKeys.map((key) => key.algorithm) });
  const pinned = server.hostKeys.length === 0 || server.hostKeys.some((key) => key.blob === hostKey.blob);
  if (pinned) return { reachability: "reachable", hostKey };
  const message = `The server shows the host key ${hostKey.fingerprint}, not the pinned one. Find out why before you trust it.`;
  return { reachability: "host-key-changed", hostKey, problem: { code: "servers/host-key-changed", message } };
}

/** A refused login still shows a server that is there. */
function reachabilityOf(code: string): ConnectionReport["reachability"] {
  if (code === "servers/host-key-changed") return "host-key-changed";
  const answered = [
    "servers/login-refused",
    "servers/password-expired",
    "servers/no-shell",
    "servers/interactive-login",
    "servers/account-locked",
    "servers/host-key-unknown",
  ];
  return answered.includes(code) ? "reachable" : "unreachable";
}
