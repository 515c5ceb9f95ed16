import { Button, Descriptions, Flex, Modal, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Trace } from "#shared/models/trace.ts";
import { ExactText } from "../../components/ExactText.tsx";
import { prettyJson } from "../../components/format.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { useCopy } from "../../components/use-copy.ts";

/** The fold under a trace: redacted request and answer, its link in the chain, the whole record as JSON. */
export function TraceDetails({ trace }: { readonly trace: Trace }) {
  const { t } = useTranslation();
  const copy = useCopy();
  const [json, setJson] = useState(false);
  const whole = JSON.stringify({ ...trace, request: parsed(trace.request), answer: parsed(trace.answer) }, null, 2);
  return (
    <Flex vertical gap={8} style={{ maxWidth: "calc(100vw - 280px)" }}>
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: "operation", label: t("traces.operation"), children: <code>{trace.operation}</code> },
          { key: "id", label: t("common.id"), children: <Identifier value={trace.id} label={t("common.id")} /> },
          ...(trace.resourceId
            ? [
                {
                  key: "resource",
                  label: t("traces.filter.resourceId"),
                  children: <Identifier value={trace.resourceId} label={t("traces.filter.resourceId")} />,
                },
              ]
            : []),
          ...(trace.code ? [{ key: "code", label: t("traces.code"), children: <code>{trace.code}</code> }] : []),
          { key: "mac", label: t("traces.mac"), children: <Identifier value={trace.mac} label={t("traces.mac")} /> },
        ]}
      />
      <Flex gap={12} wrap>
        <Part title={t("traces.request")} text={trace.request} />
        <Part title={t("traces.answer")} text={trace.answer} />
      </Flex>
      <div>
        <Button size="small" onClick={() => setJson(true)}>
          {t("traces.viewJson")}
        </Button>
      </div>
      <Modal
        open={json}
        width={760}
        title={`${t("traces.viewJson")} · ${trace.sequence}`}
        onCancel={() => setJson(false)}
        footer={[
          <Button key="copy" onClick={() => copy(whole)}>
            {t("common.copy")}
          </Button>,
          <Button key="close" type="primary" onClick={() => setJson(false)}>
            {t("common.close")}
          </Button>,
        ]}
      >
        <ExactText text={whole} label={t("traces.viewJson")} />
      </Modal>
    </Flex>
  );
}

function Part({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div style={{ flex: "1 1 320px", minWidth: 0 }}>
      <Typography.Text strong>{title}</Typography.Text>
      <ExactText text={prettyJson(text)} label={title} />
    </div>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
