/** Files that the api makes on request: the browser saves them under the name that the api gives. */

/** Saves what was answered. `what` is the name when the answer has none. */
export async function save(answer: Promise<{ data?: unknown; response: Response }>, what: string): Promise<void> {
  const { data, response } = await answer;
  if (!(data instanceof Blob)) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data);
  link.download = nameOf(response.headers.get("Content-Disposition")) ?? what;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The file's name in a Content-Disposition; undefined when it holds none, or anything but a plain name. */
export function nameOf(disposition: string | null): string | undefined {
  return /filename="([\w.-]+)"/.exec(disposition ?? "")?.[1];
}
