import { posix } from "node:path";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { parseSshdEffective, type ServerAccount, type SshdEffective } from "../sshd-effective.ts";
import { type MatchFacts, readMatchFacts } from "./match-facts.ts";
import { PROBE_SCRIPT } from "./probe-script.ts";
import type { RemoteAnswer } from "./remote-answer.ts";
import { makeProgram, type RemoteProgram, type RunAs } from "./remote-program.ts";

export interface ServerFacts {
  /** The account the probe ran as: effective configurations need root. */
  readonly runsAsUid: number;
  readonly loginUser: string;
  /** `uname -s`, e.g. `Linux`. */
  readonly system: string;
  readonly release: string;
  /** The account asked about. */
  readonly account: ServerAccount & {
    readonly gid: number;
    readonly shell: string;
    /** With every link followed, as sshd compares it; `home` itself where it could not be entered. */
    readonly realHome: string;
  };
  /** Our address and the server's, as the server sees them (SSH_CONNECTION). */
  readonly connection: {
    readonly ourAddress: string;
    readonly serverAddress: string;
    readonly serverPort: number;
  };
  readonly hasSudo: boolean;
  readonly hasDropbear: boolean;
  /** `undefined` without the right to read it. */
  readonly password: PasswordState | undefined;
  /** Kibibytes free where the home folder lies; `undefined` where df is silent. */
  readonly freeKib: number | undefined;
  /** `undefined`: no OpenSSH server there. */
  readonly sshd: SshdFacts | undefined;
}

export interface PasswordState {
  readonly state: "set" | "locked" | "none" | "empty";
  /** The password must be changed before anything else works (B24). */
  readonly expired: boolean;
  /** The account itself is past its end date. */
  readonly accountExpired: boolean;
}

export interface SshdFacts {
  readonly path: string;
  /** e.g. `OpenSSH_9.2p1`; empty when it would not tell. */
  readonly version: string;
  readonly mainPath: string;
  readonly mainFile: Buffer;
  readonly listings: ReadonlyMap<string, readonly string[]>;
  /** Those of the main file and the listed ones that are symbolic links. */
  readonly links: readonly string[];
  /** `file: Match …`, for people (B32). */
  readonly matchLines: readonly string[];
  /** For those outside the classes below. */
  readonly matching: MatchFacts;
  /** No file can hold a Match block, so every class below is the same answer of sshd's. */
  readonly uniform: boolean;
  /** How it is made to read its files again: a command, `each-connection`, or empty when unknown (B39). */
  readonly reload: string;
  /** `-o` options of the running daemon that files cannot overrule, e.g. `PasswordAuthentication=yes`. */
  readonly fixedOptions: readonly string[];
  /** By user class (B32); empty when the probe lacked the rights to ask (B14). */
  readonly classes: readonly { readonly name: string; readonly user: string; readonly effective: SshdEffective }[];
  /** sshd's words when it would not list its configuration to root: usually that it is invalid. */
  readonly effectiveError: string | undefined;
}

export interface Probe {
  /** The account whose login is to be bound. */
  readonly user: string;
  readonly runAs: RunAs;
  /** Our name as the server sees it; default is our address (UseDNS no). */
  readonly ourHost?: string | undefined;
}

export function probeServer(request: Probe): RemoteProgram<ServerFacts> {
  checkName(request.user);
  return makeProgram({
    name: "probe",
    script: PROBE_SCRIPT,
    values: { user: request.user, main: "", host: request.ourHost ?? "" },
    runAs: request.runAs,
    read: (answer) => readFacts(answer, request.user),
  });
}

