import { Card, Flex, Steps, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "../../components/Page.tsx";
import { type OpenSeries, SeriesForm } from "./SeriesForm.tsx";
import { SeriesResult } from "./SeriesResult.tsx";
import { SeriesRun } from "./SeriesRun.tsx";
import type { SeriesRow } from "./series-table.ts";

/** H04: many tokens in a row with one form. The PINs are main's alone from the first answer on. */
export function SeriesPage() {
  const { t } = useTranslation();
  const [series, setSeries] = useState<OpenSeries>();
  const [results, setResults] = useState<readonly SeriesRow[]>();
  const step = results ? 2 : series ? 1 : 0;
  return (
    <Page title={t("tokens.series.title")}>
      <Card style={{ maxWidth: 900 }}>
        <Flex vertical gap={16}>
          <Steps
            size="small"
            current={step}
            items={[
              { title: t("tokens.series.stepNames.form") },
              { title: t("tokens.series.stepNames.tokens") },
              { title: t("tokens.series.stepNames.result") },
            ]}
          />
          {step === 0 && <Typography.Text>{t("tokens.series.intro")}</Typography.Text>}
          {step === 0 && <SeriesForm onBegun={setSeries} />}
          {step === 1 && series && <SeriesRun series={series} onEnded={setResults} />}
          {results && (
            <SeriesResult
              rows={results}
              onAnother={() => {
                setSeries(undefined);
                setResults(undefined);
              }}
            />
          )}
        </Flex>
      </Card>
    </Page>
  );
}
