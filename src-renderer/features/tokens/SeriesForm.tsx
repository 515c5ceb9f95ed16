import { Alert, Button, Flex, Form, Input, InputNumber, Typography } from "antd";
import { useTranslation } from "react-i18next";
import type { Result } from "#shared/contract/index.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { wholeNumber } from "../../components/field-rules.ts";
import { NewPinFields } from "./PinFields.tsx";
import { isSeriesPattern } from "./series-table.ts";

export type OpenSeries = Result<"tokens", "beginSeries">;

interface SeriesFields {
  readonly labelPattern: string;
  readonly firstNumber: number;
  readonly soPin: string;
  readonly userPin: string;
}

export function SeriesForm({ onBegun }: { readonly onBegun: (series: OpenSeries) => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const [form] = Form.useForm<SeriesFields & { soPinAgain: string; userPinAgain: string }>();
  const begin = useAction(client.tokens.beginSeries);
  const submit = async ({ labelPattern, firstNumber, soPin, userPin }: SeriesFields) => {
    form.resetFields(["soPin", "soPinAgain", "userPin", "userPinAgain"]);
    const series = await begin.run({ labelPattern, firstNumber, soPin, userPin });
    if (series) onBegun(series);
  };
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ labelPattern: "UKey-###", firstNumber: 1 }}
      onFinish={submit}
      aria-label={t("tokens.series.title")}
      style={{ maxWidth: 480 }}
    >
      <Flex gap={12}>
        <Form.Item
          name="labelPattern"
          label={t("tokens.series.pattern")}
          extra={t("tokens.series.patternHint")}
          style={{ flex: 1 }}
          rules={[
            {
              validator: (_, value: string | undefined) =>
                isSeriesPattern(value ?? "")
                  ? Promise.resolve()
                  : Promise.reject(new Error(t("tokens.series.patternRule"))),
            },
          ]}
        >
          <Input autoFocus autoComplete="off" spellCheck={false} maxLength={28} />
        </Form.Item>
        <Form.Item
          name="firstNumber"
          label={t("tokens.series.first")}
          rules={[
            { required: true, message: t("fields.required") },
            wholeNumber(0, 99_999, t("fields.numberRule", { min: 0, max: 99_999 })),
          ]}
        >
          <InputNumber />
        </Form.Item>
      </Flex>
      <Typography.Paragraph>{t("tokens.series.sameSo")}</Typography.Paragraph>
      <NewPinFields name="soPin" label={t("tokens.pin.setSo")} againLabel={t("tokens.pin.newSoAgain")} />
      <NewPinFields
        name="userPin"
        label={t("tokens.pin.newUser")}
        againLabel={t("tokens.pin.newUserAgain")}
        otherThan="soPin"
      />
      <Flex vertical gap={12} align="start">
        <Alert type="info" showIcon title={t("tokens.series.leave")} />
        <ErrorPanel error={begin.error} />
        <Button type="primary" htmlType="submit" loading={begin.pending}>
          {t("tokens.series.begin")}
        </Button>
      </Flex>
    </Form>
  );
}
