import { Alert, Button, Flex, Form, Input, InputNumber, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Result } from "#shared/contract/index.ts";
import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { wholeNumber } from "../../components/field-rules.ts";
import { protectionOf } from "./object-families.ts";
import { TokenReady } from "./TokenReady.tsx";
import { tokenName } from "./token-state.ts";

export type OpenCeremony = Result<"tokens", "backUpKeyToShares">;

interface TermsForm {
  readonly threshold: number;
  readonly shares: number;
  readonly folder?: string;
}

interface ShareTermsProps {
  readonly token: TokenView;
  readonly object: TokenObject;
  readonly onBegun: (ceremony: OpenCeremony) => void;
}

/** How many custodians there are and how many must come together; what will happen is said before it does. */
export function ShareTerms({ token, object, onBegun }: ShareTermsProps) {
  const { t } = useTranslation();
  const client = useClient();
  const navigate = useNavigate();
  const [form] = Form.useForm<TermsForm>();
  const begin = useAction(client.tokens.backUpKeyToShares);
  const cannot = ["stays", "stayed"].includes(protectionOf(object));
  const submit = async ({ threshold, shares, folder }: TermsForm) => {
    const begun = await begin.run({
      id: token.id,
      ref: object.ref,
      threshold,
      shares,
      ...(folder?.trim() ? { folder: folder.trim() } : {}),
    });
    if (begun) onBegun(begun);
  };
  if (cannot)
    return (
      <Flex vertical gap={16} align="start">
        <Alert
          type="warning"
          showIcon
          title={t("tokens.backUp.cannotTitle")}
          description={t("tokens.backUp.cannotText")}
        />
        <Button onClick={() => void navigate(`/tokens/${token.id}/objects`)}>{t("tokens.shares.toToken")}</Button>
      </Flex>
    );
  const whole = [
    { required: true, message: t("fields.required") },
    wholeNumber(2, 16, t("fields.numberRule", { min: 2, max: 16 })),
  ];
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ threshold: 3, shares: 5 }}
      onFinish={submit}
      aria-label={t("tokens.shares.begin")}
      style={{ maxWidth: 640 }}
    >
      <Typography.Paragraph>{t("tokens.shares.intro")}</Typography.Paragraph>
      <TokenReady tokenId={token.id} label={tokenName(token, t("tokens.fresh"))} />
      <Flex gap={16} wrap>
        <Form.Item name="shares" label={t("tokens.shares.total")} rules={whole}>
          <InputNumber />
        </Form.Item>
        <Form.Item
          name="threshold"
          label={t("tokens.shares.threshold")}
          dependencies={["shares"]}
          rules={[
            ...whole,
            ({ getFieldValue }) => ({
              validator: (_, value: number | null) =>
                (value ?? 0) <= Number(getFieldValue("shares") ?? 16)
                  ? Promise.resolve()
                  : Promise.reject(new Error(t("tokens.shares.thresholdRule"))),
            }),
          ]}
        >
          <InputNumber />
        </Form.Item>
      </Flex>
      <Form.Item
        name="folder"
        label={`${t("tokens.backUp.folder")} (${t("common.optional")})`}
        extra={t("tokens.backUp.folderHint")}
        rules={[{ pattern: /^\s*\//, message: t("fields.pathRule") }]}
      >
        <Input autoComplete="off" spellCheck={false} maxLength={4096} />
      </Form.Item>
      <Flex vertical gap={12} align="start">
        <Alert type="info" showIcon title={t("tokens.shares.before")} />
        <ErrorPanel error={begin.error} />
        <Button type="primary" htmlType="submit" loading={begin.pending}>
          {t("tokens.shares.begin")}
        </Button>
      </Flex>
    </Form>
  );
}
