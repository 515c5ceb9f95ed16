import { Alert, App, Button, Card, Flex, Form, Spin, Tag, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenWay } from "#shared/models/vault.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { openVault, useVaultStatus } from "../../app/use-vault.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { PROOF_SECRETS, proofOf, TokenProofFields, type TokenProofForm } from "../tokens/TokenProofFields.tsx";

/** H06: whether the user's password alone opens the vault. Off and on again is proved by a UKey each time. */
export function SecondFactorCard() {
  const { t } = useTranslation();
  const session = openVault(useVaultStatus().data)?.session;
  const [changing, setChanging] = useState(false);
  if (!session) return null;
  const { passwordAlone, tokens } = session;
  const onlyOne = new Set(tokens.map((token) => token.serial)).size === 1;
  return (
    <Card
      title={t("settings.secondFactor.title")}
      extra={
        <Tag color={passwordAlone ? "default" : "success"}>
          {passwordAlone ? t("settings.secondFactor.off") : t("settings.secondFactor.on")}
        </Tag>
      }
    >
      <Flex vertical gap={12} align="start">
        <Typography.Text>
          {passwordAlone ? t("settings.secondFactor.offText") : t("settings.secondFactor.onText")}
        </Typography.Text>
        {tokens.length === 0 && <Alert type="info" showIcon title={t("settings.secondFactor.noToken")} />}
        {!passwordAlone && onlyOne && <Alert type="warning" showIcon title={t("settings.secondFactor.onlyOne")} />}
        <Button disabled={tokens.length === 0} onClick={() => setChanging(true)}>
          {passwordAlone ? t("settings.secondFactor.require") : t("settings.secondFactor.letGo")}
        </Button>
      </Flex>
      {changing && <ChangeDialog on={passwordAlone} tokens={tokens} onClose={() => setChanging(false)} />}
    </Card>
  );
}

interface ChangeDialogProps {
  /** What it shall be. */
  readonly on: boolean;
  readonly tokens: readonly TokenWay[];
  readonly onClose: () => void;
}

function ChangeDialog({ on, tokens, onClose }: ChangeDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<TokenProofForm>();
  const change = useAction(client.vault.requireSecondFactor, ["vault", "tokens"]);
  const warned = isKeysteadError(change.error) && change.error.code === "tokens/pin-final-try";
  const both = tokens.filter((token) => token.needsPassword);
  const meant = on || both.length === 0 ? tokens : both;
  const isNew = !on && both.length === 0;
  const submit = async (values: TokenProofForm) => {
    form.resetFields(PROOF_SECRETS);
    if (!(await change.run({ ...proofOf(values), on, password: values.password ?? "" }))) return;
    message.success(on ? t("settings.secondFactor.nowOn") : t("settings.secondFactor.nowOff"));
    onClose();
  };
  const onlyOne = new Set(tokens.map((token) => token.serial)).size === 1;
  return (
    <Dialog
      title={on ? t("settings.secondFactor.require") : t("settings.secondFactor.letGo")}
      okText={on ? t("settings.secondFactor.requireOk") : t("settings.secondFactor.letGoOk")}
      cancelText={t("common.cancel")}
      confirmLoading={change.pending}
      onOk={form.submit}
      onCancel={onClose}
      width={500}
    >
      <Flex vertical gap={12}>
        <Typography.Text>
          {on ? t("settings.secondFactor.requireText") : t("settings.secondFactor.letGoText")}
        </Typography.Text>
        {on && onlyOne && <Alert type="warning" showIcon title={t("settings.secondFactor.onlyOne")} />}
        {isNew && <Alert type="info" showIcon title={t("settings.secondFactor.newPassword")} />}
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          onFinish={submit}
          aria-label={t("settings.secondFactor.title")}
        >
          <TokenProofFields tokens={meant} warned={warned} passwordAlways />
          <button type="submit" hidden aria-hidden tabIndex={-1} />
        </Form>
        {change.pending && <Spin description={t("tokens.unlock.asking")} />}
        <ErrorPanel error={warned ? undefined : change.error} />
      </Flex>
    </Dialog>
  );
}
