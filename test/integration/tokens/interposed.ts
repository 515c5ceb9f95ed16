import type { TokenModule, TokenModules } from "#main/features/tokens/token-port.ts";

/** What happens before and instead of nothing: a test does something to the token just when Keystead calls it. */
export interface Interposed {
  readonly modules: () => TokenModules;
  /** Runs before the `count`th call of that name from now on, once. */
  before(name: keyof TokenModule, work: () => Promise<unknown>, count?: number): void;
  /** How often each method has been called. */
  readonly calls: Map<string, number>;
}

/** The real processes with an ear at each call. Nothing is replaced: the call goes on to the real library. */
export function interposed(start: () => TokenModules): Interposed {
  const waiting: { readonly name: string; left: number; readonly work: () => Promise<unknown> }[] = [];
  const calls = new Map<string, number>();
  const listen = (module: TokenModule): TokenModule =>
    new Proxy(module, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          const called = String(name);
          calls.set(called, (calls.get(called) ?? 0) + 1);
          for (const entry of waiting.filter((each) => each.name === called)) {
            entry.left -= 1;
            if (entry.left === 0) await entry.work();
          }
          return value.apply(target, args);
        };
      },
    });
  return {
    calls,
    before: (name, work, count = 1) => void waiting.push({ name, left: count, work }),
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
