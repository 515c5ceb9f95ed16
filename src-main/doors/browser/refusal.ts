import type { ErrorCode } from "#shared/errors/codes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";

/** Why the door does not serve a request: an HTTP status for the protocol, an error for the person. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly error: KeysteadError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.error = new KeysteadError(code, message);
    this.headers = headers;
  }
}
