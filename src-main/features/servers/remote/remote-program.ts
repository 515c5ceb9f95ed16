import { randomBytes } from "#main/crypto/random.ts";
import type { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import type { InputAnswer, RunResult, SshSession } from "../ssh-port.ts";
import { type RemoteAnswer, readAnswer } from "./remote-answer.ts";
import { PRELUDE } from "./shell-library.ts";
import { shellAssignments } from "./shell-quote.ts";

/** One run of one script on a server: what to send, and how to read what comes back. */
export interface RemoteProgram<Answer> {
  readonly name: string;
  /** For `SshSession.run`; always the same text, so that no value of ours shows in the server's process list or sudo log. */
  readonly command: string;
  /** May hold the sudo password: wipe it after the run, as `runProgram` does. */
  readonly stdin: Buffer;
  /** The go-ahead that a script which changes something asks for at its last moment; `undefined` for one that does not. */
  readonly answers?: readonly InputAnswer[] | undefined;
  /** Throws a `KeysteadError` with a code of `servers/…` that names the cause. */
  parse(result: RunResult): Answer;
}

/** The account a script runs as. Only what needs root gets root (B10). */
export type RunAs =
  | { readonly kind: "login" }
  /** Directly when the login account is root; else by sudo, without a password only if sudo asks none. */
  | { readonly kind: "root"; readonly password?: SecretBytes | undefined }
  | { readonly kind: "user"; readonly user: string; readonly password?: SecretBytes | undefined };

export interface ScriptOf<Answer> {
  readonly name: string;
  readonly script: string;
  /** Shell variables of the script. */
  readonly values: Readonly<Record<string, string>>;
  /** What the script reads from its standard input after itself, base64 on one line. */
  readonly input?: Uint8Array | undefined;
  /** The script calls `agree`. */
  readonly agrees?: boolean | undefined;
  readonly runAs: RunAs;
  read(answer: RemoteAnswer): Answer;
}

/** Reads one line, base64 of a script, and becomes that script; the rest of standard input is the script's. */
const BOOT = `IFS= read -r s && eval "$(printf %s "$s" | base64 -d 2>/dev/null || printf %s "$s" | openssl base64 -d -A)"`;

/** One line without quotes inside quotes or backslashes: sh, bash, zsh, fish and csh all hand it on alike (B23). */
export const COMMAND = `exec sh -c '${BOOT}'`;

/**
 * Becomes the wanted account, then boots the next line of standard input there.
 *
 * The password is asked for once by `sudo -v`, alone on sudo's input: a wrong one ends at once, where sudo would else take
 * the script's own lines for further tries and lock the account. `printf` is built in, so the password is in no process
 * list; it is exported nowhere. Both sudo calls have this shell as parent, which is how sudo knows its ticket without a
 * terminal; where tickets are off, the third form gives the password again.
 */
const BECOME = `
IFS= read -r pw
case $become in
  root) [ "$(id -u)" = 0 ] && mode=here ;;
  *) if [ "$(id -un)" = "$become" ]; then mode=here; elif [ "$(id -u)" = 0 ]; then mode=drop; fi ;;
esac
case \${mode-sudo} in
  here) pw=; eval "$boot" ;;
  drop)
    pw=
    if has runuser; then runuser -u "$become" -- sh -c "$boot" keystead "\${SSH_CONNECTION-}"
    else su -s /bin/sh "$become" -c "$boot"; fi
    [ $? = 0 ] || { begin; fail become-refused; } ;;
  sudo)
    has sudo || { begin; fail no-sudo; }
    case $pw in
      # A refusal here need not matter: sudo -v wants a password even where one of two rules for the account asks none.
      p*) pw=\${pw#p}; printf '%s\\n' "$pw" | sudo -S -v -p '' && proved=yes ;;
    esac
    sudo -n -u "$become" sh -c "$boot" keystead "\${SSH_CONNECTION-}"
    st=$?
    if [ $st = 1 ] && [ "\${proved-}" = yes ]; then
      { printf '%s\\n' "$pw"; cat; } | sudo -S -k -p '' -u "$become" sh -c "$boot" keystead "\${SSH_CONNECTION-}"
      st=$?
    fi
    sudo -k 2>/dev/null
    [ $st = 0 ] || { begin; fail sudo-refused; } ;;
esac
`;

export function makeProgram<Answer>(parts: ScriptOf<Answer>): RemoteProgram<Answer> {
  const { name, runAs } = parts;
  const secret = runAs.kind === "login" ? undefined : runAs.password;
  // The first and last line of an answer carry it: what a .bashrc or a forced command prints cannot pass for one (B6, B23).
  const nonce = randomBytes(16).toString("hex");
  const head = shellAssignments({ nonce }) + PRELUDE;
  const body = `${head}${shellAssignments(parts.values)}begin\n${parts.script}\nend\n`;
  const lines = [bootLine(body)];
  if (runAs.kind !== "login") {
    const become = runAs.kind === "root" ? "root" : runAs.user;
    lines.unshift(
      bootLine(`${head}${shellAssignments({ become, boot: BOOT })}${BECOME}`),
      passwordLine(runAs.password),
    );
  }
  if (parts.input !== undefined) lines.push(Buffer.from(`${Buffer.from(parts.input).toString("base64")}\n`));
  const stdin = Buffer.concat(lines);
  for (const line of lines) line.fill(0);
  return {
    name,
    command: COMMAND,
    stdin,
    answers: parts.agrees === true ? goAhead(nonce) : undefined,
    parse: (result) => parts.read(readAnswer({ ...result, secret }, nonce, name)),
  };
}

/** Runs a program and wipes what was sent, password included, whatever happens. */
export async function runProgram<Answer>(
  session: SshSession,
  program: RemoteProgram<Answer>,
  options: { readonly deadlineMs: number; readonly signal?: AbortSignal | undefined },
): Promise<Answer> {
  try {
    const { command, stdin, answers } = program;
    const result = await session.run(command, { ...options, stdin, answers, maxOutputBytes: MAX_OUTPUT });
    return program.parse(result);
  } finally {
    program.stdin.fill(0);
  }
}

/** An authorized_keys of the allowed size in base64, and the listings of sshd, with room to spare. */
const MAX_OUTPUT = 4 * 1024 * 1024;

/** For a script that ends before it asks, the input is closed at its end: where sudo is given the password, a `cat` waits for that. */
function goAhead(nonce: string): readonly InputAnswer[] {
  return [
    { line: `keystead ${nonce} ready\n`, stdin: "go\n" },
    { line: `keystead ${nonce} end\n`, stdin: "" },
  ];
}

function bootLine(script: string): Buffer {
  return Buffer.from(`${Buffer.from(script).toString("base64")}\n`);
}

/** `p` and the password, or `n` for none: a line of its own either way. */
function passwordLine(password: SecretBytes | undefined): Buffer {
  if (password === undefined) return Buffer.from("n\n");
  const bytes = password.reveal();
  if (bytes.includes(0) || bytes.includes(0x0a) || bytes.includes(0x0d)) {
    throw new KeysteadError(
      "request/invalid-params",
      "A sudo password cannot hold a line break or a NUL. Type it again.",
    );
  }
  return Buffer.concat([Buffer.from("p"), bytes, Buffer.from("\n")]);
}
