import { Alert, App, Checkbox, Collapse, Form, Input, Radio, Select, Typography } from "antd";
import { useTranslation } from "react-i18next";
import type { TokenKeySpec, TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { tokenName } from "./token-state.ts";

/** In the order they are offered. A record, so that a kind the contract gains must be placed here before it compiles. */
const SPECS: Readonly<Record<TokenKeySpec, true>> = {
  "ecdsa-p256": true,
  "ecdsa-p384": true,
  ed25519: true,
  "rsa-2048": true,
  "rsa-3072": true,
  "rsa-4096": true,
  "aes-128": true,
  "aes-192": true,
  "aes-256": true,
};
const SPECS_OFFERED = Object.keys(SPECS) as readonly TokenKeySpec[];

interface GenerateForm {
  readonly spec: TokenKeySpec;
  readonly label: string;
  readonly purpose?: "general" | "wrap";
  readonly extractable?: boolean;
  readonly keyId?: string;
}

/** H07. Whether a key may ever leave is decided here, so it is said here, before it is made. */
export function GenerateKeyDialog({ token, onClose }: { readonly token: TokenView; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<GenerateForm>();
  const spec = Form.useWatch("spec", form) ?? "aes-256";
  const purpose = Form.useWatch("purpose", form) ?? "general";
  const extractable = Form.useWatch("extractable", form) === true;
  const generate = useAction(client.tokens.generateKey, ["tokens"]);
  const family = spec.startsWith("aes") ? "aes" : spec.startsWith("rsa") ? "rsa" : undefined;
  const wraps = family !== undefined && purpose === "wrap";
  const mustStay = wraps && family === "rsa";

  const submit = async (values: GenerateForm) => {
    const made = await generate.run({
      id: token.id,
      spec: values.spec,
      label: values.label.trim(),
      purpose: wraps ? "wrap" : "general",
      extractable: values.extractable === true && !mustStay,
      ...(values.keyId?.trim() ? { keyId: values.keyId.trim().toLowerCase() } : {}),
    });
    if (!made) return;
    message.success(t("tokens.generate.done", { label: values.label.trim() }));
    onClose();
  };
  const leaves = extractable && !mustStay;
  return (
    <Dialog
      title={t("tokens.generate.title", { name: tokenName(token, t("tokens.fresh")) })}
      width={560}
      okText={t("tokens.generate.ok")}
      cancelText={t("common.cancel")}
      confirmLoading={generate.pending}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ spec: "ecdsa-p256", purpose: "general", extractable: false }}
        onFinish={submit}
        aria-label={t("tokens.generate.ok")}
      >
        <Form.Item
          name="label"
          label={t("tokens.generate.label")}
          rules={[{ required: true, whitespace: true, message: t("fields.required") }]}
        >
          <Input autoFocus autoComplete="off" maxLength={100} />
        </Form.Item>
        <Form.Item
          name="spec"
          label={t("tokens.generate.spec")}
          extra={spec === "rsa-4096" ? t("tokens.generate.slow") : undefined}
        >
          <Select options={SPECS_OFFERED.map((value) => ({ value, label: t(`tokens.generate.specs.${value}`) }))} />
        </Form.Item>
        {family && (
          <Form.Item name="purpose" label={t("tokens.generate.purpose")}>
            <Radio.Group
              vertical
              options={(["general", "wrap"] as const).map((value) => ({
                value,
                label: t(`tokens.generate.purposes.${family}.${value}`),
              }))}
            />
          </Form.Item>
        )}
        <Form.Item name="extractable" valuePropName="checked" hidden={mustStay} style={{ marginBottom: 8 }}>
          <Checkbox>{t("tokens.generate.extractable")}</Checkbox>
        </Form.Item>
        <Alert
          type={leaves ? "warning" : "info"}
          showIcon
          title={t(leaves ? "tokens.generate.leavesTitle" : "tokens.generate.staysTitle")}
          description={
            mustStay
              ? t("tokens.generate.receiveText")
              : t(leaves ? "tokens.generate.leavesText" : "tokens.generate.staysText")
          }
          style={{ marginBottom: 12 }}
        />
        {wraps && family === "aes" && <Typography.Paragraph>{t("tokens.generate.wrapText")}</Typography.Paragraph>}
        <Collapse
          ghost
          size="small"
          items={[
            {
              key: "more",
              label: t("common.advanced"),
              forceRender: true,
              children: (
                <Form.Item
                  name="keyId"
                  label={t("tokens.generate.keyId")}
                  extra={t("tokens.generate.keyIdHint")}
                  rules={[{ pattern: /^(?:[0-9a-fA-F]{2}){1,64}$/, message: t("tokens.generate.keyIdRule") }]}
                >
                  <Input autoComplete="off" spellCheck={false} maxLength={128} />
                </Form.Item>
              ),
            },
          ]}
        />
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </Form>
      <ErrorPanel error={generate.error} />
    </Dialog>
  );
}
