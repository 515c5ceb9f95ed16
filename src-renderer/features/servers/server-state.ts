import type { Server } from "#shared/models/server.ts";
import type { Tone } from "../../components/StateTag.tsx";

export const REACH_TONE: Readonly<Record<Server["reachability"], Tone>> = {
  unknown: "waiting",
  reachable: "good",
  unreachable: "bad",
  "host-key-changed": "bad",
};

export const LOGIN_TONE: Readonly<Record<Server["passwordLogin"], Tone>> = {
  unknown: "waiting",
  on: "care",
  off: "good",
};

export type BindingState = "bound" | "unproved" | "none";

export const BINDING_TONE: Readonly<Record<BindingState, Tone>> = { bound: "good", unproved: "care", none: "quiet" };

export function bindingState(server: Pick<Server, "binding">): BindingState {
  return server.binding?.state ?? "none";
}

type Login = Pick<Server, "host" | "port" | "user">;

/** The server of the inventory that this login is already, by main's own rule: one login of one machine stands there once. */
export function serverAt<S extends Login>(servers: readonly S[], { host, port, user }: Login): S | undefined {
  return servers.find(
    (server) => server.host.toLowerCase() === host.toLowerCase() && server.port === port && server.user === user,
  );
}

/** The same fingerprint, whatever blanks or prefix came with pasting it. */
export function sameFingerprint(pasted: string, presented: string): boolean {
  const found = pasted.match(/(?:SHA256:)?([A-Za-z0-9+/]{43})=?(?![A-Za-z0-9+/])/)?.[1];
  return found !== undefined && found === presented.replace(/^SHA256:/, "").replace(/=+$/, "");
}

/** The file on the server that holds the public half of a host key of this algorithm. */
export function hostKeyFile(algorithm: string): string {
  if (algorithm.includes("ed25519")) return "ssh_host_ed25519_key.pub";
  return algorithm.includes("ecdsa") ? "ssh_host_ecdsa_key.pub" : "ssh_host_rsa_key.pub";
}
