import { Button, Kbd } from "@mantine/core";
import { ArrowDownToLine, ArrowRightLeft, Lock, Send, Undo2, Warehouse } from "lucide-react";
import { useTexts } from "@/i18n";
import type { OrderName } from "./Desk";
import classes from "./numbers.module.css";

const ORDERS = [
  { name: "draw", icon: ArrowDownToLine, key: "d" },
  { name: "issue", icon: Send, key: "i" },
  { name: "take_back", icon: Undo2, key: "t" },
  { name: "return", icon: Warehouse, key: "r" },
  { name: "transfer", icon: ArrowRightLeft, key: null },
] as const;

/** What one may order; the keys stand beside the words. */
export function OrderBar({ onOrder, chosen }: { onOrder: (order: OrderName) => void; chosen: number }) {
  const texts = useTexts().numbers;
  return (
    <div className={classes.orders} role="group" aria-label={texts.orders.title}>
      {ORDERS.map(({ name, icon: Icon, key }) => (
        <Button
          key={name}
          variant={name === "draw" || name === "issue" ? "filled" : "default"}
          leftSection={<Icon size={15} aria-hidden />}
          rightSection={key && <Kbd className={classes.key} size="xs" aria-hidden>{key}</Kbd>}
          onClick={() => onOrder(name)}
        >
          {texts.orders[name]}
        </Button>
      ))}
      {chosen > 0 && <span className={classes.quiet}>{texts.chosen(chosen)}</span>}
      <Button className={classes.last} variant="default" leftSection={<Lock size={15} aria-hidden />} onClick={() => onOrder("close")}>
        {texts.orders.close}
      </Button>
    </div>
  );
}
