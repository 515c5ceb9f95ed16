import { Button, Flex, Form, Input, theme } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";

interface ShareEntryProps {
  readonly label: string;
  readonly okText: string;
  readonly pending: boolean;
  readonly error: unknown;
  readonly disabled?: boolean;
  /** Answers whether the share was taken: then the field is emptied. A slip stays, to be corrected where it is. */
  readonly onShare: (share: string) => Promise<boolean>;
}

/** Where one custodian types one share. */
export function ShareEntry({ label, okText, pending, error, disabled = false, onShare }: ShareEntryProps) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const [form] = Form.useForm<{ share: string }>();
  const submit = async ({ share }: { share: string }) => {
    if (await onShare(share)) form.resetFields();
    else form.getFieldInstance("share")?.focus?.();
  };
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={submit} aria-label={label} disabled={disabled}>
      <Form.Item
        name="share"
        label={label}
        extra={t("tokens.shares.typeHint")}
        rules={[{ required: true, whitespace: true, message: t("fields.required") }]}
      >
        <Input.TextArea
          autoFocus
          autoComplete="off"
          spellCheck={false}
          rows={6}
          maxLength={2000}
          style={{ fontFamily: token.fontFamilyCode, fontSize: 16 }}
        />
      </Form.Item>
      <Flex vertical gap={12} align="start">
        <ErrorPanel error={error} />
        <Button type="primary" htmlType="submit" loading={pending}>
          {okText}
        </Button>
      </Flex>
    </Form>
  );
}
