import { randomId } from "#main/crypto/random.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import type { Call, Handler } from "#main/dispatch/handlers.ts";
import type { Result } from "#shared/contract/index.ts";
import { isKeysteadError, KeysteadError } from "#shared/errors/keystead-error.ts";
import { initialiseToken, rememberInitialised } from "./initialize-token.ts";
import { encodePin } from "./pin-policy.ts";
import { assertSeriesPattern, nextSeriesLabel, seriesLabel } from "./token-label.ts";
import { TokenTurns } from "./token-turns.ts";
import { type TokensParts, tokenResource } from "./tokens-parts.ts";

type SeriesResult = Result<"tokens", "endSeries">["results"][number];

interface Series {
  readonly userId: string;
  readonly pattern: string;
  readonly soPin: SecretBytes;
  readonly userPin: SecretBytes;
  readonly results: SeriesResult[];
  /** One token after the other: two at once would get one label. */
  readonly turns: TokenTurns;
  number: number;
}

/** Forms for many tokens in a row. The PINs live here only, and not beyond the lock of the vault. */
export class TokenSeries {
  readonly #open = new Map<string, Series>();

  add(series: Series): string {
    const id = randomId();
    this.#open.set(id, series);
    return id;
  }

  /** Error: `tokens/series-unknown`, also for somebody else's. */
  of(call: Call, id: string): Series {
    const series = this.#open.get(id);
    if (series?.userId === call.session.userId) return series;
    throw new KeysteadError(
      "tokens/series-unknown",
      "There is no such series; locking the vault ends it, because its PINs are kept nowhere else. Begin a new one.",
      { seriesId: id },
    );
  }

  /** As it is when its turn comes: a lock may have ended it meanwhile. */
  async inTurn<T>(call: Call, id: string, work: (series: Series) => Promise<T>): Promise<T> {
    return this.of(call, id).turns.exclusive(async () => work(this.of(call, id)));
  }

  end(id: string): void {
    const series = this.#open.get(id);
    series?.soPin.dispose();
    series?.userPin.dispose();
    this.#open.delete(id);
  }

  endAll(): void {
    for (const id of this.#open.keys()) this.end(id);
  }
}

/** Labels that tokens which are in have already: two under one label are a trap (C29). */
function labelsPresent(parts: TokensParts, except?: string): ReadonlySet<string> {
  return new Set(parts.service.present().flatMap((token) => (token.id === except ? [] : [token.info.label])));
}

export const beginSeries =
  (parts: TokensParts): Handler<"tokens", "beginSeries"> =>
  async (params, call) => {
    assertSeriesPattern(params.labelPattern, params.firstNumber);
    const id = parts.series.add({
      userId: call.session.userId,
      pattern: params.labelPattern,
      soPin: encodePin(params.soPin),
      userPin: encodePin(params.userPin),
      results: [],
      turns: new TokenTurns(),
      number: params.firstNumber,
    });
    return {
      result: { seriesId: id, nextLabel: seriesLabel(params.labelPattern, params.firstNumber) },
      resource: { type: "token-series", id, name: params.labelPattern },
      undo: () => parts.series.end(id),
    };
  };

export const initializeNext =
  (parts: TokensParts): Handler<"tokens", "initializeNext"> =>
  (params, call) =>
    parts.series.inTurn(call, params.seriesId, async (series) => {
      const { label, number } = nextSeriesLabel(series.pattern, series.number, labelsPresent(parts, params.id));
      // A lock wipes the series at once and lets this token's steps come to their end: erased, it must get its PIN.
      using soPin = SecretBytes.copyOf(series.soPin.reveal());
      using userPin = SecretBytes.copyOf(series.userPin.reveal());
      const wish = { label, soPin, userPin, confirm: params.confirm };
      const before = parts.service.present().find((token) => token.id === params.id);
      const entry = {
        label,
        serial: before?.info.serial ?? "",
        model: before?.info.model ?? "",
        time: call.clock.now(),
      };
      try {
        const done = await initialiseToken(parts, call, params.id, wish);
        const { serial, model } = done.token.info;
        series.results.push({ ...entry, serial, model, outcome: "done", message: "" });
        series.number = number + 1;
        const next = nextSeriesLabel(series.pattern, series.number, labelsPresent(parts));
        return {
          result: { token: done.view, label, steps: [...done.steps], nextLabel: next.label },
          resource: tokenResource(done.view),
          change: (tx) => rememberInitialised(tx, call.clock.now(), params.id, done),
          status: "warning",
          changed: ["tokens"],
        };
      } catch (error) {
        // The table tells of the tokens that were touched; a word mistyped is no result.
        if (isKeysteadError(error) && error.code !== "tokens/confirmation-wrong")
          series.results.push({ ...entry, outcome: "failed", message: error.message });
        throw error;
      }
    });

export const endSeries =
  (parts: TokensParts): Handler<"tokens", "endSeries"> =>
  async (params, call) => {
    const { results, pattern } = parts.series.of(call, params.seriesId);
    return {
      result: { results: [...results] },
      resource: { type: "token-series", id: params.seriesId, name: pattern },
      afterwards: () => parts.series.end(params.seriesId),
    };
  };
