import { App } from "antd";
import { useTranslation } from "react-i18next";
import type { TokenModuleView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { DangerDialog } from "../../components/DangerDialog.tsx";
import { tokenName } from "./token-state.ts";
import { useTokens } from "./use-tokens.ts";

interface RemoveModuleDialogProps {
  readonly module: TokenModuleView;
  readonly onClose: () => void;
  readonly onRemoved?: () => void;
}

export function RemoveModuleDialog({ module, onClose, onRemoved }: RemoveModuleDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const { tokens } = useTokens();
  const remove = useAction(client.tokens.removeModule, ["tokens"]);
  const submit = async () => {
    if (!(await remove.run({ id: module.id }))) return;
    message.success(t("tokens.modules.removed", { name: module.name }));
    onClose();
    onRemoved?.();
  };
  return (
    <DangerDialog
      open
      title={t("tokens.modules.removeTitle", { name: module.name })}
      text={t("tokens.modules.removeText")}
      depends={{
        text: t("tokens.modules.removeDepends"),
        names: tokens
          .filter((token) => token.moduleId === module.id && token.present)
          .map((token) => tokenName(token, t("tokens.fresh"))),
      }}
      word={module.name}
      okText={t("tokens.modules.remove")}
      pending={remove.pending}
      error={remove.error}
      onOk={() => void submit()}
      onCancel={onClose}
    />
  );
}
