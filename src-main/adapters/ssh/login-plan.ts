import type { AnyAuthMethod, Prompt } from "ssh2";
import type { SshLogin, SshProfile } from "#main/features/servers/ssh-port.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { SignerAgent } from "./signer-agent.ts";
import type { Refusal } from "./ssh2-internals.ts";
import { harmless } from "./translate.ts";

/** How one login goes about its one credential. */
export interface LoginPlan {
  /** The method tried last: `password`, `keyboard-interactive`, `publickey` or `none`. */
  readonly method: string;
  /** The methods offered after `none`, when the plan began with that. */
  readonly offered?: readonly string[] | undefined;
  /**
   * What to send next; `refusal` is the server's answer to the last attempt, none before the first. `undefined` ends the
   * attempts; then `control` has been told why.
   */
  next(refusal: Refusal | undefined): AnyAuthMethod | undefined;
}

export interface LoginControl {
  /** `user` at `host:port`, as shown to people. */
  readonly who: string;
  readonly profile: SshProfile;
  fail(error: unknown): void;
}

export function loginPlan(user: string, login: SshLogin, control: LoginControl): LoginPlan {
  return login.kind === "password" ? new PasswordPlan(user, login, control) : new KeyPlan(user, login, control);
}

class PasswordPlan implements LoginPlan {
  method = "none";
  readonly #user: string;
  readonly #login: Extract<SshLogin, { kind: "password" }>;
  readonly #control: LoginControl;
  #answered = false;

  constructor(user: string, login: Extract<SshLogin, { kind: "password" }>, control: LoginControl) {
    this.#user = user;
    this.#login = login;
    this.#control = control;
  }

