import type { Call } from "#main/dispatch/handlers.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenView, WizardStep } from "#shared/models/token.ts";
import {
  type InitialisationStep,
  initialisationIncomplete,
  isFresh,
  leftBehind,
  wizardSteps,
} from "./initialisation-steps.ts";
import type { InitialiseWish } from "./initialize-token.ts";
import { namesOnToken } from "./names-on-token.ts";
import { attemptPin } from "./pin-attempt.ts";
import { proveWithProbeKey } from "./probe-key.ts";
import { hasOwnSerial, tokenAt } from "./token-identity.ts";
import type { PresentToken, TokenInUse } from "./token-in-use.ts";
import { findInstance, type InstanceRow, touchInstance } from "./token-repository.ts";
import { note, type TokensParts, tokenResource, viewOf } from "./tokens-parts.ts";

export interface Initialised {
  readonly token: TokenInUse;
  readonly view: TokenView;
  readonly steps: readonly WizardStep[];
  /** Names of what was on it, as far as it could be seen. */
  readonly erased: readonly string[];
}

/** How long a token may take to show up again after it was erased (C21). */
const FIND_TRIES = 12;
const FIND_PAUSE_MS = 250;

/** One run of the wizard's steps on one token; whoever runs it is alone with the token. */
export class Initialisation {
  readonly #parts: TokensParts;
  readonly #call: Call;
  readonly #wish: InitialiseWish;
  readonly #before: TokenInUse;
  readonly #others: ReadonlySet<string>;
  /** Another token in the library has its serial. */
  readonly #twinned: boolean;
  readonly #proofs: Partial<Record<InitialisationStep, string>> = {};
  #token: TokenInUse;
  #erased: readonly string[] = [];
  /** What was said of it, if it is registered, before it was to be erased. */
  #status: InstanceRow["status"] | undefined;

  constructor(parts: TokensParts, call: Call, token: TokenInUse, wish: InitialiseWish) {
    this.#parts = parts;
    this.#call = call;
    this.#wish = wish;
    this.#before = token;
    this.#token = token;
    const others = parts.service.present().filter((other) => other.id !== token.id);
    this.#others = new Set(others.map((other) => other.id));
    this.#twinned = others.some(({ watch, info }) => watch === token.watch && info.serial === token.info.serial);
  }

