import type { TokenModule, TokenModules } from "#main/features/tokens/token-port.ts";

/** What happens before and instead of nothing: a test does something to the token just when Keystead calls it. */
export interface Interposed {
  readonly modules: () => TokenModules;
  /** Runs before the `count`th call of that name from now on, once. */
  before(name: keyof TokenModule, work: () => Promise<unknown>, count?: number): void;
  /** How often each method has been called. */
  readonly calls: Map<string, number>;
  /** How often it has answered, with a value or a refusal. */
  readonly answers: Map<string, number>;
}

/** The real processes with an ear at each call. Nothing is replaced: the call goes on to the real library. */
export function interposed(start: () => TokenModules): Interposed {
  const waiting: { readonly name: string; left: number; readonly work: () => Promise<unknown> }[] = [];
  const calls = new Map<string, number>();
  const answers = new Map<string, number>();
  const count = (of: Map<string, number>, name: string) => of.set(name, (of.get(name) ?? 0) + 1);
  const listen = (module: TokenModule): TokenModule =>
    new Proxy(module, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          const called = String(name);
          count(calls, called);
          for (const entry of waiting.filter((each) => each.name === called)) {
            entry.left -= 1;
            if (entry.left === 0) await entry.work();
          }
          try {
            return await value.apply(target, args);
          } finally {
            count(answers, called);
          }
        };
      },
    });
  return {
    calls,
    answers,
    before: (name, work, after = 1) => void waiting.push({ name, left: after, work }),
    modules: () => {
      const real = start();
      const known = new WeakMap<TokenModule, TokenModule>();
      return {
        async open(path, options) {
          const module = await real.open(path, options);
          const heard = known.get(module) ?? listen(module);
          known.set(module, heard);
          return heard;
        },
        closeAll: () => real.closeAll(),
      };
    },
  };
}
