import { Tabs } from "@mantine/core";
import { useTexts } from "@/i18n";
import { useRefused, type useStock } from "./data";
import { MovesPanel } from "./MovesPanel";
import classes from "./numbers.module.css";
import { RefusedPanel } from "./RefusedPanel";
import type { Kind, Team } from "./rules";
import { ShiftsPanel } from "./ShiftsPanel";
import { StockPanel } from "./StockPanel";

interface Props {
  team: Team;
  stock: ReturnType<typeof useStock>;
  onDraw: (kind: Kind) => void;
}

/** What may be drawn, what moved, what agents were refused, and the shifts before. */
export function Side({ team, stock, onDraw }: Props) {
  const texts = useTexts().numbers.tabs;
  const refused = useRefused();
  const mine = (refused.data ?? []).filter(({ agent_id }) => agent_id === team.leader_id || team.members.some(({ user_id }) => user_id === agent_id));
  return (
    <Tabs defaultValue="stock" keepMounted={false} className={classes.side}>
      <Tabs.List aria-label={texts.title}>
        <Tabs.Tab value="stock">{texts.stock}</Tabs.Tab>
        <Tabs.Tab value="moves">{texts.moves}</Tabs.Tab>
        <Tabs.Tab value="refused">
          {texts.refused}
          {mine.length > 0 && <span className={classes.badge}>{mine.length}</span>}
        </Tabs.Tab>
        <Tabs.Tab value="shifts">{texts.shifts}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="stock">
        <StockPanel stock={stock} onDraw={onDraw} />
      </Tabs.Panel>
      <Tabs.Panel value="moves">
        <MovesPanel team={team} />
      </Tabs.Panel>
      <Tabs.Panel value="refused">
        <RefusedPanel refused={mine} error={refused.error} />
      </Tabs.Panel>
      <Tabs.Panel value="shifts">
        <ShiftsPanel team={team} />
      </Tabs.Panel>
    </Tabs>
  );
}
