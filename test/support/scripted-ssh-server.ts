import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2, { type AuthContext, type KeyboardAuthContext, type PasswordAuthContext } from "ssh2";
import { hostKeyOf } from "#main/adapters/ssh/host-trust.ts";
import type { HostKey } from "#main/features/servers/ssh-port.ts";

/**
 * A server whose login conversation a test writes: one-time codes, echoing prompts, the protocol's own password change.
 * For what a real sshd says only with modules that a test machine does not have.
 */
export interface ScriptedServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly hostKey: HostKey;
  /** Answers and passwords that clients have sent, in order. */
  readonly heard: readonly string[];
}

export type Script = (attempt: {
  readonly method: string;
  readonly context: AuthContext;
  readonly heard: string[];
}) => void;

export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = privateKey.export({ type: "sec1", format: "pem" }).toString();
  const parsed = ssh2.utils.parseKey(pem);
  if (parsed instanceof Error) throw parsed;
  const heard: string[] = [];
  const server = new ssh2.Server({ hostKeys: [pem] }, (client) => {
    client.on("authentication", (context) => script({ method: context.method, context, heard }));
    client.on("error", () => undefined); // clients that distrust this server hang up, as they should
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    hostKey: hostKeyOf(parsed.getPublicSSH()),
    heard,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

export interface PromptRound {
  readonly instructions?: string;
  readonly prompts: readonly { readonly prompt: string; readonly echo: boolean }[];
}

/** Asks by keyboard-interactive only, round after round, then lets the client in. */
export function asking(...rounds: readonly PromptRound[]): Script {
  return ({ context, heard }) => {
    if (context.method !== "keyboard-interactive") {
      context.reject(["keyboard-interactive"]);
      return;
    }
    const ask = (index: number) => {
      const round = rounds[index];
      if (round === undefined) {
        context.accept();
        return;
      }
      const prompts = [...round.prompts];
      (context as KeyboardAuthContext).prompt(prompts, "", round.instructions ?? "", (answers) => {
        heard.push(...answers);
        ask(index + 1);
      });
    };
    ask(0);
  };
}

/** Takes the password and demands a new one by SSH_MSG_USERAUTH_PASSWD_CHANGEREQ (RFC 4252 section 8). */
export const demandingChange: Script = ({ context, heard }) => {
  if (context.method !== "password") {
    context.reject(["password"]);
    return;
  }
  heard.push((context as PasswordAuthContext).password);
  (context as PasswordAuthContext).requestChange("Your password has expired.", () => context.reject());
};
