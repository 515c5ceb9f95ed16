import type { ServerAccount, SshdEffective } from "./sshd-effective.ts";
import { type Caller, matchesPattern, matchesPatternList, matchesUser } from "./sshd-pattern.ts";

export type KeyLoginObstacleKind =
  | "pubkey-off"
  | "root-login-off"
  | "root-forced-commands-only"
  | "user-denied"
  | "user-not-allowed"
  | "group-denied"
  | "group-not-allowed"
  | "key-type-refused"
  | "rsa-too-short"
  | "more-than-a-key"
  | "keys-from-command"
  | "revoked-keys"
  | "no-keys-file"
  | "forced-command";

/** Why a key login would fail or give no shell although the key is in its file. `blocks` false: it may still work. */
export interface KeyLoginObstacle {
  readonly kind: KeyLoginObstacleKind;
  /** The keyword of sshd_config to look at. */
  readonly keyword: string;
  readonly blocks: boolean;
  /** A sentence for people: what is set, what to do. */
  readonly says: string;
}

export interface KeyLoginQuestion {
  readonly account: ServerAccount;
  readonly caller: Caller;
  /** e.g. `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`. */
  readonly keyType: string;
  /** Length of an RSA modulus; ignored for other types. */
  readonly bits: number;
}

/** What stands in the way of logging in with this key, most basic first; empty when nothing does (B36). */
export function judgeKeyLogin(effective: SshdEffective, question: KeyLoginQuestion): readonly KeyLoginObstacle[] {
  return [...accountObstacles(effective, question), ...keyObstacles(effective, question)];
}

function accountObstacles(effective: SshdEffective, { account, caller }: KeyLoginQuestion): KeyLoginObstacle[] {
  const found: KeyLoginObstacle[] = [];
  const add = (kind: KeyLoginObstacleKind, keyword: string, says: string) =>
    found.push({ kind, keyword, blocks: true, says });
  const { user } = account;

  if (account.uid === 0 && effective.permitRootLogin === "no") {
    add("root-login-off", "PermitRootLogin", "The server lets root log in by no method. Bind another account.");
  }
  if (account.uid === 0 && effective.permitRootLogin === "forced-commands-only") {
    const says = "The server lets root log in only with keys that force a command. Bind another account.";
    add("root-forced-commands-only", "PermitRootLogin", says);
  }
  // The order of allowed_user() in OpenSSH's auth.c: deny before allow, users before groups.
  if (effective.denyUsers.some((entry) => matchesUser(caller, entry))) {
    add("user-denied", "DenyUsers", `The server's DenyUsers names ${user}. Take the entry out there.`);
  }
  if (effective.allowUsers.length > 0 && !effective.allowUsers.some((entry) => matchesUser(caller, entry))) {
    const says = `The server's AllowUsers does not name ${user} from ${caller.address}. Add it there.`;
    add("user-not-allowed", "AllowUsers", says);
  }
  const inGroups = (patterns: readonly string[]) =>
    patterns.some((pattern) => account.groups.some((group) => matchesPattern(group, pattern)));
  if (inGroups(effective.denyGroups)) {
    add("group-denied", "DenyGroups", `The server's DenyGroups names a group of ${user}. Take the entry out there.`);
  }
  if (effective.allowGroups.length > 0 && !inGroups(effective.allowGroups)) {
    add(
      "group-not-allowed",
      "AllowGroups",
      `${user} is in none of the groups of the server's AllowGroups. Add it to one.`,
    );
  }
  return found;
}

function keyObstacles(effective: SshdEffective, { keyType, bits }: KeyLoginQuestion): KeyLoginObstacle[] {
  const found: KeyLoginObstacle[] = [];
  const add = (kind: KeyLoginObstacleKind, keyword: string, says: string, blocks = true) =>
    found.push({ kind, keyword, blocks, says });

  if (!effective.pubkeyAuthentication) {
    add("pubkey-off", "PubkeyAuthentication", "The server takes no keys (PubkeyAuthentication no). Turn it on there.");
  }
  const accepted = effective.pubkeyAcceptedAlgorithms;
  if (accepted !== undefined && !signatureAlgorithms(keyType).some((name) => matchesPatternList(name, accepted))) {
    const says = `The server accepts no ${keyType} keys (PubkeyAcceptedAlgorithms). Use a key pair of another type.`;
    add("key-type-refused", "PubkeyAcceptedAlgorithms", says);
  }
  if (keyType === "ssh-rsa" && bits < effective.requiredRsaSize) {
    const says = `The server asks for RSA keys of at least ${effective.requiredRsaSize} bits; this one has ${bits}.`;
    add("rsa-too-short", "RequiredRSASize", says);
  }
  const chains = effective.authenticationMethods;
  if (chains.length > 0 && !chains.some((chain) => chain.length === 1 && chain[0] === "publickey")) {
    const says = `The server asks for more than a key (AuthenticationMethods ${showChains(chains)}).`;
    add("more-than-a-key", "AuthenticationMethods", says);
  }
  if (effective.authorizedKeysFiles.length === 0) {
    const says = "The server reads keys from no file (AuthorizedKeysFile none): adding a line has no effect there.";
    add("no-keys-file", "AuthorizedKeysFile", says);
  }
  // sshd asks the command only after the files: a key in a file works, but what it gives out survives an unbind (B15).
  if (effective.authorizedKeysCommand !== undefined) {
    const says = `The server also takes keys from a program (${effective.authorizedKeysCommand}); Keystead cannot change those.`;
    add("keys-from-command", "AuthorizedKeysCommand", says, effective.authorizedKeysFiles.length === 0);
  }
  if (effective.revokedKeys !== undefined) {
    const says = `The server refuses the keys listed in ${effective.revokedKeys} (RevokedKeys); a login will tell.`;
    add("revoked-keys", "RevokedKeys", says, false);
  }
  if (effective.forceCommand !== undefined) {
    const says = `The server runs one fixed command for this account (ForceCommand ${effective.forceCommand}): no shell.`;
    add("forced-command", "ForceCommand", says);
  }
  return found;
}

export function showChains(chains: readonly (readonly string[])[]): string {
  return chains.map((chain) => chain.join(",")).join(" ");
}

/** RSA keys sign by SHA-2 names; `ssh-rsa` itself is SHA-1 and no longer counts (B51). */
function signatureAlgorithms(keyType: string): readonly string[] {
  return keyType === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [keyType];
}
