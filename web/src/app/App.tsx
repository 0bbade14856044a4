/** Everything that all pages stand on: data, language, looks, addresses. */
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "react-router/dom";
import { LanguageProvider } from "@/i18n";
import { queries } from "./queries";
import { router } from "./router";
import { schemeManager, theme, variables } from "./theme";

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <LanguageProvider>
        <MantineProvider
          theme={theme}
          cssVariablesResolver={variables}
          colorSchemeManager={schemeManager}
          defaultColorScheme="auto"
        >
          <RouterProvider router={router} />
        </MantineProvider>
      </LanguageProvider>
    </QueryClientProvider>
  );
}
