import { App, Button, Flex, Form, Input, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { KeypairScope, KeySpec } from "#shared/models/keypair.ts";
import { isKeyComment } from "#shared/text-rules.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { SidePanel } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { useNameRules } from "../../components/field-rules.ts";
import { TokenChoice } from "../tokens/TokenChoice.tsx";
import { isTokenKeySpec, KEY_SPECS, suggestedName } from "./key-specs.ts";
import { FILE_DEFAULTS, fileParams, PrivateKeyFileFields, type PrivateKeyFileForm } from "./PrivateKeyFileFields.tsx";
import { type WrittenFile, WrittenFiles } from "./WrittenFiles.tsx";

interface CreateForm extends PrivateKeyFileForm {
  readonly name: string;
  readonly spec: KeySpec;
  readonly scope: KeypairScope;
  readonly comment?: string;
  readonly place: "vault" | "file" | "token";
  readonly tokenId?: string;
}

interface CreateKeypairDrawerProps {
  readonly onClose: () => void;
  readonly onCreated?: (id: string) => void;
}

export function CreateKeypairDrawer({ onClose, onCreated }: CreateKeypairDrawerProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<CreateForm>();
  const [name] = useState(suggestedName);
  const [written, setWritten] = useState<WrittenFile>();
  const create = useAction(client.keypairs.create, ["keypairs"]);
  const createOnToken = useAction(client.keypairs.createOnToken, ["keypairs", "tokens"]);
  const place = Form.useWatch("place", form) ?? "vault";
  const nameRules = useNameRules();

  const submit = async (values: CreateForm) => {
    const { spec, scope, comment, tokenId } = values;
    const file = values.place === "file" ? fileParams(values) : undefined;
    form.resetFields(["passphrase", "passphraseAgain"]);
    const shared = { name: values.name, scope, ...(comment?.trim() ? { comment: comment.trim() } : {}) };
    if (values.place === "token") {
      if (!tokenId || !isTokenKeySpec(spec)) return;
      const onToken = await createOnToken.run({ ...shared, spec, tokenId });
      if (!onToken) return;
      message.success(t("keypairs.created", { name: onToken.name }));
      onCreated?.(onToken.id);
      return onClose();
    }
    const made = await create.run({ ...shared, spec, keep: file === undefined, ...(file ? { file } : {}) });
    if (!made) return;
    message.success(t("keypairs.created", { name: made.keypair.name }));
    onCreated?.(made.keypair.id);
    if (made.file) setWritten({ name: made.keypair.name, path: made.file.path });
    else onClose();
  };
  return (
    <SidePanel
      title={t("keypairs.create")}
      size={520}
      onClose={onClose}
      footer={
        <Flex vertical gap={12}>
          {/* Beside the button that was pressed: at the end of the form it would be below the fold. */}
          {!written && <ErrorPanel error={place === "token" ? createOnToken.error : create.error} />}
          <Flex justify="end" gap={8}>
            <Button onClick={onClose}>{written ? t("common.close") : t("common.cancel")}</Button>
            {!written && (
              <Button type="primary" loading={create.pending || createOnToken.pending} onClick={form.submit}>
                {t("keypairs.create")}
              </Button>
            )}
          </Flex>
        </Flex>
      }
    >
      {written ? (
        <WrittenFiles files={[written]} onlyCopy />
      ) : (
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          initialValues={{ name, spec: "ed25519", scope: "private", place: "vault", ...FILE_DEFAULTS }}
          onFinish={submit}
          aria-label={t("keypairs.create")}
        >
          <Form.Item name="name" label={t("common.name")} rules={nameRules}>
            <Input autoFocus autoComplete="off" maxLength={LIMITS.nameMax} />
          </Form.Item>
          <Form.Item
            name="spec"
            label={t("keypairs.columns.spec")}
            extra={t("keypairs.specHint")}
            dependencies={["place"]}
            rules={[
              {
                validator: (_, value: KeySpec) =>
                  place !== "token" || isTokenKeySpec(value)
                    ? Promise.resolve()
                    : Promise.reject(new Error(t("tokens.keypair.specNot"))),
              },
            ]}
          >
            <Select options={KEY_SPECS.map((value) => ({ value, label: t(`keypairs.spec.${value}`) }))} />
          </Form.Item>
          <Form.Item name="scope" label={t("keypairs.scopeLabel")}>
            <Radio.Group
              options={(["private", "account"] as const).map((value) => ({
                value,
                label: t(`keypairs.scopeHint.${value}`),
              }))}
            />
          </Form.Item>
          <Form.Item
            name="comment"
            label={`${t("keypairs.comment")} (${t("common.optional")})`}
            extra={t("keypairs.commentHint")}
            rules={[
              {
                validator: (_, value: string | undefined) =>
                  !value || isKeyComment(value)
                    ? Promise.resolve()
                    : Promise.reject(new Error(t("keypairs.commentRule"))),
              },
            ]}
          >
            <Input autoComplete="off" maxLength={LIMITS.nameMax} />
          </Form.Item>
          <Form.Item name="place" label={t("keypairs.keepLabel")}>
            <Radio.Group
              vertical
              options={[
                { value: "vault", label: t("keypairs.keep.vault") },
                { value: "token", label: t("tokens.keypair.keep") },
                { value: "file", label: t("keypairs.keep.file") },
              ]}
            />
          </Form.Item>
          {place === "file" && <PrivateKeyFileFields />}
          {place === "token" && <TokenChoice />}
          <button type="submit" hidden aria-hidden tabIndex={-1} />
        </Form>
      )}
    </SidePanel>
  );
}
