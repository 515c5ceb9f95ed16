import { Empty, Flex, Typography } from "antd";
import type { ReactNode } from "react";

interface EmptyStateProps {
  /** One sentence: what belongs here. */
  readonly text: string;
  /** The action that puts it here. */
  readonly action?: ReactNode;
}

export function EmptyState({ text, action }: EmptyStateProps) {
  return (
    <Flex vertical align="center" gap={12} style={{ padding: "32px 16px" }}>
      <Empty
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={null}
        style={{ margin: 0 }}
        styles={{ image: { marginBottom: 0 } }}
      />
      <Typography.Text type="secondary" style={{ maxWidth: 460, textAlign: "center" }}>
        {text}
      </Typography.Text>
      {action}
    </Flex>
  );
}
