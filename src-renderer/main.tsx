import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { startLanguage } from "./app/language.ts";
import { useWindowStore } from "./app/window-store.ts";

startLanguage(useWindowStore.getState().language);

const place = document.getElementById("root");
if (!place) throw new Error("The page has no place for the console.");
createRoot(place).render(<App />);
