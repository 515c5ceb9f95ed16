import { Alert, Button, Form, Input, Select, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Landing } from "../../components/Landing.tsx";
import { wrappingKeys } from "./object-families.ts";
import { TokenReady } from "./TokenReady.tsx";
import { tokenName } from "./token-state.ts";

interface RestoreForm {
  readonly wrappingRef: string;
  readonly path: string;
}

interface RestoreKeyDialogProps {
  readonly token: TokenView;
  readonly objects: readonly TokenObject[];
  readonly onClose: () => void;
}

export function RestoreKeyDialog({ token, objects, onClose }: RestoreKeyDialogProps) {
  const { t } = useTranslation();
  const client = useClient();
  const navigate = useNavigate();
  const [form] = Form.useForm<RestoreForm>();
  const [proof, setProof] = useState<string>();
  const restore = useAction(client.tokens.restoreKey, ["tokens"]);
  const wrapping = wrappingKeys(objects);
  const loggedIn = token.loggedIn === "user" || !token.loginRequired;
  const possible = wrapping.length > 0 && proof === undefined;
  const submit = async ({ wrappingRef, path }: RestoreForm) => {
    const done = await restore.run({ id: token.id, wrappingRef, path: path.trim() });
    if (done) setProof(done.proof);
  };
  return (
    <Dialog
      title={t("tokens.restore.title", { name: tokenName(token, t("tokens.fresh")) })}
      width={560}
      onCancel={onClose}
      footer={[
        proof === undefined && (
          <Button key="shares" onClick={() => void navigate(`/tokens/${token.id}/restore-from-shares`)}>
            {t("tokens.shares.fromShares")}
          </Button>
        ),
        <Button key="close" type={possible ? "default" : "primary"} onClick={onClose}>
          {possible ? t("common.cancel") : t("common.close")}
        </Button>,
        possible && (
          <Button key="ok" type="primary" loading={restore.pending} onClick={form.submit}>
            {t("tokens.restore.ok")}
          </Button>
        ),
      ]}
    >
      {proof !== undefined ? (
        <Landing>
          <Alert type="success" showIcon role="status" title={t("tokens.restore.done")} description={proof} />
        </Landing>
      ) : (
        <>
          <Typography.Paragraph>{t("tokens.restore.text")}</Typography.Paragraph>
          {!loggedIn && <TokenReady tokenId={token.id} label={tokenName(token, t("tokens.fresh"))} />}
          {wrapping.length === 0 ? (
            loggedIn && (
              <Alert
                type="info"
                showIcon
                title={t("tokens.restore.noWrapping")}
                description={t("tokens.restore.noWrappingText")}
              />
            )
          ) : (
            <Form
              form={form}
              layout="vertical"
              requiredMark={false}
              initialValues={{ wrappingRef: wrapping[0]?.ref }}
              onFinish={submit}
              aria-label={t("tokens.restore.ok")}
            >
              <Form.Item name="wrappingRef" label={t("tokens.backUp.wrapping")}>
                <Select options={wrapping.map((key) => ({ value: key.ref, label: `${key.label} · ${key.keyId}` }))} />
              </Form.Item>
              <Form.Item
                name="path"
                label={t("tokens.restore.path")}
                extra={t("tokens.restore.pathHint")}
                rules={[
                  { required: true, message: t("fields.required") },
                  { pattern: /^\s*\//, message: t("fields.pathRule") },
                ]}
              >
                <Input autoFocus autoComplete="off" spellCheck={false} maxLength={4096} />
              </Form.Item>
              <button type="submit" hidden aria-hidden tabIndex={-1} />
            </Form>
          )}
          <ErrorPanel error={restore.error} />
        </>
      )}
    </Dialog>
  );
}
