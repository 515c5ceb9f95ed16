import type { Server } from "#shared/models/server.ts";
import { AllowPasswordsDialog } from "./AllowPasswordsDialog.tsx";
import { BindDialog } from "./BindDialog.tsx";
import { EditServerDialog } from "./EditServerDialog.tsx";
import { RemoveServersDialog } from "./RemoveServersDialog.tsx";
import { TestConnectionDialog } from "./TestConnectionDialog.tsx";
import { TrustHostKeyDialog } from "./TrustHostKeyDialog.tsx";

export type ServerAct = "bind" | "allow-passwords" | "test" | "edit" | "trust" | "remove";

/** The dialog that is open for some servers; the list and the detail page share it. */
export interface OpenServerDialog {
  readonly act: ServerAct;
  readonly servers: readonly Server[];
}

interface ServerDialogsProps {
  readonly open: OpenServerDialog | undefined;
  readonly onClose: () => void;
  readonly onRemoved?: () => void;
}

export function ServerDialogs({ open, onClose, onRemoved }: ServerDialogsProps) {
  const server = open?.servers[0];
  if (!open || !server) return null;
  switch (open.act) {
    case "bind":
      return <BindDialog server={server} onClose={onClose} />;
    case "allow-passwords":
      return <AllowPasswordsDialog server={server} onClose={onClose} />;
    case "test":
      return <TestConnectionDialog server={server} onClose={onClose} />;
    case "edit":
      return <EditServerDialog server={server} onClose={onClose} />;
    case "trust":
      return <TrustHostKeyDialog server={server} onClose={onClose} />;
    case "remove":
      return <RemoveServersDialog servers={open.servers} onClose={onClose} {...(onRemoved ? { onRemoved } : {})} />;
    default:
      return open.act satisfies never;
  }
}
