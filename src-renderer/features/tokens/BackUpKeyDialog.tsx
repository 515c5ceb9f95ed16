import { Alert, Button, Flex, Form, Input, Select, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { TokenObject } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { Landing } from "../../components/Landing.tsx";
import type { ObjectDialogProps } from "./object-dialog.ts";
import { protectionOf, wrappingKeys } from "./object-families.ts";

interface BackUpForm {
  readonly wrappingRef?: string;
  readonly folder?: string;
}

/** H09. A key that cannot leave says so before anybody relies on a backup of it. */
export function BackUpKeyDialog(props: ObjectDialogProps & { readonly objects: readonly TokenObject[] }) {
  const { token, object, objects, onClose } = props;
  const { t } = useTranslation();
  const client = useClient();
  const [form] = Form.useForm<BackUpForm>();
  const [written, setWritten] = useState<{ readonly path: string; readonly mechanism: string }>();
  const backUp = useAction(client.tokens.backUpKey);
  const protection = protectionOf(object);
  const cannot = protection === "stays" || protection === "stayed";
  const wrapping = wrappingKeys(objects).filter((key) => key.ref !== object.ref);
  const chosen = Form.useWatch("wrappingRef", form) ?? wrapping[0]?.ref;
  const wrappingStays = wrapping.find((key) => key.ref === chosen)?.extractable === false;
  const submit = async ({ folder }: BackUpForm) => {
    if (!chosen) return;
    const done = await backUp.run({
      id: token.id,
      ref: object.ref,
      wrappingRef: chosen,
      ...(folder?.trim() ? { folder: folder.trim() } : {}),
    });
    if (done) setWritten(done);
  };
  const possible = !cannot && wrapping.length > 0 && !written;
  return (
    <Dialog
      title={t("tokens.backUp.title", { label: object.label || t("tokens.objects.noLabel") })}
      width={560}
      onCancel={onClose}
      footer={[
        <Button key="close" type={possible ? "default" : "primary"} onClick={onClose}>
          {possible ? t("common.cancel") : t("common.close")}
        </Button>,
        possible && (
          <Button key="ok" type="primary" loading={backUp.pending} onClick={form.submit}>
            {t("tokens.backUp.ok")}
          </Button>
        ),
      ]}
    >
      <Flex vertical gap={12}>
        {cannot && (
          <Alert
            type="warning"
            showIcon
            title={t("tokens.backUp.cannotTitle")}
            description={t("tokens.backUp.cannotText")}
          />
        )}
        {written && (
          <Landing>
            <Alert
              type="success"
              showIcon
              role="status"
              title={t("tokens.backUp.done", { mechanism: written.mechanism })}
              description={
                <Flex vertical gap={4}>
                  <Identifier value={written.path} label={t("tokens.restore.path")} />
                  {t("tokens.backUp.prove")}
                </Flex>
              }
            />
          </Landing>
        )}
        {!cannot && !written && (
          <>
            <Typography.Text>{t("tokens.backUp.text")}</Typography.Text>
            {protection === "unknown" && <Alert type="warning" showIcon title={t("tokens.backUp.unknownText")} />}
            {wrapping.length === 0 ? (
              <Alert type="info" showIcon title={t("tokens.backUp.noWrapping")} />
            ) : (
              <Form
                form={form}
                layout="vertical"
                requiredMark={false}
                initialValues={{ wrappingRef: wrapping[0]?.ref }}
                onFinish={submit}
                aria-label={t("tokens.backUp.ok")}
              >
                <Form.Item name="wrappingRef" label={t("tokens.backUp.wrapping")}>
                  <Select options={wrapping.map((key) => ({ value: key.ref, label: `${key.label} · ${key.keyId}` }))} />
                </Form.Item>
                {wrappingStays && (
                  <Alert
                    type="warning"
                    showIcon
                    title={t("tokens.backUp.wrappingStays")}
                    style={{ marginBottom: 12 }}
                  />
                )}
                <Form.Item
                  name="folder"
                  label={`${t("tokens.backUp.folder")} (${t("common.optional")})`}
                  extra={t("tokens.backUp.folderHint")}
                  rules={[{ pattern: /^\//, message: t("fields.pathRule") }]}
                >
                  <Input autoComplete="off" spellCheck={false} maxLength={4096} />
                </Form.Item>
                <button type="submit" hidden aria-hidden tabIndex={-1} />
              </Form>
            )}
            <ErrorPanel error={backUp.error} />
          </>
        )}
      </Flex>
    </Dialog>
  );
}
