import { Collapse, Flex, Steps, Typography } from "antd";
import { useTranslation } from "react-i18next";
import type { Task, TaskStep } from "#shared/models/task.ts";
import { elapsed, STEP_TONE } from "../features/tasks/task-state.ts";
import { BothWords } from "./ErrorText.tsx";
import { ExactText } from "./ExactText.tsx";
import { proofWords } from "./error-words.ts";
import { duration } from "./format.ts";
import { StateTag } from "./StateTag.tsx";
import { useStepTitle } from "./use-step-title.ts";

const STATUS: Readonly<Record<TaskStep["state"], "wait" | "process" | "finish" | "error">> = {
  waiting: "wait",
  running: "process",
  done: "finish",
  failed: "error",
  undone: "wait",
  "undo-failed": "error",
  skipped: "wait",
};

/** The live list of a task's steps: state, proof, time taken, the server's own words behind a fold. */
export function TaskSteps({ task, now }: { readonly task: Task; readonly now: number }) {
  const { t } = useTranslation();
  const stepTitle = useStepTitle();
  return (
    <section aria-label={t("tasks.stepsLabel")}>
      <Steps
        orientation="vertical"
        size="small"
        current={-1}
        items={task.steps.map((step) => ({
          key: step.name,
          status: STATUS[step.state],
          title: <StepTitle step={step} title={stepTitle(step.name)} now={now} />,
          content: <StepContent step={step} />,
        }))}
      />
    </section>
  );
}

function StepTitle({ step, title, now }: { readonly step: TaskStep; readonly title: string; readonly now: number }) {
  const { t } = useTranslation();
  const took = elapsed(
    {
      ...(step.startedAt === undefined ? {} : { startedAt: step.startedAt }),
      ...(step.endedAt === undefined ? {} : { endedAt: step.endedAt }),
    },
    now,
  );
  return (
    <Flex gap={8} align="center" wrap data-step={step.name} data-state={step.state}>
      <span>{title}</span>
      {step.state === "done" && <span className="visually-hidden">{t("tasks.step.done")}</span>}
      {step.state !== "waiting" && step.state !== "done" && (
        <StateTag tone={STEP_TONE[step.state]}>{t(`tasks.step.${step.state}`)}</StateTag>
      )}
      {took !== undefined && (
        <Typography.Text type="secondary" style={{ fontSize: 12, fontVariantNumeric: "tabular-nums" }}>
          {duration(took)}
        </Typography.Text>
      )}
    </Flex>
  );
}

function StepContent({ step }: { readonly step: TaskStep }) {
  const { t, i18n } = useTranslation();
  const shown = proofWords(step, i18n.language);
  if (!step.proof && !step.serverText && !step.undo) return null;
  return (
    <Flex vertical gap={4} style={{ paddingBottom: 4 }}>
      {shown && (
        <Typography.Text>
          <BothWords words={shown} />
        </Typography.Text>
      )}
      {step.undo && step.state !== "done" && (
        <Typography.Text type="secondary">
          {t("tasks.undo")}: {step.undo}
        </Typography.Text>
      )}
      {step.serverText && (
        <Collapse
          size="small"
          ghost
          items={[
            {
              key: "text",
              label: t("tasks.serverText"),
              children: <ExactText text={step.serverText} label={t("tasks.serverText")} />,
            },
          ]}
        />
      )}
    </Flex>
  );
}
