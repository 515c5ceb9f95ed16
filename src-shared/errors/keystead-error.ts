import { ERROR_CODES, type ErrorCode, type ErrorKind, type Remedy } from "./codes.ts";

/** Facts a door may show beside the sentence: never a secret, only text, numbers and lists of text. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** How an error crosses a door: plain data, the same for window, browser and command line. */
export interface ErrorPayload {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly remedy: Remedy;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** An expected failure. `message` is a sentence that says what happened and what to do about it. */
export class KeysteadError extends Error {
  override readonly name = "KeysteadError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.details = details;
  }

  get kind(): ErrorKind {
    return ERROR_CODES[this.code].kind;
  }

  get remedy(): Remedy {
    return ERROR_CODES[this.code].remedy;
  }

  toJSON(): ErrorPayload {
    return { code: this.code, kind: this.kind, remedy: this.remedy, message: this.message, details: this.details };
  }

  /** Rebuilds the error on the far side of a door. */
  static fromPayload(payload: ErrorPayload): KeysteadError {
    return new KeysteadError(payload.code, payload.message, payload.details);
  }
}

export function isKeysteadError(thing: unknown): thing is KeysteadError {
  return thing instanceof KeysteadError;
}
