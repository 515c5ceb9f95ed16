import type { TokenObject, TokenView } from "#shared/models/token.ts";

/** What every dialog about one object on a token is given. */
export interface ObjectDialogProps {
  readonly token: TokenView;
  readonly object: TokenObject;
  readonly onClose: () => void;
}
