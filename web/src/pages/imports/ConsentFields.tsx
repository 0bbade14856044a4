import { TextInput } from "@mantine/core";
import { useTexts } from "@/i18n";
import review from "./review.module.css";
import type { Consent } from "./rules";

const FIELDS = ["source", "basis", "proof"] as const;

/** Who got the consent, on which ground, where its proof lies. */
export function ConsentFields({ consent, onChange }: { consent: Consent; onChange: (consent: Consent) => void }) {
  const texts = useTexts().imports;
  return (
    <div className={review.consent}>
      {FIELDS.map((field) => (
        <TextInput
          key={field}
          label={texts.consentFields[field].label}
          placeholder={texts.consentFields[field].example}
          maxLength={300}
          value={consent[field]}
          onChange={({ currentTarget: { value } }) => onChange({ ...consent, [field]: value })}
        />
      ))}
    </div>
  );
}
