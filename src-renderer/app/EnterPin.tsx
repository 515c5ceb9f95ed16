import { type PropsWithChildren, useCallback, useState } from "react";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import { LogInDialog } from "../features/tokens/LogInDialog.tsx";
import { ConfirmationContext, type ConfirmFirst, useConfirmation } from "./confirmation.ts";
import { type AskPin, EnterPinContext } from "./enter-pin.ts";

interface Waiting {
  readonly tokenId: string;
  settle(loggedIn: boolean): void;
}

/**
 * Holds the PIN dialog for whatever needs a token that nobody is logged in to: asked as late as possible, then the very same
 * call is repeated once.
 */
export function EnterPin({ children }: PropsWithChildren) {
  const [waiting, setWaiting] = useState<Waiting>();
  const confirmFirst = useConfirmation();
  const askPin = useCallback<AskPin>(
    (tokenId) => new Promise<boolean>((settle) => setWaiting({ tokenId, settle })),
    [],
  );
  const run = useCallback<ConfirmFirst>(
    async (call) => {
      try {
        return await confirmFirst(call);
      } catch (error) {
        const tokenId = isKeysteadError(error) && error.code === "tokens/not-logged-in" ? error.details.id : undefined;
        if (typeof tokenId !== "string") throw error;
        return (await askPin(tokenId)) ? confirmFirst(call) : undefined;
      }
    },
    [confirmFirst, askPin],
  );
  const finish = (loggedIn: boolean) => {
    waiting?.settle(loggedIn);
    setWaiting(undefined);
  };
  return (
    <EnterPinContext.Provider value={askPin}>
      <ConfirmationContext.Provider value={run}>{children}</ConfirmationContext.Provider>
      {waiting && <LogInDialog tokenId={waiting.tokenId} asked onClose={finish} />}
    </EnterPinContext.Provider>
  );
}
