import { createContext, useContext } from "react";

/** Asks for a token's PIN and logs in; resolves with whether somebody is logged in now. */
export type AskPin = (tokenId: string) => Promise<boolean>;

export const EnterPinContext = createContext<AskPin>(() => Promise.resolve(false));

export function useEnterPin(): AskPin {
  return useContext(EnterPinContext);
}
