import { createContext, useContext } from "react";

/**
 * Runs a call; when main answers that it wants a fresh confirmation, asks for the password and repeats the same call.
 * Resolves with `undefined` when the officer turned back.
 */
export type ConfirmFirst = <T>(call: () => Promise<T>) => Promise<T | undefined>;

export const ConfirmationContext = createContext<ConfirmFirst>((call) => call());

export function useConfirmation(): ConfirmFirst {
  return useContext(ConfirmationContext);
}
