import type { TokenView } from "#shared/models/token.ts";
import { ChangePinDialog } from "./ChangePinDialog.tsx";
import { LogInDialog } from "./LogInDialog.tsx";
import { UnblockPinDialog } from "./UnblockPinDialog.tsx";

export type TokenAct = "logIn" | "changePin" | "unblock";

/** The dialog that is open for a token; the list and the detail page share it. */
export interface OpenTokenDialog {
  readonly act: TokenAct;
  readonly token: TokenView;
}

export function TokenDialogs({
  open,
  onClose,
}: {
  readonly open: OpenTokenDialog | undefined;
  readonly onClose: () => void;
}) {
  if (!open) return null;
  switch (open.act) {
    case "logIn":
      return <LogInDialog tokenId={open.token.id} onClose={onClose} />;
    case "changePin":
      return <ChangePinDialog token={open.token} onClose={onClose} />;
    case "unblock":
      return <UnblockPinDialog token={open.token} onClose={onClose} />;
    default:
      return open.act satisfies never;
  }
}
