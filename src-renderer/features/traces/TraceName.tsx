import { Typography } from "antd";
import type { Trace } from "#shared/models/trace.ts";

/** A trace's name; for one step of a task also which step. */
export function TraceName({ trace }: { readonly trace: Pick<Trace, "name" | "operation"> }) {
  const step = trace.operation.split("#")[1];
  return (
    <>
      {trace.name}
      {step && <Typography.Text type="secondary"> · {step}</Typography.Text>}
    </>
  );
}
