import { Radio } from "@mantine/core";
import classes from "./ChoiceCard.module.css";

interface Props {
  value: string;
  title: string;
  text: string;
  danger?: boolean;
}

/** One way to go, with what follows from it. */
export function ChoiceCard({ value, title, text, danger = false }: Props) {
  return (
    <Radio.Card value={value} className={classes.card} data-danger={danger || undefined} aria-label={title} aria-description={text}>
      <Radio.Indicator color={danger ? "red" : undefined} />
      <span>
        <span className={classes.title}>{title}</span>
        <span className={classes.text}>{text}</span>
      </span>
    </Radio.Card>
  );
}
