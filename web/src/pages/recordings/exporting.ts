/** Taking the list away as a file: read piece by piece, so that one sees how far it is, and kept by the browser. */
import { useRef, useState } from "react";
import { api, type Schemas } from "@/api/client";

export type Order = Pick<Schemas["ExportOrder"], "form" | "lang" | "why" | "filters">;

export interface Progress {
  phase: "idle" | "waiting" | "taking" | "done" | "failed";
  rows: number;
  total: number;
  error?: Error;
}

const IDLE: Progress = { phase: "idle", rows: 0, total: 0 };
const NEWLINE = 10;

/** One export at a time; `stop` gives it up. */
export function useExport() {
  const [progress, setProgress] = useState<Progress>(IDLE);
  const running = useRef<AbortController>(null);
  const stop = () => {
    running.current?.abort();
    setProgress(IDLE);
  };
  const start = async (order: Order) => {
    const control = new AbortController();
    running.current = control;
    setProgress({ ...IDLE, phase: "waiting" });
    try {
      const rows = await take(order, control.signal, setProgress);
      setProgress({ phase: "done", rows, total: rows });
    } catch (error) {
      if (!control.signal.aborted) setProgress({ ...IDLE, phase: "failed", error: error as Error });
    }
  };
  return { progress, start, stop };
}

async function take(order: Order, signal: AbortSignal, tell: (progress: Progress) => void): Promise<number> {
  const { data, response } = await api.POST("/api/v1/exports/recordings", { body: order, parseAs: "stream", signal });
  const total = Number(response.headers.get("X-Total-Rows"));
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let lines = 0;
  for await (const piece of piecesOf(data as ReadableStream<Uint8Array<ArrayBuffer>>)) {
    pieces.push(piece);
    lines += order.form === "csv" ? count(piece) : 0;
    tell({ phase: "taking", rows: Math.min(total, Math.max(0, lines - 1)), total });
  }
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? `recordings.${order.form}`;
  keep(new Blob(pieces, { type: response.headers.get("Content-Type") ?? "" }), name);
  return total;
}

async function* piecesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function count(piece: Uint8Array): number {
  let lines = 0;
  for (const byte of piece) if (byte === NEWLINE) lines += 1;
  return lines;
}

function keep(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
