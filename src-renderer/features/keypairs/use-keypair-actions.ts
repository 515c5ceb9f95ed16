import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Keypair } from "#shared/models/keypair.ts";
import type { RowAction } from "../../components/RowMenu.tsx";
import type { KeypairAct, OpenKeypairDialog } from "./KeypairDialogs.tsx";

/** What can be done with one key pair in its present state. */
export function useKeypairActions(
  openDialog: (dialog: OpenKeypairDialog) => void,
): (keypair: Keypair) => readonly RowAction[] {
  const { t } = useTranslation();
  return useCallback(
    (keypair) => {
      const kept = keypair.privateHalf === "kept";
      const onToken = keypair.privateHalf === "on-token";
      const action = (act: KeypairAct, label: string, more: Partial<RowAction> = {}): RowAction => ({
        key: act,
        label,
        onClick: () => openDialog({ act, keypairs: [keypair] }),
        ...more,
      });
      const why = t(onToken ? "keypairs.why.onToken" : "keypairs.why.noPrivateKey");
      return [
        action("bind", t("keypairs.bindToServer"), { disabled: !kept && !onToken, why }),
        action("rename", t("keypairs.rename")),
        action("export", t("keypairs.export"), { disabled: !kept, why }),
        action("import", t("keypairs.import"), {
          disabled: kept || onToken,
          why: t(onToken ? "keypairs.why.onToken" : "keypairs.why.kept"),
        }),
        action("clear", t("keypairs.clear"), { disabled: !kept, danger: true, why }),
        action("delete", t("common.delete"), { danger: true }),
      ];
    },
    [openDialog, t],
  );
}
