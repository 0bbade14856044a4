import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { useMay } from "@/api/session";
import { useTexts } from "@/i18n";

const SOME = 5; // as many as there are practice phones

/** On a practice floor, somebody who leads it can send agents to work. */
export function BringAgents() {
  const { floor: texts } = useTexts();
  const leads = useMay("orderCampaigns");
  const practice = useQuery({
    queryKey: ["practice"],
    queryFn: () => body(api.GET("/api/v1/practice/agents")),
    enabled: leads,
    retry: false,
  });
  const bring = useMutation({
    mutationFn: () => body(api.POST("/api/v1/practice/agents", { body: { count: SOME } })),
  });
  if (!leads || !practice.isSuccess) return null;
  return (
    <Button variant="light" loading={bring.isPending} onClick={() => bring.mutate()}>
      {texts.bringAgents(SOME)}
    </Button>
  );
}