/** The list of `sshd -C` knows no quoting: a comma or blank in a name would be another criterion. */
export function isAskable(user: string): boolean {
  return /^[^\s,=:/!*?'"\\\p{Cc}-][^\s,=:/!*?'"\\\p{Cc}]{0,255}$/u.test(user);
}

export function checkName(user: string): string {
  if (isAskable(user)) return user;
  throw new KeysteadError("request/invalid-params", "The account name has characters no login name has. Correct it.");
}

function readFacts(answer: RemoteAnswer, user: string): ServerFacts {
  const [system = "", release = ""] = answer.text("system").split(" ");
  const line = answer.text("account").split(":");
  const [name, , uid, gid, , home, shell] = line;
  if (name === undefined || !/^\d+$/.test(uid ?? "") || home === undefined) {
    throw new KeysteadError(
      "servers/unsupported-system",
      `The server does not know the account ${user}. Check its name.`,
    );
  }
  const [ourAddress = "", , serverAddress = "", serverPort = "22"] = answer.text("connection").split(" ");
  return {
    runsAsUid: answer.number("uid"),
    loginUser: answer.text("login"),
    system,
    release,
    account: {
      user,
      uid: Number(uid),
      gid: Number(gid),
      // `/home/ops/` of passwd(5) is the same folder to sshd, and paths are compared as text here.
      home: home.replace(/(?<=.)\/+$/, ""),
      realHome: answer.optional("real-home") || home,
      shell: shell ?? "",
      groups: answer.list("group"),
    },
    connection: { ourAddress, serverAddress, serverPort: Number(serverPort) },
    hasSudo: answer.flag("sudo"),
    hasDropbear: answer.flag("dropbear"),
    password: readPassword(answer.optional("shadow"), answer.number("clock")),
    freeKib: answer.has("free-kib") ? answer.number("free-kib") : undefined,
    sshd: answer.has("sshd") ? readSshd(answer, user) : undefined,
  };
}

function readSshd(answer: RemoteAnswer, user: string): SshdFacts {
  const listings = new Map<string, string[]>(answer.list("folder").map((folder) => [folder, []]));
  for (const path of answer.list("entry")) listings.get(posix.dirname(path))?.push(posix.basename(path));
  const users = answer.list("effective-user");
  const texts = answer.list("effective");
  const ordinary = answer.text("ordinary");
  const uniform = answer.flag("uniform");
  const classes = [
    { name: "target", user },
    { name: "root", user: "root" },
    { name: "ordinary", user: ordinary },
  ].flatMap((one) => {
    const text = texts[uniform ? 0 : users.indexOf(one.user)];
    return text === undefined ? [] : [{ ...one, effective: parseSshdEffective(text) }];
  });
  return {
    path: answer.text("sshd"),
    version: /^OpenSSH_\d[^\s,]*/.exec(answer.optional("sshd-version") ?? "")?.[0] ?? "",
    mainPath: answer.text("main"),
    mainFile: answer.has("main-file") ? answer.bytes("main-file") : Buffer.alloc(0),
    listings,
    links: answer.list("link"),
    uniform,
    matching: readMatchFacts(answer, answer.text("main")),
    matchLines: answer.lines("match-lines").map((line) => line.replace(/:\s*/, ": ")),
    reload: answer.optional("reload") ?? "",
    fixedOptions: [...(answer.optional("listener-words") ?? "").matchAll(/\s-o ?(\S+)/g)].map(
      (match) => match[1] ?? "",
    ),
    classes,
    // To others sshd says no because it cannot read its host keys, which tells nothing.
    effectiveError: answer.number("uid") === 0 ? answer.optional("effective-error") : undefined,
  };
}

const DAY = 86_400;

/** `state,lastChange,maxDays,expires`, the numbers in days since 1970, as shadow(5) keeps them. */
function readPassword(shadow: string | undefined, clock: number): PasswordState | undefined {
  const [, state, changed = "", max = "", expires = ""] =
    /^(set|locked|none|empty),(-?\d*),(-?\d*),(-?\d*)$/.exec(shadow ?? "") ?? [];
  if (state !== "set" && state !== "locked" && state !== "none" && state !== "empty") return undefined;
  const today = Math.floor(clock / DAY);
  const overdue = changed !== "" && max !== "" && Number(max) >= 0 && Number(changed) + Number(max) < today;
  return {
    state,
    expired: changed === "0" || overdue,
    accountExpired: expires !== "" && Number(expires) > 0 && Number(expires) <= today,
  };
}
