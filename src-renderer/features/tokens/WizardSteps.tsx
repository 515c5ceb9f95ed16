import { Flex, Steps, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { en } from "#shared/lang/en.ts";
import type { WizardStep } from "#shared/models/token.ts";
import { sentenceOf } from "../../components/format.ts";
import { StateTag } from "../../components/StateTag.tsx";
import { STEP_TONE } from "./token-state.ts";

type KnownStep = keyof typeof en.tokens.initialise.step;

const STATUS: Readonly<Record<WizardStep["state"], "wait" | "finish" | "error">> = {
  done: "finish",
  failed: "error",
  "not-reached": "wait",
};

/** Each step of initialising with what proves it. */
export function WizardSteps({ steps }: { readonly steps: readonly WizardStep[] }) {
  const { t } = useTranslation();
  const title = (name: string) =>
    Object.hasOwn(en.tokens.initialise.step, name)
      ? t(`tokens.initialise.step.${name as KnownStep}`)
      : sentenceOf(name);
  return (
    <section aria-label={t("tokens.initialise.stepsLabel")}>
      <Steps
        orientation="vertical"
        size="small"
        current={-1}
        items={steps.map((step) => ({
          key: step.name,
          status: STATUS[step.state],
          title: (
            <Flex gap={8} align="center" wrap data-step={step.name} data-state={step.state}>
              <span>{title(step.name)}</span>
              {step.state === "done" ? (
                <span className="visually-hidden">{t("tokens.initialise.stepState.done")}</span>
              ) : (
                <StateTag tone={STEP_TONE[step.state]}>{t(`tokens.initialise.stepState.${step.state}`)}</StateTag>
              )}
            </Flex>
          ),
          content: step.proof ? <Typography.Text type="secondary">{step.proof}</Typography.Text> : null,
        }))}
      />
    </section>
  );
}
