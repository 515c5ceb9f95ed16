import { Alert, App, Button, Checkbox, Flex, Form, Select, Typography } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useOperation } from "../../app/use-operation.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import type { ObjectDialogProps } from "./object-dialog.ts";
import { protectionOf, receivingKeys } from "./object-families.ts";
import { tokenName, usableTokens } from "./token-state.ts";
import { useTokens } from "./use-tokens.ts";

interface TransferForm {
  readonly toId?: string;
  readonly acceptSha1?: boolean;
}

/** H09: the same wrapping key on another token, so that it can restore what this one has backed up. */
export function TransferKeyDialog({ token, object, onClose }: ObjectDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<TransferForm>();
  const { tokens } = useTokens();
  const targets = usableTokens(tokens).filter((other) => other.id !== token.id && other.loggedIn === "user");
  const toId = Form.useWatch("toId", form) ?? targets[0]?.id;
  const target = targets.find((other) => other.id === toId);
  const input = useMemo(() => ({ id: toId ?? "" }), [toId]);
  const there = useOperation("tokens", "listObjects", input, { enabled: target !== undefined, staleTime: 0 });
  const keys = receivingKeys(there.data?.objects ?? []);
  const [wanted, setWanted] = useState<string | null>(null);
  const toRef = (keys.find((key) => key.ref === wanted) ?? keys[0])?.ref;
  const transfer = useAction(client.tokens.transferWrappingKey, ["tokens"]);
  const cannot = ["stays", "stayed"].includes(protectionOf(object));
  const possible = !cannot && target !== undefined && keys.length > 0;
  const submit = async ({ acceptSha1 = false }: TransferForm) => {
    if (!target || !toRef) return;
    if (!(await transfer.run({ id: token.id, ref: object.ref, toId: target.id, toRef, acceptSha1 }))) return;
    message.success(t("tokens.transfer.done", { name: tokenName(target, t("tokens.fresh")) }));
    onClose();
  };
  return (
    <Dialog
      title={t("tokens.transfer.title", { label: object.label || t("tokens.objects.noLabel") })}
      width={560}
      onCancel={onClose}
      footer={[
        <Button key="close" onClick={onClose}>
          {possible ? t("common.cancel") : t("common.close")}
        </Button>,
        possible && (
          <Button key="ok" type="primary" loading={transfer.pending} onClick={form.submit}>
            {t("tokens.transfer.ok")}
          </Button>
        ),
      ]}
    >
      <Flex vertical gap={12}>
        <Typography.Text>{t("tokens.transfer.text")}</Typography.Text>
        {cannot && (
          <Alert
            type="warning"
            showIcon
            title={t("tokens.backUp.cannotTitle")}
            description={t("tokens.transfer.cannotText")}
          />
        )}
        {!cannot && targets.length === 0 && <Alert type="info" showIcon title={t("tokens.transfer.noTarget")} />}
        {!cannot && targets.length > 0 && (
          <Form
            form={form}
            layout="vertical"
            requiredMark={false}
            onFinish={submit}
            aria-label={t("tokens.transfer.ok")}
          >
            <Form.Item name="toId" label={t("tokens.transfer.to")} initialValue={targets[0]?.id}>
              <Select
                options={targets.map((other) => ({
                  value: other.id,
                  label: `${tokenName(other, t("tokens.fresh"))} · ${other.serial}`,
                }))}
              />
            </Form.Item>
            {there.data && keys.length === 0 ? (
              <Alert type="info" showIcon title={t("tokens.transfer.noKey")} />
            ) : (
              <>
                <Form.Item label={t("tokens.transfer.key")} htmlFor="transfer-key">
                  <Select
                    id="transfer-key"
                    loading={there.isPending}
                    value={toRef ?? null}
                    onChange={setWanted}
                    options={keys.map((key) => ({ value: key.ref, label: `${key.label} · ${key.bits ?? ""}` }))}
                  />
                </Form.Item>
                <Form.Item name="acceptSha1" valuePropName="checked" extra={t("tokens.transfer.sha1Hint")}>
                  <Checkbox>{t("tokens.transfer.sha1")}</Checkbox>
                </Form.Item>
              </>
            )}
          </Form>
        )}
        <ErrorPanel error={there.error ?? transfer.error} />
      </Flex>
    </Dialog>
  );
}
