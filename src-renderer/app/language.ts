import dayjs from "dayjs";
import "dayjs/locale/zh-cn.js";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "#shared/lang/en.ts";
import { zh } from "#shared/lang/zh.ts";
import type { Language } from "./language-names.ts";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

/** Makes the catalogue ready; no network, no detection, both languages are in the bundle. */
export function startLanguage(language: Language): void {
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: "en",
    resources: { en: { translation: en }, zh: { translation: zh } },
    // React escapes what it renders; escaping twice would show &amp; in names.
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  applyLanguage(language);
}

export function applyLanguage(language: Language): void {
  dayjs.locale(language === "zh" ? "zh-cn" : "en");
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  if (i18next.language !== language) void i18next.changeLanguage(language);
}
