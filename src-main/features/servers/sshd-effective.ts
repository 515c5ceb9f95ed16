import { KeysteadError } from "#shared/errors/keystead-error.ts";

/**
 * What sshd itself says its configuration is for one caller: the output of `sshd -T -C user=,host=,addr=` (B14, B32).
 * Nothing here reads configuration files: includes, Match blocks and first-value-wins are sshd's business.
 */
export interface SshdEffective {
  /** Lower-case keyword → its values, one per output line. */
  readonly raw: ReadonlyMap<string, readonly string[]>;
  readonly pubkeyAuthentication: boolean;
  readonly passwordAuthentication: boolean;
  /** By any of its names: see `kbdInteractiveKeywords`. */
  readonly kbdInteractiveAuthentication: boolean;
  /**
   * The names this server prints, and so those its files understand; never empty (B33). Up to OpenSSH 8.6 they are two
   * settings, and ChallengeResponseAuthentication, on by default, switches the other on whatever that says (sshd.c, main).
   */
  readonly kbdInteractiveKeywords: readonly KbdInteractiveKeyword[];
  readonly permitRootLogin: "yes" | "no" | "prohibit-password" | "forced-commands-only";
  readonly usePam: boolean;
  readonly strictModes: boolean;
  /** Empty for `none`. */
  readonly authorizedKeysFiles: readonly string[];
  /** `undefined` for `none`. */
  readonly authorizedKeysCommand: string | undefined;
  readonly allowUsers: readonly string[];
  readonly denyUsers: readonly string[];
  readonly allowGroups: readonly string[];
  readonly denyGroups: readonly string[];
  /** Comma list as sshd prints it; `undefined` when the server is too old to print it. */
  readonly pubkeyAcceptedAlgorithms: string | undefined;
  readonly requiredRsaSize: number;
  readonly revokedKeys: string | undefined;
  /** Alternatives, each a chain of methods that must all pass; empty for `any`. */
  readonly authenticationMethods: readonly (readonly string[])[];
  readonly forceCommand: string | undefined;
  readonly pidFile: string | undefined;
}

export const KBD_INTERACTIVE_KEYWORDS = ["KbdInteractiveAuthentication", "ChallengeResponseAuthentication"] as const;
export type KbdInteractiveKeyword = (typeof KBD_INTERACTIVE_KEYWORDS)[number];

/** Throws `servers/unexpected-answer` when the text is not a listing of sshd's configuration. */
export function parseSshdEffective(text: string): SshdEffective {
  const raw = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [, keyword, value] = /^([a-z0-9]+)(?: (.*))?$/.exec(line) ?? [];
    if (keyword === undefined) continue;
    const values = raw.get(keyword);
    if (values === undefined) raw.set(keyword, [value ?? ""]);
    else values.push(value ?? "");
  }
  const one = (keyword: string) => raw.get(keyword)?.[0];
  const setting = (keyword: string) => (one(keyword) === "none" ? undefined : one(keyword));
  const pubkey = one("pubkeyauthentication");
  const password = one("passwordauthentication");
  if (pubkey === undefined || password === undefined) {
    throw new KeysteadError(
      "servers/unexpected-answer",
      "The server's sshd did not list its configuration (sshd -T). Check that sshd -T works there when run by root.",
    );
  }
  const kbd = KBD_INTERACTIVE_KEYWORDS.filter((keyword) => raw.has(keyword.toLowerCase()));
  return {
    raw,
    pubkeyAuthentication: pubkey === "yes",
    passwordAuthentication: password === "yes",
    kbdInteractiveAuthentication: kbd.length === 0 || kbd.some((keyword) => one(keyword.toLowerCase()) === "yes"),
    kbdInteractiveKeywords: kbd.length === 0 ? ["ChallengeResponseAuthentication"] : kbd,
    permitRootLogin: rootLogin(one("permitrootlogin")),
    usePam: one("usepam") === "yes",
    strictModes: one("strictmodes") !== "no",
    authorizedKeysFiles: words(setting("authorizedkeysfile")),
    authorizedKeysCommand: setting("authorizedkeyscommand"),
    // One entry a line, and a blank in it is part of the name.
    allowUsers: raw.get("allowusers") ?? [],
    denyUsers: raw.get("denyusers") ?? [],
    allowGroups: raw.get("allowgroups") ?? [],
    denyGroups: raw.get("denygroups") ?? [],
    pubkeyAcceptedAlgorithms: one("pubkeyacceptedalgorithms") ?? one("pubkeyacceptedkeytypes"),
    requiredRsaSize: Number(one("requiredrsasize") ?? 1024),
    revokedKeys: setting("revokedkeys"),
    authenticationMethods: words(one("authenticationmethods"))
      .filter((chain) => chain !== "any")
      .map((chain) => chain.split(",").map((method) => method.toLowerCase())),
    forceCommand: setting("forcecommand"),
    pidFile: setting("pidfile"),
  };
}

/** What sshd printed for a keyword of sshd_config; `undefined` when it did not. */
export function keywordValue(effective: Pick<SshdEffective, "raw">, keyword: string): string | undefined {
  return effective.raw.get(keyword.toLowerCase())?.[0];
}

export interface ServerAccount {
  readonly user: string;
  readonly uid: number;
  readonly home: string;
  readonly groups: readonly string[];
}

export type AuthorizedKeysPaths =
  | { readonly kind: "paths"; readonly paths: readonly string[] }
  /** `AuthorizedKeysFile none`: no file is read at all (B14). */
  | { readonly kind: "none" };

/** Where sshd looks for this account's keys, in its order, with %h %u %U %% filled in (B14). */
export function authorizedKeysPaths(
  effective: Pick<SshdEffective, "authorizedKeysFiles">,
  account: Pick<ServerAccount, "user" | "uid" | "home">,
): AuthorizedKeysPaths {
  const home = account.home.replace(/(?<=.)\/+$/, "");
  const values: Readonly<Record<string, string>> = { "%": "%", h: home, u: account.user, U: String(account.uid) };
  const paths = effective.authorizedKeysFiles.map((pattern) => {
    const path = pattern.replace(/%(.)/g, (whole, token: string) => values[token] ?? whole);
    return path.startsWith("/") ? path : `${home === "/" ? "" : home}/${path}`;
  });
  return paths.length === 0 ? { kind: "none" } : { kind: "paths", paths };
}

function rootLogin(value: string | undefined): SshdEffective["permitRootLogin"] {
  if (value === "yes" || value === "no" || value === "forced-commands-only") return value;
  return "prohibit-password"; // `without-password` is its old name, and still what sshd -T prints
}

function words(text: string | undefined): string[] {
  return (text ?? "").split(/[ \t]+/).filter((word) => word !== "");
}