  async run(): Promise<Initialised> {
    const { service } = this.#parts;
    const { soPin, userPin } = this.#wish;
    await this.#step("inventory", () => this.#inventory());
    await this.#step("confirm", async () => undefined);
    await this.#step("close-sessions", () => service.logins.leave(this.#before));
    await this.#step("erase", () => this.#erase());
    await this.#step("find-again", () => this.#findAgain());
    await this.#step("so-log-in", () => service.logins.logIn(this.#token, "so", soPin));
    await this.#step("set-user-pin", async () => {
      await this.#token.module.initPin(tokenAt(this.#token), userPin);
      await service.logins.logOut(this.#token);
    });
    await this.#step("user-log-in", () => service.logins.logIn(this.#token, "user", userPin));
    await this.#step("probe", () => proveWithProbeKey(this.#token));
    // Handed over as it will be found: with nobody logged in.
    await service.logins.leave(this.#token);
    await this.#token.watch.freshLook();
    const now = service.present().find((token) => token.id === this.#token.id) ?? this.#token;
    const view = await viewOf(this.#parts, this.#call, now, { user: 0, so: 0 });
    // What an earlier attempt left failed is running again, as the commit that follows will say.
    const instance = view.instance === undefined ? {} : { instance: { ...view.instance, status: "running" as const } };
    return {
      token: this.#token,
      view: { ...view, ...instance },
      steps: wizardSteps(this.#proofs),
      erased: this.#erased,
    };
  }

  /** A failure that left the token as it was is the token's own; any other is told with how far it came. */
  async #step(step: InitialisationStep, work: () => Promise<unknown>): Promise<void> {
    try {
      const proof = await work();
      if (typeof proof === "string") this.#proofs[step] = proof;
    } catch (error) {
      await this.#parts.service.logins.leave(this.#token);
      const untouched = step === "erase" && isKeysteadError(error) && refusedOutright(error);
      if (untouched) await this.#takeBack();
      if (leftBehind(step) === "unchanged" || untouched) throw error;
      throw await this.#incomplete(step, error);
    }
  }

  async #inventory(): Promise<string> {
    const { info } = this.#before;
    if (isFresh(info)) return "A fresh token: nothing is on it, and the SO PIN given here becomes its SO PIN.";
    this.#erased = await namesOnToken(this.#before);
    const hidden =
      this.#parts.service.logins.of(this.#before) === "user"
        ? ""
        : " What is private on it could not be listed: nobody is logged in.";
    const count = this.#erased.length === 1 ? "1 object" : `${this.#erased.length} objects`;
    return `“${info.label}”, serial ${info.serial}, with ${count} to be erased.${hidden} Its SO PIN stays as it is.`;
  }

  async #erase(): Promise<string> {
    const { module, info, id } = this.#before;
    // C17: on record before it happens; whatever becomes of this process, who erased what is known, and that it is not ready.
    this.#status = (await findInstance(this.#call.vault.read, id))?.status;
    const about = {
      name: "eraseToken",
      operation: "tokens.initialize",
      resource: tokenResource({ id, label: info.label }),
      status: "warning",
      text: JSON.stringify({
        serial: info.serial,
        label: info.label,
        newLabel: this.#wish.label,
        erased: this.#erased.slice(0, 100),
      }),
    } as const;
    await note(this.#call, about, (tx) => touchInstance(tx, id, { status: "failed" }));
    const init = () => module.initToken(tokenAt(this.#before), this.#wish.soPin, this.#wish.label);
    // C19: on a fresh token the SO PIN is set and cannot be wrong; on an initialised one it must be the present one.
    if (isFresh(info)) await init();
    else await attemptPin(this.#attempt, init);
    return `The token was erased and labelled “${this.#wish.label}”.`;
  }

  /** The token is what it was, and so is what is said of it. */
  async #takeBack(): Promise<void> {
    const status = this.#status;
    if (status === undefined) return;
    const { id, info } = this.#before;
    await note(
      this.#call,
      {
        name: "eraseTokenRefused",
        operation: "tokens.initialize",
        resource: tokenResource({ id, label: info.label }),
        status: "normal",
        text: JSON.stringify({ serial: info.serial, refused: true }),
      },
      (tx) => touchInstance(tx, id, { status }),
    );
  }

  get #attempt() {
    const { service } = this.#parts;
    // The word typed has said that the token may be lost: a last try of its SO PIN is no further step.
    return {
      call: this.#call,
      service,
      operation: "tokens.initialize",
      token: this.#before,
      role: "so" as const,
      acceptFinalTry: true,
    };
  }

  /** C21: not by slot, which may have moved, but by serial; one that had none by its new label among the new ones. */
  async #findAgain(): Promise<string> {
    for (let attempt = 0; attempt < FIND_TRIES; attempt++) {
      const found = await this.#look(attempt);
      if (found === undefined) continue;
      this.#token = found;
      const moved = found.slot.slotId === this.#before.slot.slotId ? "in the same slot" : "in another slot";
      return `Found again by its label and the serial ${found.info.serial}, ${moved}.`;
    }
    throw new KeysteadError(
      "tokens/not-present",
      "It does not show up again after it was erased. Pull it out and insert it again.",
      { id: this.#before.id },
    );
  }

  async #look(attempt: number): Promise<TokenInUse | undefined> {
    const { watch } = this.#before;
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, FIND_PAUSE_MS));
    // C28: some libraries show what has changed only to a fresh process.
    if (attempt === FIND_TRIES / 2) await watch.restart();
    else await watch.freshLook();
    const same = this.#parts.service
      .present()
      .find((token) => token.watch === watch && !isFresh(token.info) && this.#isSame(token));
    return same === undefined ? undefined : { ...same, module: await watch.module() };
  }

  /**
   * A serial of its own that no other token in this library had decides alone: some tokens keep a label of their own whatever they
   * are given. Where serials do not tell tokens apart (C31), it has the new label, or is in the old slot and called as before
   * (NSS): a neighbour must not get its PIN.
   */
  #isSame(found: PresentToken): boolean {
    const { info, slot } = this.#before;
    const sameSerial = found.info.serial === info.serial;
    if (hasOwnSerial(info) && !this.#twinned) return sameSerial;
    const named = (label: string) => found.info.label.normalize("NFC") === label.normalize("NFC");
    if (named(this.#wish.label)) return !this.#others.has(found.id);
    return sameSerial && found.slot.slotId === slot.slotId && named(info.label);
  }

  async #incomplete(step: InitialisationStep, cause: unknown): Promise<KeysteadError> {
    const instance = await findInstance(this.#call.vault.read, this.#before.id);
    if (instance !== undefined)
      await note(
        this.#call,
        {
          name: "initialisationIncomplete",
          operation: "tokens.initialize",
          resource: tokenResource({ id: this.#before.id, label: this.#wish.label }),
          status: "incident",
          text: JSON.stringify({ step }),
        },
        (tx) => touchInstance(tx, this.#before.id, { status: "failed" }),
      );
    const error = initialisationIncomplete(this.#wish.label, step, cause);
    const because = isKeysteadError(cause) ? cause.message : "An unexpected error stopped it.";
    const steps = wizardSteps(this.#proofs, { step, because });
    return new KeysteadError(
      error.code,
      error.message,
      {
        ...error.details,
        id: this.#token.id,
        steps: steps.map(({ name, state, proof }) => `${name}: ${state}${proof === "" ? "" : `: ${proof}`}`),
      },
      { cause },
    );
  }
}

/** Refused before anything was done: then the token is what it was. So it is where another one was found in its place. */
function refusedOutright(error: KeysteadError): boolean {
  if (error.details.swapped === true) return true;
  return error.kind === "denied" || error.kind === "input" || error.kind === "conflict" || error.kind === "locked";
}
