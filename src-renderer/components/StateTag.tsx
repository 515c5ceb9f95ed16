import {
  CheckCircleOutlined,
  ClockCircleOutlined,
  CloseCircleOutlined,
  ExclamationCircleOutlined,
  MinusCircleOutlined,
  SyncOutlined,
} from "@ant-design/icons";
import { Tag } from "antd";
import type { ReactNode } from "react";

/** How a state reads at a glance; the icon says it too, so that nothing depends on colour alone. */
export type Tone = "good" | "bad" | "care" | "busy" | "quiet" | "waiting";

const LOOK: Readonly<Record<Tone, { color: string; icon: ReactNode }>> = {
  good: { color: "success", icon: <CheckCircleOutlined /> },
  bad: { color: "error", icon: <CloseCircleOutlined /> },
  care: { color: "warning", icon: <ExclamationCircleOutlined /> },
  busy: { color: "processing", icon: <SyncOutlined /> },
  quiet: { color: "default", icon: <MinusCircleOutlined /> },
  waiting: { color: "default", icon: <ClockCircleOutlined /> },
};

export function StateTag({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <Tag color={LOOK[tone].color} icon={LOOK[tone].icon} style={{ marginInlineEnd: 0 }}>
      {children}
    </Tag>
  );
}
