import { createContext, useContext } from "react";

/**
 * Runs a call; when main answers that it wants a fresh confirmation, asks for the password and repeats the same call.
 * Resolves with `undefined` when the officer turned back.
 */
export type ConfirmFirst = <T>(call: () => Promise<T>) => Promise<T | undefined>;

export const ConfirmationContext = createContext<ConfirmFirst>((call) => call());

/** Whether somebody is being asked just now: what waits for the answer has not begun. */
export const ConfirmingContext = createContext(false);

export function useConfirming(): boolean {
  return useContext(ConfirmingContext);
}

export function useConfirmation(): ConfirmFirst {
  return useContext(ConfirmationContext);
}
