import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from "@mantine/core";
import { Check, Moon, Sun, SunMoon, type LucideIcon } from "lucide-react";
import { useTexts } from "@/i18n";

const SCHEMES: readonly { name: MantineColorScheme; icon: LucideIcon }[] = [
  { name: "light", icon: Sun },
  { name: "dark", icon: Moon },
  { name: "auto", icon: SunMoon },
];

/** Light, dark, or as the system is. */
export function SchemeSwitch() {
  const { shell } = useTexts();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Chosen = SCHEMES.find(({ name }) => name === colorScheme)?.icon ?? SunMoon;
  return (
    <Menu position="bottom-end" width={160} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={shell.scheme} title={shell.scheme}>
          <Chosen size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map(({ name, icon: Icon }) => (
          <Menu.Item
            key={name}
            role="menuitemradio"
            aria-checked={name === colorScheme}
            leftSection={<Icon size={16} />}
            rightSection={name === colorScheme ? <Check size={14} /> : undefined}
            onClick={() => setColorScheme(name)}
          >
            {shell.schemes[name]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
