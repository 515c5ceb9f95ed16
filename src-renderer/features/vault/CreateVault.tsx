import { Alert, Button, Checkbox, Descriptions, Flex, Form, Input, Steps, Typography } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { LIMITS } from "#shared/limits.ts";
import type { VaultStatus } from "#shared/models/vault.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { useSetVaultStatus } from "../../app/use-vault.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { useNameRules } from "../../components/field-rules.ts";
import { judgeFields } from "../../components/judge-fields.ts";
import { NewPasswordFields } from "../../components/NewPasswordFields.tsx";
import { FrontPage } from "./FrontPage.tsx";

interface CreateForm {
  readonly name: string;
  readonly userName: string;
  readonly password: string;
  readonly passwordAgain: string;
  readonly accept: boolean;
}

const FIELDS: readonly (readonly (keyof CreateForm)[])[] = [
  ["name", "userName"],
  ["password", "passwordAgain"],
  ["accept"],
];

/** First start: names, password twice, then what will happen and what is not promised, before anything is written. */
export function CreateVault({ status }: { readonly status: Extract<VaultStatus, { state: "absent" }> }) {
  const { t } = useTranslation();
  const client = useClient();
  const setStatus = useSetVaultStatus();
  const [form] = Form.useForm<CreateForm>();
  const [step, setStep] = useState(0);
  const create = useAction(client.vault.create);
  const nameRules = useNameRules();
  const name = Form.useWatch("name", form) ?? "";
  const userName = Form.useWatch("userName", form) ?? "";
  useEffect(() => {
    document.title = `${t("vault.create.title")} · ${t("app.name")}`;
  }, [t]);

  const last = FIELDS.length - 1;
  // Where there is much to read before the one box to tick, the keyboard goes on at the beginning of it.
  const check = useRef<HTMLElement>(null);
  useEffect(() => {
    if (step === last) check.current?.focus();
  }, [step, last]);
  const next = async () => {
    if (!(await judgeFields(form, FIELDS[step] ?? []))) return;
    if (step < last) return setStep(step + 1);
    const { password } = form.getFieldsValue(true) as CreateForm;
    const made = await create.run({ name, userName, password });
    form.resetFields(["password", "passwordAgain"]);
    if (made) setStatus(made);
    else setStep(1);
  };
  // All steps stay in the form, so that going back loses nothing; only the present one is shown and reachable.
  const shown = (index: number) => ({ hidden: step !== index });
  return (
    <FrontPage title={t("vault.create.title")} width={620}>
      <Flex vertical gap={16}>
        <Typography.Text style={{ overflowWrap: "anywhere" }}>
          {t("vault.create.intro", { folder: status.folder })}
        </Typography.Text>
        <Steps
          size="small"
          current={step}
          items={[
            { title: t("vault.create.stepNames.name") },
            { title: t("vault.create.stepNames.password") },
            { title: t("vault.create.stepNames.check") },
          ]}
        />
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          initialValues={{ name: "", userName: "", password: "", passwordAgain: "", accept: false }}
          onSubmitCapture={(event) => {
            // Only the present step is judged: the form's own handler would judge all of them.
            event.preventDefault();
            event.stopPropagation();
            void next();
          }}
          // A refusal is of what stood there: the next entry is not refused yet.
          onValuesChange={create.clear}
          aria-label={t("vault.create.title")}
        >
          <div {...shown(0)}>
            <Form.Item name="name" label={t("vault.create.name")} extra={t("vault.create.nameHint")} rules={nameRules}>
              <Input autoFocus autoComplete="off" maxLength={LIMITS.nameMax} />
            </Form.Item>
            <Form.Item
              name="userName"
              label={t("vault.create.userName")}
              extra={t("vault.create.userNameHint")}
              rules={nameRules}
            >
              <Input autoComplete="username" maxLength={LIMITS.nameMax} />
            </Form.Item>
          </div>
          <div {...shown(1)}>
            <Typography.Paragraph>{t("vault.create.passwordIntro")}</Typography.Paragraph>
            {step > 0 && (
              <NewPasswordFields
                label={t("fields.password")}
                againLabel={t("fields.passwordAgain")}
                names={[name, userName]}
                autoFocus
              />
            )}
            <Alert type="warning" showIcon title={t("vault.create.noRecovery")} style={{ marginBottom: 16 }} />
          </div>
          <section ref={check} tabIndex={-1} aria-label={t("vault.create.stepNames.check")} {...shown(2)}>
            <Descriptions
              style={{ marginBlockEnd: 12 }}
              size="small"
              column={1}
              items={[
                { key: "name", label: t("vault.create.name"), children: name },
                { key: "userName", label: t("vault.create.userName"), children: userName },
              ]}
            />
            <Facts
              title={t("vault.create.willHappen")}
              sentences={t("vault.create.will", { returnObjects: true, folder: status.folder })}
            />
            <Facts title={t("vault.create.notPromised")} sentences={t("vault.create.not", { returnObjects: true })} />
            <Form.Item
              name="accept"
              valuePropName="checked"
              rules={[
                {
                  validator: (_, value) =>
                    value ? Promise.resolve() : Promise.reject(new Error(t("vault.create.acceptFirst"))),
                },
              ]}
            >
              <Checkbox>{t("vault.create.accept")}</Checkbox>
            </Form.Item>
          </section>
          <Flex justify="space-between">
            <Button disabled={step === 0} onClick={() => setStep(step - 1)}>
              {t("common.back")}
            </Button>
            <Button type="primary" htmlType="submit" loading={create.pending}>
              {step === last ? t("vault.create.ok") : t("common.next")}
            </Button>
          </Flex>
        </Form>
        <ErrorPanel error={create.error} />
      </Flex>
    </FrontPage>
  );
}

function Facts({ title, sentences }: { readonly title: string; readonly sentences: readonly string[] }) {
  return (
    <>
      <Typography.Text strong>{title}</Typography.Text>
      <ul style={{ margin: "4px 0 16px", paddingInlineStart: 20 }}>
        {sentences.map((sentence) => (
          <li key={sentence} style={{ marginBottom: 4 }}>
            {sentence}
          </li>
        ))}
      </ul>
    </>
  );
}
