import { Alert, App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { DangerDialog } from "../../components/DangerDialog.tsx";
import { tokenName } from "./token-state.ts";
import { useToken } from "./use-tokens.ts";

/** C29: a registered token that is not in, and one that is in and prints the same, under another library. A person says whether it is the same. */
export function RelinkNotice({ token }: { readonly token: TokenView }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const client = useClient();
  const now = useToken(token.presentAs);
  const [asking, setAsking] = useState(false);
  const relink = useAction(client.tokens.relinkInstance, ["tokens", "keypairs"]);
  if (!now) return null;
  const word = token.instance?.name ?? token.label;
  const facts = { name: tokenName(now, t("tokens.fresh")), serial: now.serial, module: now.moduleName };
  const submit = async () => {
    const done = await relink.run({ fromId: token.id, toId: now.id, confirm: word });
    if (!done) return;
    message.success(t("tokens.relink.done", { word, count: done.keypairs }));
    void navigate(`/tokens/${now.id}`, { replace: true });
  };
  return (
    <>
      <Alert
        type="warning"
        showIcon
        title={t("tokens.relink.title")}
        description={t("tokens.relink.text", facts)}
        action={<Button onClick={() => setAsking(true)}>{t("tokens.relink.ok")}</Button>}
      />
      <DangerDialog
        open={asking}
        title={t("tokens.relink.dialogTitle", { word })}
        text={t("tokens.relink.dialogText", facts)}
        word={word}
        okText={t("tokens.relink.ok")}
        pending={relink.pending}
        error={relink.error}
        onOk={() => void submit()}
        onCancel={() => setAsking(false)}
      >
        {token.administrator && <Alert type="info" showIcon title={t("tokens.relink.administrator")} />}
      </DangerDialog>
    </>
  );
}
