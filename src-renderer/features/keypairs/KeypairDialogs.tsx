import type { Keypair } from "#shared/models/keypair.ts";
import { BindDialog } from "../servers/BindDialog.tsx";
import { ClearPrivateKeyDialog } from "./ClearPrivateKeyDialog.tsx";
import { DeleteKeypairsDialog } from "./DeleteKeypairsDialog.tsx";
import { ExportPrivateKeyDialog } from "./ExportPrivateKeyDialog.tsx";
import { ImportPrivateKeyDialog } from "./ImportPrivateKeyDialog.tsx";
import { RenameDialog } from "./RenameDialog.tsx";

export type KeypairAct = "bind" | "rename" | "export" | "import" | "clear" | "delete";

/** The dialog that is open for some key pairs; the list and the detail page share it. */
export interface OpenKeypairDialog {
  readonly act: KeypairAct;
  readonly keypairs: readonly Keypair[];
}

interface KeypairDialogsProps {
  readonly open: OpenKeypairDialog | undefined;
  readonly onClose: () => void;
  readonly onDeleted?: () => void;
}

export function KeypairDialogs({ open, onClose, onDeleted }: KeypairDialogsProps) {
  const keypair = open?.keypairs[0];
  if (!open || !keypair) return null;
  switch (open.act) {
    case "bind":
      return <BindDialog keypairId={keypair.id} onClose={onClose} />;
    case "rename":
      return <RenameDialog keypair={keypair} onClose={onClose} />;
    case "export":
      return <ExportPrivateKeyDialog keypairs={open.keypairs} onClose={onClose} />;
    case "import":
      return <ImportPrivateKeyDialog keypair={keypair} onClose={onClose} />;
    case "clear":
      return <ClearPrivateKeyDialog keypair={keypair} onClose={onClose} />;
    case "delete":
      return <DeleteKeypairsDialog keypairs={open.keypairs} onClose={onClose} {...(onDeleted ? { onDeleted } : {})} />;
    default:
      return open.act satisfies never;
  }
}