  next(refusal: Refusal | undefined): AnyAuthMethod | undefined {
    if (refusal === undefined) {
      this.method = "password";
      // The bytes themselves, no string: ssh2 takes a Buffer here, its published types do not say so.
      const password = this.#login.password.reveal() as unknown as string;
      return { type: "password", username: this.#user, password };
    }
    const { offered, partial } = refusal;
    if (partial) return this.#end(secondFactor(this.#control.who, offered));
    // B55: a password that was refused is not replayed; the other method is for servers that do not have this one.
    const untried =
      this.method === "password" && !offered.includes("password") && offered.includes("keyboard-interactive");
    if (!untried) return this.#end(refused(this.#control.who, "password", offered));
    this.method = "keyboard-interactive";
    return {
      type: "keyboard-interactive",
      username: this.#user,
      prompt: (_name, instructions, _language, prompts, finish) => this.#answer(instructions, prompts, finish),
    };
  }

  #answer(instructions: string, prompts: readonly Prompt[], finish: (answers: string[]) => void): void {
    const objection = this.#objection(instructions, prompts);
    if (objection !== undefined) {
      this.#control.fail(objection);
      return;
    }
    this.#answered = true;
    // ssh2 takes text only here; it lives until this call returns.
    finish([this.#login.password.reveal().toString("utf8")]);
  }

  #objection(instructions: string, prompts: readonly Prompt[]): KeysteadError | undefined {
    const { who } = this.#control;
    const asked = [instructions, ...prompts.map((one) => one.prompt)].join(" ");
    if (this.#answered && isPasswordChange(asked)) return passwordExpired(who);
    const single = prompts.length === 1 && prompts[0]?.echo === false;
    if (!this.#answered && single && !isOneTimeCode(asked)) return undefined;
    return new KeysteadError(
      "servers/interactive-login",
      `${who} asks for more than a password. Keystead answers only a single password question: use a key, or change the server's login rules.`,
      { asked: harmless(asked) },
    );
  }

  #end(error: KeysteadError): undefined {
    this.#control.fail(error);
  }
}

class KeyPlan implements LoginPlan {
  method = "none";
  readonly #user: string;
  readonly #login: Extract<SshLogin, { kind: "key" }>;
  readonly #control: LoginControl;
  #started = false;

  constructor(user: string, login: Extract<SshLogin, { kind: "key" }>, control: LoginControl) {
    this.#user = user;
    this.#login = login;
    this.#control = control;
  }

  next(refusal: Refusal | undefined): AnyAuthMethod | undefined {
    const { who, profile, fail } = this.#control;
    if (!this.#started) {
      this.#started = true;
      this.method = "publickey";
      const agent = new SignerAgent(this.#login.signer, profile, (error) => fail(error));
      return { type: "agent", username: this.#user, agent };
    }
    if (refusal === undefined) {
      const sentence = `${who} takes no signature algorithm that this ${this.#login.signer.keyType} key can make. Use an Ed25519 key or update the server.`;
      fail(new KeysteadError("servers/no-common-algorithm", sentence));
    } else {
      const { offered, partial } = refusal;
      fail(partial ? secondFactor(who, offered) : refused(who, "key", offered));
    }
    return undefined;
  }
}

/** B41: asks what is offered before it logs in; a server that lets in without anything has offered `none`. */
export class AskingPlan implements LoginPlan {
  readonly #user: string;
  readonly #login: LoginPlan;
  offered: readonly string[] | undefined;

  constructor(user: string, login: LoginPlan) {
    this.#user = user;
    this.#login = login;
  }

  get method(): string {
    return this.#login.method;
  }

  next(refusal: Refusal | undefined): AnyAuthMethod | undefined {
    if (this.offered === undefined) {
      this.offered = ["none"];
      return { type: "none", username: this.#user };
    }
    // The first refusal answers our question; the plan has tried nothing yet.
    if (this.#login.method !== "none") return this.#login.next(refusal);
    this.offered = refusal?.offered ?? [];
    return this.#login.next(undefined);
  }
}

/** B41: asks which methods there are, by offering nothing. */
export class MethodsPlan implements LoginPlan {
  readonly method = "none";
  readonly #user: string;
  readonly #answer: (methods: readonly string[]) => void;

  constructor(user: string, answer: (methods: readonly string[]) => void) {
    this.#user = user;
    this.#answer = answer;
  }

  next(refusal: Refusal | undefined): AnyAuthMethod | undefined {
    if (refusal === undefined) return { type: "none", username: this.#user };
    this.#answer(refusal.offered);
    return undefined;
  }
}

export function passwordExpired(who: string): KeysteadError {
  return new KeysteadError(
    "servers/password-expired",
    `The password of ${who} has expired. Log in there once by hand and change it, then try again with the new one.`,
  );
}

/** B24: the server lets the account in and then does nothing for it but demand a change. */
export function isPasswordChange(text: string): boolean {
  return /password (has )?expired|password change required|change your password|(new|current|old)( unix)? password/i.test(
    text,
  );
}

function isOneTimeCode(text: string): boolean {
  return /verification code|one[- ]time|\botp\b|\btoken\b|passcode|authenticator/i.test(text);
}

function refused(who: string, what: "password" | "key", offered: readonly string[]): KeysteadError {
  const methods = offered.map(harmless);
  const needed = what === "key" ? "publickey" : "password";
  const impossible = !offered.includes(needed) && !(what === "password" && offered.includes("keyboard-interactive"));
  const sentence = impossible
    ? `${who} does not allow a login by ${what}. It offers: ${methods.join(", ") || "nothing"}.${what === "password" ? " Allow it on the server first." : ""}`
    : `${who} refused the ${what}. Check the user name and the ${what}; the account may also be locked or not allowed to log in.`;
  return new KeysteadError("servers/login-refused", sentence, { offered: methods, what });
}

function secondFactor(who: string, offered: readonly string[]): KeysteadError {
  const methods = offered.map(harmless);
  return new KeysteadError(
    "servers/interactive-login",
    `${who} accepted the login but demands a further one (${methods.join(", ")}). Keystead does not answer second factors.`,
    { offered: methods },
  );
}
