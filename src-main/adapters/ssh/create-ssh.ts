import type { ConnectRequest, HostKey, Ssh, SshSession } from "#main/features/servers/ssh-port.ts";
import { Connection, type OpenRequest } from "./connection.ts";
import { HandshakeGate } from "./handshake-gate.ts";
import { AskingPlan, loginPlan, MethodsPlan } from "./login-plan.ts";
import { Session } from "./session.ts";

export interface SshOptions {
  /** Handshakes at a time with one server; sshd starts dropping at 10 (B53). Default 4. */
  readonly handshakesPerServer?: number;
  /** Silence after which the server is asked whether it is still there, ms; after three in vain the session ends (B56). Default 10 s. */
  readonly keepaliveMs?: number;
}

/** SSH by ssh2. State is shared between calls (handshakes per server, which servers answered lately): make one per program. */
export function createSsh(options: SshOptions = {}): Ssh {
  const gate = new HandshakeGate(options.handshakesPerServer ?? 4);
  const keepaliveMs = options.keepaliveMs ?? 10_000;

  const login = (request: Omit<ConnectRequest, "login">, plan: OpenRequest["plan"]): Promise<Connection> => {
    const { target, profile, trusted, deadlineMs, signal } = request;
    const preferTypes = trusted.map((key) => key.algorithm);
    return Connection.open({ ...target, profile, trusted, preferTypes, deadlineMs, signal, keepaliveMs, plan }, gate);
  };

  return {
    async readHostKey({ host, port, profile, deadlineMs, signal, preferTypes = [] }): Promise<HostKey> {
      // No credential is ever offered on this connection, so any user name will do.
      const request = { host, port, user: "keystead", profile, deadlineMs, signal, preferTypes, keepaliveMs };
      const connection = await Connection.open({ ...request, trusted: undefined, plan: undefined }, gate);
      const hostKey = firstKey(connection);
      await connection.close();
      return hostKey;
    },

    async connect(request): Promise<SshSession> {
      const { user } = request.target;
      const connection = await login(request, (control) => {
        const plan = loginPlan(user, request.login, control);
        return request.askMethods === true ? new AskingPlan(user, plan) : plan;
      });
      return new Session(connection, firstKey(connection), user);
    },

    async offeredMethods(request): Promise<readonly string[]> {
      let methods: readonly string[] = ["none"]; // stands when the server lets anybody in
      const connection = await login(request, (_control, succeed) => {
        return new MethodsPlan(request.target.user, (offered) => {
          methods = offered;
          succeed();
        });
      });
      await connection.close();
      return methods;
    },
  };
}

function firstKey(connection: Connection): HostKey {
  const [key] = connection.hostKeys;
  if (key === undefined) throw new Error("an open SSH connection has a host key");
  return key;
}
