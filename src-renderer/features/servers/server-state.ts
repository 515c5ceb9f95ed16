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

/** Only the bound key logs in to allow passwords again; where they are on there is nothing to allow. */
export function mayAllowPasswords(
  server: Pick<Server, "binding" | "user" | "passwordLogin" | "runningTaskId">,
): boolean {
  return server.runningTaskId === undefined && server.binding?.user === server.user && server.passwordLogin !== "on";
}

export type Comparison = "same" | "different" | "no-fingerprint";

/** What was pasted against the presented fingerprint, whatever blanks, prefix or words came with it. */
export function compareFingerprint(pasted: string, presented: string): Comparison {
  // SHA-256 in base64 without padding: 43 characters (RFC 4648), and none of the alphabet beside them.
  const found = pasted.match(/(?<![A-Za-z0-9+/])([A-Za-z0-9+/]{43})=?(?![A-Za-z0-9+/])/)?.[1];
  if (found === undefined) return "no-fingerprint";
  return found === presented.replace(/^SHA256:/, "").replace(/=+$/, "") ? "same" : "different";
}

/** The file on the server that holds the public half of a host key of this algorithm. */
export function hostKeyFile(algorithm: string): string {
  if (algorithm.includes("ed25519")) return "ssh_host_ed25519_key.pub";
  return algorithm.includes("ecdsa") ? "ssh_host_ecdsa_key.pub" : "ssh_host_rsa_key.pub";
}
