/** Our looks: deep ink blue, one teal accent, signal colours only for what needs a person. */
import {
  createTheme,
  type CSSVariablesResolver,
  localStorageColorSchemeManager,
  type MantineColorsTuple,
} from "@mantine/core";

const tide: MantineColorsTuple = [
  "#e6f6f5", "#daf1ee", "#98d8d2", "#62c4bb", "#3ab4a9", "#20a398", "#0f877f", "#0b6e69", "#085552", "#053f3e",
];
const ink: MantineColorsTuple = [
  "#dbe5ec", "#b9c8d3", "#8fa2b1", "#6a7e8e", "#3d5060", "#2a3a48", "#1e2c38", "#15212b", "#0f1922", "#0a121a",
];
const mist: MantineColorsTuple = [
  "#f5f8fa", "#edf2f5", "#e1e8ed", "#d0dae1", "#b5c2cc", "#8e9eab", "#667887", "#4a5b69", "#334250", "#1c2832",
];
const red: MantineColorsTuple = [
  "#fdeceb", "#fbe3e1", "#f1ada8", "#ee938b", "#e8736a", "#d84e45", "#c6362d", "#b3261e", "#991f18", "#7d1812",
];
const orange: MantineColorsTuple = [
  "#fff4e0", "#feeed3", "#f8cf8c", "#f2b659", "#e8a33d", "#d08a22", "#b57112", "#965400", "#874b00", "#754100",
];

const FONTS =
  '-apple-system, BlinkMacSystemFont, "Segoe UI", Inter, Roboto, "PingFang SC", "Hiragino Sans GB", ' +
  '"Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", sans-serif';

export const theme = createTheme({
  primaryColor: "tide",
  primaryShade: 7,
  colors: { tide, red, orange, dark: ink, gray: mist },
  black: "#16232e",
  fontFamily: FONTS,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace',
  headings: { fontFamily: FONTS, fontWeight: "600" },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  components: {
    Tooltip: { defaultProps: { withArrow: true, openDelay: 150, events: { hover: true, focus: true, touch: true } } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.5, blur: 2 } } },
    Drawer: { defaultProps: { position: "right", overlayProps: { backgroundOpacity: 0.4 } } },
  },
});

/** The signal colours and surfaces that our own styles use, in both schemes. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--tz-page": "#f3f6f8",
    "--tz-surface": "#ffffff",
    "--tz-raised": "#ffffff",
    "--tz-sunken": "#eef2f5",
    "--tz-line": "#dde5ea",
    "--tz-line-strong": "#c4d0d8",
    "--tz-text": "#16232e",
    "--tz-muted": "#556775",
    "--tz-nav": "#0f2430",
    "--tz-accent": "#0b6e69",
    "--tz-accent-soft": "#e2f3f1",
    "--tz-good": "#187a4a",
    "--tz-good-soft": "#e2f4ea",
    "--tz-talk": "#1c5fb8",
    "--tz-talk-soft": "#e3edfa",
    "--tz-reserve": "#0e7490",
    "--tz-reserve-soft": "#def3f8",
    "--tz-wrap": "#7141b1",
    "--tz-wrap-soft": "#f0e9fa",
    "--tz-idle": "#5b6b78",
    "--tz-idle-soft": "#eaeff2",
    "--tz-warn": "#965400",
    "--tz-warn-soft": "#fdf0d9",
    "--tz-warn-line": "#e8a33d",
    "--tz-bad": "#b3261e",
    "--tz-bad-soft": "#fce8e6",
    "--tz-bad-line": "#dc5b52",
    "--tz-shadow": "0 1px 2px rgb(16 35 46 / 5%)",
    "--mantine-color-body": "#ffffff",
    "--mantine-color-dimmed": "#556775",
    "--mantine-color-error": "#b3261e",
    "--mantine-color-placeholder": "#667887",
  },
  dark: {
    "--tz-page": "#0c151d",
    "--tz-surface": "#131f29",
    "--tz-raised": "#192733",
    "--tz-sunken": "#0f1a23",
    "--tz-line": "#22323f",
    "--tz-line-strong": "#364a59",
    "--tz-text": "#dbe5ec",
    "--tz-muted": "#93a7b6",
    "--tz-nav": "#0a1219",
    "--tz-accent": "#4cc6bb",
    "--tz-accent-soft": "#12322f",
    "--tz-good": "#5fcb92",
    "--tz-good-soft": "#12301f",
    "--tz-talk": "#7fb2f5",
    "--tz-talk-soft": "#15294a",
    "--tz-reserve": "#5cc8e2",
    "--tz-reserve-soft": "#0f2f3a",
    "--tz-wrap": "#bf9df0",
    "--tz-wrap-soft": "#291d40",
    "--tz-idle": "#9badba",
    "--tz-idle-soft": "#1f2c37",
    "--tz-warn": "#f0b65a",
    "--tz-warn-soft": "#33240c",
    "--tz-warn-line": "#b9802a",
    "--tz-bad": "#ff9188",
    "--tz-bad-soft": "#3a1613",
    "--tz-bad-line": "#c14a42",
    "--tz-shadow": "none",
    "--mantine-color-body": "#131f29",
    "--mantine-color-dimmed": "#93a7b6",
    "--mantine-color-error": "#ff9188",
    "--mantine-color-placeholder": "#8298a7",
  },
});

export const schemeManager = localStorageColorSchemeManager({ key: "tianzhou.scheme" });
