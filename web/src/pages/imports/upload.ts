/** Files on their way to the api, piece by piece. They go on while one looks at other pages; a reload stops them, and
 *  the same file chosen again goes on from where it was. */
import { useSyncExternalStore } from "react";
import { api, body } from "@/api/client";
import { Problem } from "@/api/problem";

export interface Upload {
  sent: number;
  error: Error | null;
}

const PIECE = 4 * 1024 * 1024; // bytes: the most that the api takes at once
const AGAIN_MS = 1500;
const uploads = new Map<string, Upload>();
const listeners = new Set<() => void>();

/** How far the upload of an import is; undefined when this page sends nothing for it. */
export function useUpload(importId: string): Upload | undefined {
  return useSyncExternalStore(listen, () => uploads.get(importId));
}

/** Sends the file from a byte on; while the api is away it tries again. A refusal stands in the upload's `error`. */
export async function send(importId: string, file: Blob, from: number): Promise<void> {
  let sent = from;
  note(importId, { sent, error: null });
  try {
    while (sent < file.size) {
      sent = await sendPiece(importId, file.slice(sent, sent + PIECE), sent);
      note(importId, { sent, error: null });
    }
    note(importId, undefined);
  } catch (error) {
    note(importId, { sent, error: error instanceof Error ? error : new Error(String(error)) });
  }
}

/** Where the next piece begins. */
async function sendPiece(importId: string, piece: Blob, offset: number): Promise<number> {
  for (;;) {
    try {
      const answer = api.PUT("/api/v1/numbers/imports/{import_id}/file", {
        params: { path: { import_id: importId }, query: { offset } },
        headers: { "Content-Type": "application/octet-stream" },
        body: piece as unknown as string, // the document says binary, for which its types have no word
        bodySerializer: (bytes) => bytes,
      });
      return (await body(answer)).received_bytes;
    } catch (error) {
      if (!(error instanceof Problem && error.isAway)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function note(importId: string, upload: Upload | undefined): void {
  if (upload === undefined) uploads.delete(importId);
  else uploads.set(importId, upload);
  listeners.forEach((listener) => listener());
}
