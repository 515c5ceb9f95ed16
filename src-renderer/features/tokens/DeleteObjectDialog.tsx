import { App } from "antd";
import { useTranslation } from "react-i18next";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { DangerDialog } from "../../components/DangerDialog.tsx";
import type { ObjectDialogProps } from "./object-dialog.ts";
import type { ObjectFamily } from "./object-families.ts";
import { deletionWord } from "./token-state.ts";

/** Gone for good: by its label typed, or by its id where it has no label. */
export function DeleteObjectDialog(props: ObjectDialogProps & { readonly family: ObjectFamily }) {
  const { token, object, family, onClose } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const remove = useAction(client.tokens.deleteObject, ["tokens"]);
  const word = deletionWord(object);
  const isSecret = object.class === "private-key" || object.class === "secret-key";
  const stays = family.protection === "stays" || family.protection === "stayed";
  const submit = async () => {
    if (!(await remove.run({ id: token.id, ref: object.ref, confirm: word }))) return;
    message.success(t("tokens.objects.deleted", { label: word }));
    onClose();
  };
  return (
    <DangerDialog
      open
      title={t("tokens.objects.deleteTitle", { label: word })}
      text={
        !isSecret
          ? t("tokens.objects.deleteTextOther")
          : t(stays ? "tokens.objects.deleteTextNoBackup" : "tokens.objects.deleteText")
      }
      depends={
        isSecret
          ? {
              text: t("tokens.objects.deleteAlso"),
              names: family.members
                .filter((member) => member !== object)
                .map((member) =>
                  t("tokens.objects.part", {
                    kind: t(`tokens.objects.class.${member.class}`),
                    label: member.label || t("tokens.objects.noLabel"),
                  }),
                ),
            }
          : undefined
      }
      word={word.trim()}
      okText={t("common.delete")}
      pending={remove.pending}
      error={remove.error}
      onOk={() => void submit()}
      onCancel={onClose}
    />
  );
}
