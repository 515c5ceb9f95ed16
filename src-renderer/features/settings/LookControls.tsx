import { Flex, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language } from "../../app/language-names.ts";
import { THEME_CHOICES, type ThemeChoice } from "../../app/theme.ts";
import { useWindowStore } from "../../app/window-store.ts";

/** Theme and language, for this window only. */
export function LookControls() {
  const { t } = useTranslation();
  const { theme, language, setTheme, setLanguage } = useWindowStore();
  return (
    <Flex gap={12} wrap>
      <Segmented<ThemeChoice>
        aria-label={t("settings.theme")}
        value={theme}
        onChange={setTheme}
        options={THEME_CHOICES.map((choice) => ({ value: choice, label: t(`settings.themes.${choice}`) }))}
      />
      <Segmented<Language>
        aria-label={t("settings.language")}
        value={language}
        onChange={setLanguage}
        options={Object.entries(LANGUAGES).map(([value, label]) => ({ value: value as Language, label }))}
      />
    </Flex>
  );
}
