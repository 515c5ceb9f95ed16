import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Alert, App, Button, Descriptions, Flex, Form, Input, Select, Typography } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { DangerDialog } from "../../components/DangerDialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { suggestedInstanceName } from "./instance-name.ts";
import { INSTANCE_TONE } from "./token-state.ts";

type Instance = NonNullable<TokenView["instance"]>;

interface InstanceForm {
  readonly name: string;
  readonly use: Instance["use"];
}

const USES: Readonly<Record<Instance["use"], true>> = { server: true, signature: true, finance: true };

/** H02, H03, H13: name, use and tags under which this vault knows the token. */
export function TokenInstance({ token }: { readonly token: TokenView }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const activate = useAction(client.tokens.activate, ["tokens"]);
  const [forgetting, setForgetting] = useState(false);
  const { instance } = token;
  const submit = async ({ name, use }: InstanceForm) => {
    if (await activate.run({ id: token.id, name: name.trim(), use }))
      message.success(t("tokens.instance.activated", { name }));
  };
  return (
    <Flex vertical gap={16} style={{ maxWidth: 640 }}>
      <Typography.Text>{t("tokens.instance.text")}</Typography.Text>
      {!token.initialized && <Alert type="info" showIcon title={t("tokens.instance.notInitialised")} />}
      {instance && (
        <Descriptions
          size="small"
          bordered
          column={1}
          styles={{ label: { width: 160 } }}
          items={[
            {
              key: "state",
              label: t("tokens.instance.state"),
              children: (
                <StateTag tone={INSTANCE_TONE[instance.status]}>
                  {t(`tokens.instance.status.${instance.status}`)}
                </StateTag>
              ),
            },
            { key: "since", label: t("tokens.instance.since"), children: <RelativeTime time={instance.createdAt} /> },
          ]}
        />
      )}
      <Form
        key={instance ? "known" : "new"}
        layout="vertical"
        requiredMark={false}
        initialValues={{
          name: instance?.name ?? suggestedInstanceName(token.label),
          use: instance?.use ?? "server",
        }}
        onFinish={submit}
        disabled={!token.present || !token.initialized}
        aria-label={t("tokens.tab.instance")}
      >
        <Flex gap={12} wrap>
          <Form.Item
            name="name"
            label={t("tokens.instance.name")}
            style={{ flex: "1 1 240px" }}
            rules={[
              { required: true, message: t("fields.required") },
              { pattern: /^[A-Za-z0-9_-]{1,64}$/, message: t("tokens.instance.nameRule") },
            ]}
          >
            <Input autoComplete="off" spellCheck={false} maxLength={64} />
          </Form.Item>
          <Form.Item name="use" label={t("tokens.instance.use")} style={{ flex: "1 1 200px" }}>
            <Select
              options={(Object.keys(USES) as Instance["use"][]).map((value) => ({
                value,
                label: t(`tokens.instance.uses.${value}`),
              }))}
            />
          </Form.Item>
        </Flex>
        <Flex gap={8} wrap>
          <Button type="primary" htmlType="submit" loading={activate.pending}>
            {instance ? t("tokens.instance.save") : t("tokens.instance.activate")}
          </Button>
          {instance && (
            <Button danger disabled={false} onClick={() => setForgetting(true)}>
              {t("tokens.instance.deactivate")}
            </Button>
          )}
        </Flex>
      </Form>
      <ErrorPanel error={activate.error} />
      {instance && <Tags id={token.id} tags={instance.tags} />}
      {forgetting && instance && (
        <ForgetDialog id={token.id} name={instance.name} onClose={() => setForgetting(false)} />
      )}
    </Flex>
  );
}

function Tags({ id, tags }: { readonly id: string; readonly tags: Instance["tags"] }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const [form] = Form.useForm<{ tags: Instance["tags"] }>();
  const save = useAction(client.tokens.setTags, ["tokens"]);
  // As they are kept now, by whomever; the fields stay, so that the focus does.
  const kept = JSON.stringify(tags);
  useEffect(() => form.setFieldsValue({ tags: JSON.parse(kept) }), [form, kept]);
  const submit = async (values: { tags?: { key?: string; value?: string }[] }) => {
    const wanted = (values.tags ?? []).map((tag) => ({ key: (tag.key ?? "").trim(), value: (tag.value ?? "").trim() }));
    if (await save.run({ id, tags: wanted })) message.success(t("tokens.instance.tagsSaved"));
  };
  return (
    <Form form={form} initialValues={{ tags }} onFinish={submit} aria-label={t("tokens.instance.tags")}>
      <Typography.Title level={3}>{t("tokens.instance.tags")}</Typography.Title>
      <Typography.Paragraph type="secondary">{t("tokens.instance.tagsHint")}</Typography.Paragraph>
      <Form.List name="tags">
        {(fields, { add, remove }) => (
          <Flex vertical gap={8} align="start">
            {fields.map((field, index) => (
              <Flex key={field.key} gap={8} align="start" style={{ width: "100%" }}>
                <Form.Item
                  name={[field.name, "key"]}
                  rules={[{ required: true, message: t("fields.required") }]}
                  style={{ flex: 1, marginBottom: 0 }}
                >
                  <Input
                    aria-label={t("tokens.instance.tagKey", { number: index + 1 })}
                    placeholder={t("tokens.instance.tagKeyShort")}
                    autoComplete="off"
                    maxLength={128}
                  />
                </Form.Item>
                <Form.Item name={[field.name, "value"]} style={{ flex: 1, marginBottom: 0 }}>
                  <Input
                    aria-label={t("tokens.instance.tagValue", { number: index + 1 })}
                    placeholder={t("tokens.instance.tagValueShort")}
                    autoComplete="off"
                    maxLength={255}
                  />
                </Form.Item>
                <Button
                  icon={<DeleteOutlined />}
                  aria-label={t("tokens.instance.removeTag", { number: index + 1 })}
                  onClick={() => remove(field.name)}
                />
              </Flex>
            ))}
            <Flex gap={8}>
              <Button
                icon={<PlusOutlined />}
                disabled={fields.length >= 20}
                onClick={() => add({ key: "", value: "" })}
              >
                {t("tokens.instance.addTag")}
              </Button>
              <Button htmlType="submit" loading={save.pending}>
                {t("tokens.instance.saveTags")}
              </Button>
            </Flex>
          </Flex>
        )}
      </Form.List>
      <div style={{ marginTop: 8 }}>
        <ErrorPanel error={save.error} />
      </div>
    </Form>
  );
}

function ForgetDialog(props: { readonly id: string; readonly name: string; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useClient();
  const forget = useAction(client.tokens.deactivate, ["tokens"]);
  const submit = async () => {
    if (!(await forget.run({ id: props.id }))) return;
    message.success(t("tokens.instance.deactivated"));
    props.onClose();
  };
  return (
    <DangerDialog
      open
      title={t("tokens.instance.deactivateTitle", { name: props.name })}
      text={t("tokens.instance.deactivateText")}
      word={props.name}
      okText={t("tokens.instance.deactivate")}
      pending={forget.pending}
      error={forget.error}
      onOk={() => void submit()}
      onCancel={props.onClose}
    />
  );
}
